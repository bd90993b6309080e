"""`course regrade`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from autograder.cli.common import Course, console, failure, need_course
from autograder.commands import CommandFailed
from autograder.lms.refusal import Refused


def regrade(
    assignment: Annotated[str, typer.Argument(help="Such as ps1.")],
    question: Annotated[
        list[str] | None,
        typer.Option(
            help="A test's grade_id, with or without test_; may be given again. All that changed, if none is."
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Write without asking.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show whose points would change; write nothing.")] = False,
    csv: Annotated[Path | None, typer.Option(help="Also write whose points change into this CSV.")] = None,
    even_so: Annotated[
        bool, typer.Option("--even-so", help="Write though a test stops, or brings nothing, for everybody.")
    ] = False,
    course: Course = Path(),
) -> None:
    """Grade again what a corrected hidden test changes, and nothing else.

    Mend the test in source/, then run this. Notebooks whose test has changed
    since they were graded are run again, and you see whose points change before
    anything is written. Points and comments that were given by hand stay, and so
    do late marks and extra credit. The log lies in .grading/regraded/.
    """
    from autograder.regrading import regrade as regrading

    need_course(course)

    def ask(words: str) -> bool:
        if yes:
            return True
        if not sys.stdin.isatty():
            raise failure(f"{words} There is nobody to ask: add --yes. Nothing was written.")
        return typer.confirm(words)

    wanted = regrading.Wanted(question or [], dry_run, even_so, csv.resolve() if csv else None, ask)
    try:
        regrading.run(course.resolve(), assignment, wanted, console)
    except (Refused, CommandFailed, OSError) as problem:
        raise failure(str(problem)) from None
    except KeyboardInterrupt:
        raise failure("Stopped. What was run is kept: the same command goes on from there.") from None
