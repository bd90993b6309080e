"""What a student is told on top of a graded notebook."""

import re

import nbformat
import pytest

from autograder.execution.job import Executed
from autograder.execution.report import Graded, cell, is_report

WALLS = Executed([], "own namespaces, Landlock")


def said(graded):
    """Return a report as it reads, without the marks of Markdown."""
    return re.sub(r"\\(.)", r"\1", cell(graded).source)


def test_isolation_is_named():
    assert "Executed behind own namespaces, Landlock." in said(Graded(WALLS))


def test_repairs_problems_and_a_verdict_are_named():
    stopped = Executed([], "walls", verdict="The notebook took more than 5 s in all and was stopped.")
    report = said(Graded(stopped, repaired=["a cell was put back"], problems=["an answer is missing"]))
    assert report.startswith("**The notebook took more than 5 s in all and was stopped.**")
    assert "Repaired before grading:\n\n- a cell was put back" in report
    assert "Please look at:\n\n- an answer is missing" in report


def test_nothing_is_said_of_what_is_not_there():
    assert said(Graded(WALLS)).count("\n") == 0


def test_what_was_not_executed_is_not_said_to_have_been():
    report = said(Graded(Executed([], "", "The process died 2 times.")))
    assert "Executed behind" not in report


@pytest.mark.parametrize(
    "name", ["`x`", "<script>alert(1)</script>", "**bold**", "[a](javascript:b)", "$x$", "a|b", "# head", "![a](b)"]
)
def test_what_a_student_has_named_stays_plain_text(name):
    source = cell(Graded(WALLS, repaired=[name])).source
    (line,) = [line for line in source.splitlines() if line.startswith("- ")]
    unescaped = re.sub(r"\\.", "", line.removeprefix("- "))
    assert not set(unescaped) & set("`*_[]<>#|$!")


def test_a_report_is_known_again_and_nothing_else_is():
    made = cell(Graded(WALLS))
    nbformat.validate(nbformat.v4.new_notebook(cells=[made]))
    assert is_report(made)
    assert not is_report(nbformat.v4.new_markdown_cell("Executed behind"))
