"""Who hands in again gets the points of what was handed in last, whatever it is, and no others."""

import shutil

import pytest
from small_course import FULL

from autograder.samples import notebooks

ZERO = dict.fromkeys(FULL, 0.0)
NO_P1 = {"test_x": 0, "test_y": 0}
TIME = "2029-06-01 12:00:00 UTC"


def broken(course, student):
    course.hand_in(student, answer_x="x = 1")


def broken_at_the_same_time(course, student):
    course.hand_in(student, answer_x="x = 1", timestamp=TIME)


def broken_and_older(course, student):
    course.hand_in(student, answer_x="x = 1", timestamp="2029-01-01 12:00:00 UTC")


def without(*names):
    """Return what hands in an answer that is wrong, in a notebook that lacks cells."""

    def hand_in(course, student):
        course.hand_in(student)
        book = course.answered("p1", answer_x="x = 1")
        for name in names:
            book.cells.remove(notebooks.cell_named(book, name))
        notebooks.write(book, course.submitted(student) / "p1.ipynb")

    return hand_in


def one_notebook_only(course, student):
    (course.submitted(student) / "p1.ipynb").unlink()


def nothing_at_all(course, student):
    shutil.rmtree(course.submitted(student))
    course.submitted(student).mkdir()


def no_notebook_at_all(course, student):
    nothing_at_all(course, student)
    (course.submitted(student) / "excuse.txt").write_text("The dog ate it.")


def no_json(course, student):
    (course.submitted(student) / "p1.ipynb").write_text("{")


def under_another_name(course, student):
    broken(course, student)
    path = course.submitted(student) / "p1.ipynb"
    path.rename(path.with_name("Copy of p1.ipynb"))


def a_folder_for_a_notebook(course, student):
    one_notebook_only(course, student)
    (course.submitted(student) / "p1.ipynb").mkdir()


def what_was_graded(course, student):
    """As formgrader and feedback have it: with a report on top, outputs, and hidden tests."""
    for name in ("p1", "p2"):
        notebooks.write(course.graded(student, name), course.submitted(student) / f"{name}.ipynb")


def with_a_folder_for_a_timestamp(course, student):
    broken(course, student)
    (course.submitted(student) / "timestamp.txt").mkdir()


AGAIN = [
    (broken, {"test_x": 0}),
    (broken_at_the_same_time, {"test_x": 0}),
    (broken_and_older, {"test_x": 0}),
    (without("test_x"), {"test_x": 0}),
    (without("answer_x"), {"test_x": 0}),
    (without("answer_x", "test_x", "given", "answer_y", "test_y"), NO_P1),
    (one_notebook_only, NO_P1),
    (nothing_at_all, ZERO),
    (no_notebook_at_all, ZERO),
    (no_json, NO_P1),
    (a_folder_for_a_notebook, NO_P1),
    (what_was_graded, {}),
    (under_another_name, {"test_x": 0}),
    (with_a_folder_for_a_timestamp, {"test_x": 0}),
]
STUDENTS = [f"s{number:02}" for number in range(len(AGAIN))]
BY_HAND = {"test_x": 2.5, "essay": 4.0}


@pytest.fixture(scope="module")
def graded(new_course):
    """A class that got full marks, was graded by hand, and handed in again."""
    course = new_course()
    for student in [*STUDENTS, "same"]:
        course.hand_in(student, timestamp=TIME)
    course.autograde()
    assert {student: course.points(student) for student in STUDENTS} == dict.fromkeys(STUDENTS, FULL)
    for student in [*STUDENTS, "same"]:
        for name, points in BY_HAND.items():
            course.grade_by_hand(student, name, points)
    course.before = course.gradebook()
    for student, (hand_in, _) in zip(STUDENTS, AGAIN, strict=True):
        hand_in(course, student)
    command = course.start("autograde", "ps1", "--Grading.workers=2")
    course.status, course.said = command.wait(), command.said
    return course


@pytest.mark.parametrize("number", range(len(AGAIN)), ids=[getattr(hand_in, "__name__", "") for hand_in, _ in AGAIN])
def test_points_are_those_of_the_last_hand_in(number, graded):
    assert graded.points(STUDENTS[number]) == FULL | AGAIN[number][1]


@pytest.mark.parametrize("number", range(len(AGAIN)), ids=[getattr(hand_in, "__name__", "") for hand_in, _ in AGAIN])
def test_points_that_a_person_gave_before_are_to_be_looked_at(number, graded):
    book = graded.gradebook()
    grades = book[STUDENTS[number], "p1"]["grades"] | book[STUDENTS[number], "p2"]["grades"]
    silent = {name: grades[name] for name in BY_HAND if grades[name][1] is not None and not grades[name][3]}
    assert silent == {}


def test_a_report_that_comes_back_is_not_kept_beside_the_new_one(graded):
    (student,) = [who for who, (hand_in, _) in zip(STUDENTS, AGAIN, strict=True) if hand_in is what_was_graded]
    for name in ("p1", "p2"):
        assert ["autograder" in cell.metadata for cell in graded.graded(student, name).cells].count(True) == 1


def test_who_has_not_handed_in_again_keeps_everything(graded):
    now = graded.gradebook()
    for name in ("p1", "p2"):
        assert now["same", name] == graded.before["same", name]


def test_the_run_ends_well(graded):
    assert graded.status == 0, graded.said
    assert "Traceback" not in graded.said
