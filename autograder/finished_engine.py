"""The finished engine: from problem set 2 on, students get the solution of problem set 1 as a file, `engine.py`.

It is made from that solution, so that there is one source of truth, and committed, so that plain nbgrader finds it.
"""

from __future__ import annotations

import re
from pathlib import Path

import course_lib
from autograder.samples import notebooks

FILE = "engine.py"
_MADE_FROM = Path("ps1", "2_engine.ipynb")
_CELL = "engine"
_USED = re.compile(r"^from engine import ", re.MULTILINE)


def text(source: Path) -> str:
    """Return what the file holds.

    Args:
        source: the folder of all assignments.
    """
    classes = notebooks.solution(notebooks.read(source / _MADE_FROM), _CELL)
    used = [name for name in sorted(course_lib.__all__) if re.search(rf"\b{name}\b", classes)]
    return (
        '"""The finished engine of problem set 1, which later problem sets build on."""\n\n'
        f"from course_lib import {', '.join(used)}\n\n\n{classes.strip()}\n"
    )


def needed_by(assignment: Path) -> bool:
    """Return whether a notebook in an assignment's source folder imports the engine."""
    cells = [cell for path in assignment.glob("*.ipynb") for cell in notebooks.read(path).cells]
    return any(cell.cell_type == "code" and _USED.search(cell.source) for cell in cells)


def out_of_step(source: Path, assignment: str) -> str | None:
    """Return what the file of an assignment should hold, or None if it holds that, or is not needed.

    In a course that has not kept problem set 1, the file stays as it is.
    """
    folder = source / assignment
    place = folder / FILE
    if not needed_by(folder) or (place.is_file() and not (source / _MADE_FROM).is_file()):
        return None
    wanted = text(source)
    return None if place.is_file() and place.read_text(encoding="utf-8") == wanted else wanted
