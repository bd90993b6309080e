"""What is measured on a machine with a GPU, beside its CPU: the engine, the two ceilings, and the grader."""

import math
from dataclasses import dataclass
from unittest.mock import patch

import torch
from engine_job import best_isolation, engine_job, plan_for

from autograder.execution.notebook import execute
from autograder.sandbox import provisioner
from course_files import solutions
from course_lib import Leaf
from course_lib.hardware import machine as machines
from course_lib.hardware import measure_machine, seconds

DEVICES = ("cpu", "cuda")
_D, _B = 1024, 1024  # rows and columns of the weights, and examples in a batch


@dataclass(frozen=True)
class Figure:
    """What was measured.

    Attributes:
        what: of what.
        device: where it was computed.
        value: the figure.
        unit: in which unit.
    """

    what: str
    device: str
    value: float
    unit: str


def measured(devices=DEVICES):
    """Return all figures, those of one thing beside each other."""
    parts = (engine_beside_torch, ceilings, graded_notebook)
    return [figure for part in parts for device in devices for figure in part(device)]


def engine_beside_torch(device):
    """Measure forward and backward pass of a network of two layers, with the solved engine and with torch's."""
    engine = {}
    exec("from course_lib import *", engine)  # noqa: S102 - our own solution
    exec(solutions()["engine"], engine)  # noqa: S102
    shapes = {"W": (_D, _D), "V": (_D, _D), "x": (_D, _B), "y": (_D, _B)}
    values = {name: torch.randn(shape, device=device) / math.sqrt(_D) for name, shape in shapes.items()}
    one = torch.tensor(1.0, device=device)

    def loss(W, V, x, y):  # noqa: N803 - matrices
        return ((V @ (W @ x).exp() - y) ** 2).sum()

    graph = loss(**{name: Leaf(value, name) for name, value in values.items()})
    leaves = {name: value.clone().requires_grad_() for name, value in values.items()}

    def ours():
        engine["backward_algorithm"](engine["forward_algorithm"](graph), one=one)

    def theirs():
        torch.autograd.grad(loss(**leaves), list(leaves.values()))

    size = f"two layers of {_D}×{_D}, {_B} examples, float32"
    yield Figure(f"gradients by the engine; {size}", device, 1000 * seconds(ours, device), "ms")
    yield Figure(f"gradients by torch; {size}", device, 1000 * seconds(theirs, device), "ms")


def ceilings(device):
    """Measure the two ceilings of the roofline."""
    with patch.object(machines, "no_reason_to_measure", lambda: ""):
        machine = measure_machine(device)
    if machine is not None:
        yield Figure("additions and multiplications at most", device, machine.peak / 1e9, "billion a second")
        yield Figure("bytes moved at most", device, machine.bandwidth / 1e9, "billion a second")


def graded_notebook(device):
    """Measure how long the solved notebook of the engine takes in the grader, when all is warm."""
    plan = plan_for(device, best_isolation())
    try:
        execute(engine_job(plan, {}))
        done = execute(engine_job(plan, {}))
    finally:
        provisioner.cool_down()
    points = sum(judged.points or 0.0 for judged in done.judged)
    yield Figure("ps1/2_engine, solved, in the grader", device, done.seconds, "s")
    yield Figure("points for it", device, points, "points")
