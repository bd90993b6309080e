"""Reading solutions out of the source notebooks, and writing answers into released ones."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import nbformat

_STUB = "raise NotImplementedError()"
_SOLUTION_MARKS = re.compile(r"^[ \t]*### (?:BEGIN|END) SOLUTION[ \t]*\n?", re.MULTILINE)


def read(path: Path) -> Any:  # noqa: ANN401 - nbformat is not typed
    """Return a notebook."""
    return nbformat.read(path, as_version=4)


def write(notebook: Any, path: Path) -> None:  # noqa: ANN401
    """Write a notebook as it is; nbformat would mend what is wrong with it, and some samples are meant to be wrong."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(notebook, indent=1, ensure_ascii=False), encoding="utf-8")


def grade_id(cell: Any) -> str:  # noqa: ANN401
    """Return a cell's `grade_id`, or the empty string."""
    return str(cell.metadata.get("nbgrader", {}).get("grade_id", ""))


def cell_named(notebook: Any, name: str) -> Any:  # noqa: ANN401
    """Return the cell with the `grade_id` `name`.

    Raises:
        KeyError: if there is none.
    """
    for cell in notebook.cells:
        if grade_id(cell) == name:
            return cell
    raise KeyError(
        f"No cell {name} in this notebook; there are {', '.join(filter(None, map(grade_id, notebook.cells)))}."
    )


def solution(source: Any, name: str) -> str:  # noqa: ANN401
    """Return the solution of the cell `name` of a source notebook, as a student would have it in the cell."""
    return without_marks(cell_named(source, name).source)


def without_marks(source: str) -> str:
    """Return a solution cell's text as a student would have it."""
    return _SOLUTION_MARKS.sub("", source)


def solution_names(notebook: Any) -> list[str]:  # noqa: ANN401
    """Return the `grade_id` of every cell that students write in."""
    return [grade_id(c) for c in notebook.cells if c.metadata.get("nbgrader", {}).get("solution")]


def stub(source: Any, name: str) -> str:  # noqa: ANN401
    """Return the cell `name` of a source notebook as it is released, without its solution."""
    lines, hidden = [], False
    for line in cell_named(source, name).source.splitlines():
        if "### BEGIN SOLUTION" in line:
            hidden = True
            lines.append(line.replace("### BEGIN SOLUTION", _STUB))
        elif "### END SOLUTION" in line:
            hidden = False
        elif not hidden:
            lines.append(line)
    return "\n".join(lines)
