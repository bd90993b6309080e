"""A notebook's file as plain cells. What is odd in it is left out: nothing that a file holds makes this raise."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

_HEADING = re.compile(r"^#{1,6}[ \t]+(\S.*)$", re.MULTILINE)
_SHOWN, _LONGEST = 40, 80


@dataclass(frozen=True)
class Cell:
    """A cell as it stands in the file.

    Attributes:
        kind: `code`, `markdown` or `raw`.
        text: what is written in it.
        name: its `grade_id`; empty if it has none.
        key: the id by which Jupyter knows it; empty if it has none.
        section: the heading above it.
        output_bytes: about how much its outputs take.
    """

    kind: str
    text: str
    name: str = ""
    key: str = ""
    section: str = ""
    output_bytes: int = 0

    @property
    def shown(self) -> str:
        """A few words by which a student finds the cell."""
        return located(self.section, first_line(self.text))


@dataclass(frozen=True)
class Document:
    """A notebook as it would be handed in.

    Attributes:
        cells: in order; Colab's badge is none of them.
        title: what the front end calls the notebook, if the file says so.
        size: bytes, as stored.
    """

    cells: tuple[Cell, ...] = ()
    title: str = ""
    size: int = 0
    names: frozenset[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Collect the names of the cells."""
        object.__setattr__(self, "names", frozenset(cell.name for cell in self.cells if cell.name))

    def named(self, name: str) -> list[Cell]:
        """Return the cells of that name; there should be one."""
        return [cell for cell in self.cells if cell.name == name]


def read_document(found: object, size: int = 0) -> Document | None:
    """Return a notebook's JSON as a document; None if it is no notebook.

    Args:
        found: what was read from the file.
        size: how large that is.
    """
    if not isinstance(found, dict) or not isinstance(found.get("cells"), list):
        return None
    entries = [entry for entry in found["cells"] if isinstance(entry, dict) and not _is_badge(entry)]
    sections = headings([(_text(entry.get("cell_type")), _text(entry.get("source"))) for entry in entries])
    cells = tuple(_cell(entry, section) for entry, section in zip(entries, sections, strict=True))
    return Document(cells, _text(_dict(_dict(found.get("metadata")).get("colab")).get("name")), size)


def headings(cells: Iterable[tuple[str, str]]) -> list[str]:
    """Return for each cell, given as its type and its text, the last heading above it or in it."""
    last, found = "", []
    for kind, text in cells:
        if kind == "markdown" and (titles := _HEADING.findall(text)):
            last = _printable(titles[-1].rstrip(" \t#"))[:_LONGEST]
        found.append(last)
    return found


def digest(text: str) -> str:
    """Return a digest of a text that spaces and line ends do not change."""
    return hashlib.sha256(" ".join(text.split()).encode("utf-8", "replace")).hexdigest()[:16]


def first_line(text: str) -> str:
    """Return the first line that says something, shortened."""
    line = next((" ".join(line.split()) for line in text.splitlines() if line.strip()), "")
    return _printable(line if len(line) <= _SHOWN else line[: _SHOWN - 1] + "…")


def located(section: str, line: str) -> str:
    """Return a few words by which a student finds a cell: the heading above it, and how it begins, as code."""
    code = line.replace("`", "'")
    return " · ".join(filter(None, [section.replace("`", "'"), f"`{code}`" if code else ""]))


def _cell(entry: dict[str, Any], section: str) -> Cell:
    metadata = _dict(entry.get("metadata"))
    outputs = entry.get("outputs")
    return Cell(
        kind=_text(entry.get("cell_type")) or "raw",
        text=_text(entry.get("source")),
        name=_text(_dict(metadata.get("nbgrader")).get("grade_id")),
        key=_text(entry.get("id")) or _text(metadata.get("id")),
        section=section,
        output_bytes=_size(outputs) if isinstance(outputs, list) else 0,
    )


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def _is_badge(entry: dict[str, Any]) -> bool:
    return _dict(entry.get("metadata")).get("id") == "view-in-github"


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    """Return a text of a notebook, which may be stored as a list of lines."""
    if isinstance(value, list):
        return "".join(line for line in value if isinstance(line, str))
    return value if isinstance(value, str) else ""


def _size(value: object) -> int:
    """Return about how many bytes a part of a notebook takes."""
    total, todo = 0, [value]
    while todo:
        part = todo.pop()
        if isinstance(part, str):
            total += len(part)
        elif isinstance(part, dict):
            todo += part.values()
        elif isinstance(part, list):
            todo += part
    return total
