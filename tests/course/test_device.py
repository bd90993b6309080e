"""Grading with `c.Grading.device = "cuda"`: on a machine without a GPU, and with one that is not there."""

from pathlib import Path

import fake_device
import pytest
from small_course import FULL
from whole_job import job_of

from autograder.execution.notebook import execute
from autograder.execution.settings import Grading
from autograder.samples import manifest
from autograder.sandbox import provisioner
from course_files import ALL_NOTEBOOKS, ROOT, books

# Run in the warm process: from then on, torch there has a GPU, and notes what types of tensors were made on it.
DISGUISE = """
import types

made = torch.cuda.made = set()

def note(self, held):
    self.held = held
    made.add(str(held.dtype))

OnFakeGPU.__init__ = note
torch.cuda.within = fake_gpu()  # kept, as it would end with its last reference
torch.cuda.within.__enter__()
torch.cuda.get_device_properties = lambda *_: types.SimpleNamespace(total_memory=2**34)
torch.cuda.set_per_process_memory_fraction = lambda *_: None
"""
SAID = "print(device, sorted(getattr(torch.cuda, 'made', ())))"
WITH_TORCH = [
    name for name in ALL_NOTEBOOKS if "choose_device(" in (ROOT / "source" / name).read_text(encoding="utf-8")
]


def plan(device):
    return Grading(
        device=device, warm_up=[Path(fake_device.__file__).read_text() + DISGUISE] if device == "cuda" else []
    ).plan(())


@pytest.fixture(scope="module", autouse=True)
def ended():
    yield
    for device in ("cpu", "cuda"):
        provisioner.drop(plan(device))


def judged(job):
    """Return what the judge finds in a notebook, and what its last cell prints."""
    executed = execute(job)
    assert not executed.verdict
    return [(j.name, j.points, j.most) for j in executed.judged], executed.outputs[-1][0]["text"].strip()


def test_a_mistake_costs_the_same_on_both_devices():
    solution = books(manifest.of("ps1")).solution("engine")
    wrong = {"engine": solution.replace("self.gradient @ self.input(1).T", "self.gradient @ self.input(1)")}
    assert wrong["engine"] != solution
    on_cpu, said = judged(job_of("ps1/2_engine.ipynb", plan("cpu"), wrong, SAID))
    assert said == "cpu []"
    assert any(points < most for _, points, most in on_cpu)
    on_gpu, said = judged(job_of("ps1/2_engine.ipynb", plan("cuda"), wrong, SAID))
    assert said == "cuda ['torch.float32', 'torch.float64']"
    assert on_gpu == on_cpu


@pytest.mark.parametrize("notebook", WITH_TORCH)
def test_a_solved_notebook_gets_all_points_there(notebook):
    points, said = judged(job_of(notebook, plan("cuda"), last=SAID))
    assert [test for test in points if test[1] != test[2]] == []
    assert said.startswith("cuda ['")


def test_where_there_is_no_gpu_the_class_is_graded_on_the_cpu_and_it_is_said(course):
    course.configure("c.Grading.device = 'cuda'")
    course.hand_in("bitdiddle")
    said = course.autograde()
    assert "Device: cuda cannot be used here (" in said
    assert "executed on the CPU" in said
    assert course.points("bitdiddle") == FULL
