"""The tests of tests/gpu, without a GPU: skipped loudly; and rehearsed on the CPU, so that they still work on one."""

import os
import re
import subprocess
import sys

import pytest

from course_files import ROOT

# What tests/course/test_soundness.py runs on the CPU anyway, and what differs from another in the GPU alone.
LEFT_OUT = "(notebook_runs_through and not 2_engine) or unsafe or two"

NO_PROOF = "nothing of the GPU path was proven by this run."


def run(*options, **environment):
    """Run the tests for a GPU where torch finds none, and return how that ended and what it said."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "tests/gpu", *options],
        cwd=ROOT, env={**os.environ, "CUDA_VISIBLE_DEVICES": "", **environment},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout


def test_without_a_gpu_every_test_is_skipped_and_the_last_words_say_so():
    if sys.platform == "darwin":
        pytest.skip("a Mac has a GPU that cannot be hidden")
    status, said = run()
    assert status == 0, said
    *_, loud, end = said.rstrip().splitlines()
    number = re.fullmatch(r"(\d+) TESTS NEED A GPU, none here: nothing of the GPU path was proven by this run\.", loud)[
        1
    ]
    assert f" {number} skipped in " in end
    assert re.search(r"SKIPPED \[\d+\] tests/gpu/\S+ NO GPU: torch .* finds none here", said)


@pytest.mark.slow
def test_on_the_cpu_they_pass_and_prove_nothing_of_a_gpu():
    status, said = run("-k", f"not ({LEFT_OUT})", REHEARSE_ON_CPU="1")
    assert status == 0, said[-8000:]
    assert f"A REHEARSAL ON THE CPU: {NO_PROOF}" in said
