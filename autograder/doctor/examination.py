"""The examination: everything that is looked at, in order, and what it comes to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from autograder import course_settings
from autograder.doctor import gradebook, machine, packages, settings, walls
from autograder.doctor.finding import BAD, Finding
from autograder.lms.refusal import Refused
from autograder.sandbox import levels

# So that the tables stand as one.
_FIRST_COLUMN = 30


def run(course: Path, console: Console) -> bool:
    """Look at what grading needs, and print it.

    Args:
        course: the folder of the course, which must stay hidden from submissions.
        console: where to print.

    Returns:
        Whether submissions can be executed here in isolation, and nothing else has to be mended.
    """
    course = course.resolve()
    strongest: list[str] = []
    bad = 0
    for title, findings in (
        ("This machine", _machine(course)),
        ("What would keep submissions in", walls.findings(course, strongest.append)),
        ("This course", _course(course)),
    ):
        table = Table(title=title, title_justify="left", title_style="bold", show_header=False, box=box.ROUNDED)
        table.add_column(min_width=_FIRST_COLUMN)
        table.add_column()
        table.add_column(overflow="fold")
        with console.status(f"{title}…"):
            for finding in findings:
                table.add_row(finding.what, finding.state, Text(finding.words))
                bad += finding.state == BAD and not finding.what.startswith(walls.TRIED)
        console.print(table)
    if strongest:
        console.print(f"Submissions would be isolated by [bold]{strongest[0]}[/].", highlight=False)
    else:
        console.print("Submissions cannot be isolated here, and would not be executed.", style="bold red")
        console.print(levels.CHOICES, highlight=False, markup=False)
    if bad:
        console.print(f"{bad} of these must be mended before you grade.", style="bold red", highlight=False)
    return bool(strongest) and not bad


def _machine(course: Path) -> Iterator[Finding]:
    yield from machine.findings(course)
    yield from packages.findings(course)


def _course(course: Path) -> Iterator[Finding]:
    """Look at the settings, and where they can be read at the gradebook that they name."""
    try:
        config = course_settings.load(course)
    except Refused as refused:
        yield Finding(course_settings.FILE, BAD, str(refused))
        return
    yield from settings.findings(course, config)
    yield from gradebook.findings(course, config)
