"""`course watch`."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from autograder import course_settings
from autograder.cli.common import Course, console, failure, need_course
from autograder.execution.run import STATE
from autograder.lms import roster as rosters
from autograder.lms.refusal import Refused
from autograder.watching import gradebook, rounds
from autograder.watching.collecting import Downloads
from autograder.watching.looking import Settling
from autograder.watching.memory import Memory
from autograder.watching.show import Show
from autograder.watching.stop import Stop
from autograder.watching.watch import Watch


def watch(  # noqa: PLR0913, PLR0917 - what can be said about a watch
    assignment: Annotated[str, typer.Argument(help="Such as ps1.")],
    downloads: Annotated[
        list[Path] | None, typer.Option(help="Collect from this folder or file first, whenever something new is there.")
    ] = None,
    roster: Annotated[
        Path | None, typer.Option(help="For --downloads: class list as CSV, or the LMS's export.")
    ] = None,
    timezone: Annotated[str, typer.Option(help="Of the times in Moodle's grading worksheet.")] = "UTC",
    once: Annotated[bool, typer.Option("--once", help="Grade what is there, and end; for cron.")] = False,
    every: Annotated[float, typer.Option(min=0.1, help="Seconds from one look to the next.")] = 5,
    settle: Annotated[float, typer.Option(min=0, help="Seconds for which a hand-in must not have changed.")] = 5,
    course: Course = Path(),
) -> None:
    """Grade hand-ins as they arrive in submitted/, with nbgrader autograde; only what is new or has changed.

    A hand-in is graded when its files have stopped changing. One that cannot
    be graded is shown, and the others go on; it is tried again when it changes.

    Ctrl-C lets those that are being graded come to their end; a second one
    stops at once, and the next run begins them anew.

    To collect first, name the folder that you download to from your LMS, or
    the folder inbound/ of nbgrader's exchange:
    course watch ps1 --downloads downloads/ps1 --roster roster.csv
    """
    need_course(course)
    course = course.resolve()
    try:
        where = course_settings.folders(course, course_settings.load(course))
        gradebook.need_registered(where, assignment)
        wanted = _downloads(downloads or [], roster, timezone)
        title = f"Watching {where.format_path(where.submitted_directory, '*', assignment)}. Ctrl-C ends it."
        with Show(console, "" if once else title, lambda who: gradebook.points(where, assignment, who)) as show:
            stop = Stop(show.ending)
            memory = Memory(course / STATE / "watch" / f"{assignment}.json")
            one = Watch(
                course, assignment, where, rounds.Nbgrader(course, assignment, stop), memory,
                Settling(settle, time.monotonic), show, stop, wanted,
            )  # fmt: skip
            left = _watched(one, every, settle, once=once)
    except (Refused, rounds.Useless, OSError) as problem:
        raise failure(str(problem)) from None
    _conclude(one, left)
    if once and (one.failed or left):
        raise typer.Exit(1)


def _watched(one: Watch, every: float, settle: float, *, once: bool) -> list[str]:
    """Watch, and return who is left."""
    with one.stop:
        try:
            if once:
                step = min(every, settle)
                return one.once(step, 1 + round(2 * settle / step) if step else 1)
            one.until_stopped(every)
        except rounds.Stopped:
            return one.grading
        except KeyboardInterrupt:
            pass
    return []


def _downloads(places: list[Path], roster: Path | None, timezone: str) -> Downloads | None:
    for place in [*places, *([roster] if roster else [])]:
        if not place.exists():
            raise Refused(f"There is no {place}.")
    if roster and not places:
        raise Refused("A roster is for collecting: say where from, with --downloads FOLDER.")
    return Downloads([place.resolve() for place in places], roster, rosters.zone_of(timezone)) if places else None


def _conclude(one: Watch, left: list[str]) -> None:
    """Say what was done."""
    count = len(one.graded)
    words = [f"Graded {count} hand-in{'s' * (count != 1)} of {one.assignment}."]
    if one.failed:
        words.append(f"Not graded: {', '.join(sorted(one.failed))}. They are tried again when they change.")
    if left:
        words.append(f"Left for the next time: {', '.join(left)}.")
    console.print("\n".join(words), highlight=False, markup=False, soft_wrap=True)
