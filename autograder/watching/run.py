"""A watch from its start to what is said at its end."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from autograder import course_settings
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


@dataclass(frozen=True)
class Wanted:
    """What is to be watched, and how.

    Attributes:
        assignment: such as `ps1`.
        downloads: what is collected from first, if anything.
        roster: the class list for that.
        timezone: of the times in Moodle's grading worksheet.
        once: whether to end when all is graded that is there.
        every: seconds from one look to the next.
        settle: seconds for which a hand-in must not have changed.
    """

    assignment: str
    downloads: Sequence[Path] = ()
    roster: Path | None = None
    timezone: str = "UTC"
    once: bool = False
    every: float = 5
    settle: float = 5


def run(course: Path, wanted: Wanted, console: Console) -> bool:
    """Watch, until it is told to stop.

    Args:
        course: the folder of the course.
        wanted: what is to be watched.
        console: where to show it.

    Returns:
        Whether all is graded that was there.

    Raises:
        Refused: if nothing can be graded, or something that was named is not there.
    """
    assignment = wanted.assignment
    where = course_settings.folders(course, course_settings.load(course))
    gradebook.need_registered(where, assignment)
    downloads = _downloads(wanted)
    title = f"Watching {where.format_path(where.submitted_directory, '*', assignment)}. Ctrl-C ends it."
    with Show(console, "" if wanted.once else title, lambda who: gradebook.points(where, assignment, who)) as show:
        stop = Stop(show.ending)
        memory = Memory(course / STATE / "watch" / f"{assignment}.json")
        one = Watch(
            course, assignment, where, rounds.Nbgrader(course, assignment, stop), memory,
            Settling(wanted.settle, time.monotonic), show, stop, downloads,
        )  # fmt: skip
        left = _watched(one, wanted)
    _conclude(one, left, console)
    return not (one.failed or left)


def _watched(one: Watch, wanted: Wanted) -> list[str]:
    """Watch, and return who is left."""
    with one.stop:
        try:
            if wanted.once:
                step = min(wanted.every, wanted.settle)
                return one.once(step, 1 + round(2 * wanted.settle / step) if step else 1)
            one.until_stopped(wanted.every)
        except rounds.Stopped:
            return one.grading
        except rounds.Useless as useless:
            raise Refused(str(useless)) from None
        except KeyboardInterrupt:
            pass
    return []


def _downloads(wanted: Wanted) -> Downloads | None:
    for place in [*wanted.downloads, *([wanted.roster] if wanted.roster else [])]:
        if not place.exists():
            raise Refused(f"There is no {place}.")
    if wanted.roster and not wanted.downloads:
        raise Refused("A roster is for collecting: say where from, with --downloads FOLDER.")
    places = [place.resolve() for place in wanted.downloads]
    return Downloads(places, wanted.roster, rosters.zone_of(wanted.timezone)) if places else None


def _conclude(one: Watch, left: list[str], console: Console) -> None:
    """Say what was done."""
    count = len(one.graded)
    words = [f"Graded {count} hand-in{'s' * (count != 1)} of {one.assignment}."]
    if one.failed:
        words.append(f"Not graded: {', '.join(sorted(one.failed))}. They are tried again when they change.")
    if left:
        words.append(f"Left for the next time: {', '.join(left)}.")
    console.print("\n".join(words), highlight=False, markup=False, soft_wrap=True)
