"""A whole course whose hidden tests run on the grader's side: what nbgrader's gradebook, pages and log make of it."""

import json

import pytest
from nbformat.v4 import new_code_cell
from small_course import FULL

from autograder.execution.verdict import MIME
from autograder.samples import notebooks

TEST_X = """assert x > 0
### BEGIN HIDDEN TESTS
def _hidden_tests():
    from autograder import Score, student
    score = Score()
    with score.part("what x is", 2, hint="What is one and one?"):
        assert student.value("x") == 2, "SECRET would be right"
    with score.part("twice x", 1):
        assert student.call("twice", 0.25) == 0.5
    return score.total()
_hidden_tests()
### END HIDDEN TESTS"""
TWICE = "x = 2\ndef twice(x):\n    return 2 * x"
BUG = "### BEGIN HIDDEN TESTS\nassert x == 2\nassert x / 0 == 1\n### END HIDDEN TESTS"


@pytest.fixture(scope="module")
def new_judged_course(new_course):
    """Return a function that makes the small course with another test in the place of `test_x`."""

    def new(source):
        course = new_course()
        path = course.folder / "source" / "ps1" / "p1.ipynb"
        book = notebooks.read(path)
        notebooks.cell_named(book, "test_x").source = source
        notebooks.write(book, path)
        course.nbgrader("generate_assignment", "ps1", "--force")
        return course

    return new


@pytest.fixture(scope="module")
def graded(new_judged_course):
    course = new_judged_course(TEST_X)
    course.hand_in("ada", answer_x=TWICE)
    course.hand_in("blaise", answer_x=TWICE.replace("x = 2", "x = 3"))
    course.hand_in("carl", answer_x="x = 2")
    course.hand_in("dies", answer_x="x = 2\ndef twice(x):\n    import os\n    os._exit(0)")
    course.hand_in("odd", answer_x="x = object()\ntwice = 3")
    course.hand_in("looks", answer_x=f"import torch\nfrom torch import autograd\n{TWICE}")
    course.hand_in("no_test", answer_x=TWICE)
    change(course, "no_test", lambda book: remove(book, "test_x"))
    course.hand_in("doubled", answer_x=TWICE.replace("x = 2", "x = 3"))
    change(course, "doubled", lambda book: double(book, "test_x", "x = 2"))
    course.hand_in("rewrites", answer_x=TWICE.replace("x = 2", "x = 3"))
    change(course, "rewrites", lambda book: setattr(notebooks.cell_named(book, "test_x"), "source", "3.0"))
    course.hand_in("smuggles", answer_x=TWICE.replace("x = 2", "x = 3"))
    change(course, "smuggles", smuggle)
    course.said = course.autograde()
    course.nbgrader("generate_feedback", "ps1")
    return course


def change(course, student, deed):
    path = course.submitted(student) / "p1.ipynb"
    book = notebooks.read(path)
    deed(book)
    notebooks.write(book, path)


def remove(book, name):
    book.cells = [cell for cell in book.cells if notebooks.grade_id(cell) != name]


def double(book, name, source):
    cell = notebooks.cell_named(book, name)
    book.cells.append(new_code_cell(source, metadata=cell.metadata))


def smuggle(book):
    """Write what looks like a hidden test; whoever runs it outside of the walls finds the file."""
    inside = "import pathlib\npathlib.Path('smuggled').touch()\nprint('SMUGGLED')\nassert False"
    source = f"### BEGIN HIDDEN TESTS\n{inside}\n### END HIDDEN TESTS"
    for name in ("answer_y", "given"):
        cell = notebooks.cell_named(book, name)
        cell.source += f"\ny = 3\n{source}"
    book.cells.append(new_code_cell(source))
    book.cells.append(new_code_cell(source, metadata={"nbgrader": _labels("test_new")}))


def _labels(name):
    return {"grade_id": name, "grade": True, "locked": True, "solution": False, "task": False, "points": 9} | {
        "schema_version": 3
    }


def verdict(course, student, name="test_x"):
    """Return the judge's verdict as it stands in the graded notebook."""
    cell = notebooks.cell_named(course.graded(student), name)
    (found,) = [output.data[MIME] for output in cell.outputs if MIME in output.get("data", {})]
    return found


@pytest.mark.parametrize(
    ("student", "points"),
    [("ada", 3), ("blaise", 1), ("carl", 2), ("dies", 2), ("odd", 0), ("looks", 3), ("no_test", 3), ("doubled", 1),
     ("rewrites", 1), ("smuggles", 1)],
)  # fmt: skip
def test_points_are_what_the_judge_saw(graded, student, points):
    assert graded.points(student) == FULL | {"test_x": points}


def test_what_failed_says_what_was_checked_what_came_and_asks(graded):
    parts = verdict(graded, "blaise")["parts"]
    assert [(part["what"], part["earned"], part["points"]) for part in parts] == [
        ("what x is", 0, 2),
        ("twice x", 1, 1),
    ]
    assert parts[0]["hint"] == "What is one and one?"
    assert "There is no function called twice" in verdict(graded, "carl")["parts"][1]["words"]
    assert "kernel ended" in verdict(graded, "dies")["parts"][1]["words"]


def test_the_rest_of_the_notebook_goes_on_after_a_kernel_died(graded):
    assert graded.points("dies")["test_y"] == FULL["test_y"]
    assert "not executed" not in graded.report("dies")


def test_a_hidden_test_of_the_students_own_is_not_run_by_the_grader(graded):
    assert not list(graded.folder.rglob("smuggled"))
    assert "SMUGGLED" not in graded.said


def test_signs_of_other_means_are_for_the_instructor_alone(graded):
    summary = graded.said.partition("To look at:")[2]
    assert any("looks: p1: answer_x, line 2 uses `autograd`" in line for line in summary.splitlines())
    assert "autograd" not in graded.report("looks")


def test_the_feedback_page_shows_the_verdict_and_not_the_test(graded):
    page = (graded.folder / "feedback" / "blaise" / "ps1" / "p1.html").read_text()
    assert "1&nbsp;/&nbsp;3" in page
    assert "What is one and one?" in page
    assert "_hidden_tests" not in page
    assert "student.value" not in page


def test_verdicts_are_kept_as_data(graded):
    record = json.loads((graded.folder / ".grading" / "graded" / "ps1" / "blaise.json").read_text())
    (kept,) = record["verdicts"]["p1"]
    assert {**kept, "fault": "", "flags": []} == {**verdict(graded, "blaise"), "fault": "", "flags": []}


def test_tests_that_have_no_hidden_region_are_named(graded):
    assert "Decided in the student's own kernel, for want of hidden tests: test_y, test_z." in graded.said


@pytest.fixture(scope="module")
def with_a_bug(new_judged_course):
    course = new_judged_course(BUG)
    course.hand_in("ada")
    course.hand_in("blaise", answer_x="x = 3")
    course.said = course.autograde()
    return course


def test_a_bug_in_a_test_costs_nobody_points_and_is_left_to_a_person(with_a_bug):
    grades = with_a_bug.gradebook()["ada", "p1"]["grades"]
    automatic, by_hand, _, needs_a_person = grades["test_x"]
    assert (automatic, by_hand, needs_a_person) == (None, None, True)
    assert with_a_bug.points("ada") == FULL | {"test_x": None}


def test_an_answer_that_is_wrong_before_the_bug_is_just_wrong(with_a_bug):
    assert with_a_bug.points("blaise") == FULL | {"test_x": 0}


def test_a_bug_in_a_test_is_reported_with_its_cell_and_line(with_a_bug):
    summary = with_a_bug.said.partition("To look at:")[2]
    assert "The hidden test of test_x stopped, line 3 of the cell: ZeroDivisionError" in summary


def test_the_student_is_told_that_it_is_not_their_fault(with_a_bug):
    words = verdict(with_a_bug, "ada")["words"]
    assert "not your fault" in words
    assert "ZeroDivision" not in json.dumps(verdict(with_a_bug, "ada"))


def test_a_mended_test_gives_points_without_a_new_hand_in(with_a_bug):
    path = with_a_bug.folder / "source" / "ps1" / "p1.ipynb"
    book = notebooks.read(path)
    notebooks.cell_named(book, "test_x").source = BUG.replace("assert x / 0 == 1\n", "")
    notebooks.write(book, path)
    with_a_bug.nbgrader("generate_assignment", "ps1", "--force")
    with_a_bug.autograde("--force")
    assert with_a_bug.points("ada") == FULL
    assert with_a_bug.gradebook()["ada", "p1"]["grades"]["test_x"][3] is False
