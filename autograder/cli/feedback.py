"""`course feedback`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from autograder.cli.common import Course, console, failure, need_course
from autograder.lms import roster as rosters
from autograder.lms.refusal import Refused


def feedback(
    assignment: Annotated[str, typer.Argument(help="Such as ps1.")],
    canvas: Annotated[
        Path | None, typer.Option(help="What Canvas's Download Submissions gave you; it says who is who.")
    ] = None,
    moodle: Annotated[
        Path | None, typer.Option(help="What Moodle's Download all submissions gave you; it says who is who.")
    ] = None,
    roster: Annotated[Path | None, typer.Option(help="The class list that was used to collect.")] = None,
    course: Course = Path(),
) -> None:
    """Make feedback pages that are missing or older than the grade, and pack them for Canvas, Moodle or mail.

    Each student gets one page of their own, which needs no network. The pack lies in packs/: one zip to upload for
    Canvas or Moodle, or a zip for each student. nbgrader generate_feedback makes the same pages, in feedback/.
    """
    # It imports nbgrader's converters, which takes seconds that other commands need not wait for.
    from autograder.feedback_packs import run

    need_course(course)
    try:
        known = rosters.read(roster) if roster else None
        run.run(course.resolve(), assignment, run.Wanted(canvas, moodle, known), console)
    except (Refused, OSError) as problem:
        raise failure(str(problem)) from None
