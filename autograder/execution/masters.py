"""The instructor's copy of an assignment, read from the gradebook once for a whole run."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from nbgrader.api import Gradebook, MissingEntry

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


def read(db_url: str, assignment: str) -> dict[str, Master]:
    """Return the notebooks of an assignment by name; empty if the gradebook does not know it."""
    with Gradebook(db_url) as book:
        try:
            notebooks = book.find_assignment(assignment).notebooks
        except MissingEntry:
            return {}
        return {n.name: Master(master_cells(n), json.loads(n.kernelspec) if n.kernelspec else None) for n in notebooks}
