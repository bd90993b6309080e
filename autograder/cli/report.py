"""`course report`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from autograder.cli.common import Course, console, failure, need_course
from autograder.lms import roster as rosters
from autograder.lms.refusal import Refused


def report(
    assignment: Annotated[str, typer.Argument(help="Such as ps1.")],
    names: Annotated[bool, typer.Option("--names", help="Show who is who. Without it, nobody is named.")] = False,
    roster: Annotated[
        Path | None, typer.Option(help="The class list, which knows names that the gradebook does not.")
    ] = None,
    formgrader: Annotated[
        str, typer.Option(help="The address of the Jupyter server with formgrader, for the page's links.")
    ] = "http://localhost:8888",
    for_jplag: Annotated[
        bool, typer.Option("--for-jplag", help="Write what the plagiarism checker JPlag reads, instead of the page.")
    ] = False,
    course: Course = Path(),
) -> None:
    """Make a page that shows how a class did: points, questions, mistakes with examples, and what to look at.

    The page is reports/ASSIGNMENT.html: one file, to be opened, mailed or printed. Its plots lie beside it, for slides.
    It can be made at any time; it says what is not graded yet.
    """
    # They import matplotlib and nbgrader's converters, which takes seconds that other commands need not wait for.
    from autograder.reporting import making, similar

    need_course(course)
    try:
        known = rosters.read(roster) if roster else None
        if for_jplag:
            similar.run(course.resolve(), assignment, known, console, names=names)
        else:
            making.run(course.resolve(), assignment, making.Wanted(names, known, formgrader), console)
    except (Refused, OSError) as problem:
        raise failure(str(problem)) from None
