"""What a lecturer answers about a new course, read strictly: what is wrong is said before anything is written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise

from autograder.due_dates import NoMoment, moment
from autograder.lms.refusal import Refused

_COURSE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*", re.ASCII)
_REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9_.-]+", re.ASCII)
_REF = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./-]*", re.ASCII)
_GITHUB = re.compile(r"^(?:https?://(?:www\.)?github\.com/|git@github\.com:)|(?:\.git)?/?$")
_SEPARATOR = re.compile(r"[\s,]+")


@dataclass(frozen=True)
class Answers:
    """What the new course is to be.

    Attributes:
        course_id: nbgrader's name for it.
        repository: where students will find the notebooks on GitHub, as `owner/name`.
        ref: the branch or tag there.
        course_lib: what the notebooks install in Colab, as pip takes it.
        sets: the problem sets to keep, in order.
        due: when each is due, in words that `autograder.due_dates` reads; not all need to be there.
    """

    course_id: str
    repository: str
    ref: str
    course_lib: str
    sets: tuple[str, ...]
    due: Mapping[str, str] = field(default_factory=dict)

    def moments(self) -> dict[str, datetime]:
        """Return when each problem set is due."""
        return {name: moment(words) for name, words in self.due.items()}

    def doubts(self, now: datetime) -> list[str]:
        """Return what may be a slip of the pen, in words.

        Args:
            now: the time, with a time zone.
        """
        due = self.moments()
        past = [f"{name} was due already, at {self.due[name]}." for name, when in due.items() if when < now]
        swapped = [f"{after} is due before {before}." for before, after in pairwise(due) if due[after] < due[before]]
        return past + swapped


def course_id(words: str) -> str:
    """Return a course id.

    Raises:
        Refused: if it holds what nbgrader's folders cannot.
    """
    return _fitting(_COURSE_ID, words.strip(), "course id", "backprop-2026")


def repository(words: str) -> str:
    """Return a repository as `owner/name`; its address on GitHub is taken, too.

    Raises:
        Refused: if it is neither.
    """
    return _fitting(_REPOSITORY, _GITHUB.sub("", words.strip()), "repository on GitHub", "ada/backprop-2026")


def ref(words: str) -> str:
    """Return the name of a branch or tag.

    Raises:
        Refused: if it cannot be one.
    """
    found = _fitting(_REF, words.strip(), "branch or tag", "main")
    if ".." in found or "//" in found or found.endswith(("/", ".", ".lock")):
        raise Refused(f"{found!r} is no name for a branch or tag. One is 'main'.")
    return found


def problem_sets(words: Iterable[str], there: Sequence[str]) -> tuple[str, ...]:
    """Return the problem sets that are named, in the order in which the course has them; all if none is named.

    Args:
        words: names, several of which may stand together, with commas or blanks between them.
        there: those that the course has.

    Raises:
        Refused: if the course does not have one.
    """
    named = [name for word in words for name in _SEPARATOR.split(word) if name]
    if unknown := [name for name in named if name not in there]:
        raise Refused(f"This course has no {', '.join(unknown)}. It has {', '.join(there)}.")
    return tuple(name for name in there if name in (named or there))


def due_dates(words: Iterable[str], sets: Sequence[str], zone: str = "") -> dict[str, str]:
    """Return when problem sets are due, by name, in their order.

    Args:
        words: each such as `ps1=2026-11-30 23:59 Europe/Berlin`.
        sets: the problem sets of the new course.
        zone: the time zone of those that name none.

    Raises:
        Refused: if one cannot be read, or is for a problem set that the new course does not have.
    """
    found: dict[str, str] = {}
    for word in words:
        name, equals, when = (part.strip() for part in word.partition("="))
        if not equals:
            raise Refused(f"{word!r} says no due date. Write it as in 'ps1=2026-11-30 23:59 Europe/Berlin'.")
        if name not in sets:
            raise Refused(f"{name!r} is not among the problem sets that you keep: {', '.join(sets)}.")
        if name in found:
            raise Refused(f"There are two due dates for {name}. Leave one.")
        found[name] = due_date(when, zone)
    return {name: found[name] for name in sets if name in found}


def due_date(words: str, zone: str = "") -> str:
    """Return a due date in one way of writing it.

    Raises:
        Refused: if it cannot be read.
    """
    try:
        when = moment(words, zone)
    except NoMoment as problem:
        raise Refused(str(problem)) from None
    return f"{when:%Y-%m-%d %H:%M} {when.tzinfo}"


def time_zone(words: str) -> str:
    """Return the name of a time zone, such as `Europe/Berlin`.

    Raises:
        Refused: if there is none of that name.
    """
    due_date("2000-01-01 UTC" if not words.strip() else f"2000-01-01 {words.strip()}")
    return words.strip()


def _fitting(pattern: re.Pattern[str], words: str, what: str, example: str) -> str:
    if not pattern.fullmatch(words):
        raise Refused(f"{words!r} is no {what}. One is {example!r}.")
    return words
