"""What the notebooks tell students to expect is what their cells print."""

import re
from itertools import pairwise

import pytest

from autograder.samples import notebooks
from course_files import PS1

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
    assert set(expected) == {"step1_run", "step2_run", "step2_sinh_run", "step3_run", "step6_run"}
    run_cells("2_engine")
    assert {name: run_cells.printed[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("cell", "value"),
    [("step1_run", "1.25"), ("step2_run", "0.75"), ("step3_run", "0.6400000000000001")],
)
def test_the_figures_are_those_of_the_original_homework(cell, value, run_cells):
    run_cells("2_engine")
    assert run_cells.printed[cell].splitlines()[-1] == value
