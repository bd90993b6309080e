"""`course grades`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from autograder.cli.common import Course, console, failure, need_course
from autograder.lms.refusal import Refused


def grades(
    assignment: Annotated[str, typer.Argument(help="Such as ps1.")],
    canvas: Annotated[Path | None, typer.Option(help="Canvas's gradebook export, to be filled.")] = None,
    moodle: Annotated[Path | None, typer.Option(help="Moodle's grading worksheet or gradebook export.")] = None,
    plain: Annotated[bool, typer.Option("--plain", help="A table with each question, for a spreadsheet.")] = False,
    roster: Annotated[Path | None, typer.Option(help="The class list that was used to collect.")] = None,
    column: Annotated[str, typer.Option(help="The assignment's column, if its name does not tell.")] = "",
    course: Course = Path(),
) -> None:
    """Write points into what Canvas or Moodle exported, or into a plain table; the result lies in grades/."""
    from autograder.lms import grades_out
    from autograder.lms import roster as rosters

    need_course(course)
    try:
        known = rosters.read(roster) if roster else None
        grades_out.run(course.resolve(), assignment, grades_out.Wanted(canvas, moodle, plain, column), known, console)
    except (Refused, OSError) as problem:
        raise failure(str(problem)) from None
