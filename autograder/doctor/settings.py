"""The course's settings: what `nbgrader_config.py` says, and whether it can be so."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from traitlets import TraitError

from autograder import course_settings, release
from autograder.doctor import device
from autograder.doctor.finding import BAD, GOOD, NOTE, Finding
from autograder.due_dates import NoMoment, moment
from autograder.execution.settings import Grading
from autograder.lms.refusal import Refused
from autograder.new_course import answers
from autograder.sandbox.levels import NONE, NoSandbox, named

_FILE = course_settings.FILE
_ORIGINAL = "backprop-course/backprop-course"


def findings(course: Path, config: Any) -> Iterator[Finding]:  # noqa: ANN401 - traitlets is not typed
    """Look at the settings of a course.

    Args:
        course: the folder of the course.
        config: what its `nbgrader_config.py` says.
    """
    yield from _links(course, config)
    yield grading(config)
    with contextlib.suppress(TraitError):  # which `grading` has said
        yield from device.findings(course, Grading(config=config))
    yield problem_sets(course)
    yield from due_dates(dict(config.DueDates.get("dates", {})), release.assignments(course), datetime.now(UTC))


def _links(course: Path, config: Any) -> Iterator[Finding]:  # noqa: ANN401
    about = config.FillLinks
    if "Autograde" not in config or "repository" not in about:
        words = 'has no line `configure(c, repository="owner/name")`: submissions would be graded by plain nbgrader'
        yield Finding(_FILE, BAD, f"{words}, unprotected. Add it.")
        return
    try:
        place = answers.repository(str(about.repository))
        answers.ref(str(about.get("ref", "main")))
    except Refused as refused:
        yield Finding("repository", BAD, f"{refused} Change it in {_FILE}, then run: course release")
    else:
        own = "" if place != _ORIGINAL else ". That is the original: if this is a course of your own, change it"
        yield Finding("repository", GOOD, f"{place}, branch or tag {about.get('ref', 'main')}{own}")
    header = course / str(config.IncludeHeaderFooter.get("header", "") or ".")
    if not header.exists():
        yield Finding("header", BAD, f"{header} is not there: restore it, or set c.IncludeHeaderFooter.header")


def grading(config: Any) -> Finding:  # noqa: ANN401
    """Look at `c.Grading`."""
    what = "c.Grading"
    if unknown := sorted(set(config.Grading) - set(Grading.class_trait_names(config=True))):
        return Finding(what, BAD, f"there is no setting {', '.join(unknown)}. docs/grading.md lists them")
    try:
        made = Grading(config=config)
        chosen = named(made.isolation)
    except (TraitError, NoSandbox) as problem:
        return Finding(what, BAD, f"{problem} Change it in {_FILE}")
    if chosen == [NONE]:
        return Finding(what, NOTE, 'isolation is "unsafe": student code would run with your rights. Remove that line')
    if absent := [place for place in made.shown if not Path(place).exists()]:
        return Finding(what, BAD, f"shown names {', '.join(absent)}, which is not there")
    said = sorted(set(config.Grading))
    return Finding(what, GOOD, f"you have set {', '.join(said)}" if said else "everything as usual")


def problem_sets(course: Path) -> Finding:
    """Look at source/ and release/."""
    there = release.assignments(course)
    empty = [name for name in there if not list((course / "source" / name).glob("*.ipynb"))]
    unreleased = [name for name in there if not (course / "release" / name).is_dir()]
    if not there or empty:
        return Finding("source/", BAD, f"holds no notebooks {'in ' + ', '.join(empty) if empty else 'at all'}")
    if orphans := release.orphans(course):
        return Finding(
            "release/", NOTE, f"holds {', '.join(orphans)}, which source/ does not have: remove or restore it"
        )
    if unreleased:
        return Finding("release/", NOTE, f"has no {', '.join(unreleased)} yet: course release")
    return Finding("problem sets", GOOD, ", ".join(there))


def due_dates(dates: dict[str, Any], there: list[str], now: datetime) -> Iterator[Finding]:
    """Look at when problem sets are due.

    Args:
        dates: what is said, by problem set.
        there: the problem sets of the course.
        now: the time.
    """
    what = "due dates"
    moments = {}
    for name, words in dates.items():
        if name not in there:
            yield Finding(what, BAD, f"there is no problem set {name}. There is {', '.join(there)}")
            continue
        try:
            moments[name] = moment(str(words))
        except NoMoment as problem:
            yield Finding(what, BAD, f"{name}: {problem} Change it in {_FILE}")
    for name, when in moments.items():
        yield Finding(f"due: {name}", GOOD, f"{dates[name]}{_when(when, now)}")
    in_order = [name for name in there if name in moments]
    for before, after in pairwise(in_order):
        if moments[after] < moments[before]:
            yield Finding(what, NOTE, f"{after} is due before {before}. If that is not meant, change it in {_FILE}")
    if without := [name for name in there if name not in dates]:
        words = "nobody will be late, unless the gradebook has a date. Add it to c.DueDates.dates"
        yield Finding(what, NOTE, f"none for {', '.join(without)}: {words}")


def _when(when: datetime, now: datetime) -> str:
    days = (when - now).days
    return f", in {days} days" if days > 0 else ", within a day" if when > now else ", which has passed"
