"""Notebooks are executed many at a time, in any order, and the gradebook is that of a run one by one."""

import re

import pytest
from small_course import FULL

SLEEPERS = ("a1", "a2", "a3")
CLASS = {
    **{student: {"answer_x": f"import time; time.sleep(1); x = 2  # {student}"} for student in SLEEPERS},
    "ada": {},
    "blaise": {"answer_x": "x = 1"},
    "carl": {"answer_y": "y = 0"},
    "dorothy": {"answer_x": "raise ValueError", "answer_z": "import sys; print('careful', file=sys.stderr); z = 4"},
    "emmy": {"timestamp": "2030-01-01 12:00:00 UTC"},
    "felix": {"timestamp": "2029-01-01 12:00:00 UTC", "answer_z": ""},
}


@pytest.fixture(scope="module")
def one_by_one(new_course):
    return graded(new_course(), "--Grading.workers=1")


@pytest.fixture(scope="module")
def together(new_course):
    return graded(new_course(), "--Grading.workers=3")


def handed_in(course):
    for student, about in CLASS.items():
        course.hand_in(student, **about)
    return course


def graded(course, *arguments):
    course.said = handed_in(course).autograde(*arguments)
    return course


def waited(course):
    """Return how long nbgrader waited for those that sleep."""
    seconds = dict(re.findall(r"(\w+): 2 notebooks in ([\d.]+) s", course.said))
    return sum(float(seconds[student]) for student in SLEEPERS)


def test_a_class_gets_what_it_deserves(one_by_one):
    deserved = {"blaise": {"test_x": 0}, "carl": {"test_y": 0.5}, "dorothy": {"test_x": 0}, "felix": {"test_z": 0}}
    assert {student: one_by_one.points(student) for student in CLASS} == {
        student: FULL | deserved.get(student, {}) for student in CLASS
    }


def test_lateness_costs_points_and_essays_and_tasks_wait_for_a_person(one_by_one):
    found = one_by_one.gradebook()
    assert {place: about["late"][1] for place, about in found.items() if about["late"][1]} == {
        ("emmy", "p1"): 5.0,
        ("emmy", "p2"): 1.0,
    }
    waiting = {name for about in found.values() for name, grade in about["grades"].items() if grade[3]}
    assert waiting == {"essay", "task"}


def test_many_at_a_time_give_the_same_gradebook(one_by_one, together):
    assert together.gradebook() == one_by_one.gradebook()


def test_as_many_are_executed_at_once_as_configured(one_by_one, together):
    assert waited(one_by_one) > 3
    assert waited(together) < waited(one_by_one) - 0.5


def test_isolation_is_named_in_the_log_and_on_each_report(together):
    (isolation,) = re.findall(r"Isolation: (.*)\.", together.said)
    assert "system call filter" in isolation
    for name in ("p1", "p2"):
        assert f"Executed behind {isolation}." in together.report("ada", name)


def test_another_order_gives_the_same_gradebook(one_by_one, course):
    handed_in(course).runs(*({"student_id": student} for student in reversed(CLASS)))
    assert course.gradebook() == one_by_one.gradebook()
