"""What has been executed is not executed again, and `--force` still means force."""

import pytest
from small_course import FULL

MINE = {"answer_x": "x = 2  # nobody else's"}


@pytest.fixture(scope="module")
def course(new_course):
    """A course in which one student is graded, who then hands in the same again, as another student does."""
    made = new_course()
    made.hand_in("ada", **MINE)
    made.autograde()
    made.before = made.results()
    made.hand_in("ada", timestamp="2029-01-01 12:00:00 UTC", **MINE)
    made.hand_in("blaise", **MINE)
    return made


@pytest.fixture(scope="module")
def ran(course):
    """The course after three more runs: of what is there now, once more, and by force."""
    return course.runs({}, {}, {"student_id": "ada", "force": True})


def test_an_identical_notebook_is_not_executed_again(course, ran):
    assert len(course.before) == 2
    assert "Graded 2 of 2 submissions" in ran[0].said
    assert ran[0].results() == course.before
    assert ran[0].points("ada") == ran[0].points("blaise") == FULL
    assert "Executed behind" in course.report("blaise")


def test_nothing_is_done_for_what_is_graded(course, ran):
    assert "2 submissions are graded already, and have not changed." in ran[1].said
    assert ran[1].results() == course.before


def test_force_means_force(course, ran):
    assert ran[2].results().keys() == course.before.keys()
    assert all(ran[2].results()[key] > when for key, when in course.before.items())


def test_another_seed_is_another_result(course, ran):
    """And so is anything else that decides it; see the tests of `Job.key`."""
    course.hand_in("carl", **MINE)
    course.autograde("--student", "carl", environment={"BACKPROP_COURSE_SEED": "7"})
    assert len(course.results()) == len(ran[2].results()) + 2


def test_without_a_cache_everything_is_executed_and_nothing_kept(course):
    before = course.results()
    course.hand_in("dorothy", **MINE)
    course.autograde("--student", "dorothy", "--Grading.cache=False")
    assert course.points("dorothy") == FULL
    assert course.results() == before
