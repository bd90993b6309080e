"""Notebook files as they arrive, made into notebooks that nbformat can read; or the reason why not, in words.

Outputs are not taken over: the grader runs every cell again.
"""

from __future__ import annotations

import html
import json
import re
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import nbformat
from nbformat.v4 import new_markdown_cell, new_notebook

from autograder.repair import MasterCell, make_cell_ids_unique

MOST_BYTES = 32 * 2**20
_MOST_CELLS = 5000
_MOST_VALUES = 500
_DEEPEST = 20
_SHOWN = 5
_AGAIN = "Open the notebook in Jupyter or Colab, save it there, and hand it in again."
_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_OTHER_KINDS = {
    b"pk\x03\x04": "a zip archive",
    b"\x1f\x8b": "a gzip archive",
    b"%pdf": "a PDF",
    b"<!doctype html": "a web page",
    b"<html": "a web page",
}
_DECODER = json.JSONDecoder(parse_constant=lambda _: None)
_KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}


class _Unreadable(Exception):  # noqa: N818 - the name is the message
    """What is wrong with the file, in words."""


def read(path: Path, most_bytes: int = MOST_BYTES) -> tuple[Any | None, list[str]]:
    """Return the notebook (nbformat 4.5, valid), and what had to be mended, in words.

    If it cannot be read, return None and the reason. It is never raised.
    """
    try:
        text, mended = _text(path, most_bytes)
        notebook, more = _notebook(_json(text, mended))
    except _Unreadable as reason:
        return None, [f"{reason} {_AGAIN}"]
    except RecursionError:
        return None, [f"The file is nested more deeply than a notebook can be. {_AGAIN}"]
    return notebook, mended + more


def blank(master: Sequence[MasterCell], reason: str) -> Any:  # noqa: ANN401 - nbformat is not typed
    """Return a notebook made of the instructor's cells alone, with no answers, which says at the top why.

    Its tests are as students got them: hidden ones are added when nbgrader takes it in, as for any notebook.
    """
    words = f"**This notebook could not be graded as it was handed in.** {html.escape(reason, quote=False)}"
    made = new_notebook(metadata={"kernelspec": _KERNEL, "language_info": {"name": "python"}})
    made.cells = [new_markdown_cell(words, id="why_blank"), *(cell.made() for cell in master)]
    make_cell_ids_unique(made)
    return made


def _text(path: Path, most_bytes: int) -> tuple[str, list[str]]:
    """Return what the file says, and what was odd about how it was stored."""
    try:
        status = path.lstat()
        if not stat.S_ISREG(status.st_mode):
            raise _Unreadable("This is not a file of its own, but a link, a folder or something else.")
        if status.st_size > most_bytes:
            size, most = (f"{number / 2**20:.1f} MiB" for number in (status.st_size, most_bytes))
            raise _Unreadable(f"The file is too large: it has {size}, and at most {most} are read. Clear its outputs.")
        data = path.read_bytes()
    except OSError:
        raise _Unreadable("The file could not be opened.") from None
    if not data.strip(b" \t\r\n\0"):
        raise _Unreadable("The file is empty.")
    for start, kind in _OTHER_KINDS.items():
        if data[:100].lstrip().lower().startswith(start):
            raise _Unreadable(f"This is {kind}, not a notebook.")
    encoding = json.detect_encoding(data)
    if not encoding.startswith("utf-8"):
        return data.decode(encoding, "replace"), ["it was stored as UTF-16 or UTF-32, not as UTF-8"]
    try:
        return data.decode(encoding), ["a byte order mark at its beginning was removed"] * encoding.endswith("sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace"), ["it was not stored as UTF-8; letters with accents may have changed"]


def _json(text: str, mended: list[str]) -> dict[str, Any]:
    """Return what the text holds if that is a notebook of some kind; add to `mended` what was left out."""
    begin = len(text) - len(text.lstrip(" \t\r\n"))
    try:
        found, end = _DECODER.raw_decode(text, begin)
    except json.JSONDecodeError as error:
        raise _Unreadable(_where_broken(text, error)) from None
    except ValueError:
        raise _Unreadable("A number in the file is longer than a notebook can hold.") from None
    if not isinstance(found, dict):
        raise _Unreadable("The file can be read as JSON, but there is no notebook in it.")
    rest = text[end:].strip(" \t\r\n\0")
    if rest and '"cells"' in rest:
        raise _Unreadable(f"A second notebook begins in line {text.count(chr(10), 0, end) + 1} of the file.")
    if rest:
        mended.append(f"after the end of the notebook stood {len(rest)} more characters, which were left out")
    return found


def _where_broken(text: str, error: json.JSONDecodeError) -> str:
    place = f"line {error.lineno}, column {error.colno}"
    if "<<<<<<< " in text:
        return "The file holds the marks of two versions that git could not merge (<<<<<<<). Choose one of them."
    if error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated string"):
        return f"The file breaks off: what begins in {place} has no end, so a part of the notebook is missing."
    return f"The file is not a notebook, or a damaged one: in {place}, JSON cannot be read ({error.msg.lower()})."


def _notebook(found: dict[str, Any]) -> tuple[Any, list[str]]:
    """Return a valid notebook with the cells of what was found, and what had to be mended.

    nbformat's own converters trip over much of what arrives, so cells of all its versions are read here.
    """
    raw, mended = _cells(found)
    noted: dict[str, list[int]] = {}
    taken: set[str] = set()
    cells = []
    for number, cell in enumerate(raw, 1):
        if isinstance(cell, dict):
            notes: list[str] = []
            cells.append(_cell(cell, number, taken, notes))
        else:
            notes = ["what was no cell was left out"]
        for note in notes:
            noted.setdefault(note, []).append(number)
    metadata = found.get("metadata")
    if isinstance(metadata, dict):
        metadata.pop("widgets", None)  # what outputs show, and as large
    made: dict[str, Any] = {
        "metadata": metadata if _plain(metadata) else {},
        "nbformat": 4,
        "nbformat_minor": 5,
        "cells": cells,
    }
    notebook = _clean(made)
    if not _valid(notebook):
        mended.append("settings that a notebook cannot have were dropped")
        notebook.metadata = {}
        for cell in notebook.cells:
            cell.metadata = {key: cell.metadata[key] for key in ("id", "nbgrader") if key in cell.metadata}
    for what, numbers in noted.items():
        named = ", ".join(map(str, numbers[:_SHOWN])) + (" and others" if len(numbers) > _SHOWN else "")
        mended.append(f"{what} (cell {named})")
    return notebook, mended


def _cells(found: dict[str, Any]) -> tuple[list[Any], list[str]]:
    """Return the cells of a notebook of any version, still as they are, and what was mended."""
    cells, mended = found.get("cells"), []
    sheets = found.get("worksheets")
    if not isinstance(cells, list) and isinstance(sheets, list):
        parts = [sheet.get("cells") for sheet in sheets if isinstance(sheet, dict)]
        cells = [cell for part in parts if isinstance(part, list) for cell in part]
        mended = ["it was stored in an old format of notebooks (with worksheets), and was converted"]
    if not isinstance(cells, list):
        raise _Unreadable("The file holds no list of cells, so it is not a notebook.")
    if len(cells) > _MOST_CELLS:
        raise _Unreadable(f"The notebook has {len(cells)} cells, and at most {_MOST_CELLS} are read.")
    return cells, mended


def _cell(raw: dict[str, Any], number: int, taken: set[str], notes: list[str]) -> dict[str, Any]:
    """Return a cell that nbformat 4.5 can have. `taken` holds the ids of those above, and gets this one's."""
    source = _source(raw, notes)
    kind = raw.get("cell_type")
    if kind == "heading":
        kind, source = "markdown", f"{'#' * _level(raw)} {' '.join(source.split())}"
    elif kind == "html":
        kind = "markdown"
    elif kind not in ("code", "markdown", "raw"):
        # What was run, or could be, is code. Text of an unknown kind is kept as it is, and not run.
        kind = "code" if {"outputs", "execution_count", "input"} & raw.keys() else "raw"
        notes.append(f"a cell of an unknown type was taken for {kind}")
    metadata = raw.get("metadata")
    if not _plain(metadata):
        notes.append("settings that were missing or damaged are empty now")
        metadata = {}
    name = raw.get("id")
    if not isinstance(name, str) or not _ID.fullmatch(name) or name in taken:
        if "id" in raw:
            notes.append("an id that was odd or doubled was replaced")
        name = f"cell-{number}"
        while name in taken:
            name += "-"
    taken.add(name)
    made = {"cell_type": kind, "id": name, "metadata": metadata, "source": source}
    if kind == "code":
        return made | {"execution_count": None, "outputs": []}
    attached = raw.get("attachments")
    return made | ({"attachments": attached} if _attachments(attached) else {})


def _source(raw: dict[str, Any], notes: list[str]) -> str:
    """Return a cell's text, which may be stored as a text, as lines, as lists of lines, or not at all."""
    stored = raw.get("source", raw.get("input"))
    lines: list[str] = []
    rest = [stored]
    while rest:
        item = rest.pop()
        if isinstance(item, list):
            rest.extend(reversed(item))
        elif isinstance(item, str | int | float):
            lines.append(str(item))
        elif item is not None or item is stored:
            notes.append("text that was missing or could not be read is empty now")
            return ""
    if not isinstance(stored, str) and not (isinstance(stored, list) and all(isinstance(part, str) for part in stored)):
        notes.append("text that was stored in an odd way was put together")
    if len(lines) > 1 and not any(line.endswith("\n") for line in lines[:-1]):
        notes.append("lines that had lost their ends were put on lines of their own")
        return "\n".join(lines)
    return "".join(lines)


def _level(raw: dict[str, Any]) -> int:
    level = raw.get("level")
    return level if isinstance(level, int) and 1 <= level <= 6 else 1  # noqa: PLR2004 - HTML knows six


def _attachments(value: Any) -> bool:  # noqa: ANN401
    """Tell whether these are pictures as nbformat stores them: by name, and by type."""
    return _plain(value) and all(
        isinstance(kinds, dict) and all(isinstance(data, str) for data in kinds.values()) for kinds in value.values()
    )


def _plain(metadata: Any) -> bool:  # noqa: ANN401
    """Tell whether this is a dict, and neither so deep nor so large that only malice explains it."""
    layer: list[Any] = [metadata] if isinstance(metadata, dict) else []
    values = 0
    for _ in range(_DEEPEST):
        values += sum(map(len, layer))
        if values > _MOST_VALUES or not layer:
            break
        inside = (value for part in layer for value in (part.values() if isinstance(part, dict) else part))
        layer = [value for value in inside if isinstance(value, dict | list)]
    return isinstance(metadata, dict) and not layer


def _clean(made: dict[str, Any]) -> Any:  # noqa: ANN401
    """Return the notebook without what can stand in JSON, but not be written as UTF-8 or read by others."""
    text = json.dumps(made, ensure_ascii=False).encode("utf-8", "replace").decode()
    return nbformat.from_dict(_DECODER.decode(text))


def _valid(notebook: Any) -> bool:  # noqa: ANN401
    try:
        nbformat.validate(notebook)
    except nbformat.ValidationError:
        return False
    return True
