"""Collecting before grading: downloads or an exchange, whenever something new lies there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from pathlib import Path

from autograder.lms import collect, roster
from autograder.lms.refusal import Refused
from autograder.watching.looking import state


@dataclass(frozen=True)
class Downloads:
    """Where hand-ins are collected from.

    Attributes:
        places: folders or files that an LMS or an exchange fills.
        roster: the class list, if there is one.
        zone: of the times in Moodle's grading worksheet.
    """

    places: Sequence[Path]
    roster: Path | None = None
    zone: tzinfo = field(default=UTC)

    @property
    def name(self) -> str:
        """What the collection is remembered by."""
        return " ".join(map(str, self.places))

    def state(self) -> str:
        """Return a digest that changes with the downloads and with the roster; empty if there is nothing yet."""
        found = [state(place) for place in self.places]
        return " ".join([*found, state(self.roster) if self.roster else ""]) if any(found) else ""


def run(course: Path, assignment: str, downloads: Downloads) -> list[str]:
    """Collect, and return what is worth saying: what has changed, and what could not be placed.

    Raises:
        Refused: if the downloads or the roster cannot be read.
    """
    wanted = collect.assignment(course, assignment)
    known = roster.read(downloads.roster) if downloads.roster else None
    try:
        done = collect.run(course, wanted, [p for p in downloads.places if p.exists()], known, downloads.zone)
    except OSError as problem:
        raise Refused(str(problem)) from problem
    counts = [placed.what for placed in done.placed.values()]
    changed = [f"{counts.count(what)} {what}" for what in ("new", "replaced") if what in counts]
    words = [f"Collected: {', '.join(changed)}."] if changed else []
    return words + [f"Could not be placed: {left.name}: {left.why}." for left in done.unplaced]
