"""`course watch`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from autograder.cli.common import Course, console, failure, need_course
from autograder.lms.refusal import Refused


def watch(  # noqa: PLR0913, PLR0917 - what can be said about a watch
    assignment: Annotated[str, typer.Argument(help="Such as ps1.")],
    downloads: Annotated[
        list[Path] | None, typer.Option(help="Collect from this folder or file first, whenever something new is there.")
    ] = None,
    roster: Annotated[
        Path | None, typer.Option(help="For --downloads: class list as CSV, or the LMS's export.")
    ] = None,
    timezone: Annotated[str, typer.Option(help="Of the times in Moodle's grading worksheet.")] = "UTC",
    once: Annotated[bool, typer.Option("--once", help="Grade what is there, and end; for cron.")] = False,
    every: Annotated[float, typer.Option(min=0.1, help="Seconds from one look to the next.")] = 5,
    settle: Annotated[float, typer.Option(min=0, help="Seconds for which a hand-in must not have changed.")] = 5,
    course: Course = Path(),
) -> None:
    """Grade hand-ins as they arrive in submitted/, with nbgrader autograde; only what is new or has changed.

    A hand-in is graded when its files have stopped changing. One that cannot
    be graded is shown, and the others go on; it is tried again when it changes.

    Ctrl-C lets those that are being graded come to their end; a second one
    stops at once, and the next run begins them anew.

    To collect first, name the folder that you download to from your LMS, or
    the folder inbound/ of nbgrader's exchange:
    course watch ps1 --downloads downloads/ps1 --roster roster.csv
    """
    # It imports nbgrader, which takes seconds that other commands need not wait for.
    from autograder.watching import run

    need_course(course)
    try:
        wanted = run.Wanted(assignment, downloads or [], roster, timezone, once, every, settle)
        whole = run.run(course.resolve(), wanted, console)
    except (Refused, OSError) as problem:
        raise failure(str(problem)) from None
    if once and not whole:
        raise typer.Exit(1)
