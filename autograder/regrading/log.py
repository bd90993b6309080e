"""The log of what was regraded: who, when, what changed in the tests, and whose points changed."""

from __future__ import annotations

import getpass
import socket
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from autograder.regrading import shown
from autograder.regrading.changes import Change
from autograder.regrading.course import Opened

_RULE = "=" * 100


def place(opened: Opened) -> Path:
    """Return where the log of an assignment lies."""
    return opened.store.folder / "regraded" / f"{opened.assignment}.log"


def begin(
    opened: Opened, when: datetime, diffs: Mapping[str, str], found: Sequence[Change], remarks: Sequence[str]
) -> None:
    """Say what is about to be written. It stands there before, so that nothing is ever written without a word."""
    lines = [
        _RULE,
        f"{when.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC  {opened.assignment} regraded by {_who()}",
        "Questions: " + ", ".join(dict.fromkeys(change.answer.question for change in found)),
        *remarks,
        "",
        *(diffs.values() or ["The tests are those that everybody was graded with."]),
        "",
        f"{len(found)} run again: {shown.summary(found)}",
        *_table(found),
    ]
    _add(opened, lines)


def end(opened: Opened, students: int) -> None:
    """Say that all of it is written."""
    _add(opened, ["", f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC  Written for {students} students.", ""])


def _table(found: Sequence[Change]) -> list[str]:
    rows = shown.rows(found)
    if not rows:
        return []
    cells = [shown.HEADER, *rows]
    widths = [max(len(row[column]) for row in cells) for column in range(len(shown.HEADER) - 1)]
    return ["  ".join([*(c.ljust(w) for c, w in zip(row, widths, strict=False)), row[-1]]).rstrip() for row in cells]


def _add(opened: Opened, lines: Sequence[str]) -> None:
    path = place(opened)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8", errors="backslashreplace") as log:
        log.write("\n".join(lines) + "\n")


def _who() -> str:
    name = "somebody"
    with suppress(OSError, KeyError):  # an account without a name, as in some containers
        name = getpass.getuser()
    return f"{name} on {socket.gethostname()}"
