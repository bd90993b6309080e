"""Submissions as they really arrive, made into what nbgrader can grade.

This runs before nbgrader's own sanitising. What is certain is mended and logged; the rest is left alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from nbformat.v4 import new_code_cell, new_markdown_cell
from nbgrader import utils
from nbgrader.api import Gradebook
from nbgrader.preprocessors import NbGraderPreprocessor

# What Colab writes into a cell's metadata; `widgets` without a state makes feedback fail.
_COLAB_KEYS = ("id", "colab", "colab_type", "outputId", "cellView", "executionInfo")


@dataclass(frozen=True)
class MasterCell:
    """A cell as the instructor's gradebook has it. `points` is None for cells that are not graded."""

    name: str
    cell_type: str
    source: str
    locked: bool
    points: float | None


class Repair(NbGraderPreprocessor):  # type: ignore[misc]
    """Undo what Colab adds, settle doubled cells, and put back what was deleted but is not the student's."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:  # noqa: ANN401 - as nbgrader hands them over
        """Repair one notebook; each repair is a line in the log."""
        where = resources["nbgrader"]
        with Gradebook(where["db_url"]) as book:
            master = _master_cells(book.find_notebook(where["notebook"], where["assignment"]))
        tidy_metadata(nb)
        found = [*undo_colab(nb), *settle_doubled_cells(nb), *put_back(nb, master)]
        make_cell_ids_unique(nb)
        for line in found:
            self.log.warning("%s of %s: %s", where["notebook"], where.get("student", "a student"), line)
        return nb, resources


def _master_cells(notebook: Any) -> list[MasterCell]:  # noqa: ANN401
    points = {cell.name: float(cell.max_score) for cell in notebook.grade_cells}
    return [
        MasterCell(cell.name, cell.cell_type, cell.source, bool(cell.locked), points.get(cell.name))
        for cell in notebook.source_cells
    ]


def tidy_metadata(nb: Any) -> None:  # noqa: ANN401
    """Bring nbgrader's metadata into the form that it expects, in place: odd ones make it give up the whole class."""
    for cell in nb.cells:
        if not isinstance(cell.metadata.get("nbgrader", {}), dict) or not cell.metadata.get("nbgrader", True):
            del cell.metadata["nbgrader"]
        if "nbgrader" in cell.metadata:
            cell.metadata["nbgrader"]["schema_version"] = 3


def put_back(nb: Any, master: Sequence[MasterCell]) -> list[str]:  # noqa: ANN401
    """Put deleted cells that are not the student's back where they were, in place. Returns what was done, in words.

    A given cell or test goes below the cell that stood before it, if that is there. A deleted answer cannot come back;
    it is only reported.
    """
    done = []
    place = -1
    for cell in master:
        at = next((i for i, present in enumerate(nb.cells) if _grade_id(present) == cell.name), None)
        if at is not None:
            place = at
        elif cell.locked:
            place += 1
            nb.cells.insert(place, _restored(cell))
            done.append(f"the cell {cell.name} had been deleted, and was put back")
        else:
            done.append(f"the answer cell {cell.name} is missing, so there is nothing to grade in it")
    return done


def _restored(cell: MasterCell) -> Any:  # noqa: ANN401
    made = new_code_cell(cell.source) if cell.cell_type == "code" else new_markdown_cell(cell.source)
    made.metadata["nbgrader"] = {
        "grade": cell.points is not None,
        "grade_id": cell.name,
        "locked": True,
        "schema_version": 3,
        "solution": False,
        "task": False,
    }
    if cell.points is not None:
        made.metadata["nbgrader"]["points"] = cell.points
    return made


def undo_colab(nb: Any) -> list[str]:  # noqa: ANN401
    """Remove Colab's badge cell and metadata in place. Returns what was done, in words."""
    done = []
    badge = [cell for cell in nb.cells if cell.metadata.get("id") == "view-in-github"]
    if badge or "colab" in nb.metadata:
        done.append("what Colab had added was removed")
    nb.cells = [cell for cell in nb.cells if cell not in badge]
    for key in ("colab", "widgets", "accelerator"):
        nb.metadata.pop(key, None)
    for cell in nb.cells:
        for key in _COLAB_KEYS:
            cell.metadata.pop(key, None)
    return done


def settle_doubled_cells(nb: Any) -> list[str]:  # noqa: ANN401
    """Leave one graded cell of each `grade_id`, in place. Returns what was done, in words.

    Of a test that is there twice, one copy goes: both will get the instructor's text anyway. Of an answer that is there
    twice, the last one that was worked on counts, as it is the last one to run; the other becomes an ordinary cell, so
    that nothing is lost.
    """
    ids = [_grade_id(cell) for cell in nb.cells]
    doubled = {grade_id for grade_id, count in Counter(ids).items() if grade_id and count > 1}
    done = []
    for grade_id in sorted(doubled):
        copies = [cell for cell in nb.cells if _grade_id(cell) == grade_id]
        kept = ([cell for cell in copies if utils.is_solution(cell) and not _untouched(cell)] or copies)[-1]
        for cell in copies:
            if cell is kept:
                continue
            if utils.is_solution(cell) and not _untouched(cell):
                del cell.metadata["nbgrader"]
            else:
                nb.cells = [other for other in nb.cells if other is not cell]
        done.append(f"the cell {grade_id} was there {len(copies)} times; the last one that was worked on counts")
    return done


def make_cell_ids_unique(nb: Any) -> None:  # noqa: ANN401
    """Rename, in place, each cell id that an earlier cell has already."""
    seen: set[str] = set()
    for number, cell in enumerate(nb.cells):
        if cell.get("id") in seen:
            cell["id"] = f"{cell['id'][:50]}-{number}"
        seen.add(cell.get("id", ""))


def _grade_id(cell: Any) -> str:  # noqa: ANN401
    return str(cell.metadata.get("nbgrader", {}).get("grade_id", ""))


def _untouched(cell: Any) -> bool:  # noqa: ANN401
    checksum = cell.metadata["nbgrader"].get("checksum")
    return checksum is not None and bool(checksum == utils.compute_checksum(cell))
