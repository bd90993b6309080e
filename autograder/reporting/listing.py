"""What `course report` says in the terminal."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from autograder.reporting.page import Report, Shown
from autograder.reporting.summary import plain, students

_MOST_MISTAKES = 5


def show(report: Report, shown: Shown, console: Console) -> None:
    """Print the page in short."""
    numbers = report.numbers
    console.print(
        Text(
            f"{report.graded.assignment}: {students(numbers.graded)} graded; mean {plain(numbers.mean)}, "
            f"median {plain(numbers.median)} of {plain(numbers.most)} points; {numbers.full} with all points; "
            f"{numbers.late} late."
        ),
        soft_wrap=True,
    )
    for words in numbers.missing:
        console.print(Text(words, style="yellow"), soft_wrap=True)
    table = Table()
    table.add_column("question")
    for heading in ("points", "mean", "all", "none", "separates"):
        table.add_column(heading, justify="right")
    if remarks := any(item.remark or item.waiting for item in report.items):
        table.add_column("", overflow="fold")
    for item in report.items:
        cells = (
            item.question.title,
            f"{item.question.most:g}",
            "" if item.mean is None else f"{100 * item.mean:.0f} %",
            str(item.full),
            str(item.none),
            "" if item.separates is None else f"{item.separates:.2f}",
            item.remark or (f"{item.waiting} to be graded by hand" if item.waiting else ""),
        )
        table.add_row(*map(Text, cells if remarks else cells[:-1]))
    console.print(table)
    for cluster in report.clusters[:_MOST_MISTAKES]:
        console.print(
            Text(f"  {100 * cluster.share:3.0f} %  {_printable(cluster.title)}"), overflow="ellipsis", no_wrap=True
        )
    if numbers.problems or numbers.repaired:
        console.print(f"{numbers.problems} to look at, {numbers.repaired} repaired before grading.", highlight=False)
    if not shown.named:
        words = "Names and ids of students are blackened, as far as they are known; --names shows them."
        console.print(words, soft_wrap=True)


def show_where(to: Path, console: Console) -> None:
    """Print where the page is."""
    console.print(Text(f"Wrote {to}, and its plots for slides into {to.with_name(f'{to.stem}_plots')}"), soft_wrap=True)


def _printable(words: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in words)
