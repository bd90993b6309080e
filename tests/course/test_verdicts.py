"""One notebook is executed within its limits, and says which one it has run into."""

import json

import pytest
from nbformat.v4 import new_code_cell, new_notebook

from autograder.execution.job import Job, Patience
from autograder.execution.notebook import execute
from autograder.sandbox import provisioner
from autograder.sandbox.inside.limits import Limits
from autograder.sandbox.plan import Plan

IGNORES_CTRL_C = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\n"


@pytest.fixture(autouse=True, scope="module")
def _nothing_stays_warm():
    yield
    provisioner.cool_down()


def executed(*cells, patience=Patience(), **limits):  # noqa: B008 - frozen
    """Execute cells, and return what came of it, and the types of the outputs of each."""
    made = new_notebook(cells=[new_code_cell(cell) for cell in cells])
    found = execute(Job(json.dumps(made), Plan(limits=Limits(**limits)), patience=patience))
    return found, [[output["output_type"] for output in outputs] for outputs in found.outputs]


@pytest.mark.parametrize("loop", ["while True: pass", IGNORES_CTRL_C + "while True: pass"])
def test_too_much_processor_time(loop):
    found, outputs = executed(loop, "0.5", cpu_seconds=1)
    assert found.verdict == "A process used more than 1 s of processor time and was stopped."
    assert outputs == [["error"], ["error"]]
    assert not found.steady


def test_a_cell_after_one_that_hangs_is_waited_for_a_little_and_no_more():
    """What takes 2 s would have had the time before, and what takes a moment still has it."""
    slow, quick = "import time; time.sleep(2); 'slow'", "time.sleep(0.1); 'quick'"
    found, outputs = executed("while True: pass", slow, quick, patience=Patience(cell_seconds=4, after_hang_seconds=1))
    assert [kinds[-1] for kinds in outputs] == ["error", "error", "execute_result"]
    assert any("(1 s, once a cell of this notebook" in error["evalue"] for error in found.outputs[1])
    assert found.verdict == ""


def test_too_much_time_in_all():
    patient = Patience(cell_seconds=None)
    found, outputs = executed("1", "import time; time.sleep(60)", "0.5", patience=patient, wall_seconds=1)
    assert found.verdict == "The notebook took more than 1 s in all and was stopped."
    assert outputs == [["execute_result"], ["error"], ["error"]]


@pytest.mark.parametrize("size", [2**21, 40 * 2**20])
def test_outputs_that_are_lost_in_a_flood_are_not_taken_for_none(size):
    """A test without an output gets all of its points; so none must be lost in silence."""
    found, outputs = executed(f"print('x' * {size})", "0.5", output_mib=1)
    assert found.verdict == "The notebook printed more than 1 MiB and was stopped."
    assert outputs[-1] == ["error"]


def test_warnings_cost_no_points_and_errors_without_a_traceback_are_still_errors():
    warning = "import sys; print('careful', file=sys.stderr)"
    found, outputs = executed(warning, "get_ipython().showtraceback = lambda *a, **k: None\n1 / 0")
    assert outputs == [["stream"], ["error"]]
    assert found.outputs[0][0]["name"] == "stdout"
    assert (found.verdict, found.steady) == ("", True)
