"""CSV files as systems and spreadsheets write them: read with whatever encoding they have, written back in the same."""

from __future__ import annotations

import codecs
import csv
import io
from dataclasses import dataclass
from pathlib import Path

from autograder.lms.refusal import Refused

_MOST_BYTES = 200 * 2**20
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


@dataclass(frozen=True)
class Table:
    """The rows of a CSV, and how it is written.

    Attributes:
        rows: all rows with the header, without empty ones.
        encoding: such as `utf-8-sig`, which has a byte order mark.
        delimiter: what stands between cells.
        newline: what ends a line.
        quoted: whether all cells stand in quotes.
    """

    rows: list[list[str]]
    encoding: str = "utf-8"
    delimiter: str = ","
    newline: str = "\r\n"
    quoted: bool = False


def read(path: Path) -> Table:
    """Read a CSV.

    Raises:
        Refused: if it cannot be read.
    """
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise Refused(f"{path} is too large for a CSV of a class.")
        raw = path.read_bytes()
        encoding = _encoding(raw)
        text = raw.decode(encoding)
    except OSError as problem:
        raise Refused(f"{path} cannot be read: {problem.strerror}.") from problem
    except UnicodeDecodeError as problem:
        raise Refused(f"{path} is not a CSV: it is no text.") from problem
    if "\0" in text:
        raise Refused(f"{path} is not a CSV. If it is a spreadsheet, save it as CSV first.")
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    csv.field_size_limit(_MOST_BYTES)  # Moodle writes whole texts into a cell
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as problem:
        raise Refused(f"{path} is not a CSV: {problem}.") from problem
    newline = "\r\n" if first.endswith("\r") else "\n"
    return Table([row for row in rows if any(row)], encoding, delimiter, newline, quoted=first.startswith('"'))


def _encoding(raw: bytes) -> str:
    for mark, encoding in _MARKS:
        if raw.startswith(mark):
            return encoding
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def write(table: Table, path: Path) -> None:
    """Write a CSV, whole or not at all.

    Raises:
        Refused: if it cannot be written there.
    """
    text = io.StringIO(newline="")
    csv.writer(
        text,
        delimiter=table.delimiter,
        lineterminator=table.newline,
        quoting=csv.QUOTE_ALL if table.quoted else csv.QUOTE_MINIMAL,
    ).writerows(table.rows)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(f".{path.name}.unfinished")
        unfinished.write_bytes(text.getvalue().encode(table.encoding))
        unfinished.replace(path)
    except OSError as problem:
        raise Refused(f"{path} cannot be written: {problem.strerror}.") from problem
