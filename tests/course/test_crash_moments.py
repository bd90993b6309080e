"""The grader dies between any two of its writes to the disk: the next run makes good what it has left."""

import pytest
from small_course import FULL, SmallCourse

# Grades a class that has partly been graded before, and keeps each state in which a crash could leave the course.
# Then it goes on from each of them, in one process, as warm workers save time.
PROGRAM = """
import hashlib, itertools, shutil, sys, threading
from pathlib import Path
from nbgrader.apps import NbGraderApp
from nbgrader.apps.api import NbGraderAPI

app = NbGraderApp()
app.initialize([])
api = NbGraderAPI(config=app.config)
main = threading.current_thread()
changes = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.chmod"}
seen, number, watching = set(), itertools.count(), False

def files():
    found = [*Path("autograded").rglob("*"), *Path(".grading").rglob("*"), *Path().glob("gradebook.db*")]
    return [path for path in sorted(found) if path.is_file()]

def keep(place):
    for path in files():
        (place / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, place / path)

def watch(event, arguments):
    global watching
    writes = event in changes or event == "open" and arguments[2] and arguments[2] & 3
    if not watching or not writes or threading.current_thread() is not main:
        return
    watching = False
    state = hashlib.sha256(b"".join(str(path).encode() + path.read_bytes() for path in files())).digest()
    if state not in seen:
        seen.add(state)
        keep(Path("moments") / str(next(number)))
    watching = True

def grade():
    found = api.autograde("ps1", "*", force=False)
    assert found["success"], found

sys.addaudithook(watch)
watching = True
grade()
watching = False
for moment in sorted(Path("moments").iterdir()):
    shutil.rmtree("autograded", ignore_errors=True)
    shutil.rmtree(".grading", ignore_errors=True)
    for path in Path().glob("gradebook.db*"):
        path.unlink()
    shutil.copytree(moment, ".", dirs_exist_ok=True)
    grade()
    keep(Path("after") / moment.name)
"""


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
