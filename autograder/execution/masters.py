"""The instructor's copy of an assignment, read from the gradebook once for a whole run."""

from __future__ import annotations

import ast
import importlib.util
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from nbgrader.api import Gradebook, MissingEntry

from autograder.judge.hidden import HiddenTest, imports, split
from autograder.repair import MasterCell, master_cells


@dataclass(frozen=True)
class Master:
    """A notebook of an assignment.

    Attributes:
        cells: its cells that nbgrader knows, in their order.
        kernelspec: what it says about its kernel.
    """

    cells: list[MasterCell]
    kernelspec: dict[str, Any] | None

    def impose(self, nb: Any) -> None:  # noqa: ANN401 - nbformat is not typed
        """Give a repaired notebook, in place, the master's kernel, points and types, and the text of what is given."""
        known = {cell.name: cell for cell in self.cells}
        for index, cell in enumerate(nb.cells):
            master = known.get(cell.metadata.get("nbgrader", {}).get("grade_id"))
            if master is None:
                continue
            if cell.cell_type != master.cell_type:
                source = cell.source
                cell = nb.cells[index] = master.made()  # noqa: PLW2901
                cell.source = source
            if master.locked:
                cell.source = master.source
            cell.metadata["nbgrader"].update(master.metadata())
        if self.kernelspec:
            nb.metadata["kernelspec"] = self.kernelspec

    def without_hidden_test(self, begin: str) -> list[str]:
        """Return the test cells that have points and no hidden region; `begin` marks one."""
        tests = (
            cell for cell in self.cells if cell.cell_type == "code" and cell.locked and cell.points and not cell.task
        )
        return [cell.name for cell in tests if begin not in cell.source]

    def modules(self, begin: str, end: str) -> list[str]:
        """Return the installed modules that its given cells import outside hidden tests, to be imported beforehand.

        Args:
            begin: what the line before a hidden region contains.
            end: what the line after it contains.
        """
        given = (cell.source for cell in self.cells if cell.locked and cell.cell_type == "code")
        found: list[str] = []
        for line in imports(tuple(split(source, begin, end)[0] for source in given)).values():
            match ast.parse(line).body:
                case [ast.Import(names=[ast.alias(name=name)]) | ast.ImportFrom(module=str(name))]:
                    found.append(name)
        return [name for name in dict.fromkeys(found) if importlib.util.find_spec(name.partition(".")[0])]

    def own_work(self, nb: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401
        """Yield the text of each code cell that is the student's, with the name of its question if it has one."""
        given = {cell.name for cell in self.cells if cell.locked}
        for cell in nb.cells:
            name = cell.metadata.get("nbgrader", {}).get("grade_id", "")
            if cell.cell_type == "code" and name not in given:
                yield name or "a cell of their own", cell.source

    def take_out_tests(self, nb: Any, begin: str, end: str) -> dict[int, HiddenTest]:  # noqa: ANN401
        """Cut the hidden tests out of a notebook, in place, and return them by the places of their cells.

        What is a hidden test is decided by the master alone: the same markers in another cell are a student's comment.

        Args:
            nb: a notebook on which the master has been imposed.
            begin: what the line before a hidden region contains.
            end: what the line after it contains.
        """
        tests = {}
        known = {cell.name: cell for cell in self.cells if cell.locked and cell.cell_type == "code"}
        given = imports(tuple(split(cell.source, begin, end)[0] for cell in known.values()))
        for place, cell in enumerate(nb.cells):
            master = known.get(cell.metadata.get("nbgrader", {}).get("grade_id"))
            if master is None or begin not in master.source:
                continue
            cell.source, hidden = split(master.source, begin, end)
            if hidden:
                tests[place] = HiddenTest(master.name, hidden, float(master.points or 0), given)
        return tests


def read(db_url: str, assignment: str) -> dict[str, Master]:
    """Return the notebooks of an assignment by name; empty if the gradebook does not know it."""
    with Gradebook(db_url) as book:
        try:
            notebooks = book.find_assignment(assignment).notebooks
        except MissingEntry:
            return {}
        return {n.name: Master(master_cells(n), json.loads(n.kernelspec) if n.kernelspec else None) for n in notebooks}
