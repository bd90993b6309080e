"""The grader dies between any two of its writes to the disk: the next run makes good what it has left."""

import crashes
import pytest
from small_course import FULL, SmallCourse

# Grades a class that has partly been graded before, and goes on from each state in which a crash could leave it,
# in one process, as warm workers save time.
PROGRAM = (
    crashes.IMPORT
    + """
from nbgrader.apps import NbGraderApp
from nbgrader.apps.api import NbGraderAPI

app = NbGraderApp()
app.initialize([])
api = NbGraderAPI(config=app.config)

def grade():
    found = api.autograde("ps1", "*", force=False)
    assert found["success"], found

play(grade, ["autograded", ".grading"])
"""
)


@pytest.fixture(scope="module")
def outcomes(new_course):
    """What the course is like after a crash at each moment and the next run."""
    course = new_course()
    course.hand_in("ada")
    course.autograde()
    course.grade_by_hand("ada", "essay", 4)
    course.hand_in("ada", answer_x="x = 1")
    course.hand_in("blaise", timestamp="2030-01-01 12:00:00 UTC")
    command = course.start(program=PROGRAM)
    assert command.wait() == 0, command.said
    found = sorted((course.folder / "after").iterdir(), key=lambda path: int(path.name))
    assert len(found) > 10
    return [SmallCourse(folder, None) for folder in found]


def test_everybody_has_the_points_of_a_run_without_a_crash(outcomes):
    expected = outcomes[-1].gradebook()
    assert outcomes[-1].points("ada") == FULL | {"test_x": 0}
    assert outcomes[-1].points("blaise") == FULL
    assert [n for n, outcome in enumerate(outcomes) if outcome.gradebook() != expected] == []


def test_every_graded_notebook_is_there_with_its_report_and_outputs(outcomes):
    def lacking(outcome):
        books = [(outcome.graded(s, name), name) for s in ("ada", "blaise") for name in ("p1", "p2")]
        return [name for book, name in books if "autograder" not in book.cells[0].metadata]

    assert {n: found for n, outcome in enumerate(outcomes) if (found := lacking(outcome))} == {}
