"""`course doctor` tries the device that notebooks are to compute on."""

import pytest

from autograder.doctor import device
from autograder.doctor.finding import GOOD, NOTE
from autograder.execution.settings import Grading
from autograder.sandbox import levels


class Warm:
    """A warm process of which it is known what a fork of it would find."""

    def __init__(self, name, lack):
        self.found, self.closed = (name, lack), False

    def try_device(self, device):
        assert device == "cuda"
        return self.found

    def close(self):
        self.closed = True


@pytest.mark.parametrize(
    ("warm", "state", "words"),
    [
        (Warm("NVIDIA T4", ""), GOOD, "NVIDIA T4; 2 notebooks at a time would use it, each with at most 1,000 MiB"),
        (
            Warm("", "no driver"),
            NOTE,
            "cannot be used by kernels here: no driver. Notebooks would be executed on the CPU",
        ),
    ],
)
def test_the_device_is_tried(warm, state, words, tmp_path):
    made = Grading(device="cuda", workers=4, gpu_notebooks=2, limits={"gpu_memory_mib": 1000})
    (found,) = device.findings(tmp_path, made, lambda _: warm)
    assert found.state == state
    assert words in found.words
    assert warm.closed


def test_a_device_that_cannot_be_tried_is_no_trouble_of_its_own(tmp_path):
    def start(_):
        raise levels.NoSandbox("No walls.\nAnd more.")

    (found,) = device.findings(tmp_path, Grading(device="cuda"), start)
    assert (found.state, found.words) == (NOTE, "cuda could not be tried: No walls.")
    assert not list(device.findings(tmp_path, Grading(), start))
