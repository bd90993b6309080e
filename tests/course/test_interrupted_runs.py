"""Whatever is killed, and whenever: the next run grades what is missing, nothing twice, and nobody is skipped."""

import contextlib
import os
import random
import signal
import time
from pathlib import Path

import pytest
from small_course import FULL

from autograder.sandbox.inside import limits

CLASS = [f"s{number:02}" for number in range(8)]


def handed_in(course, students=CLASS, seconds=0.05):
    """Have each hand in what sleeps for a moment, and is executed on its own; every third one is wrong."""
    course.configure("c.Grading.workers = 2")
    for number, student in enumerate(students):
        answer = f"import time; time.sleep({seconds}); x = {2 if number % 3 else 1}  # {student}"
        course.hand_in(student, answer_x=answer)
    return course


def started(course, *arguments, **more):
    """Start a run, and wait until notebooks are being executed."""
    command = course.start("autograde", "ps1", *arguments, **more)
    command.wait_until_said("Isolation:")
    return command


def taking_part(command):
    """Return the processes of a run by what they are."""
    found = {}
    for number in limits.family(command.process):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # it has just ended
            found[number] = Path(f"/proc/{number}/cmdline").read_bytes()
    forked = [number for number, line in found.items() if b"inside.zygote" in line]
    servers = [number for number, line in found.items() if b"multiprocessing.forkserver" in line]
    return {
        "worker": [number for server in servers for number in limits.children(server)],
        "warm process": [number for number in forked if number in limits.children(command.process)],
        "kernel": [number for number in forked if not limits.children(number)],
    }


def found(command, what, number, seconds=20):
    """Wait until so many processes of a kind take part, and return them: one may just be between two notebooks."""
    end = time.monotonic() + seconds
    while len(processes := taking_part(command)[what]) != number:
        assert time.monotonic() < end, taking_part(command)
        time.sleep(0.02)
    return processes


def assert_nothing_runs(course, seconds=5):
    end = time.monotonic() + seconds
    while course.processes() and time.monotonic() < end:
        time.sleep(0.05)
    assert course.processes() == {}


@pytest.fixture(scope="module")
def undisturbed(new_course):
    course = handed_in(new_course())
    course.autograde()
    return course.gradebook()


def test_a_run_that_is_killed_again_and_again_grades_everybody_once(course, undisturbed):
    handed_in(course)
    moments = random.Random(3)  # noqa: S311 - no secret
    for said, most in [("^", 2.5), ("Isolation", 1), (r"s\d\d: 2 notebooks", 0.5)]:
        before = course.results()
        command = course.start("autograde", "ps1")
        command.wait_until_said(said)
        time.sleep(moments.uniform(0, most))
        os.kill(command.process, signal.SIGKILL)
        command.wait()
        assert_nothing_runs(course)
        assert before.items() <= course.results().items()
    before = course.results()
    course.autograde()
    assert course.gradebook() == undisturbed
    assert before.items() <= course.results().items()
    for student in CLASS:
        assert "Executed behind" in course.report(student)

    results = course.results()
    assert "8 submissions are graded already, and have not changed." in course.autograde()
    assert course.results() == results


@pytest.mark.parametrize("what", ["worker", "warm process", "kernel"])
def test_a_process_that_is_killed_costs_nobody_anything(what, course):
    students = CLASS[1:6]
    handed_in(course, students, seconds=1)
    command = started(course)
    command.wait_until_said("s01: 2 notebooks")  # so the next ones are under way
    victims = found(command, what, 1 if what == "warm process" else 2)
    for number in victims:
        os.kill(number, signal.SIGKILL)
    assert command.wait() == 0, command.said
    assert "To look at" not in command.said, command.said
    assert [course.points(student)["test_y"] for student in students] == [FULL["test_y"]] * 5
    assert_nothing_runs(course)


def test_ctrl_c_ends_a_run_at_once(course):
    course.hand_in("ada")
    course.hand_in("blaise", answer_x="import time; time.sleep(25)")
    command = started(course)
    command.wait_until_said("ada: 2 notebooks")
    os.kill(command.process, signal.SIGINT)
    assert command.wait(seconds=8) != 0
    assert_nothing_runs(course)
    assert "Not graded: blaise. The same command goes on where this one stopped." in command.said


def test_a_run_leaves_no_temporary_files_behind(course):
    course.hand_in("ada")
    temporary = course.folder / "tmp"
    temporary.mkdir()
    course.autograde(environment={"TMPDIR": str(temporary)})
    assert_nothing_runs(course)
    assert list(temporary.iterdir()) == []
