"""What the gradebook holds becomes plain data; the page, the plots and the export for JPlag are written from it."""

import ast
import csv
import json
import re
import warnings
from datetime import datetime, timedelta

import nbgrader.api
import pytest
from nbgrader.api import Gradebook
from sqlalchemy.exc import SAWarning
from typer.testing import CliRunner

from autograder import cli
from autograder.execution.store import Record, Store
from autograder.lms.refusal import Refused
from autograder.reporting import gather, page, plots
from autograder.reporting.graded_class import Question

DUE = datetime(2026, 1, 10)  # noqa: DTZ001 - as nbgrader keeps it
STUB = "# YOUR CODE HERE\nraise NotImplementedError()"
PART = {
    "what": "f(1)",
    "earned": 0,
    "points": 2,
    "words": "f(1) is 0; it should be 2\ud800.",
    "hint": "Up?",
    "mistake": "sign",
}


def notebook(folder, **cells):
    folder.mkdir(parents=True, exist_ok=True)
    made = [
        {
            "cell_type": "code",
            "metadata": {"nbgrader": {"grade_id": name, "solution": True}},
            "source": source,
        }
        for name, source in cells.items()
    ]
    (folder / "p1.ipynb").write_text(json.dumps({"cells": made}))


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """Three who are graded, one who is not, and one who has handed in nothing."""
    folder = tmp_path_factory.mktemp("course")
    (folder / "source").mkdir()
    (folder / "nbgrader_config.py").touch()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nbgrader.api, "get_alembic_version", lambda: "of a test")  # else a program is started
        with Gradebook(f"sqlite:///{folder}/gradebook.db") as book, warnings.catch_warnings():
            warnings.simplefilter("ignore", SAWarning)  # nbgrader adds submissions in an order that it warns of
            fill(book)
    for student, source in {"ada": "f = 1  # Lovelace", "bob": STUB, "cyd": "%time f()\nf = '\ud800'"}.items():
        notebook(folder / "autograded" / student / "ps1", answer=source)
        (folder / "submitted" / student / "ps1").mkdir(parents=True)
    (folder / "submitted" / "dan" / "ps1").mkdir(parents=True)
    judged = [{"name": "test_f", "points": 0.0, "most": 2.0, "parts": [PART], "words": ""}]
    Store(folder / ".grading").keep_record("ps1", "ada", Record("d", ["p1: odd"], ["p1: mended"], "", {"p1": judged}))
    return folder


def fill(book):
    book.add_assignment("ps1", duedate=DUE)
    book.add_notebook("p1", "ps1")
    for name, kind in (("intro", "markdown"), ("answer", "code"), ("test_f", "code"), ("essay", "markdown")):
        book.add_source_cell(name, "p1", "ps1", cell_type=kind, source=STUB if name == "answer" else name)
    book.add_solution_cell("answer", "p1", "ps1")
    book.add_solution_cell("essay", "p1", "ps1")
    book.add_grade_cell("test_f", "p1", "ps1", max_score=2, cell_type="code")
    book.add_grade_cell("essay", "p1", "ps1", max_score=3, cell_type="markdown")
    book.add_student("ada", first_name="Ada", last_name="Lovelace", email="ada@example.org")
    points = {"ada": (0.0, 3.0), "bob": (2.0, None), "cyd": (1.0, None)}
    for student, (auto, manual) in points.items():
        if student != "ada":
            book.add_student(student)
        book.add_submission("ps1", student, timestamp=DUE + timedelta(seconds=90 if student == "ada" else -5))
        grade = book.find_grade("test_f", "p1", "ps1", student)
        grade.auto_score, grade.needs_manual_grade = auto, False
        if manual is not None:
            essay = book.find_grade("essay", "p1", "ps1", student)
            essay.manual_score, essay.extra_credit, essay.needs_manual_grade = manual, 0.5, False
    book.find_submission("ps1", "ada").notebooks[0].late_submission_penalty = 1.0
    book.add_student("eve")
    book.db.commit()


@pytest.fixture(scope="module")
def graded(course):
    return gather.gather(course, "ps1")


def test_questions_are_as_in_the_notebooks(graded):
    assert graded.questions == (
        Question("p1", "test_f", 2.0, by_hand=False, cells=("answer",)),
        Question("p1", "essay", 3.0, by_hand=True, cells=("essay",)),
    )
    assert graded.released == {"p1": {"answer": STUB}}
    assert graded.texts == ("intro", STUB, "test_f", "essay")


def test_points_are_those_of_the_gradebook(graded, course):
    found = {one.student: one for one in graded.submissions}
    assert {name: dict(one.points) for name, one in found.items()} == {
        "ada": {"p1/test_f": 0.0, "p1/essay": 3.5},
        "bob": {"p1/test_f": 2.0, "p1/essay": None},
        "cyd": {"p1/test_f": 1.0, "p1/essay": None},
    }
    with Gradebook(f"sqlite:///{course}/gradebook.db") as book:
        assert {s.student.id: s.score for s in book.assignment_submissions("ps1")} == {
            name: one.total for name, one in found.items()
        }
        ids = {s.student.id: s.notebooks[0].id for s in book.assignment_submissions("ps1")}
    assert {name: one.pages["p1"] for name, one in found.items()} == ids
    assert found["bob"].waiting == {"p1/essay"}
    assert not found["ada"].waiting
    assert (found["ada"].late_by, found["ada"].penalty, found["bob"].late_by) == (90.0, 1.0, 0.0)
    assert found["ada"].names == ("Ada", "Lovelace", "ada@example.org")


def test_who_is_not_graded(graded):
    assert graded.ungraded == ("dan",)
    assert graded.absent == ("eve",)


def test_findings_are_those_of_the_records(graded):
    found = {one.student: one for one in graded.submissions}
    assert [finding.mistake for finding in found["ada"].findings] == ["sign"]
    assert (found["ada"].problems, found["ada"].repaired) == (("p1: odd",), ("p1: mended",))
    assert [one.known for one in graded.submissions] == [True, False, False]


@pytest.fixture(autouse=True)
def _coarse_pictures(monkeypatch):
    monkeypatch.setattr(plots, "_DPI", 20)


def report(course, *options):
    ran = CliRunner().invoke(cli.app, ["report", "ps1", "--course", str(course), *options])
    assert ran.exception is None or isinstance(ran.exception, SystemExit)
    return ran


def test_the_page_is_written_with_its_plots(course):
    said = report(course).output
    html = (course / "reports" / "ps1.html").read_text()
    assert "3 students graded" in said
    assert "1 student handed in and not graded" in said
    assert "2 students with answers that wait for a person" in said
    assert str(course / "reports" / "ps1.html") in said
    assert "f = 1  # ▮▮▮" in html
    assert "it should be 2?." in html  # half a letter, which no file can hold
    assert "Lovelace" not in html
    assert not re.search(r"\bada\b", re.sub(r'data:[^"]+', "", html))
    assert {path.suffix for path in (course / "reports" / "ps1_plots").iterdir()} == {".svg", ".png"}
    assert (course / "reports" / ".gitignore").read_text() == "*\n"
    assert not [path for path in (course / "reports").iterdir() if path.name.startswith(".") and path.is_dir()]


def test_names_are_shown_on_request(course, monkeypatch):
    monkeypatch.setattr(page, "draw", lambda _report: {})  # which takes a while
    (course / "roster.csv").write_text("id,name\nada,Ada King\n")
    report(course, "--names", "--roster", str(course / "roster.csv"))
    html = (course / "reports" / "ps1.html").read_text()
    assert "From answer of Ada King (ada)." in html
    assert "f = 1  # Lovelace" in html


def test_answers_are_laid_out_for_jplag(course):
    said = report(course, "--for-jplag").output
    folder = course / "reports" / "ps1_jplag"
    whose = dict(csv.reader((folder / "students.csv").read_text().splitlines()))
    written = {whose[path.parent.name]: path.read_text() for path in folder.glob("submissions/*/*.py")}
    assert written == {"ada": "f = 1  # ▮▮▮\n", "cyd": "# %time f()\nf = '?'\n"}  # bob has written nothing
    assert (folder / "base" / "p1.py").read_text() == f"{STUB}\n"
    assert all(ast.parse(code) for code in written.values())
    assert "--language python3 --base-code base submissions" in said
    assert "2 students" in said
    report(course, "--for-jplag", "--names")
    assert sorted(path.name for path in (folder / "submissions").iterdir()) == ["ada", "cyd"]
    assert "Lovelace" in (folder / "submissions" / "ada" / "p1.py").read_text()
    assert not (folder / "students.csv").exists()


@pytest.mark.parametrize(
    ("assignment", "words"),
    [("ps1", "There is no"), ("ps9", "does not know ps9"), ("ps2", "Nobody is graded in ps2 yet; 1 have handed in")],
)
def test_what_cannot_be_reported_is_said(course, tmp_path, assignment, words):
    if assignment == "ps2":
        with Gradebook(f"sqlite:///{course}/gradebook.db") as book:
            book.add_assignment("ps2")
        (course / "submitted" / "ada" / "ps2").mkdir()
    with pytest.raises(Refused, match=words):
        gather.gather(tmp_path if assignment == "ps1" else course, assignment)


def test_bad_input_ends_with_words(course, tmp_path):
    assert "--formgrader is the address" in report(course, "--formgrader", "javascript:alert(1)").output
    assert "is not a course" in report(tmp_path).output
    assert report(course, "--roster", str(tmp_path / "none.csv")).exit_code == 1
    assert report(course, "--formgrader", "x").exit_code == 1


def test_a_file_that_is_no_gradebook_is_said(tmp_path):
    (tmp_path / "gradebook.db").write_text("no database at all, but long enough to be read as one" * 10)
    with pytest.raises(Refused, match="cannot be read as a gradebook"):
        gather.gather(tmp_path, "ps1")
