"""A folder or zip of no system: `STUDENT/…`, `STUDENT/ps1/…`, `STUDENT_notebook.ipynb` or `STUDENT.zip`."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import UTC, datetime

from nbgrader.utils import parse_utc

from autograder.lms.archives import is_archive
from autograder.lms.handin import HandIn, Leftover, Member, Reading, Who
from autograder.lms.roster import Nobody, NotFound, Roster

_COPY = re.compile(r"^((another )?copy of|kopie von|kopie van|copie de|copia de|copia di|cópia de)[ _]+", re.IGNORECASE)


def read(
    members: Collection[Member], assignment: str, notebooks: Collection[str], roster: Roster, source: str
) -> Reading:
    """Put together what each person handed in.

    Args:
        members: the files.
        assignment: such as `ps1`; where a folder is called so, the one around it is the student's.
        notebooks: the names of the assignment's notebooks.
        roster: who there is.
        source: the name of the folder or zip, which is the student's if it holds bare notebooks.
    """
    people: dict[str, HandIn] = {}
    leftovers = []
    depth = _shared(members, notebooks)
    for member in members:
        parts = member.parts
        stamped = False
        if assignment in parts[1:-1]:
            place = parts.index(assignment, 1)
            token, inside = parts[place - 1], "/".join(parts[place + 1 :])
            stamped = inside == "timestamp.txt"
        elif len(parts) - depth > 1:
            token, inside = parts[depth], "/".join(parts[depth + 1 :])
        else:
            token, inside = _split(parts[-1], notebooks, roster, source)
        if not token:
            why = "its name does not say whose it is"
            leftovers.append(Leftover(member.name, why, {member.name: member.path}))
            continue
        handin = people.setdefault(token, HandIn(Who(token, token), {}))
        if not stamped:
            handin.files[inside] = member.path
        elif time := _time(member):
            people[token] = replace(handin, time=time)
    return Reading("a folder", [handin for handin in people.values() if handin.files], leftovers)


def _shared(members: Collection[Member], notebooks: Collection[str]) -> int:
    """Return how many folders lie around all files without being a student's."""
    depth = 0
    while members and len({member.parts[: depth + 1] for member in members}) == 1:
        here = [member.parts[depth + 1 :] for member in members]
        if any(len(rest) == 0 or (len(rest) == 1 and _bare(rest[0], notebooks)) for rest in here):
            break
        depth += 1
    return depth


def _split(name: str, notebooks: Collection[str], roster: Roster, source: str) -> tuple[str, str]:
    """Return whose a file is, by its name, and what it is called without that; nobody's if that cannot be told."""
    name_of_copy = _COPY.sub("", name)
    if match := _notebook_in(name_of_copy, notebooks):
        token = name_of_copy[: match.start()].strip("_- .")
        return (token, name_of_copy[match.start() :]) if token else (_known(source, roster), name)
    stem = name_of_copy.split(".", 1)[0]
    if is_archive(name):
        return stem, name
    return next(filter(None, (_known(start, roster) for start in _starts(stem))), ""), name


def _starts(stem: str) -> Iterator[str]:
    """Yield the beginnings of a name that end where a word ends, from the longest."""
    ends = [match.start() for match in re.finditer(r"[_ -]+|$", stem)]
    yield from (stem[:end] for end in reversed(ends))


def _known(token: str, roster: Roster) -> str:
    if isinstance(roster, Nobody):
        return ""
    try:
        roster.find(Who(token, token))
    except NotFound:
        return ""
    return token


def _bare(name: str, notebooks: Collection[str]) -> bool:
    without = _COPY.sub("", name)
    match = _notebook_in(without, notebooks)
    return bool(match and not match.start())


def _notebook_in(name: str, notebooks: Collection[str]) -> re.Match[str] | None:
    """Find a notebook's name in a file's, however its words are joined."""
    for notebook in sorted(notebooks, key=len, reverse=True):
        words = r"[\s_-]+".join(map(re.escape, re.split(r"[\s_-]+", notebook)))
        if match := re.search(rf"(?<![^\W_]){words}(?![^\W_])", name, re.IGNORECASE):
            return match
    return None


def _time(member: Member) -> datetime | None:
    try:
        said = parse_utc(member.path.read_text(encoding="utf-8").strip() or None)
    except (ValueError, OverflowError, OSError):
        return None
    return said.replace(tzinfo=UTC) if said else None
