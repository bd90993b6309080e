"""What has been handed in so far, and whether it is still being written."""

from __future__ import annotations

import glob
import hashlib
import os
import re
from collections.abc import Callable, Iterable
from pathlib import Path

from nbgrader.coursedir import CourseDirectory


def handed_in(where: CourseDirectory, assignment: str) -> dict[str, str]:
    """Return the state of each hand-in that holds a file, by student."""
    pattern = where.format_path(where.submitted_directory, "(?P<student>.*)", assignment, escape=True)
    excluded = excluded_by(where)
    found = {}
    for place in sorted(glob.glob(where.format_path(where.submitted_directory, "*", assignment))):  # noqa: PTH207 - absolute
        match = re.fullmatch(pattern, place)
        if match and match["student"] not in excluded and (seen := state(Path(place))):
            found[match["student"]] = seen
    return found


def excluded_by(where: CourseDirectory) -> list[str]:
    """Return the students whom the course's settings leave out."""
    return [student for student in where.student_id_exclude.split(",") if student]


def state(place: Path) -> str:
    """Return a digest that changes when a file below a place is written to, comes or goes; empty without files."""
    files = [place] if place.is_file() else _files(place)
    seen = [entry for path in files if (entry := _about(path, place))]
    return hashlib.sha256("\n".join(sorted(seen)).encode(errors="surrogateescape")).hexdigest() if seen else ""


def _files(place: Path) -> Iterable[Path]:
    for folder, _, names in os.walk(place):
        for name in names:
            yield Path(folder, name)


def _about(path: Path, top: Path) -> str:
    try:
        found = path.lstat()
    except OSError:  # it has just gone
        return ""
    return f"{path.relative_to(top)} {found.st_size} {found.st_mtime_ns} {found.st_ctime_ns}"


class Settling:
    """Tells what has stayed as it is for a while from what is still changing."""

    def __init__(self, seconds: float, clock: Callable[[], float]) -> None:
        """Take for settled what has not changed for `seconds`.

        Args:
            seconds: how long.
            clock: says the time, and only goes forward.
        """
        self._seconds = seconds
        self._clock = clock
        self._seen: dict[str, tuple[str, float]] = {}

    def settled(self, name: str, state: str) -> bool:
        """Note the state of something, and return whether it has been so for long enough."""
        now = self._clock()
        before, since = self._seen.get(name, ("", now))
        if before != state:
            since = now
        self._seen[name] = state, since
        return now - since >= self._seconds
