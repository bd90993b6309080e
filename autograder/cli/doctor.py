"""`course doctor`."""

from __future__ import annotations

from pathlib import Path

import typer

from autograder.cli.common import Course, console, need_course


def doctor(course: Course = Path()) -> None:
    """Look at whether this machine can grade and this course is in order, and say what to do about each finding.

    Looked at are Python and the packages, what draws pictures, room on disk
    and in memory; which walls around submissions hold; settings, due dates and
    the gradebook. Nothing is changed. It fails if something must be mended.
    """
    # It imports nbgrader and much else, for which other commands need not wait.
    from autograder import doctor as diagnosis

    need_course(course)
    if not diagnosis.run(course, console):
        raise typer.Exit(1)
