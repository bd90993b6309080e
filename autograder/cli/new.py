"""`course new`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from autograder import release
from autograder.cli.common import Course, console, failure, need_course
from autograder.commands import CommandFailed
from autograder.lms.refusal import Refused
from autograder.new_course import answers as answering
from autograder.new_course import asking
from autograder.new_course import build as building
from autograder.new_course.answers import Answers

_DUE = "PROBLEM_SET=WHEN"
_BRANCH = "students"  # as `course publish` calls it


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
    need_course(course)
    parent, folder = course.resolve(), folder.absolute()
    there = release.assignments(parent)
    try:
        building.need_free(folder.resolve(), parent)
        given = asking.Given(console, asked=asking.somebody_is_there())
        wanted = Answers(
            course_id=given.one(course_id, "Course id", folder.name, answering.course_id),
            repository=given.one(repository, "Students' repository on GitHub, owner/name", "", answering.repository),
            ref=given.one(ref, "Branch or tag there", _BRANCH, answering.ref),
            course_lib=course_lib or building.students_package(parent),
            sets=(chosen := given.sets(sets or [], there)),
            due=given.due(due or [], chosen, timezone),
        )
        with Progress(SpinnerColumn(), TextColumn("{task.description:28}"), BarColumn(), TimeElapsedColumn(),
                      console=console, transient=True) as progress:  # fmt: skip
            task = progress.add_task("", total=len(wanted.sets) + 1, completed=-1)
            building.build(
                parent, folder.resolve(), wanted, lambda words: progress.update(task, description=words, advance=1)
            )
    except (Refused, CommandFailed, OSError) as problem:
        raise failure(str(problem)) from None
    _conclude(folder, wanted)


def _conclude(folder: Path, wanted: Answers) -> None:
    console.print(f"Made {folder}", style="bold green", highlight=False, soft_wrap=True)
    for name in wanted.sets:
        when = wanted.moments().get(name)
        words = f"due {wanted.due[name]}, which is {when.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if when else "no due date"
        console.print(f"  {name}: {words}", highlight=False, soft_wrap=True)
    for doubt in wanted.doubts(datetime.now(UTC)):
        console.print(f"  Is this meant? {doubt}", style="yellow", highlight=False, soft_wrap=True)
    console.print(
        "It holds solutions, and later your students' work: keep it private.\n\nNext:\n"
        f"  cd {folder}\n  course doctor\nThen its README.md says how a term goes.",
        highlight=False, soft_wrap=True,
    )  # fmt: skip
