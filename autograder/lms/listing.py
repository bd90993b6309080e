"""What was collected and what was filled in, and who is missing, to look at."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from autograder.lms.collect import Assignment, Collected, Placed
from autograder.lms.gradebook_csv import Filled
from autograder.lms.points import Points


def show(done: Collected, wanted: Assignment, console: Console) -> None:
    """Print what became of a collection."""
    for source in done.sources:
        console.print(Text(source), soft_wrap=True)
    if done.placed:
        console.print(_table(done, wanted))
    counts = [placed.what for placed in done.placed.values()]
    console.print(
        f"{len(counts)} students handed in {wanted.name}: "
        + ", ".join(f"{counts.count(what)} {what}" for what in ("new", "replaced", "unchanged", "kept")),
        highlight=False,
    )
    if done.before:
        _list("Not in these downloads, but handed in before:", [student.id for student in done.before], console)
    if done.missing:
        named = [f"{student.id} ({student.name})" if student.name else student.id for student in done.missing]
        _list(f"{len(named)} on the roster have no hand-in:", named, console)
    if done.unplaced:
        words = [f"{leftover.name}: {leftover.why}." for leftover in done.unplaced]
        _list(f"{len(words)} could not be placed:", words, console)
        if any(leftover.files for leftover in done.unplaced):
            console.print(Text(f"What there is of it lies in {done.kept_in}."), soft_wrap=True)


def show_filled(filled: Filled, points: Points, console: Console) -> None:
    """Print what was filled in, and who is missing on either side."""
    words = f"{len(filled.students)} of {len(points.results)} students have their points in “{filled.column}”."
    console.print(Text(words), soft_wrap=True)
    for remark in filled.remarks:
        console.print(Text(remark), soft_wrap=True)
    if filled.left:
        _list(f"{len(filled.left)} rows were left as they were:", filled.left, console)
    if filled.absent:
        _list(f"{len(filled.absent)} students of the gradebook are not in the export:", filled.absent, console)


def show_lateness(students: Sequence[str], console: Console) -> None:
    """Print for whom it was worked out anew what lateness costs."""
    if students:
        _list("Points have changed since it was worked out what lateness costs; done anew for:", students, console)


def show_ungraded(points: Points, console: Console) -> None:
    """Print whose points may still change."""
    if ungraded := [one.id for one in points.results.values() if one.ungraded]:
        _list("Somebody has yet to look at these; what that brings is not in their points:", ungraded, console)


def _table(done: Collected, wanted: Assignment) -> Table:
    table = Table(title=wanted.name)
    for column in ("student", "name", "notebooks", "handed in (UTC)", "late", "", "to look at"):
        table.add_column(column, overflow="fold")
    for placed in sorted(done.placed.values(), key=lambda placed: placed.student.id.casefold()):
        table.add_row(*map(Text, _row(placed, wanted)))
    return table


def _row(placed: Placed, wanted: Assignment) -> list[str]:
    return [
        placed.student.id,
        placed.student.name if placed.student.name != placed.student.id else "",
        f"{len(placed.notebooks)} of {len(wanted.notebooks)}",
        f"{placed.time:%Y-%m-%d %H:%M}" if placed.time else "?",
        "late" if placed.late else "",
        placed.what,
        "\n".join(placed.remarks),
    ]


def _list(title: str, lines: Sequence[str], console: Console) -> None:
    console.print(Text(title, style="bold"), soft_wrap=True)
    for line in lines:
        console.print(Text(f"  {_printable(line)}"), soft_wrap=True)


def _printable(line: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in line)
