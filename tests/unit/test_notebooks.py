"""What the notebooks tell students to expect is what their cells print."""

import ast
import re
from itertools import pairwise

import pytest

from autograder.samples import notebooks
from course_files import ALL_NOTEBOOKS, PS1, ROOT

FENCE = re.compile(r"^```\n(.*?)^```", re.MULTILINE | re.DOTALL)


def promised(notebook):
    """Return the output that a text promises for the cell below it, by that cell's `grade_id`."""
    cells = notebooks.read(PS1 / f"{notebook}.ipynb").cells
    found = {}
    for text, below in pairwise(cells):
        match = FENCE.search(text.source) if text.cell_type == "markdown" and below.cell_type == "code" else None
        if match:
            found[notebooks.grade_id(below)] = match[1]
    return found


def test_the_engine_prints_what_its_notebook_promises(run_cells):
    expected = promised("2_engine")
    assert set(expected) == {
        "step1_run",
        "step2_run",
        "step2_sinh_run",
        "step2_sinh_backward",
        "step3_run",
        "step6_run",
    }
    run_cells("2_engine")
    assert {name: run_cells.printed[name] for name in expected} == expected


@pytest.mark.parametrize("notebook", ALL_NOTEBOOKS)
def test_hidden_tests_leave_no_name_behind_that_a_student_could_have_used(notebook):
    """They run among the student's names, so a helper of theirs called `mean` must not become the student's."""
    for cell in notebooks.read(ROOT / "source" / notebook).cells:
        if "### BEGIN HIDDEN TESTS" in cell.source:
            hidden = ast.parse(cell.source.split("### BEGIN HIDDEN TESTS")[1])
            bound = [node for node in hidden.body if not isinstance(node, ast.Expr)]
            assert [getattr(node, "name", "?") for node in bound] == ["_hidden_tests"], notebooks.grade_id(cell)


HELPERS = ["order", "values", "found", "points", "mean", "score", "student", "shared", "ladder", "negated", "loss"]


@pytest.mark.parametrize("helper", HELPERS)
def test_a_right_engine_may_call_its_helper_as_it_likes(helper, run_cells, solutions):
    engine = solutions["engine"].replace("graph.sorted_nodes()", f"{helper}(graph)")
    engine += f"\n\ndef {helper}(graph):\n    return graph.sorted_nodes()\n"
    runs = run_cells("2_engine", {"engine": engine})
    assert [run.printed for run in runs.values() if "✗" in run.printed or run.error] == []


@pytest.mark.parametrize(
    ("cell", "value"),
    [("step1_run", "1.25"), ("step2_run", "0.75"), ("step3_run", "0.6400000000000001")],
)
def test_the_figures_are_those_of_the_original_homework(cell, value, run_cells):
    run_cells("2_engine")
    assert run_cells.printed[cell].splitlines()[-1] == value
