"""formgrader grades one student at a time, in a process that stays: its API works again and again, and gets faster."""

import json

import pytest
from small_course import FULL

# What formgrader's handler does, twice for the same student.
PROGRAM = """
import json, os, time
from nbgrader.apps import NbGraderApp
from nbgrader.apps.api import NbGraderAPI

app = NbGraderApp()
app.initialize([])
api = NbGraderAPI(config=app.config)
handlers = [(handler, list(handler.filters)) for handler in api.log.handlers]
calls = []

def workers():
    found = set()
    for number in filter(str.isdigit, os.listdir("/proc")):
        try:
            mine = os.environb[b"SMALL_COURSE"] in open(f"/proc/{number}/environ", "rb").read()
            if mine and b"multiprocessing.forkserver" in open(f"/proc/{number}/cmdline", "rb").read():
                found.add(int(number))
        except OSError:
            pass
    return found

def autograde(student, **options):
    start = time.monotonic()
    found = api.autograde("ps1", student, **options)
    seconds = time.monotonic() - start
    same = [(handler, list(handler.filters)) for handler in api.log.handlers] == handlers
    calls.append({**found, "seconds": seconds, "workers": sorted(workers()), "log_as_before": same})

%s
json.dump(calls, open("calls.json", "w"))
"""


def called(course, *lines, **more):
    command = course.start(program=PROGRAM % "\n".join(lines), **more)
    assert command.wait() == 0, command.said
    return json.loads((course.folder / "calls.json").read_text())


@pytest.fixture(scope="module")
def graded(new_course):
    course = new_course()
    course.hand_in("ada")
    course.hand_in("blaise", answer_x="x = 1")
    course.calls = called(course, *[f"autograde({student!r})" for student in ("ada", "ada", "blaise")])
    return course


def test_each_call_succeeds_and_brings_its_log(graded):
    assert [call["success"] for call in graded.calls] == [True] * 3
    for call, student in zip(graded.calls, ("ada", "ada", "blaise"), strict=True):
        assert f"{student}: 2 notebooks in" in call["log"]
        assert "error" not in call
    assert graded.points("ada") == FULL
    assert graded.points("blaise") == FULL | {"test_x": 0}


def test_warm_workers_stay(graded):
    first, second, third = graded.calls
    assert second["seconds"] < first["seconds"] / 2
    assert third["seconds"] < first["seconds"] / 2
    assert len(first["workers"]) >= 2  # what forks them is one of them
    assert first["workers"] == second["workers"] == third["workers"]


def test_the_log_is_as_before_when_a_call_is_over(graded):
    assert [call["log_as_before"] for call in graded.calls] == [True] * 3


def test_a_call_that_fails_does_not_keep_others_from_grading(course):
    """The student is not to be made, so nbgrader itself fails; the lock must not outlive that."""
    course.hand_in("ada")
    failed, other, again = called(
        course, "autograde('ada', create=False)", "autograde('ada', create=False)", "autograde('ada')"
    )
    assert not failed["success"]
    assert "is being graded already" not in failed.get("log", "") + failed["error"]
    assert "is being graded already" not in other.get("log", "") + other["error"]
    assert again["success"], again
    assert course.points("ada") == FULL
