"""`course collect`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import track

from autograder.cli.common import Course, console, failure, need_course
from autograder.lms.refusal import Refused


def collect(
    assignment: Annotated[str, typer.Argument(help="Such as ps1.")],
    downloads: Annotated[list[Path], typer.Argument(metavar="FILE_OR_FOLDER…", help="What the LMS gave you.")],
    roster: Annotated[Path | None, typer.Option(help="Class list as CSV, or the LMS's own export.")] = None,
    timezone: Annotated[str, typer.Option(help="Of the times in Moodle's grading worksheet.")] = "UTC",
    course: Course = Path(),
) -> None:
    """Sort downloads from Canvas, Moodle, Gradescope, an exchange or a plain folder into submitted/."""
    from autograder.lms import collect as collecting
    from autograder.lms import listing
    from autograder.lms import roster as rosters

    need_course(course)
    try:
        wanted = collecting.assignment(course.resolve(), assignment)
        known = rosters.read(roster) if roster else None
        done = collecting.run(course.resolve(), wanted, downloads, known, rosters.zone_of(timezone), _tracked)
    except (Refused, OSError) as problem:
        raise failure(str(problem)) from None
    listing.show(done, wanted, console)


def _tracked(things: Iterable[Any], words: str) -> Iterable[Any]:
    return track(things, words, console=console, transient=True)
