"""`course doctor`: whether submissions can be executed here, how strong the walls would be, and what is in the way."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
from rich.console import Console
from rich.table import Table

from autograder.execution.settings import Grading
from autograder.sandbox import levels, zygote
from autograder.sandbox.inside import landlock
from autograder.sandbox.levels import Level, NoSandbox
from autograder.sandbox.plan import Plan
from autograder.sandbox.view import Exposed

_GOOD, _WARNING, _BAD = "[green]good[/]", "[yellow]note[/]", "[red]missing[/]"
_ENOUGH_DISK_GIB, _ENOUGH_MEMORY_GIB = 2, 2


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        what: what it is.
        state: how it is.
        words: what was found, and what to do about it.
    """

    what: str
    state: str
    words: str


def run(course: Path, console: Console) -> bool:
    """Look at what grading needs, and print it.

    Args:
        course: the folder of the course, which must stay hidden from submissions.
        console: where to print.

    Returns:
        Whether submissions can be executed here in isolation.
    """
    table = Table("", "", "what was found, and what to do about it", title="Can this machine grade?", show_lines=False)
    strongest: list[str] = []
    for finding in _findings(course, strongest.append):
        table.add_row(finding.what, finding.state, finding.words)
    console.print(table)
    if strongest:
        console.print(f"Submissions would be isolated by [bold]{strongest[0]}[/].", highlight=False)
    else:
        console.print("Submissions cannot be isolated here, and would not be executed.", style="bold red")
        console.print(levels.CHOICES, highlight=False, markup=False)
    return bool(strongest)


def _findings(course: Path, can: Callable[[str], None]) -> Iterator[Finding]:
    yield Finding("Python", _GOOD, f"{sys.version.split()[0]}, {sys.executable}")
    yield Finding("system", _GOOD if sys.platform == "linux" else _BAD, _system())
    yield Finding("user", _GOOD, "root" if os.geteuid() == 0 else f"an ordinary user, number {os.geteuid()}")
    has = landlock.version() if sys.platform == "linux" else 0
    yield Finding("Landlock", _GOOD if has else _WARNING, f"version {has}" if has else "not there, or switched off")
    found = shutil.which("bwrap")
    yield Finding("bubblewrap", _GOOD if found else _WARNING, found or "not installed; needed only on some systems")
    for level in levels.LEVELS:
        yield _tried(level, course, can)
    yield from _resources(course)
    yield Finding(
        "Graphviz", _GOOD, shutil.which("dot") or "comes with pip, as WebAssembly; the program dot is not needed"
    )


def _tried(level: Level, course: Path, can: Callable[[str], None]) -> Finding:
    """Put up the walls of a level, and try what must be impossible behind them."""
    what = f"isolation: {level.name}"
    if lack := levels.lacks(level):
        return Finding(what, _WARNING, lack)
    start = time.perf_counter()
    try:
        one = zygote.Zygote(Plan(imports=(), rehearsal=(), packages=("course_lib",), secret=(course.resolve(),)), level)
        try:
            leaks = one.leaks()
        finally:
            one.close()
    except (NoSandbox, Exposed) as problem:
        return Finding(what, _WARNING, str(problem).removeprefix(f"{level.name}: "))
    if leaks:
        return Finding(what, _BAD, f"student code could {'; '.join(leaks)}")
    can(level.words)
    return Finding(what, _GOOD, f"nothing got through the walls ({time.perf_counter() - start:.1f} s)")


def _resources(course: Path) -> Iterator[Finding]:
    for name, folder in (("the course", course), ("temporary files", Path(tempfile.gettempdir()))):
        free = shutil.disk_usage(folder).free / 2**30
        words = f"{free:.0f} GiB free for {name}" + ("" if free > _ENOUGH_DISK_GIB else ": make some room")
        yield Finding("disk", _GOOD if free > _ENOUGH_DISK_GIB else _WARNING, words)
    memory = psutil.virtual_memory().available / 2**30
    count = Grading().count()
    words = f"{memory:.0f} GiB free; {count} notebook{'s' * (count != 1)} would be executed at a time"
    yield Finding("memory", _GOOD if memory > _ENOUGH_MEMORY_GIB else _WARNING, words)


def _system() -> str:
    about = os.uname()
    return f"{about.sysname} {about.release}, {about.machine}"
