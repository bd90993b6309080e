"""The watch itself: look, collect, wait until files have settled, grade, and say what became of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from nbgrader.coursedir import CourseDirectory

from autograder.lms.refusal import Refused
from autograder.watching import collecting
from autograder.watching.collecting import Downloads
from autograder.watching.looking import Settling, excluded_by, handed_in
from autograder.watching.memory import Memory
from autograder.watching.rounds import Busy, Round
from autograder.watching.stop import Stop

# Few enough that Ctrl-C need not wait long for a round to end, enough that starting one is not what takes the time.
MOST_AT_ONCE = 20


class Grader(Protocol):
    """Grades hand-ins, as `autograder.watching.rounds.Nbgrader` does."""

    def __call__(self, students: Sequence[str], others: Sequence[str], on_graded: Callable[[str], None], /) -> Round:
        """Grade what `students` have handed in, and leave `others` alone."""


class Shown(Protocol):
    """Is told what happens, to show it."""

    def say(self, words: str) -> None:
        """Say something that is about no student."""

    def student(self, student: str, what: str, words: Sequence[str] = ()) -> None:
        """Say how it stands with a student: `arriving`, `waiting`, `grading`, `graded` or `not graded`."""


@dataclass
class Watch:
    """Keeps `submitted/` and the gradebook together.

    Attributes:
        course: the folder of the course.
        assignment: such as `ps1`.
        where: where nbgrader looks for the course's files.
        grader: what grades.
        memory: what was graded before.
        settling: tells what has settled.
        shown: is told what happens.
        downloads: what is collected first, if anything.
        stop: tells when to stop.
        graded: who has been graded since the start.
        failed: whose last hand-in could not be.
        grading: whose is being graded.
        rounds: how often something was graded.
        busy: whether somebody else was grading when it was last tried.
    """

    course: Path
    assignment: str
    where: CourseDirectory
    grader: Grader
    memory: Memory
    settling: Settling
    shown: Shown
    stop: Stop
    downloads: Downloads | None = None
    graded: set[str] = field(default_factory=set)
    failed: set[str] = field(default_factory=set)
    grading: list[str] = field(default_factory=list)
    rounds: int = 0
    busy: bool = False

    def look(self) -> list[str]:
        """Look once, and grade what has settled. Returns who is left: still arriving, or busy elsewhere.

        Raises:
            Useless: if nothing can be graded, whoever hands in.
            Stopped: if it was told to stop at once.
        """
        left = self._collect() if self.downloads else []
        found = handed_in(self.where, self.assignment)
        new = {name: state for name, state in found.items() if not self.memory.knows(name, state)}
        settled = [name for name, state in new.items() if self.settling.settled(name, state)]
        arriving = [name for name in new if name not in settled]
        for name in arriving:
            self.shown.student(name, "arriving")
        for name in settled[MOST_AT_ONCE:]:
            self.shown.student(name, "waiting")
        if chosen := settled[:MOST_AT_ONCE]:
            others = [*excluded_by(self.where), *(name for name in found if name not in chosen)]
            arriving += self._grade(chosen, others, found)
        return [*left, *arriving, *settled[MOST_AT_ONCE:]]

    def until_stopped(self, seconds: float) -> None:
        """Look again and again, with so many seconds in between when there is nothing to do."""
        while not self.stop.asked:
            before = self.rounds
            if not self.look() or self.rounds == before:
                self.stop.wait(seconds)

    def once(self, seconds: float, patience: int) -> list[str]:
        """Look until all is graded that is there, but no more than so many times for those still arriving.

        Returns:
            Who is left for the next time.
        """
        left = self.look()
        while left and patience and not self.stop.asked:
            before = self.rounds
            self.stop.wait(seconds)
            left = self.look()
            patience -= self.rounds == before
        return left

    def _collect(self) -> list[str]:
        """Collect if something new has settled. Returns the downloads' name if it has not yet."""
        downloads = self.downloads
        if not downloads or not (state := downloads.state()) or self.memory.knows(downloads.name, state):
            return []
        if not self.settling.settled(downloads.name, state):
            return [downloads.name]
        try:
            for words in collecting.run(self.course, self.assignment, downloads):
                self.shown.say(words)
        except Refused as refused:
            self.shown.say(f"Not collected: {refused}")
        self.memory.keep({downloads.name: state})
        return []

    def _grade(self, chosen: list[str], others: list[str], states: dict[str, str]) -> list[str]:
        """Grade, note and show. Returns whose turn has yet to come."""
        self.grading = list(chosen)
        for name in chosen:
            self.shown.student(name, "grading")
        try:
            done = self.grader(chosen, others, self._graded_one)
        except Busy:
            if not self.busy:
                self.shown.say(
                    f"{self.assignment} is being graded by another nbgrader autograde or formgrader; waiting."
                )
            for name in chosen:
                self.shown.student(name, "waiting")
            self.busy, self.grading = True, []
            return chosen
        self.rounds += 1
        self.busy = False
        self.grading = []
        for name, words in done.graded.items():
            self.shown.student(name, "graded", words)
        for name, words in done.failed.items():
            self.shown.student(name, "not graded", words)
        self.graded |= done.graded.keys()
        self.failed = self.failed - done.graded.keys() | done.failed.keys()
        self.memory.keep({name: states[name] for name in chosen})
        return []

    def _graded_one(self, student: str) -> None:
        self.shown.student(student, "graded")
        self.graded.add(student)
        if student in self.grading:
            self.grading.remove(student)
