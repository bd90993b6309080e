"""The README that students read first: how to open each notebook, and how to work on one's own machine."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jinja2

from autograder.publishing.address import Address

_TEMPLATE = Path(__file__).with_name("student_readme.md.jinja")


def text(files: Mapping[str, bytes], sets: Sequence[str], place: Address, due: Mapping[str, str]) -> str:
    """Return the README of a bundle.

    Args:
        files: what is in it.
        sets: the problem sets in it.
        place: where it will lie.
        due: when problem sets are due, by name.
    """
    listed = []
    for name in sets:
        paths = [path for path in files if path.startswith(f"{name}/") and path.endswith(".ipynb")]
        rows = [_about(path, files[path]) | {"colab": place.colab(quote(path))} for path in sorted(paths)]
        listed.append(
            {"name": name, "due": due.get(name, ""), "notebooks": rows, "points": sum(r["points"] for r in rows)}
        )
    template = jinja2.Template(_TEMPLATE.read_text(encoding="utf-8"), trim_blocks=True, keep_trailing_newline=True)
    made: str = template.render(sets=listed, place=place)
    return made


def _about(path: str, content: bytes) -> dict[str, Any]:
    """Return what is said of a notebook; of one that cannot be read, its name, and inspection says the rest."""
    about: dict[str, Any] = {"path": quote(path), "file": Path(path).name, "title": Path(path).stem, "points": 0}
    try:
        cells = json.loads(content)["cells"]
        headings = [
            line.removeprefix("# ").strip()
            for cell in cells
            if cell["cell_type"] == "markdown"
            for line in "".join(cell["source"]).splitlines()
            if line.startswith("# ")
        ]
        labels = [cell["metadata"].get("nbgrader", {}) for cell in cells]
        about["points"] = sum(float(label.get("points") or 0) for label in labels)
    except (ValueError, KeyError, TypeError, AttributeError):
        return about
    if headings:
        about["title"] = headings[0].replace("|", "\\|").replace("[", "\\[").replace("]", "\\]")
    return about
