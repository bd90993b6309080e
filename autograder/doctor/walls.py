"""The walls around submissions: which of them can be put up here, and whether they hold."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from autograder.doctor.finding import BAD, GOOD, NOTE, Finding
from autograder.sandbox import levels, zygote
from autograder.sandbox.inside import landlock
from autograder.sandbox.levels import Level, NoSandbox
from autograder.sandbox.plan import Plan
from autograder.sandbox.view import Exposed

TRIED = "isolation: "


def findings(course: Path, can: Callable[[str], None]) -> Iterator[Finding]:
    """Try each level of isolation.

    Args:
        course: the folder of the course, which must stay hidden.
        can: told each level that holds, the strongest first, in words.
    """
    has = landlock.version() if sys.platform == "linux" else 0
    yield Finding("Landlock", GOOD if has else NOTE, f"version {has}" if has else "not there, or switched off")
    found = shutil.which("bwrap")
    yield Finding("bubblewrap", GOOD if found else NOTE, found or "not installed; needed only on some systems")
    for level in levels.LEVELS:
        yield _tried(level, course, can)


def _tried(level: Level, course: Path, can: Callable[[str], None]) -> Finding:
    """Put up the walls of a level, and try what must be impossible behind them."""
    what = f"{TRIED}{level.name}"
    if lack := levels.lacks(level):
        return Finding(what, NOTE, lack)
    start = time.perf_counter()
    try:
        one = zygote.Zygote(Plan(imports=(), rehearsal=(), packages=("course_lib",), secret=(course.resolve(),)), level)
        try:
            leaks = one.leaks()
        finally:
            one.close()
    except (NoSandbox, Exposed) as problem:
        return Finding(what, NOTE, str(problem).removeprefix(f"{level.name}: "))
    if leaks:
        return Finding(what, BAD, f"student code could {'; '.join(leaks)}")
    can(level.words)
    return Finding(what, GOOD, f"nothing got through the walls ({time.perf_counter() - start:.1f} s)")
