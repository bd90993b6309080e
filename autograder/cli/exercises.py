"""`course sound` and `course new-exercise`, for authors."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from autograder.cli.common import Course, console, failure, need_course
from autograder.commands import CommandFailed


def sound(
    names: Annotated[list[str] | None, typer.Argument(metavar="[PROBLEM_SET]…", help="All if none is named.")] = None,
    exercise: Annotated[str, typer.Option(help="Only this one, such as test_matmul.")] = "",
    course: Course = Path(),
) -> None:
    """Prove that exercises are sound: the solution passes, the stub fails, mistakes are caught, nothing leaks."""
    from autograder import proving
    from autograder import release as releasing
    from autograder.samples import manifest

    need_course(course)
    here = releasing.assignments(course)
    if unknown := [name for name in names or () if name not in here]:
        raise failure(f"source/ has no {', '.join(unknown)}. It has {', '.join(here)}.")
    if exercise and len(names or here) != 1:
        raise failure("Name the problem set that the exercise belongs to, such as: course sound ps1 --exercise …")
    try:
        found = [proving.run(manifest.of(name), course.resolve(), exercise or None, console) for name in names or here]
    except (CommandFailed, manifest.NoManifest) as problem:
        raise failure(str(problem)) from None
    if not all(found):
        raise typer.Exit(1)


def new_exercise(
    problem_set: Annotated[str, typer.Argument(help="Such as ps2.")],
    notebook: Annotated[str, typer.Argument(help="Such as 2_analytic; made if it is not there.")],
    name: Annotated[str, typer.Argument(help="Of the solution cell; the test is called test_NAME.")],
    points: Annotated[int, typer.Option(help="What it is worth.")] = 1,
    course: Course = Path(),
) -> None:
    """Begin an exercise: its cells at the end of a source notebook, and its entry in the manifest."""
    from autograder import scaffold

    need_course(course)
    try:
        written = scaffold.add(course.resolve(), problem_set, notebook, name, points)
    except scaffold.Refused as refused:
        raise failure(str(refused)) from None
    for path in written:
        console.print(f"Wrote {path}", highlight=False, soft_wrap=True)
    console.print(
        "Replace each TODO, and list the mistakes that the exercise must catch. Then prove it sound with\n"
        f"  course sound {problem_set} --exercise test_{name}",
        highlight=False,
    )
