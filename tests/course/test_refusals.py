"""When notebooks cannot be executed as they should be, the instructor reads why, and nothing is executed."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from small_course import FULL

from autograder import commands


@pytest.fixture
def handed_in(course):
    course.hand_in("ada")
    return course


def assert_nothing_was_executed(course):
    assert course.results() == {}
    assert course.gradebook() == {}
    assert not (course.folder / "autograded").exists()


def test_grading_without_isolation_says_so_in_the_log_and_on_the_report(handed_in):
    said = handed_in.autograde("--Grading.isolation=unsafe")
    words = "NO ISOLATION: student code ran with the instructor's rights"
    assert f"Isolation: {words}." in said
    assert words in handed_in.report("ada")
    assert handed_in.points("ada") == FULL


def test_the_command_itself_names_the_levels_there_are_and_executes_nothing(handed_in):
    """As typed in a terminal: a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", "autograde", "ps1", "--Grading.isolation=nonsense"],
        cwd=handed_in.folder, env=commands.environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "There is no isolation called 'nonsense'. There are strongest, " in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert_nothing_was_executed(handed_in)


def test_an_isolation_that_this_machine_has_not_says_what_the_choices_are(handed_in):
    handed_in.configure("c.Grading.isolation = 'bubblewrap'")
    said = handed_in.autograde(status=1, environment={"PATH": str(Path(sys.executable).parent)})
    assert "Submissions are not executed, since they cannot be isolated on this machine." in said
    assert "bubblewrap (the program bwrap) is not installed" in said or "not for root" in said
    assert "What you can do:" in said
    assert "Traceback" not in said
    assert_nothing_was_executed(handed_in)


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ({"memory": 3}, "There is no limit called 'memory'. There are wall_seconds, "),
        ({"memory_mib": -1}, "The limit memory_mib must be a number above 0, and is -1."),
    ],
)
def test_a_limit_that_is_none_is_refused_in_words(limits, words, handed_in):
    handed_in.configure(f"c.Grading.limits = {json.dumps(limits)}")
    assert words in handed_in.autograde(status=1)
    assert_nothing_was_executed(handed_in)


def test_what_kernels_cannot_import_is_named(handed_in):
    handed_in.configure("c.Grading.imports = ['ipykernel.kernelapp', 'no_such_package']")
    said = handed_in.autograde(status=1)
    assert "No module named 'no_such_package'" in said
    assert_nothing_was_executed(handed_in)


def test_a_second_run_of_the_same_assignment_is_refused_and_the_first_goes_on(handed_in):
    handed_in.hand_in("blaise", answer_x="import time; time.sleep(1); x = 2")
    first = handed_in.start("autograde", "ps1")
    first.wait_until_said("Isolation")
    said = handed_in.autograde(status=1)
    assert "ps1 is being graded already, by another nbgrader autograde or by formgrader." in said
    assert "Traceback" not in said
    assert first.wait() == 0
    assert handed_in.points("blaise") == FULL


def test_an_assignment_that_was_not_generated_is_no_success(handed_in):
    (handed_in.folder / "submitted" / "ada" / "ps1").rename(handed_in.folder / "submitted" / "ada" / "ps2")
    said = handed_in.nbgrader("autograde", "ps2", status=1)
    assert "generate_assignment" in said


def test_a_failure_of_the_grader_is_the_students_own(handed_in):
    """A fault in our own code, on a notebook that is prepared ahead: it costs that student's turn, and is said."""
    handed_in.hand_in("blaise", answer_x="x = 2  # poison")
    handed_in.hand_in("carl")
    handed_in.configure("""
from autograder.execution import preparing
plain = preparing.repair
def repair(nb, master):
    assert not any("poison" in cell.source for cell in nb.cells), "our fault"
    return plain(nb, master)
preparing.repair = repair
""")
    said = handed_in.autograde(status=1)
    assert "our fault" in said
    assert [handed_in.points(student) for student in ("ada", "carl")] == [FULL, FULL], said
    assert "Graded 2 of 3 submissions" in said
    assert "Not graded: blaise." in said
