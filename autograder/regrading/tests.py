"""Which tests there are, in the instructor's copy, the source and graded notebooks, and which of them differ."""

from __future__ import annotations

import difflib
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from nbgrader import utils

from autograder.execution.masters import Master
from autograder.judge.hidden import imports, split
from autograder.lms.refusal import Refused
from autograder.repair import MasterCell

Markers = tuple[str, str]
_ALIKE = 0.5


@dataclass(frozen=True)
class Test:
    """What decides the points of a question.

    Attributes:
        notebook: the notebook that it belongs to.
        name: the cell's `grade_id`.
        source: its hidden lines; of a test that has none, the whole cell.
        points: what it is worth.
        imports: what it uses of what the notebook's given cells import.
        cell: the whole cell.
    """

    notebook: str
    name: str
    source: str
    points: float
    imports: Mapping[str, str] = field(default_factory=dict)
    cell: str = field(default="", compare=False)

    @property
    def digest(self) -> str:
        """What changes with all that decides the points, and not with what students see of the cell."""
        decisive = [self.source, self.points, dict(self.imports)]
        return hashlib.sha256(json.dumps(decisive, sort_keys=True).encode()).hexdigest()

    def same_text(self, other: Test) -> bool:
        """Return whether another version says the same for the same points."""
        return (self.source, self.points) == (other.source, other.points)

    def difference(self, new: Test) -> str:
        """Return what a new version changes, line by line; empty if nothing."""
        lines = difflib.unified_diff(
            self.source.splitlines(),
            new.source.splitlines(),
            f"{self.name}, as graded",
            f"{self.name}, now",
            lineterm="",
        )
        worth = [f"-worth {self.points:g}", f"+worth {new.points:g}"] if self.points != new.points else []
        return "\n".join([*lines, *worth])


def of_master(name: str, master: Master, markers: Markers) -> dict[str, Test]:
    """Return the tests of a notebook, by `grade_id`."""
    given = [cell for cell in master.cells if cell.locked and cell.cell_type == "code"]
    imported = imports(tuple(split(cell.source, *markers)[0] for cell in given))
    found = {}
    for cell in given:
        if cell.points is None or cell.task:
            continue
        source = (split(cell.source, *markers)[1] or cell.source).strip("\n")
        used = {word: line for word, line in imported.items() if re.search(rf"\b{re.escape(word)}\b", source)}
        found[cell.name] = Test(name, cell.name, source, cell.points, used, cell.source)
    return found


def of_notebook(name: str, notebook: Any, markers: Markers) -> dict[str, Test]:  # noqa: ANN401 - nbformat is not typed
    """Return the tests that stand in a notebook of the source, or in a graded one."""
    cells = []
    for cell in notebook.cells:
        labels = cell.metadata.get("nbgrader", {})
        if "grade_id" in labels:
            points = float(labels.get("points", 0)) if utils.is_grade(cell) else None
            locked, task = bool(utils.is_locked(cell)), bool(utils.is_task(cell))
            cells.append(MasterCell(labels["grade_id"], cell.cell_type, cell.source, locked, points, task))
    return of_master(name, Master(cells, None), markers)


def read(path: Path) -> Any:  # noqa: ANN401
    """Return a notebook that the course itself has written."""
    return nbformat.reads(path.read_text(encoding="utf-8"), as_version=4)


def named(asked: Sequence[str], known: Mapping[tuple[str, str], Test], masters: Mapping[str, Master]) -> list[Test]:
    """Return the tests that are asked for by `grade_id`, with or without `test_` in front.

    Raises:
        Refused: if there is none of that name, with those that it may mean.
    """
    found = []
    for one in asked:
        hits = [test for test in known.values() if test.name in (one, f"test_{one}")]
        if not hits:
            raise Refused(_no_test(one, known, masters))
        found += hits
    return list({(test.notebook, test.name): test for test in found}.values())


def _no_test(asked: str, known: Mapping[tuple[str, str], Test], masters: Mapping[str, Master]) -> str:
    by_hand = [cell.name for master in masters.values() for cell in master.cells if cell.points is not None]
    if asked in by_hand:
        return f"{asked} has no test: a person gives its points, in formgrader."
    names = [test.name for test in known.values()]
    plain = {name.removeprefix("test_"): name for name in names}
    near = [plain[name] for name in difflib.get_close_matches(asked.removeprefix("test_"), plain, 3, _ALIKE)]
    meant = f"Did you mean {' or '.join(near)}?" if near else f"There are {', '.join(names)}."
    return f"There is no question {asked}. {meant}"


@dataclass(frozen=True)
class OfSource:
    """How the tests in `source/` differ from those in the gradebook.

    Attributes:
        changed: those that say something else, or for other points, as they stand in the source.
        only_source: names that the gradebook does not know.
        only_gradebook: names that the source does not have.
    """

    changed: list[Test]
    only_source: list[str]
    only_gradebook: list[str]


def of_source(folder: Path, known: Mapping[tuple[str, str], Test], markers: Markers) -> OfSource:
    """Compare the tests in the folder of an assignment's source with those of the gradebook; without one, all is well.

    Raises:
        Refused: if a notebook there cannot be read.
    """
    found = OfSource([], [], [])
    for name in dict.fromkeys(notebook for notebook, _ in known):
        path = folder / f"{name}.ipynb"
        if not path.exists():
            continue
        try:
            there = of_notebook(name, read(path), markers)
        except (ValueError, AttributeError, KeyError, TypeError) as problem:
            raise Refused(f"{path} cannot be read as a notebook: {problem!r:.200}") from problem
        here = {question: test for (notebook, question), test in known.items() if notebook == name}
        found.changed.extend(t for q, t in there.items() if q in here and not t.same_text(here[q]))
        found.only_source.extend(there.keys() - here.keys())
        found.only_gradebook.extend(here.keys() - there.keys())
    return found
