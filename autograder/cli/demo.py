"""`course demo`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from autograder.cli.common import Course, console, failure, need_course
from autograder.commands import CommandFailed


def demo(
    names: Annotated[list[str] | None, typer.Argument(metavar="[PROBLEM_SET]…", help="All if none is named.")] = None,
    course: Course = Path(),
    folder: Annotated[Path, typer.Option(help="Where to work; made anew each time.")] = Path("build/demo"),
) -> None:
    """Grade small sample classes, to see what the course does. Touches nothing outside its folder."""
    from autograder import demo as demonstration
    from autograder.samples.sample_class import CLASSES

    need_course(course)
    if unknown := [name for name in names or () if name not in CLASSES]:
        raise failure(f"There is no sample class for {', '.join(unknown)}. There is one for {', '.join(CLASSES)}.")
    try:
        as_deserved = demonstration.run(course.resolve(), folder.resolve(), console, names or tuple(CLASSES))
    except (demonstration.NotOurs, CommandFailed, OSError) as problem:
        raise failure(str(problem)) from None
    if not as_deserved:
        raise typer.Exit(1)
