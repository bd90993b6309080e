"""`course doctor`."""

from __future__ import annotations

from pathlib import Path

import typer

from autograder import doctor as diagnosis
from autograder.cli.common import Course, console, need_course


def doctor(course: Course = Path()) -> None:
    """Look at whether this machine can grade, how well it would isolate submissions, and what is in the way."""
    need_course(course)
    if not diagnosis.run(course, console):
        raise typer.Exit(1)
