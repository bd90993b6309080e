"""One round: `nbgrader autograde` for hand-ins that have settled, and what it says became of each."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from autograder import commands
from autograder.execution.run import STATE
from autograder.execution.store import Store
from autograder.watching.stop import Stop

_GRADED = re.compile(r"\] (.+): \d+ notebooks? in [\d.]+ s(?:; (\d+) to look at)?$")
_ERROR = re.compile(r"^\[\w+ \| (?:ERROR|CRITICAL)\] (.*)")
_SUMMARY = "] To look at:"
_BUSY = "is being graded already"


class Busy(Exception):  # noqa: N818 - the name is the message
    """Somebody else grades the assignment just now."""


class Useless(Exception):  # noqa: N818 - the name is the message
    """Nothing can be graded, whoever hands in; the message says why."""


class Stopped(Exception):  # noqa: N818 - the name is the message
    """The round was told to end before it had come to its end."""


@dataclass
class Round:
    """What has become of the hand-ins of a round.

    Attributes:
        graded: students whose hand-ins are graded, and what there is to look at.
        failed: students whose hand-ins are not, and why.
    """

    graded: dict[str, list[str]] = field(default_factory=dict)
    failed: dict[str, list[str]] = field(default_factory=dict)


class Nbgrader:
    """Has hand-ins graded by `nbgrader autograde`."""

    def __init__(self, course: Path, assignment: str, stop: Stop) -> None:
        """Grade an assignment of a course, until it is told to stop."""
        self._course = course
        self._assignment = assignment
        self._stop = stop

    def __call__(self, students: Sequence[str], others: Sequence[str], on_graded: Callable[[str], None]) -> Round:
        """Grade one round.

        Args:
            students: whose hand-ins.
            others: who has handed in as well, and is left alone.
            on_graded: told each student whose hand-in is graded, as soon as it is.

        Raises:
            Busy: if another run is at work.
            Useless: if nothing can be graded.
            Stopped: if it was told to stop at once.
        """
        lines: list[str] = []

        def heard(line: str) -> None:
            lines.append(line.rstrip())
            if match := _GRADED.search(lines[-1]):
                on_graded(match[1])

        arguments = ["autograde", self._assignment, f"--CourseDirectory.student_id_exclude={','.join(sorted(others))}"]
        listen([sys.executable, "-m", "nbgrader", *arguments], self._course, heard, self._stop)
        if self._stop.at_once:
            raise Stopped
        return understood(lines, students, Store(self._course / STATE), self._assignment)


def understood(lines: Sequence[str], students: Sequence[str], store: Store, assignment: str) -> Round:
    """Return what the lines of a run say about students.

    Raises:
        Busy: if another run was at work.
        Useless: if nothing could be graded.
    """
    seen = {match[1] for line in lines if (match := _GRADED.search(line))}
    errors = [match[1] for line in lines if (match := _ERROR.match(line))]
    start = next((number for number, line in enumerate(lines) if line.endswith(_SUMMARY)), len(lines))
    summary = [line.partition("] ")[2] for line in lines[start + 1 :]]
    told = {name: [w.partition(f"  {name}: ")[2] for w in summary if w.startswith(f"  {name}: ")] for name in students}
    done = Round()
    for name in students:
        if name in seen:
            done.graded[name] = told[name]
        elif not told[name] and (record := store.record(assignment, name)):  # it was graded before
            done.graded[name] = record.problems
        else:
            done.failed[name] = told[name] or [e for e in errors if name in e] or errors[:1] or list(lines[-1:])
    if not done.graded and not any(told.values()) and not any("Isolation: " in line for line in lines):
        if any(_BUSY in line for line in lines):
            raise Busy
        raise Useless("\n".join(errors[:1] or list(lines[-15:])))
    return done


def listen(command: Sequence[str], folder: Path, on_line: Callable[[str], None], stop: Stop) -> None:
    """Run a command in a process group of its own, where no Ctrl-C reaches it but by `stop`; hear what it prints."""
    with subprocess.Popen(
        command, cwd=folder, env=commands.environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, encoding="utf-8", errors="replace", process_group=0,
    ) as process, stop.reaching(process):  # fmt: skip
        for line in process.stdout or ():
            on_line(line)
