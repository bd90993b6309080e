"""What only a GPU can show: without one each test here is skipped, and the end of the run says so loudly.

With `REHEARSE_ON_CPU=1` they compute on the CPU instead, as far as that makes sense. It shows that the tests themselves
work, and nothing about a GPU; `make test` does it, so that they do not rot until somebody has one.
"""

import os
import sys
from pathlib import Path

import pytest
import torch

HERE = Path(__file__).parent
REHEARSAL = bool(os.environ.get("REHEARSE_ON_CPU"))
NO_PROOF = "nothing of the GPU path was proven by this run"
_LOUD = pytest.StashKey[str]()

# What other tests have: the small course, and random graphs.
sys.path.extend(str(HERE.parent / other) for other in ("course", "unit"))


def _found():
    """Return the device to test on; None if there is none."""
    if REHEARSAL:
        return "cpu"
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else None


DEVICE = _found()
# Torch says so, once, where the thread that goes backward is the first to multiply; it then does what is needed.
_HARMLESS = pytest.mark.filterwarnings("ignore:Attempting to run cuBLAS, but there was no current CUDA context")


@pytest.fixture
def gpu():
    """A GPU of any make, which may know single precision alone: `"cuda"` or `"mps"`."""
    return DEVICE


@pytest.fixture
def cuda():
    """A GPU by Nvidia: `"cuda"`."""
    return DEVICE


@pytest.fixture
def real_cuda():
    """A GPU by Nvidia, for what cannot be rehearsed on a CPU."""
    return DEVICE


@pytest.fixture
def elsewhere(gpu):
    """Another device than the GPU: the CPU. In a rehearsal, one that holds no numbers."""
    return "meta" if gpu == "cpu" else "cpu"


def missing(wanted):
    """Return what is missing for a test that wants fixtures of these names, in words; empty if nothing is."""
    if DEVICE is None:
        built = f"for CUDA {torch.version.cuda}" if torch.version.cuda else "without CUDA"
        return f"NO GPU: torch {torch.__version__}, built {built}, finds none here"
    if "real_cuda" in wanted and DEVICE != "cuda":
        return f"NO CUDA: this cannot be tried on {DEVICE}"
    if "cuda" in wanted and DEVICE == "mps":
        return "NO CUDA: a GPU by Apple has no double precision, and no work is graded on it"
    return ""


def pytest_collection_modifyitems(config, items):
    """Skip what cannot be tried here, and note what is to be said about it at the end."""
    ours = [item for item in items if item.path.is_relative_to(HERE)]
    skipped = 0
    for item in ours:
        item.add_marker(_HARMLESS)
        if reason := missing(item.fixturenames):
            skipped += 1
            item.add_marker(pytest.mark.skip(reason=reason))
    if REHEARSAL and ours:
        config.stash[_LOUD] = f"A REHEARSAL ON THE CPU: {NO_PROOF}."
    elif DEVICE is None and ours:
        config.stash[_LOUD] = f"{skipped} TESTS NEED A GPU, none here: {NO_PROOF}."
    elif skipped:
        config.stash[_LOUD] = f"{skipped} of {len(ours)} TESTS NEED CUDA, not {DEVICE}: they were skipped."


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(terminalreporter, config):
    """Say loudly, below all else, what this run does not show."""
    yield
    if words := config.stash.get(_LOUD, ""):
        terminalreporter.section("GPU", red=True, bold=True)
        terminalreporter.write_line(words, red=True, bold=True)
