"""How the points of a hidden test add up, and what is said about each part."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from autograder.judge import growth, on_paper
from autograder.judge.checks import settle, together
from autograder.judge.on_paper import Answer
from autograder.judge.session import report, take_notes

if TYPE_CHECKING:
    from autograder.judge.student import Student

__all__ = ["Answer", "PartResult", "Score"]


@dataclass(frozen=True)
class PartResult:
    """What became of one part of a test.

    Attributes:
        what: what was checked, in words that a student may read.
        earned: the points it brought.
        points: the points it could have brought.
        words: what was found, and what it means; empty if there is nothing to say.
        hint: a question or pointer; empty if all was right.
        mistake: the name of the mistake, where it is a known one.
    """

    what: str
    earned: float
    points: float
    words: str = ""
    hint: str = ""
    mistake: str = ""

    @property
    def sign(self) -> str:
        """A sign for whether it was right, wrong, or partly right."""
        return "✓" if self.earned == self.points else "✗" if not self.earned else "≈"

    def line(self) -> str:
        """Return the part as text, ready to be read in a feedback page."""
        told = "\n".join(filter(None, (self.words, self.hint and f"Hint: {self.hint}")))
        indented = "".join(f"\n        {line}" for line in told.splitlines())
        return f"{self.sign} {self.earned:g}/{self.points:g}  {self.what}{indented}"


@dataclass
class Score:
    """The parts of one hidden test. Its `total()` is the last line of the test, since nbgrader reads points there."""

    parts: list[PartResult] = field(default_factory=list)

    @contextmanager
    def part(self, what: str, points: float = 1, hint: str = "") -> Iterator[None]:
        """Give `points` if the block raises no AssertionError; either way, go on after it.

        What the block asks of the student's engine is asked together (see `checks`).

        Any other exception is a mistake in the test, not in the answer, and is left to rise.

        Args:
            what: what is checked, in words that a student may read.
            points: what it is worth.
            hint: a question or pointer that is shown when the part fails; never the line of code that would mend it.
        """
        settle()  # what a part around this one has asked for
        take_notes()
        try:
            with together():
                yield
        except AssertionError as failure:
            found = str(failure) or "not as expected"
            known = getattr(failure, "hint", "")
            self.parts.append(PartResult(what, 0, points, found, known or hint, getattr(failure, "mistake", "")))
        else:
            self.parts.append(PartResult(what, points, points, take_notes()))

    def answers(
        self, student: Student, answers: Sequence[Answer], known: Mapping[str, str], letters: Sequence[str] = ()
    ) -> None:
        """Judge answers worked out on paper, with credit for following through after one slip.

        Args:
            student: whose answers.
            answers: in the order in which they are worked out.
            known: the right values of what the exercise gives, and of what was asked earlier, by name.
            letters: those of the known names that answers may use, for the student's own values.
        """
        given = student.values([*letters, *(answer.name for answer in answers)])
        for verdict in on_paper.judge(answers, given, known, letters):
            earned = verdict.share * verdict.points
            self.parts.append(
                PartResult(verdict.name, earned, verdict.points, verdict.found, verdict.hint, verdict.mistake)
            )

    def growth(
        self,
        student: Student,
        name: str,
        truth: str,
        points: float = 1,
        hint: str = "",
        slips: Mapping[str, str] | None = None,
        variables: Sequence[str] = ("n", "b", "d"),
    ) -> None:
        """Judge a claim about cost: it must be Θ of `truth`, in whatever form it is written.

        Args:
            student: whose claim.
            name: the variable that holds it.
            truth: a formula that has the right growth.
            points: what it is worth.
            hint: a question or pointer that is shown if it is wrong.
            slips: claims that are known mistakes, and their names; each has a hint of its own.
            variables: the sizes that may grow, single letters.
        """
        (given,) = student.values([name]).values()
        fault = growth.judge(given, truth, slips, variables)
        what = f"{name} = {given!r:.80}"
        if fault is None:
            self.parts.append(PartResult(what, points, points))
        else:
            self.parts.append(PartResult(what, 0, points, fault.found, fault.hint or hint, fault.mistake))

    def total(self) -> float:
        """Report each part, and return the points earned.

        The judge shows the parts as a table; where the test runs in a notebook's own kernel, each is a printed line.
        """
        if not report(self.parts):
            print("\n".join(part.line() for part in self.parts))  # noqa: T201 - it goes into the test's cell
        return float(sum(part.earned for part in self.parts))
