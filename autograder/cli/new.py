"""`course new`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from autograder.cli.common import Course, console, failure, need_course
from autograder.commands import CommandFailed
from autograder.lms.refusal import Refused

_DUE = "PROBLEM_SET=WHEN"


def new(  # noqa: PLR0913, PLR0917 - what is asked about a course
    folder: Annotated[Path, typer.Argument(help="Where the new course is to be; not there yet.")],
    course_id: Annotated[str, typer.Option("--id", help="nbgrader's name for the course, such as backprop-2026.")] = "",
    repository: Annotated[str, typer.Option(help="Where students will find it on GitHub: owner/name.")] = "",
    ref: Annotated[
        str, typer.Option(help="The branch or tag there that Colab opens; students if you say nothing.")
    ] = "",
    sets: Annotated[
        list[str] | None, typer.Option("--set", metavar="PROBLEM_SET", help="Keep this one; all if none is named.")
    ] = None,
    due: Annotated[
        list[str] | None,
        typer.Option(metavar=_DUE, help="Such as 'ps1=2026-11-30 23:59 Europe/Berlin'; once for each."),
    ] = None,
    timezone: Annotated[str, typer.Option(help="Of due dates that name none, such as Europe/Berlin.")] = "",
    course_lib: Annotated[
        str,
        typer.Option(help="What notebooks install in Colab, as pip takes it; as in this course if you say nothing."),
    ] = "",
    course: Course = Path(),
) -> None:
    """Start a course of your own, in a new folder, from this one. Asks for what is not given as an option.

    The new folder is a whole course: the problem sets that you keep, their
    due dates in the gradebook, release/ for students, settings, and a README
    with your next steps. This course stays as it is. For example:

    course new ../backprop-2026 --repository ada/backprop-2026
    --set ps1 --set ps2 --due 'ps1=2026-11-30 23:59 Europe/Berlin'
    """
    # It imports nbgrader, which takes seconds that other commands need not wait for.
    from autograder.new_course import run

    need_course(course)
    try:
        said = run.Said(course_id, repository, ref, sets or [], due or [], timezone, course_lib)
        run.run(course.resolve(), folder.absolute(), said, console)
    except (Refused, CommandFailed, OSError) as problem:
        raise failure(str(problem)) from None
