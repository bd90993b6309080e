"""Whether a problem set's manifest says of its notebooks what is true, and whether both are finished."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from autograder.rehearsal import BEGIN
from autograder.samples import notebooks
from autograder.samples.manifest import Exercise, ProblemSet

# What a scaffold leaves for its author to replace.
TODO = "TODO"
_SCHEMA = 3


def disagreements(listed: ProblemSet, folder: Path) -> Iterator[tuple[str, str]]:
    """Yield what a manifest and the notebooks do not agree on, or leave open.

    Args:
        listed: the manifest.
        folder: where the source notebooks are, such as `source/ps1`.

    Yields:
        The exercise, or an empty string if it is not about a single one; and what is wrong, in words.
    """
    here = sorted(path.stem for path in folder.glob("*.ipynb"))
    yield from _unequal("The manifest's notebooks", sorted(listed.notebooks), here)
    tests, answers = [], []
    for notebook in here:
        for cell in notebooks.read(folder / f"{notebook}.ipynb").cells:
            settings = cell.metadata.get("nbgrader", {})
            if TODO in cell.source:
                yield "", f"{notebook}: a cell still says {TODO}: {_first_line_with_todo(cell.source)}"
            if settings.get("grade"):
                tests.append(settings["grade_id"])
                yield from _unlike_exercise(listed, notebook, cell)
            elif settings.get("solution"):
                answers.append((notebook, settings["grade_id"]))
    yield from _unequal("The manifest's exercises", [exercise.test for exercise in listed.exercises], tests)
    asked = [(exercise.notebook, cell) for exercise in listed.exercises for cell in exercise.cells]
    yield from _unequal("The manifest's solution cells", list(dict.fromkeys(asked)), answers)
    for exercise in listed.exercises:
        yield from ((exercise.test, words) for words in _unfinished(listed, exercise))
    yield from _odd_mistakes(listed)


def _unequal(what: str, listed: list[Any], found: list[Any]) -> Iterator[tuple[str, str]]:
    if listed != found:
        yield "", f"{what} are {listed}, and those of the source {found}. Each belongs there once, in this order."


def _first_line_with_todo(source: str) -> str:
    return next(line.strip() for line in source.splitlines() if TODO in line)


def _unlike_exercise(listed: ProblemSet, notebook: str, cell: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401
    settings = cell.metadata.nbgrader
    test = settings.grade_id
    if test not in listed.points:
        return
    exercise = listed.exercise(test)
    if exercise.notebook != notebook:
        yield test, f"It stands in {notebook}, and the manifest says {exercise.notebook}."
    if settings.points != exercise.points:
        yield test, f"Its cell is worth {settings.points:g} points, and the manifest says {exercise.points:g}."
    if not settings.locked or settings.schema_version != _SCHEMA:
        yield test, f"Its cell must be locked, and of nbgrader's schema {_SCHEMA}."
    if BEGIN not in cell.source:
        yield test, "Its cell has no hidden region."


def _unfinished(listed: ProblemSet, exercise: Exercise) -> Iterator[str]:
    if TODO in exercise.seed:
        yield f"The manifest still says {exercise.seed!r} where the source document belongs."
    if not listed.hints(exercise.test):
        yield "No mistake is known that it must catch."


def _odd_mistakes(listed: ProblemSet) -> Iterator[tuple[str, str]]:
    names = set()
    for mistake in listed.mistakes:
        if mistake.name in names:
            yield "", f"Two mistakes are called {mistake.name!r}."
        names.add(mistake.name)
        if not mistake.hint or not mistake.loses:
            yield "", f"The mistake {mistake.name!r} must say where it loses points, and with which hint it is met."
        if unknown := [test for test in mistake.loses if test not in listed.points]:
            yield "", f"The mistake {mistake.name!r} is to lose points in {unknown}, which is no exercise."
        if mistake.cell not in listed.cells:
            yield "", f"The mistake {mistake.name!r} changes {mistake.cell!r}, which is no solution cell."
