"""nbgrader's exchange: `inbound/ada+ps1+2026-05-01 12:00:00.000000 UTC+random/`, one folder for each time."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime

from nbgrader.utils import parse_utc

from autograder.lms.handin import HandIn, Leftover, Member, Reading, Who


def fits(members: Collection[Member]) -> bool:
    """Tell whether any folder is called as the exchange calls them."""
    return any(_read(part) for member in members for part in member.parts[:-1])


def read(members: Collection[Member], assignment: str) -> Reading:
    """Put together what was handed in for an assignment. What was for another is left out, and said."""
    found: dict[str, HandIn] = {}
    leftovers: dict[str, Leftover] = {}
    for member in members:
        place, said = next(((n, s) for n, part in enumerate(member.parts[:-1]) if (s := _read(part))), (0, None))
        top = member.parts[place]
        inside = "/".join(member.parts[place + 1 :])
        if said is None:
            leftovers[member.name] = Leftover(member.name, "it is in no hand-in", {member.name: member.path})
        elif said[1] != assignment:
            other = leftovers.setdefault(top, Leftover(top, f"it was handed in for {said[1]}"))
            other.files[inside] = member.path
        else:
            handin = found.setdefault(top, HandIn(Who(student_id=said[0]), {}, said[2]))
            if inside != "timestamp.txt":
                handin.files[inside] = member.path
    return Reading("nbgrader's exchange", list(found.values()), list(leftovers.values()))


def _read(part: str) -> tuple[str, str, datetime] | None:
    """Return student, assignment and time from a folder's name; only the student's may hold a `+`."""
    pieces = part.rsplit("+", 3)
    for student, assignment, time in [pieces[:3]] * (len(pieces) == 4) + [part.rsplit("+", 2)] * (len(pieces) > 2):  # noqa: PLR2004
        try:
            return student, assignment, parse_utc(time).replace(tzinfo=UTC)
        except (ValueError, OverflowError, AttributeError):
            continue
    return None
