"""Who hands in what, and what it deserves."""

from __future__ import annotations

import copy
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dirt import KINDS, HandIn
from people import Person

from autograder.samples import manifest, notebooks
from autograder.samples.sample import Sample
from autograder.samples.sample_class import CLASSES, work_of

ESSAYS = {"essay_checks": "1_numerical", "essay_training": "4_training"}
ESSAY_POINTS = 5
# A tenth for each day that has begun. Canvas says that something is late, and not how late: a second after it was due.
LATE_SHARE = {"ps1": 0.1, "ps2": 0.2}


@dataclass(frozen=True)
class Deserved:
    """What somebody's hand-in deserves.

    Attributes:
        sample: what the work is.
        handin: how it arrives.
        points: by question, before anything is taken off for lateness; without essays.
        essays: which essays were written.
    """

    sample: Sample
    handin: HandIn
    points: dict[str, float]
    essays: tuple[str, ...]


class Class:
    """Students, and what they hand in."""

    def __init__(self, people: Sequence[Person], *, distinct: bool) -> None:
        """Let each write their name into their code (`distinct`), so that no two hand-ins are alike."""
        self.people = list(people)
        self.stranger = Person("stranger", "Not", "Enrolled", 99_999, 39_999, enrolled=False)
        self._distinct = distinct

    def absent(self, assignment: str) -> list[Person]:
        """Return who hands in nothing."""
        return self.people[-1:] if assignment == "ps1" else self.people[-3:-1]

    def hand_in(self, assignment: str, released: Path, source: Path) -> dict[Person, Deserved]:
        """Return what everybody hands in, from the notebooks that were published.

        Args:
            assignment: its name.
            released: the notebooks that students got.
            source: the notebooks with solutions.
        """
        kinds = list(KINDS.values())
        shift = 0 if assignment == "ps1" else len(kinds) // 2
        samples = CLASSES[assignment]
        tidy = [sample for sample in samples if not sample.spoil]
        works: dict[str, dict[str, Any]] = {}
        found = {}
        for place, person in enumerate([*self.people, self.stranger]):
            if person in self.absent(assignment):
                continue
            dirty = place % (2 * len(kinds)) < len(kinds)
            sample = (tidy if dirty else samples)[(place + shift) % len(tidy if dirty else samples)]
            if sample.student not in works:
                works[sample.student] = work_of(sample, released, source, assignment)
            files, essays = self._theirs(person, sample, works[sample.student])
            handin = HandIn(files)
            if dirty:
                handin = kinds[(place + shift) % len(kinds)](copy.deepcopy(handin))
            found[person] = _deserved(assignment, sample, handin, essays)
        return found

    def _theirs(self, person: Person, sample: Sample, work: dict[str, Any]) -> tuple[dict[str, bytes], list[str]]:
        """Return a sample's notebooks with the person's own words, and the essays among them."""
        files, essays = {}, []
        for name, book in copy.deepcopy(work).items():
            for cell in book.cells:
                called = notebooks.grade_id(cell)
                if called in ESSAYS and sample.answered is None:
                    cell.source = f"What {person.name} thinks: it depends on h."
                    essays.append(called)
                elif self._distinct and cell.cell_type == "code" and called in notebooks.solution_names(book):
                    cell.source += f"\n# {person.name}"
            files[f"{name}.ipynb"] = json.dumps(book).encode()
        return files, essays


def _deserved(assignment: str, sample: Sample, handin: HandIn, essays: Sequence[str]) -> Deserved:
    problem_set = manifest.of(assignment)
    points = {
        exercise.test: 0.0 if exercise.notebook in handin.lost else float(sample.points[exercise.test])
        for exercise in problem_set.exercises
    }
    return Deserved(sample, handin, points, tuple(name for name in essays if ESSAYS[name] not in handin.lost))
