"""`course_lib.check_submission()` in a real kernel, and what it knows after `course release`."""

import json

import pytest
from nbclient import NotebookClient
from typer.testing import CliRunner

from autograder.cli import app
from autograder.samples import notebooks
from course_files import ROOT

NAME = "1_by_hand.ipynb"
SOLVED = {"by_hand_forward": "a, b, c, d, e, z = 'log 2', '2', 'log 2', '-log 2', '1/2', '5/4'\nhelper = 1"}


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Return a function that runs a notebook in a kernel of its own, and returns what the last cell shows."""
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))

    def execute(book):
        path = tmp_path / NAME
        notebooks.write(book, path)
        monkeypatch.setenv("JPY_SESSION_NAME", str(path))
        NotebookClient(book, timeout=300, allow_errors=True, resources={"metadata": {"path": str(tmp_path)}}).execute()
        return book.cells[-1].outputs[-1].data

    return execute


def _answered():
    book = notebooks.read(ROOT / "release" / "ps1" / NAME)
    for name, text in SOLVED.items():
        notebooks.cell_named(book, name).source = text
    return book


def test_a_kernel_notes_what_ran_and_how_it_ended(run):
    shown = run(_answered())
    assert "<table" in shown["text/html"]
    lines = shown["text/plain"].splitlines()
    assert lines[:4] == [
        "Before you hand in: 1_by_hand (ps1)",
        "Answers filled in: 1 of 2.",
        "Public checks passed in this session, with the answers as they are now: 1 of 2.",
        "To mend: 1. To look at: 0.",
    ]
    assert "All cells above ran once, from top to bottom, in a fresh session, as they do while grading." in lines


def test_while_grading_it_does_nothing(run, monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    assert run(_answered()) == {"text/plain": "Nothing is checked here while work is graded."}


def test_course_release_keeps_what_it_knows_in_step(course):
    """In a course with a `course_lib` of its own; elsewhere there is no place for it."""
    folder = course.folder / "course_lib" / "handing_in" / "expected"
    folder.mkdir(parents=True)
    runner = CliRunner()
    made = runner.invoke(app, ["release", "--course", str(course.folder)])
    assert made.exit_code == 0, made.output
    kept = folder / "ps1.json"
    known = json.loads(kept.read_text(encoding="utf-8"))
    assert [cell["name"] for cell in known["notebooks"]["p1"]["cells"] if cell.get("answer")] == [
        "answer_x",
        "answer_y",
    ]
    kept.write_text("{}")
    stale = runner.invoke(app, ["release", "--check", "--course", str(course.folder)])
    assert stale.exit_code == 1
    assert "ps1.json is not what source/ makes it" in " ".join(stale.output.split())
