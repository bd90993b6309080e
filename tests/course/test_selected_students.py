"""One student, one notebook, or all but some: as nbgrader's own options say."""

import pytest
from small_course import FULL


@pytest.fixture(scope="module")
def course(new_course):
    """A course in which three students of five are graded, and two of them hand in again."""
    made = new_course()
    for student in ("ada", "blaise", "carl", "dorothy", "emmy"):
        made.hand_in(student)
    (made.submitted("carl") / "p2.ipynb").rename(made.submitted("carl") / "Copy of p2.ipynb")
    made.said = made.autograde("--CourseDirectory.student_id_exclude=dorothy,emmy,zoe")
    made.first = made.gradebook()
    made.grade_by_hand("carl", "essay", 4)
    for student in ("ada", "blaise"):
        made.hand_in(student, answer_x="x = 1", answer_z="z = 1")
    return made


@pytest.fixture(scope="module")
def ran(course):
    """The course after more runs: of one notebook, of one student after the other, and of one student."""
    runs = [("ada", True), ("carl", True), ("blaise", False), ("blaise", False)]
    one_notebook = ({"notebook": "p1", "student_id": student, "force": force} for student, force in runs)
    return course.runs(*one_notebook, {"student_id": "dorothy"})


def test_all_but_some(course):
    assert "Graded 3 of 3" in course.said
    assert {student for student, _ in course.first} == {"ada", "blaise", "carl"}


def test_one_student(course, ran):
    assert "Graded 1 of 1" in ran[4].said
    assert {student for student, _ in ran[4].gradebook()} == {"ada", "blaise", "carl", "dorothy"}
    assert not (course.folder / "autograded" / "emmy").exists()


def test_one_notebook(ran):
    assert ran[0].points("ada") == FULL | {"test_x": 0}
    assert "ada: 1 notebook in" in ran[0].said
    assert "To look at" not in ran[0].said


def test_one_notebook_leaves_the_others_alone_whatever_they_are_called(ran):
    """Nbgrader looks for them under their own names, and would take away the points of `Copy of p2.ipynb`."""
    assert ran[1].points("carl") == FULL, ran[1].said
    assert ran[1].gradebook()["carl", "p2"]["grades"]["essay"][1] == 4


def test_one_notebook_is_graded_again_when_it_was_handed_in_again(ran):
    """The same holds for one notebook as for all: no points of an earlier hand-in stay."""
    assert ran[2].points("blaise") == FULL | {"test_x": 0}, ran[2].said


def test_a_notebook_that_is_graded_already_is_not_called_ungraded(ran):
    assert ran[3].success
    assert "Not graded" not in ran[3].said
