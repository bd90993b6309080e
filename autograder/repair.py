"""Submissions as they really arrive, made into what nbgrader can grade.

This runs before nbgrader's own sanitising. What is certain is mended and logged; the rest is left alone.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from nbgrader import utils
from nbgrader.preprocessors import NbGraderPreprocessor

# What Colab writes into a cell's metadata; `widgets` without a state makes feedback fail.
_COLAB_KEYS = ("id", "colab", "colab_type", "outputId", "cellView", "executionInfo")


class Repair(NbGraderPreprocessor):  # type: ignore[misc]
    """Undo what Colab adds, and settle doubled cells."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:  # noqa: ANN401 - as nbgrader hands them over
        """Repair one notebook; each repair is a line in the log."""
        found = [*undo_colab(nb), *settle_doubled_cells(nb), *make_cell_ids_unique(nb)]
        for line in found:
            self.log.warning("Repaired %s: %s", resources.get("unique_key", "a notebook"), line)
        return nb, resources


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


def make_cell_ids_unique(nb: Any) -> list[str]:  # noqa: ANN401
    """Drop the id of cells whose id another cell has already, so that a new one is made. Returns nothing to report."""
    seen: set[str] = set()
    for number, cell in enumerate(nb.cells):
        if cell.get("id") in seen:
            cell["id"] = f"{cell['id'][:50]}-{number}"
        seen.add(cell.get("id", ""))
    return []


def _grade_id(cell: Any) -> str:  # noqa: ANN401
    return str(cell.metadata.get("nbgrader", {}).get("grade_id", ""))


def _untouched(cell: Any) -> bool:  # noqa: ANN401
    checksum = cell.metadata["nbgrader"].get("checksum")
    return checksum is not None and bool(checksum == utils.compute_checksum(cell))
