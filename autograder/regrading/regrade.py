"""`course regrade`: what has changed is run again, shown, and written if it is wanted."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

from rich.console import Console
from rich.text import Text

from autograder import commands
from autograder.lms.refusal import Refused
from autograder.regrading import changes, graded, log, rerun, shown, tests, todo
from autograder.regrading.changes import Change
from autograder.regrading.course import Opened, alone, open_course
from autograder.regrading.tests import Test
from autograder.regrading.todo import Found


@dataclass(frozen=True)
class Wanted:
    """What somebody asks for.

    Attributes:
        questions: by `grade_id`, with or without `test_`; none for all whose test has changed.
        dry_run: whether to write nothing.
        even_so: whether to write though a test stops, or brings nothing, for everybody.
        csv: where to write whose points change.
        ask: asks whether to go on, in words.
    """

    questions: Sequence[str] = ()
    dry_run: bool = False
    even_so: bool = False
    csv: Path | None = None
    ask: Callable[[str], bool] = field(default=lambda _words: False)


def run(course: Path, assignment: str, wanted: Wanted, console: Console) -> None:
    """Grade again what a corrected test changes.

    Raises:
        Refused: if that cannot be done, or is not wanted; the message says what to do.
        CommandFailed: if the instructor's copy cannot be taken over into the gradebook.
    """
    with contextlib.chdir(course):
        opened, ahead = _as_in_source(open_course(course, assignment), console)
        asked = tests.named(wanted.questions, opened.tests, opened.masters) if wanted.questions else None
        with alone(opened):
            found = todo.find(opened, asked)
            _say_who_is_left_out(found, assignment, console)
            if not found.todo:
                console.print(Text(_nothing(opened, found, asked)), soft_wrap=True)
                return
            _regrade(opened, found, wanted, console, ahead)


def _as_in_source(opened: Opened, console: Console) -> tuple[Opened, list[Test]]:
    """Return the course with the tests of its source, and those that its gradebook does not have yet.

    Raises:
        Refused: if a test was renamed.
    """
    there = tests.of_source(opened.source, opened.tests, opened.prepare.markers)
    a = opened.assignment
    if there.only_source and there.only_gradebook:
        raise Refused(
            f"source/{a} has {', '.join(there.only_source)}, and the gradebook {', '.join(there.only_gradebook)}. "
            "nbgrader cannot rename a test, or add or remove one, once there are hand-ins: give it its old grade_id."
        )
    if not there.changed:
        return opened, []
    names = ", ".join(test.name for test in there.changed)
    words = f"Not in the gradebook yet, and taken over when points are written: {names} as in source/{a}."
    console.print(Text(words), soft_wrap=True)
    return opened.with_tests(there.changed), there.changed


def _take_over(opened: Opened, ahead: Sequence[Test]) -> None:
    """Have nbgrader take over tests from the source into the gradebook."""
    a, root = opened.assignment, Path(opened.converter.coursedir.root)
    with tempfile.TemporaryDirectory() as folder:
        commands.nbgrader(["generate_assignment", a, "--force"], root, Path(folder) / "log")
    there = open_course(root, a).tests
    if not all(there[test.notebook, test.name].same_text(test) for test in ahead):
        raise Refused(
            f"{_command(a)} made another test than stands in source/{a}. No points were written. Run this again."
        )


def _command(assignment: str) -> str:
    return f"nbgrader generate_assignment {assignment} --force"


def _regrade(opened: Opened, found: Found, wanted: Wanted, console: Console, ahead: Sequence[Test]) -> None:
    """Run, show, ask and write; `ahead` are the tests that the gradebook does not have yet."""
    a = opened.assignment
    diffs = _differences(opened, found)
    shown.differences(diffs, console)
    remarks = _remarks(opened, found)
    for remark in remarks:
        console.print(Text(remark), style="yellow", soft_wrap=True)
    ran = rerun.run(opened, found.todo, console)
    answers = [answer for one in ran for answer in one.answers]
    changed = changes.look(opened, answers)
    shown.changes(changed, console)
    shown.others(ran, console)
    students = len({answer.todo.student for answer in answers})
    console.print(
        Text(f"{len(changed)} answers of {students} students were run again: {shown.summary(changed)}."), soft_wrap=True
    )
    if wanted.csv:
        shown.write_csv(changed, wanted.csv)
        console.print(Text(f"Wrote {wanted.csv}"), soft_wrap=True)
    if (faults := at_fault(changed)) and not wanted.even_so:
        raise Refused(
            "\n".join(faults) + f"\nNothing was written. Mend the test in source/{a}, and run this again.\n"
            "If it is right as it is, add --even-so."
        )
    if wanted.dry_run:
        words = "Nothing was written, as it is a dry run. Without --dry-run nothing needs to be run again."
        console.print(words, soft_wrap=True, highlight=False)
        return
    if not wanted.ask("Write this into the gradebook and the graded notebooks?"):
        raise Refused("Nothing was written. What was run is kept: the next time takes a moment.")
    now = datetime.now(UTC)
    log.begin(opened, now, diffs, changed, [*remarks, *faults])
    if ahead:
        _take_over(opened, ahead)
    changes.write(opened, answers)
    graded.renew(opened, answers, now)
    log.end(opened, students)
    console.print(Text(f"Written for {students} students. The log: {log.place(opened)}"), soft_wrap=True)
    if outdated := graded.outdated_feedback(opened, answers):
        console.print(
            Text(f"Feedback pages of {len(outdated)} of them are of before. Make them anew: course feedback {a}"),
            soft_wrap=True,
        )


def at_fault(changed: Sequence[Change]) -> list[str]:
    """Return which tests seem to be wrong themselves, in words: they stop, or bring nothing, for everybody."""
    found = []
    by_question = sorted(changed, key=_question)
    for question, group in groupby(by_question, key=_question):
        of_it = list(group)
        faults = [one.answer.judged.fault for one in of_it if one.answer.judged and one.answer.judged.fault]
        if len(faults) == len(of_it):
            found.append(f"The test of {question} stops for everybody. {faults[0]}")
        elif len(of_it) > 1 and not any(one.after for one in of_it) and any(one.before for one in of_it):
            found.append(f"The test of {question} brings nobody a point, and did before. Is it right?")
    return found


def _question(change: Change) -> str:
    return change.answer.question


def _differences(opened: Opened, found: Found) -> dict[str, str]:
    """Return what has changed in each test, by the digest of what somebody was graded with."""
    now = opened.tests
    diffs = {}
    for one in found.todo:
        for question in one.questions:
            before = one.before.get(question, Test(one.notebook, question, "", 0))
            if text := before.difference(now[one.notebook, question]):
                diffs[before.digest] = text
    return diffs


def _remarks(opened: Opened, found: Found) -> list[str]:
    """Say what else has changed since a class was graded."""
    words = []
    now = opened.tests
    worth = {
        f"{question} is worth {now[one.notebook, question].points:g} instead of {before.points:g} points."
        for one in found.todo
        for question in one.questions
        if (before := one.before.get(question)) and before.points != now[one.notebook, question].points
    }
    words += sorted(worth)
    if found.given:
        words.append(
            f"Given cells have changed, too ({', '.join(sorted(found.given))}), and notebooks are run with them. "
            f"To grade everything with them: nbgrader autograde {opened.assignment} --force"
        )
    return words


def _say_who_is_left_out(found: Found, assignment: str, console: Console) -> None:
    by_reason = sorted(found.left_out.items(), key=lambda item: (item[1], item[0]))
    for why, group in groupby(by_reason, key=lambda item: item[1]):
        students = [student for student, _ in group]
        console.print(Text(f"Left out, {why}: {shown.names(students)}"), style="yellow", soft_wrap=True)
    if found.left_out:
        console.print(
            Text(f"nbgrader autograde {assignment} grades them, with the tests as they are now."), soft_wrap=True
        )


def _nothing(opened: Opened, found: Found, asked: Sequence[Test] | None) -> str:
    if asked is not None or found.left_out:
        return "Nobody has been graded there, so there is nothing to regrade."
    return (
        f"Nothing to regrade: all graded hand-ins of {opened.assignment} were graded with the tests that the gradebook "
        "has. To run a question again all the same, name it with --question."
    )
