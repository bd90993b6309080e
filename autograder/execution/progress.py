"""What an instructor sees while a class is graded: a bar, a line for each student, and a summary."""

from __future__ import annotations

import logging
import shlex
import time
from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Console
from rich.logging import RichHandler
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

_MINUTE = 60
_MOST_NAMES = 10
_ASKED_FOR = "Removing existing assignment"  # nbgrader warns of it for each student, after --force
# The last that nbgrader says about a submission, and about all where one has failed.
_LAST_OF_ONE, _LAST_OF_ALL = "Setting destination file permissions", "Please see the "


class Show:
    """Shows how far a run has got: with a bar where somebody watches, and otherwise in the log alone."""

    def __init__(self, log: logging.Logger, assignment: str, total: int, console: Console | None = None) -> None:
        """Begin to show a run of `total` submissions."""
        self._log = log
        self._total = total
        self._start = time.monotonic()
        self._done = 0
        self._problems: dict[str, list[str]] = {}
        self._quiet = [_OwnWords(handler) for handler in log.handlers if not isinstance(handler, logging.NullHandler)]
        console = console or Console(stderr=True)
        self._bar: Progress | None = None
        self._instead: list[tuple[logging.Handler, logging.Handler]] = []
        if console.is_terminal and total > 1:
            self._bar = Progress(
                TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), _Rate(), TimeRemainingColumn(),
                TextColumn("{task.fields[problems]}", style="red"), console=console,
            )  # fmt: skip
            self._task = self._bar.add_task(f"Autograding {assignment}", total=total, problems="")
            self._above_the_bar(console)
            self._bar.start()

    def student(self, student: str, notebooks: int, seconds: float, problems: Iterable[str]) -> None:
        """Count a submission that is graded, and say so."""
        found = list(problems)
        self._done += 1
        if found:
            self._problems.setdefault(student, []).extend(found)
        self._log.info(
            "%s: %d notebook%s in %.1f s%s", student, notebooks, "s" * (notebooks != 1), seconds,
            f"; {len(found)} to look at" if found else "", extra={"ours": True},
        )  # fmt: skip
        if self._bar:
            count = len(self._problems)
            self._bar.update(self._task, advance=1, problems=f"{count} to look at" if count else "")

    def problem(self, student: str, problem: str) -> None:
        """Take a problem into the summary."""
        self._problems.setdefault(student, []).append(problem)

    def say(self, words: str, *arguments: object) -> None:
        """Write a line that is about the whole run."""
        self._log.info(words, *arguments, extra={"ours": True})

    def end(self, assignment: str, left: Sequence[str]) -> None:
        """Take the bar away, sum up, and give the log back; `left` are the students that are not graded."""
        if self._bar:
            self._bar.stop()
        seconds = time.monotonic() - self._start
        rate = f", {_MINUTE * self._done / seconds:.0f} a minute" if self._done > 1 else ""
        if self._total:
            self.say("Graded %d of %d submissions in %s%s.", self._done, self._total, _duration(seconds), rate)
        if left:
            self.say("Not graded: %s. The same command goes on where this one stopped.", _list(left))
        if self._problems:
            self.say("To look at:")
        for student, problems in sorted(self._problems.items()):
            for problem in problems:
                self.say("  %s: %s", student, problem)
            again = ["nbgrader", "autograde", assignment, "--student", student, "--force"]
            self.say("    again: %s", shlex.join(again))
        for ours, theirs in self._instead:
            self._log.removeHandler(ours)
            self._log.addHandler(theirs)
        for quiet in self._quiet:
            # With the last submission, nbgrader is about to write its last notebook, and has more to say.
            if self._done and self._done == self._total and self._log.isEnabledFor(logging.INFO):
                quiet.lift_soon()
            else:
                quiet.lift()

    def _above_the_bar(self, console: Console) -> None:
        """Have log lines that go to the terminal written above the bar."""
        for theirs in [h for h in self._log.handlers if type(h) is logging.StreamHandler]:
            ours = RichHandler(console=console, show_path=False, show_time=False, level=theirs.level)
            _OwnWords(ours)
            self._log.removeHandler(theirs)
            self._log.addHandler(ours)
            self._instead.append((ours, theirs))


class _OwnWords(logging.Filter):
    """Leaves out what nbgrader tells about each step for each file: thousands of lines, in which nothing is found.

    It goes by itself with the last that nbgrader says, as nobody else is told when nbgrader has come to its end.
    """

    def __init__(self, handler: logging.Handler) -> None:
        super().__init__()
        self._soon = False
        self._handler = handler
        handler.addFilter(self)

    def filter(self, record: logging.LogRecord) -> bool:
        words = str(record.msg)
        if words.startswith(_LAST_OF_ALL) or (self._soon and words.startswith(_LAST_OF_ONE)):
            self.lift()
        asked_for = record.levelno == logging.WARNING and words.startswith(_ASKED_FOR)
        return hasattr(record, "ours") or (record.levelno >= logging.WARNING and not asked_for)

    def lift_soon(self) -> None:
        self._soon = self._handler.level <= logging.INFO
        if not self._soon:
            self.lift()

    def lift(self) -> None:
        # A new list, as the handler may be going through the old one.
        self._handler.filters = [other for other in self._handler.filters if other is not self]


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        if not task.finished_speed and not task.speed:
            return Text("")
        return Text(f"{_MINUTE * float(task.finished_speed or task.speed or 0):.0f}/min")


def _duration(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < _MINUTE else f"{seconds // _MINUTE:.0f} min {seconds % _MINUTE:.0f} s"


def _list(names: Sequence[str]) -> str:
    return ", ".join(names[:_MOST_NAMES]) + (
        f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    )


def log_of(converter: Any) -> logging.Logger:  # noqa: ANN401 - nbgrader's
    """Return the logger of a converter itself, behind any adapter."""
    log = converter.log
    bare: logging.Logger = log.logger if isinstance(log, logging.LoggerAdapter) else log
    return bare
