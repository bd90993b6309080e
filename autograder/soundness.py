"""What is claimed of each exercise, and held against what comes of running it.

The solution gets all points, the stub none, each mistake loses points and is met with its hint, and nothing that is not
for students is released.
"""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder import release
from autograder.rehearsal import Attempt, rehearse
from autograder.samples import notebooks
from autograder.samples.manifest import ProblemSet
from autograder.samples.mistake import Mistake


@dataclass(frozen=True)
class Caught:
    """What came of a mistake in one exercise that must catch it.

    Attributes:
        mistake: its name.
        test: the exercise.
        lost: the points that it cost.
        most: the points that the exercise is worth.
        hints: what the student is then told.
        met: whether the mistake's own hint is among them.
    """

    mistake: str
    test: str
    lost: float
    most: float
    hints: tuple[str, ...]
    met: bool


class Notebooks:
    """The source notebooks of a problem set, and what came of answers in them."""

    def __init__(self, problem_set: ProblemSet, folder: Path) -> None:
        """Take the notebooks in `folder`, such as `source/ps1`; they are only read."""
        self.problem_set = problem_set
        self.folder = folder

    def read(self, notebook: str) -> Any:  # noqa: ANN401 - nbformat is not typed
        """Return a notebook of the problem set."""
        return notebooks.read(self.folder / f"{notebook}.ipynb")

    def solution(self, cell: str) -> str:
        """Return the solution of a cell."""
        return notebooks.solution(self.read(self.problem_set.notebook_of(cell)), cell)

    def attempts(
        self, notebook: str, answers: Mapping[str, str], seed: int, tests: Collection[str] = ()
    ) -> dict[str, Attempt]:
        """Return what comes of each exercise of a notebook; solution cells without an answer hold their solution.

        Args:
            notebook: its name.
            answers: what stands in solution cells, by their `grade_id`.
            seed: where random inputs start.
            tests: the exercises that matter, if not all do; what stands below the last of them is not run.
        """
        return rehearse(self.folder / f"{notebook}.ipynb", answers, seed, tests)

    def stubs(self, notebook: str) -> dict[str, str]:
        """Return what students find in each solution cell of a notebook."""
        book = self.read(notebook)
        return {name: notebooks.stub(book, name) for name in notebooks.solution_names(book)}


def solution_faults(books: Notebooks, notebook: str, seed: int) -> dict[str, str]:
    """Return in which exercises of a notebook the solution does not get all points, and why."""
    faults = {}
    for test, attempt in books.attempts(notebook, {}, seed).items():
        if attempt.visible:
            faults[test] = f"The visible check refuses the solution: {attempt.visible}"
        elif attempt.judged.points != attempt.judged.most:
            faults[test] = f"The solution gets {_points(attempt)}. {_told(attempt)}"
    return faults


def picture_faults(books: Notebooks, notebook: str) -> dict[str, str]:
    """Return above which exercises of a notebook a given cell fails, or shows what cannot be drawn, and why.

    What stands below the last exercise counts to that one.
    """
    attempts = rehearse(books.folder / f"{notebook}.ipynb", draw=True)
    return {test: f"With the solution, a given cell fails. {a.shown}" for test, a in attempts.items() if a.shown}


def stub_faults(books: Notebooks, notebook: str) -> dict[str, str]:
    """Return in which exercises of a notebook the stub gets points, or is found right by the visible check."""
    faults = {}
    for test, attempt in books.attempts(notebook, books.stubs(notebook), 0).items():
        if attempt.judged.points != 0:
            faults[test] = f"The stub gets {_points(attempt)}. {_told(attempt)}"
        elif not attempt.visible:
            faults[test] = "The visible check is content with the stub."
    return faults


def catch(books: Notebooks, mistake: Mistake, seed: int) -> list[Caught]:
    """Return what came of a mistake in each exercise that must catch it.

    Raises:
        ValueError: if the solution does not hold what the mistake would change.
    """
    answers = {mistake.cell: mistake.applied_to(books.solution(mistake.cell))}
    attempts = books.attempts(books.problem_set.notebook_of(mistake.cell), answers, seed, mistake.loses)
    return [_caught(mistake, test, attempts[test]) for test in mistake.loses]


def _caught(mistake: Mistake, test: str, attempt: Attempt) -> Caught:
    judged = attempt.judged
    lost = judged.most - (judged.most if judged.points is None else judged.points)
    met = any(mistake.hint in hint for hint in attempt.hints)
    return Caught(mistake.name, test, lost, judged.most, tuple(attempt.hints), met)


def keeps_points(found: Iterable[Caught]) -> dict[str, str]:
    """Return in which exercises a mistake loses no points though it must, with words that say so."""
    return {c.test: f"The mistake {c.mistake!r} keeps all points." for c in found if not c.lost}


def misses_hint(found: Sequence[Caught]) -> dict[str, str]:
    """Return the exercises that must catch a mistake if its hint is shown in none of them, with words that say so."""
    if any(caught.met for caught in found):
        return {}
    return {
        c.test: f"The mistake {c.mistake!r} is not met with its hint, but with: {'; '.join(c.hints) or 'nothing'}"
        for c in found
    }


def released_secrets(course: Path, assignment: str) -> list[str]:
    """Return what of an assignment's solutions and hidden tests students would get, were it released now.

    Raises:
        CommandFailed: if nbgrader cannot generate the assignment.
    """
    with tempfile.TemporaryDirectory() as name:
        made = Path(name) / assignment
        release.generate(course, assignment, made)
        return release.leaks(course / "source" / assignment, release.texts(made))


def _points(attempt: Attempt) -> str:
    judged = attempt.judged
    earned = "no points, since the test is at fault," if judged.points is None else f"{judged.points:g}"
    return f"{earned} of {judged.most:g}"


def _told(attempt: Attempt) -> str:
    judged = attempt.judged
    parts = [part.line() for part in judged.parts if part.earned != part.points]
    return "\n".join(filter(None, [judged.fault, judged.words, *parts]))
