"""One notebook that hangs, floods, dies or is none costs its own budget and gets a verdict; the class goes on."""

import pytest
from small_course import FULL

LIMITS = """
c.Grading.cell_seconds = 8
c.Grading.after_hang_seconds = 1
c.Grading.limits = {"memory_mib": 400, "output_mib": 1, "processes": 40, "disk_mib": 8}
"""
WIDGET = """
from ipykernel.comm import Comm
Comm(target_name="jupyter.widget", data={"state": 5})
x = 2
"""
EATS_TOGETHER = """
import os, time
for _ in range(8):
    if os.fork() == 0:
        eaten = bytearray(100 * 2**20)
        time.sleep(60)
time.sleep(60)
"""
FORKS = """
import os, time
for _ in range(60):
    if os.fork() == 0:
        time.sleep(60)
x = 2
"""
DISPLAYS = """
from IPython.display import display
display({"text/plain": 5, "image/png": [1, {}], "application/json": float("nan")}, raw=True)
x = 2
"""
# Messages that no kernel sends by itself.
SENDS = """
kernel = get_ipython().kernel
kernel.session.send(kernel.iopub_socket, %r, %r, parent=kernel.get_parent())
x = 2
"""
# A right answer to `y` is 2 points, the one that is given here 0.5, and none is ever more for having been stopped.
DESERVED = FULL | {"test_y": 0.5}
NO_X, NO_P1 = {"test_x": 0}, {"test_x": 0, "test_y": 0}
# The answer to `x`, the points that are lost, and words that the student reads about it.
HOSTILE = {
    "hangs": ("while True: pass\nx = 2", NO_X, "did not come to an end within 8 s"),
    "hangs_for_good": (
        "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass",
        NO_P1,
        "did not come to an end within 8 s",
    ),
    "floods": ("print('x' * 4 * 2**20)", NO_P1, "printed more than 1 MiB and was stopped"),
    "floods_with_one_message": ("print('x' * 40 * 2**20)", NO_P1, "printed more than 1 MiB and was stopped"),
    "eats_memory": ("eaten = []\nwhile True: eaten.append(bytearray(2**20))", NO_X, "MemoryError"),
    "eats_memory_together": (EATS_TOGETHER, NO_P1, "used more than 400 MiB of memory and was stopped"),
    "forks": (FORKS, NO_X, "Resource temporarily unavailable"),
    "fills_the_disk": ("open('f', 'wb').write(bytes(16 * 2**20))\nx = 2", NO_X, "OSError"),
    "dies": ("import os; os._exit(0)", NO_P1, "ended its own kernel"),
    "crashes": ("import ctypes; ctypes.string_at(0)", NO_P1, "The kernel died"),
    "asks": ("x = int(input())", NO_X, "StdinNotImplementedError"),
    "closes_its_output": ("import sys; sys.stdout.close(); sys.stderr.close(); x = 2", {}, ""),
    "prints_half_letters": ("print('\\ud800'); x = 2", {}, ""),
    "shows_what_no_notebook_can_hold": (DISPLAYS, {}, ""),
    "sends_odd_widgets": (WIDGET, {}, ""),
    "sends_an_odd_stream": (SENDS % ("stream", {"name": 5}), {}, ""),
    "sends_an_odd_error": (SENDS % ("error", {"ename": 5}), {}, ""),
    "sends_an_odd_update": (SENDS % ("update_display_data", {"data": {}}), {}, ""),
}
FILES = {
    "empty": (b"", "The file is empty"),
    "broken_off": (b'{"cells": [', "breaks off"),
    "no_notebook": (b"[]", "there is no notebook in it"),
    "a_picture": (b"\x89PNG\r\n\x1a\n\0\0", "cannot be read"),
    "nested": (b"[" * 100_000, "nested more deeply"),
}
STOPPED = [student for student, (_, lost, _) in HOSTILE.items() if lost == NO_P1]


@pytest.fixture(scope="module")
def graded(new_course):
    course = new_course()
    course.configure(LIMITS)
    for student, (answer, _, _) in HOSTILE.items():
        course.hand_in(student, answer_x=f"{answer}\n# {student}", answer_y="y = 0")
    for student, (content, _) in FILES.items():
        course.hand_in(student)
        (course.submitted(student) / "p1.ipynb").write_bytes(content)
    course.hand_in("zoe")
    command = course.start("autograde", "ps1", "--Grading.workers=2")
    course.status, course.said = command.wait(120), command.said
    course.nbgrader("generate_feedback", "ps1", "--notebook=p1")
    return course


def test_the_summary_is_the_last_that_is_said(graded):
    last = graded.said.strip().splitlines()[-1]
    assert "again: nbgrader autograde ps1" in last, graded.said[-2000:]


def page(course, student):
    return (course.folder / "feedback" / student / "ps1" / "p1.html").read_text()


def test_the_class_goes_on_and_the_run_ends_well(graded):
    assert graded.points("zoe") == FULL
    assert graded.status == 0, graded.said
    assert "Traceback" not in graded.said, graded.said


@pytest.mark.parametrize("student", HOSTILE)
def test_it_costs_the_points_of_that_notebook_alone(student, graded):
    assert graded.points(student) == DESERVED | HOSTILE[student][1]


@pytest.mark.parametrize("student", FILES)
def test_a_file_that_is_no_notebook_has_no_points_and_the_reason_on_its_page(student, graded):
    assert graded.points(student) == FULL | NO_P1
    assert FILES[student][1] in page(graded, student)
    assert FILES[student][1] in graded.said.partition("To look at:")[2]


@pytest.mark.parametrize("student", [student for student, about in HOSTILE.items() if about[2]])
def test_the_students_page_says_what_happened(student, graded):
    assert HOSTILE[student][2] in page(graded, student)


@pytest.mark.parametrize("student", STOPPED)
def test_no_test_is_left_without_an_output(student, graded):
    """Nbgrader gives one that has none all of its points."""
    tests = [cell for cell in graded.graded(student).cells if cell.metadata.get("nbgrader", {}).get("grade")]
    assert {cell.outputs[-1].output_type for cell in tests} <= {"error", "execute_result"}


@pytest.mark.parametrize("student", sorted(set(STOPPED) - {"hangs_for_good"}))
def test_the_verdict_is_on_top_and_in_the_summary_with_the_way_to_try_again(student, graded):
    assert HOSTILE[student][2] in graded.report(student)
    assert "What came after that was not executed." in graded.report(student)
    summary = graded.said.partition("To look at:")[2]
    assert any(HOSTILE[student][2] in line for line in summary.splitlines() if f"{student}: p1:" in line)
    assert f"again: nbgrader autograde ps1 --student {student} --force" in summary


@pytest.mark.parametrize("student", ["hangs", "hangs_for_good"])
def test_a_cell_that_hangs_is_named_on_top_and_in_the_summary_with_the_way_to_try_again(student, graded):
    """It may have been the machine that was slow; somebody should look."""
    words = "did not come to an end within 8 s"
    assert words in graded.report(student)
    summary = graded.said.partition("To look at:")[2]
    assert any(words in line for line in summary.splitlines() if f"{student}: p1:" in line)
    assert f"again: nbgrader autograde ps1 --student {student} --force" in summary
