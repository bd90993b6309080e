"""What regrading would change, to look at: whose points, from what to what, and why; and as a CSV."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from autograder.lms import table
from autograder.regrading.changes import Change
from autograder.regrading.reasons import reason
from autograder.regrading.rerun import Ran

_MOST_NAMES = 8
_MOST_LINES = 40
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def differences(diffs: dict[str, str], console: Console) -> None:
    """Print what has changed in the tests; a long change is cut, as the log has all of it."""
    for diff in diffs.values():
        lines = diff.splitlines()
        console.print(Syntax("\n".join(lines[:_MOST_LINES]), "diff", background_color="default", word_wrap=True))
        if len(lines) > _MOST_LINES:
            console.print(f"… and {len(lines) - _MOST_LINES} lines more, which the log will have.", highlight=False)


def changes(found: Sequence[Change], console: Console) -> None:
    """Print whose points change."""
    rows = [change for change in found if change.differs or change.look]
    if not rows:
        return
    made = Table(title="Whose points change", caption="total: with what was given by hand, less what lateness costs")
    made.add_column("student", overflow="fold", min_width=8)
    made.add_column("question", overflow="fold", min_width=10)
    made.add_column("before → after", justify="right", no_wrap=True)
    made.add_column("total", justify="right", no_wrap=True)
    made.add_column("why", overflow="fold", ratio=1)
    for change in rows:
        made.add_row(
            Text(change.student),
            Text(change.answer.question.removeprefix("test_")),
            Text(_points(change), style=_style(change)),
            Text(_total(change)),
            Text(why(change)),
        )
    console.print(made)


def why(change: Change) -> str:
    """Return why points change, and what is left for a person, in words."""
    words = [reason(change)] if change.differs else []
    if change.by_hand is not None and change.differs:
        words.append(f"{change.by_hand:g} given by hand stay, and are to be looked at again")
    elif change.look:
        words.append("Somebody is to look at this")
    return ". ".join(word.rstrip(".") for word in words if word)


def summary(found: Sequence[Change]) -> str:
    """Return how many points went where, in a line."""
    kinds = Counter(_kind(change) for change in found)
    names = ("up", "down", "decided now", "for a person to decide", "kept as given by hand", "unchanged")
    return ", ".join(f"{kinds[name]} {name}" for name in names if kinds[name] or name in ("up", "down", "unchanged"))


def others(ran: Sequence[Ran], console: Console) -> None:
    """Say which questions came out otherwise, though nobody has asked for them."""
    found = [f"{one.answers[0].todo.student} ({', '.join(one.others)})" for one in ran if one.others]
    if found:
        console.print(
            Text(f"Other questions came out with other points this time, and were left as they are: {names(found)}."),
            style="yellow", soft_wrap=True,
        )  # fmt: skip


def names(all_of_them: Sequence[str]) -> str:
    """Return names as a list that stays short."""
    more = len(all_of_them) - _MOST_NAMES
    return ", ".join(all_of_them[:_MOST_NAMES]) + (f" and {more} more" if more > 0 else "")


HEADER = [
    "student",
    "notebook",
    "question",
    "before",
    "after",
    "given by hand",
    "worth",
    "total before",
    "total",
    "why",
]


def rows(found: Sequence[Change]) -> list[list[str]]:
    """Return a row for each question that was run again and comes out otherwise, or is to be looked at."""
    return [
        [
            _cell(change.student),
            change.answer.todo.notebook,
            change.answer.question,
            _number(change.before, ""),
            _number(change.after, ""),
            _number(change.by_hand, ""),
            f"{change.most:g}",
            f"{change.total_before:g}",
            f"{change.total:g}",
            _cell(why(change)),
        ]
        for change in found
        if change.differs or change.look
    ]


def write_csv(found: Sequence[Change], path: Path) -> None:
    """Write whose points change, whole or not at all.

    Raises:
        Refused: if it cannot be written there.
    """
    table.write(table.Table([HEADER, *rows(found)], encoding="utf-8-sig"), path)


def _cell(text: str) -> str:
    """Return a text that a spreadsheet takes for a text."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _kind(change: Change) -> str:
    if not change.differs:
        return "unchanged"
    if change.by_hand is not None:
        return "kept as given by hand"
    if change.after is None:
        return "for a person to decide"
    if change.before is None:
        return "decided now"
    return "up" if change.after > change.before else "down"


def _style(change: Change) -> str:
    styles = {
        "up": "green",
        "decided now": "green",
        "down": "red",
        "for a person to decide": "yellow",
        "kept as given by hand": "dim",
    }
    return styles.get(_kind(change), "")


def _points(change: Change) -> str:
    worth = f"/{change.most:g}"
    if change.most != change.most_before:
        return f"{_number(change.before)}/{change.most_before:g} → {_number(change.after)}{worth}"
    return f"{_number(change.before)} → {_number(change.after)} {worth}"


def _total(change: Change) -> str:
    if change.total == change.total_before:
        return f"{change.total:g}"
    return f"{change.total_before:g} → {change.total:g}"


def _number(points: float | None, none: str = "?") -> str:
    return none if points is None else f"{points:g}"
