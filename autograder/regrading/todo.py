"""What is to be run again: for each student the notebooks, and in each the questions whose test has changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from autograder.execution.intake import Standing, what_stands
from autograder.judge.hidden import Judged
from autograder.regrading import tests
from autograder.regrading.course import Opened
from autograder.regrading.tests import Test


@dataclass(frozen=True)
class Todo:
    """One notebook of one student, to be executed again.

    Attributes:
        student: whose it is.
        standing: how it was graded.
        notebook: its name.
        questions: what is taken over of what comes of it.
        before: the tests that it was graded with.
    """

    student: str
    standing: Standing
    notebook: str
    questions: list[str]
    before: dict[str, Test]

    def verdict_before(self, question: str) -> Judged | None:
        """Return what the judge found when it was graded."""
        kept = self.standing.record.verdicts.get(self.notebook, [])
        return next((Judged.from_json(one) for one in kept if one["name"] == question), None)

    @property
    def seed(self) -> int | None:
        """Where the random inputs of its tests started, and start again: what has not changed comes out alike."""
        kept = self.standing.record.verdicts.get(self.notebook, [])
        return next((one["seed"] for one in kept if one.get("seed") is not None), None)


@dataclass(frozen=True)
class Found:
    """What there is to do.

    Attributes:
        todo: the notebooks to execute.
        left_out: students that are not graded, or not as they handed in, and why.
        given: names of given cells that students were graded with in another version.
    """

    todo: list[Todo]
    left_out: dict[str, str]
    given: set[str] = field(default_factory=set)


def find(opened: Opened, wanted: Sequence[Test] | None) -> Found:
    """Find what is to be run again.

    Args:
        opened: the course.
        wanted: the questions; None for all whose test is another than the one that a student was graded with.
    """
    stands, others = what_stands(opened.converter, opened.masters, opened.store)
    now = opened.tests
    found = Found([], others)
    for student, standing in stands.items():
        for name in sorted(standing.arrival.notebooks):
            graded = tests.read(standing.graded / f"{name}.ipynb")
            before = tests.of_notebook(name, graded, opened.prepare.markers)
            if wanted is None:
                of_it = [t for (notebook, _), t in now.items() if notebook == name]
                questions = [t.name for t in of_it if t.name not in before or before[t.name].digest != t.digest]
            else:
                questions = [test.name for test in wanted if test.notebook == name]
            if questions:
                found.todo.append(Todo(student, standing, name, questions, before))
                found.given.update(_given_that_changed(opened, name, graded))
    return found


def _given_that_changed(opened: Opened, name: str, graded: object) -> set[str]:
    """Return the given cells without points that a graded notebook has in another version."""
    there = {
        cell.metadata["nbgrader"]["grade_id"]: cell.source
        for cell in getattr(graded, "cells", [])
        if "grade_id" in cell.metadata.get("nbgrader", {})
    }
    given = (cell for cell in opened.masters[name].cells if cell.locked and cell.points is None)
    return {
        cell.name for cell in given if cell.cell_type == "code" and there.get(cell.name, cell.source) != cell.source
    }
