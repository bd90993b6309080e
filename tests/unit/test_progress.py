"""What an instructor sees of a run: lines in the log, a bar where there is a terminal, and a summary."""

import io
import logging
import shlex

import pytest
from rich.console import Console

from autograder.execution.progress import Show


@pytest.fixture
def log():
    """A logger that writes to a stream, as nbgrader's does; what it has written is `log.said()`."""
    made = logging.Logger("nbgrader", logging.INFO)  # noqa: LOG001 - one that goes with the test
    stream = io.StringIO()
    made.addHandler(logging.StreamHandler(stream))
    made.said = lambda: stream.getvalue().splitlines()
    return made


def terminal():
    return Console(file=io.StringIO(), force_terminal=True, width=120)


def no_terminal():
    return Console(file=io.StringIO(), force_terminal=False)


def test_without_a_terminal_there_is_a_line_for_each_student_and_a_summary(log):
    console = no_terminal()
    show = Show(log, "ps1", 2, console)
    show.student("ada", 3, 1.25, [])
    show.student("blaise", 1, 0.5, ["the answer cell x is missing"])
    show.end("ps1", [])
    lines = log.said()
    assert lines[:2] == ["ada: 3 notebooks in 1.2 s", "blaise: 1 notebook in 0.5 s; 1 to look at"]
    assert lines[2].startswith("Graded 2 of 2 submissions in 0.0 s, ")
    assert lines[2].endswith(" a minute.")
    assert lines[3:] == [
        "To look at:",
        "  blaise: the answer cell x is missing",
        "    again: nbgrader autograde ps1 --student blaise --force",
    ]
    assert console.file.getvalue() == ""


def test_those_who_are_not_graded_are_named_and_so_is_what_to_do(log):
    show = Show(log, "ps1", 12, no_terminal())
    show.end("ps1", [f"s{n:02}" for n in range(12)])
    names = ", ".join(f"s{n:02}" for n in range(10))
    assert f"Not graded: {names} and 2 more. The same command goes on where this one stopped." in log.said()


def test_a_problem_without_a_grading_is_in_the_summary(log):
    show = Show(log, "ps1", 0, no_terminal())
    show.problem("ada", "It was not graded.")
    show.end("ps1", [])
    assert "  ada: It was not graded." in log.said()


def test_the_command_that_tries_again_can_be_typed(log):
    """The documentation of nbgrader has an assignment called "Problem Set 1"."""
    show = Show(log, "Problem Set 1", 1, no_terminal())
    show.student("ada l", 1, 0.1, ["look"])
    show.end("Problem Set 1", [])
    (command,) = [line.partition("again: ")[2] for line in log.said() if "again: " in line]
    assert shlex.split(command) == ["nbgrader", "autograde", "Problem Set 1", "--student", "ada l", "--force"]


def test_of_what_nbgrader_says_only_warnings_pass_until_the_end(log):
    show = Show(log, "ps1", 1, no_terminal())
    log.info("Converting notebook")
    log.warning("is late")
    show.end("ps1", [])
    log.info("something else")
    assert [log.said()[0], log.said()[-1]] == ["is late", "something else"]
    assert "Converting notebook" not in log.said()


def test_what_nbgrader_says_after_the_last_submission_does_not_follow_the_summary(log):
    before = [list(handler.filters) for handler in log.handlers]
    show = Show(log, "ps1", 1, no_terminal())
    show.student("ada", 1, 0.1, [])
    show.end("ps1", [])
    log.info("Writing 5 bytes to %s", "p1.ipynb")
    log.info("Setting destination file permissions to %s", 444)
    assert log.said()[-1].startswith("Graded 1 of 1")
    log.info("something else")
    assert log.said()[-1] == "something else"
    assert [list(handler.filters) for handler in log.handlers] == before


@pytest.mark.parametrize("deaf", ["logger", "handler"])
def test_where_nobody_hears_the_last_that_nbgrader_says_the_log_is_as_it_was_at_once(log, deaf):
    """As in formgrader, whose log takes warnings only."""
    {"logger": log, "handler": log.handlers[0]}[deaf].setLevel(logging.WARNING)
    show = Show(log, "ps1", 1, no_terminal())
    show.student("ada", 1, 0.1, [])
    show.end("ps1", [])
    assert [handler.filters for handler in log.handlers] == [[]]


def test_after_nbgrader_has_failed_the_log_is_as_it_was(log):
    """It tells nobody, and formgrader lives on."""
    before = [list(handler.filters) for handler in log.handlers]
    Show(log, "ps1", 1, no_terminal())
    log.error("There was an error processing assignment: %s", "ps1")
    log.error("Please see the error log (%s) for details on the specific errors on the above failures.", "x")
    assert [list(handler.filters) for handler in log.handlers] == before
    log.info("something else")
    assert log.said()[2:] == ["something else"]


def test_a_terminal_gets_a_bar_with_the_lines_above_it(log):
    console = terminal()
    show = Show(log, "ps1", 2, console)
    show.student("ada", 3, 1.25, [])
    show.student("blaise", 3, 1.25, ["look"])
    show.end("ps1", [])
    printed = console.file.getvalue()
    assert "Autograding ps1" in printed
    assert "2/2" in printed
    assert "1 to look at" in printed
    assert "ada" in printed
    assert log.said() == []


def test_the_log_is_as_it_was_at_the_end(log):
    before = [(handler, list(handler.filters)) for handler in log.handlers]
    show = Show(log, "ps1", 2, terminal())
    assert [(handler, list(handler.filters)) for handler in log.handlers] != before
    show.end("ps1", [])
    assert [(handler, list(handler.filters)) for handler in log.handlers] == before
    log.info("after")
    assert log.said() == ["after"]


def test_a_single_submission_needs_no_bar(log):
    console = terminal()
    show = Show(log, "ps1", 1, console)
    show.student("ada", 1, 0.1, [])
    show.end("ps1", [])
    assert console.file.getvalue() == ""
    assert log.said()[0] == "ada: 1 notebook in 0.1 s"
