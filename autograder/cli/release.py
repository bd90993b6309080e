"""`course release`."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from autograder.cli.common import Course, console, failure, need_course
from autograder.commands import CommandFailed


def release(
    course: Course = Path(),
    check: Annotated[bool, typer.Option("--check", help="Change nothing; fail if release/ is not in step.")] = False,
) -> None:
    """Generate release/ from source/, and make sure that it holds no solution or hidden test."""
    from autograder import expected_cells
    from autograder import release as releasing

    need_course(course)
    if orphans := releasing.orphans(course):
        raise failure(f"release/ holds {', '.join(orphans)}, which source/ does not have. Remove or restore it.")
    if unneeded := expected_cells.orphans(course):
        raise failure(f"No assignment of source/ stands behind {', '.join(unneeded)}. Remove it, or restore source/.")
    for assignment in releasing.assignments(course):
        _settle_engine(course / "source", assignment, check=check)
        with tempfile.TemporaryDirectory() as name:
            made = Path(name) / assignment
            try:
                releasing.generate(course, assignment, made)
                leaks = releasing.leaks(course / "source" / assignment, releasing.texts(made))
            except CommandFailed as problem:
                raise failure(str(problem)) from None
            except UnicodeDecodeError:
                raise failure(
                    f"source/{assignment} holds a file that is not text. Nobody could tell what is in it."
                ) from None
            if leaks:
                raise failure("Not released, since students would get what is not for them:\n" + "\n".join(leaks))
            console.print(f"{assignment}: {_settle(made, course / 'release' / assignment, check=check)}")
            _settle_expected(course, assignment, made, check=check)


def _settle(made: Path, kept: Path, *, check: bool) -> str:
    from autograder import release as releasing

    changed = releasing.differences(made, kept)
    if not changed:
        return "in step"
    if check:
        raise failure(
            f"release/{kept.name} is not what source/ generates; these differ: {', '.join(changed)}. "
            "Run `make release` and commit the result."
        )
    releasing.replace(made, kept)
    return f"updated {', '.join(changed)}"


def _settle_engine(source: Path, assignment: str, *, check: bool) -> None:
    from autograder import finished_engine

    wanted = finished_engine.out_of_step(source, assignment)
    if wanted is None:
        return
    if check:
        raise failure(
            f"source/{assignment}/{finished_engine.FILE} is not what the solution in source/ps1 makes it. "
            "Run `make release` and commit the result."
        )
    (source / assignment / finished_engine.FILE).write_text(wanted, encoding="utf-8")


def _settle_expected(course: Path, assignment: str, made: Path, *, check: bool) -> None:
    """Keep in step what `course_lib.check_submission()` knows of an assignment."""
    from autograder import expected_cells

    wanted = expected_cells.out_of_step(course, assignment, made)
    kept = expected_cells.place(course, assignment)
    if wanted is None or kept is None:
        return
    if check:
        raise failure(
            f"{kept.relative_to(course)} is not what source/ makes it. Run `make release` and commit the result."
        )
    if leaks := expected_cells.leaks(course / "source" / assignment, wanted):
        raise failure(f"{kept.relative_to(course)} would hold what is not for students:\n" + "\n".join(leaks))
    kept.write_text(wanted, encoding="utf-8")
    console.print(f"{assignment}: updated {kept.relative_to(course)}")
