"""What `course_lib.check_submission()` knows of a problem set: which cells there are, and what each of them is.

It is made from what students get anyway, and committed as JSON in `course_lib`, one file for each problem set.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from autograder import release
from autograder.samples import notebooks
from course_lib.handing_in.code import read_code
from course_lib.handing_in.document import digest, headings

FOLDER = Path("course_lib", "handing_in", "expected")
_WORD = re.compile(r"\w+")


def text(source: Path, released: Path) -> str:
    """Return what the file of a problem set holds.

    Args:
        source: the folder of its source notebooks; it may have changed since they were released.
        released: the folder of what is made of them for students.
    """
    found = {path.stem: _notebook(source / path.name, path) for path in sorted(released.glob("*.ipynb"))}
    files = sorted(path.name for path in released.iterdir() if path.is_file() and path.suffix != ".ipynb")
    expected = {"assignment": released.name, "files": files, "notebooks": found}
    return json.dumps(expected, indent=1, ensure_ascii=False) + "\n"


def place(course: Path, assignment: str) -> Path | None:
    """Return where the file of an assignment belongs; None in a course that has no `course_lib` of its own."""
    folder = course / FOLDER
    return folder / f"{assignment}.json" if folder.is_dir() else None


def out_of_step(course: Path, assignment: str, released: Path) -> str | None:
    """Return what the file of an assignment should hold, or None if it holds that, or has no place."""
    kept = place(course, assignment)
    if kept is None:
        return None
    wanted = text(course / "source" / assignment, released)
    return None if kept.is_file() and kept.read_text(encoding="utf-8") == wanted else wanted


def orphans(course: Path) -> list[str]:
    """Return the files that no assignment of `source/` stands behind, relative to the course."""
    known = set(release.assignments(course))
    return sorted(str(path.relative_to(course)) for path in (course / FOLDER).glob("*.json") if path.stem not in known)


def leaks(source: Path, made: str) -> list[str]:
    """Return what of the instructor's is found in a file's text, in words.

    Args:
        source: the folder of an assignment's source notebooks.
        made: what the file holds, or will hold.
    """
    return release.leaks(source, {"what check_submission() knows": "\n".join(release.strings(json.loads(made)))})


def _notebook(origin: Path, path: Path) -> dict[str, Any]:
    released = notebooks.read(path)
    cells_of_origin = notebooks.read(origin).cells if origin.exists() else []
    sources = {notebooks.grade_id(cell): cell for cell in cells_of_origin}
    words = set(_WORD.findall("\n".join(cell.source for cell in released.cells)))
    sections = headings([(cell.cell_type, cell.source) for cell in released.cells])
    cells, other = [], []
    for cell, section in zip(released.cells, sections, strict=True):
        if name := notebooks.grade_id(cell):
            cells.append(_cell(cell, name, section) | _asked(sources.get(name), words))
        else:
            other.append(digest(cell.source))
    return {"cells": cells, "other": other}


def _cell(cell: Any, name: str, section: str) -> dict[str, Any]:  # noqa: ANN401 - nbformat is not typed
    labels = cell.metadata.nbgrader
    about = {"name": name, "type": cell.cell_type, "section": section, "digest": digest(cell.source)}
    if labels.get("grade"):
        about["points"] = labels.points
    if labels.get("solution"):
        return about | {"answer": True}
    made = read_code(cell.source).defines if cell.cell_type == "code" else set()
    return about | ({"defines": sorted(made)} if made else {})


def _asked(cell: Any, words: set[str]) -> dict[str, Any]:  # noqa: ANN401
    """Return the names that an answer is asked to define: those of the solution that students read in the notebook.

    A helper of the solution's own is none of them.
    """
    if cell is None or cell.cell_type != "code" or not cell.metadata.nbgrader.get("solution"):
        return {}
    return {"asks": sorted(read_code(notebooks.without_marks(cell.source)).defines & words)}
