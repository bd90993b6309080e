"""The manifest of a problem set: every exercise once, and the wrong solutions that it must catch.

There is one for each folder of `source/`, in a module of that name beside this one: `ps1.py` for `source/ps1/`.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from autograder.samples.mistake import Mistake


class NoManifest(LookupError):  # noqa: N818 - the name is the message
    """A problem set has no manifest, or an exercise is not in it."""


@dataclass(frozen=True)
class Exercise:
    """What students are asked, and what it is worth.

    Attributes:
        test: the `grade_id` of its test cell, by which the exercise is known.
        notebook: the notebook that it stands in, without `.ipynb`.
        cells: the `grade_id` of the solution cells that it tests.
        points: what it is worth.
        seed: which of the five source documents it comes from, and from where in it.
    """

    test: str
    notebook: str
    cells: tuple[str, ...]
    points: float
    seed: str


@dataclass(frozen=True)
class ProblemSet:
    """The exercises of one assignment.

    Attributes:
        name: the assignment's, as nbgrader knows it.
        exercises: in the order of the notebooks.
        mistakes: wrong solutions. Each says in which exercises it must lose points, and what hint it is met with.
        others: changes to a solution that samples need, but which no exercise has to catch.
    """

    name: str
    exercises: Sequence[Exercise]
    mistakes: Sequence[Mistake]
    others: Sequence[Mistake] = ()

    @property
    def points(self) -> dict[str, float]:
        """What each exercise is worth, by its test."""
        return {exercise.test: exercise.points for exercise in self.exercises}

    @property
    def notebooks(self) -> list[str]:
        """The notebooks, in their order."""
        return list(dict.fromkeys(exercise.notebook for exercise in self.exercises))

    @property
    def cells(self) -> list[str]:
        """The solution cells, in their order."""
        return list(dict.fromkeys(cell for exercise in self.exercises for cell in exercise.cells))

    def exercise(self, test: str) -> Exercise:
        """Return the exercise with this test.

        Raises:
            NoManifest: if there is none.
        """
        for exercise in self.exercises:
            if exercise.test == test:
                return exercise
        raise NoManifest(f"{self.name} has no exercise {test}. It has {', '.join(self.points)}.")

    def notebook_of(self, cell: str) -> str:
        """Return the notebook in which a solution cell stands.

        Raises:
            NoManifest: if no exercise has that cell.
        """
        for exercise in self.exercises:
            if cell in exercise.cells:
                return exercise.notebook
        raise NoManifest(f"{self.name} has no solution cell {cell}. It has {', '.join(self.cells)}.")

    def hints(self, test: str) -> dict[str, str]:
        """Return the mistakes that an exercise must catch, by name, and a part of the hint that each is met with."""
        return {mistake.name: mistake.hint for mistake in self.mistakes if test in mistake.loses}

    def named(self, name: str) -> Mistake:
        """Return the mistake, or other change, of that name.

        Raises:
            NoManifest: if there is none.
        """
        for mistake in (*self.mistakes, *self.others):
            if mistake.name == name:
                return mistake
        raise NoManifest(f"{self.name} knows no mistake called {name!r}.")


def points_without(points: Mapping[str, float], *tests: str) -> dict[str, float]:
    """Return the points of somebody who has nothing in these tests, and all in the others."""
    return {test: 0 if test in tests else most for test, most in points.items()}


def points_only_for(points: Mapping[str, float], *tests: str) -> dict[str, float]:
    """Return the points of somebody who has all in these tests, and nothing in the others."""
    return {test: most if test in tests else 0 for test, most in points.items()}


def of(name: str) -> ProblemSet:
    """Return the manifest of a problem set.

    Raises:
        NoManifest: if it has none.
    """
    module = f"{__package__}.{name}"
    try:
        found: ProblemSet = importlib.import_module(module).PROBLEM_SET
    except ModuleNotFoundError as missing:
        if missing.name != module:
            raise
        raise NoManifest(
            f"{name} has no manifest. It belongs in autograder/samples/{name}.py; "
            f"`course new-exercise {name} NOTEBOOK NAME` begins one."
        ) from None
    return found
