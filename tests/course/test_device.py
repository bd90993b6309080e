"""Grading with `c.Grading.device = "cuda"`: on a machine without a GPU, and on one whose GPU is the CPU in disguise."""

import json

import pytest
from nbformat.v4 import new_code_cell
from small_course import FULL

from autograder.execution.job import Job
from autograder.execution.notebook import execute
from autograder.execution.settings import Grading
from autograder.judge.hidden import HiddenTest, imports, split
from autograder.rehearsal import BEGIN, END
from autograder.samples import manifest
from autograder.sandbox import provisioner
from course_files import books

# Run in the warm process: from then on, torch there takes "cuda" for the CPU, and notes what was made on it.
DISGUISE = """
import types, torch
from torch.overrides import TorchFunctionMode

class Cuda(TorchFunctionMode):
    made = set()

    def __torch_function__(self, function, types, args=(), kwargs=None):
        instead = dict(kwargs or {})
        if "cuda" in str(instead.get("device")):
            Cuda.made.add(f"{function.__name__} {instead.get('dtype', '')}".strip())
            instead["device"] = "cpu"
        return function(*("cpu" if isinstance(a, str) and a == "cuda" else a for a in args), **instead)

Cuda().__enter__()
torch.cuda.made = Cuda.made
torch.cuda.is_available = lambda: True
torch.cuda.synchronize = lambda *_: None
torch.cuda.get_device_name = lambda *_: "A CPU in disguise"
torch.cuda.get_device_properties = lambda *_: types.SimpleNamespace(total_memory=2**34)
torch.cuda.set_per_process_memory_fraction = lambda *_: None
"""
# Only hidden tests ask for double precision.
SAID = "print(device, sorted(getattr(torch.cuda, 'made', ())))"
USED = "cuda ['linspace', 'tensor', 'tensor torch.float64']"


def plan(device):
    return Grading(device=device, warm_up=[DISGUISE] if device == "cuda" else []).plan(())


@pytest.fixture(scope="module", autouse=True)
def ended():
    yield
    for device in ("cpu", "cuda"):
        provisioner.drop(plan(device))


def graded(book, device):
    """Return what the judge finds in a notebook that has been answered, and what its last cell prints."""
    cells = [cell for cell in book.cells if cell.cell_type == "code"]
    given = imports(tuple(split(cell.source, BEGIN, END)[0] for cell in cells))
    tests = {}
    for place, cell in enumerate(book.cells):
        if BEGIN in cell.source:
            cell.source, hidden = split(cell.source, BEGIN, END)
            labels = cell.metadata["nbgrader"]
            tests[place] = HiddenTest(labels["grade_id"], hidden, float(labels["points"]), given)
    executed = execute(Job(json.dumps(book), plan(device), tests=tests, seed=1))
    assert not executed.verdict
    return [(j.name, j.points, j.most) for j in executed.judged], executed.outputs[-1][0]["text"].strip()


def answered(right):
    """Return the notebook of the engine, with its hidden tests, solved but for what is not right."""
    book = books(manifest.of("ps1")).read("2_engine")
    for cell in book.cells:
        if not right:
            cell.source = cell.source.replace("self.gradient @ self.input(1).T", "self.gradient @ self.input(1)")
    book.cells.append(new_code_cell(SAID))
    return book


@pytest.mark.parametrize("right", [True, False])
def test_the_same_notebook_gets_the_same_points_on_both_devices(right):
    on_cpu, said = graded(answered(right), "cpu")
    assert said == "cpu []"
    on_gpu, said = graded(answered(right), "cuda")
    assert said == USED
    assert on_gpu == on_cpu
    assert all(points == most for _, points, most in on_cpu) == right


def test_where_there_is_no_gpu_the_class_is_graded_on_the_cpu_and_it_is_said(course):
    course.configure("c.Grading.device = 'cuda'")
    course.hand_in("bitdiddle")
    said = course.autograde()
    assert "Device: cuda cannot be used here (" in said
    assert "executed on the CPU" in said
    assert course.points("bitdiddle") == FULL
