"""The gradebook: whether it is whole, of nbgrader's version, free to be written to, and in step with the course."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import nbgrader
import psutil
from alembic.script import ScriptDirectory
from filelock import FileLock, Timeout

from autograder import course_settings, release
from autograder.doctor.finding import BAD, GOOD, NOTE, Finding
from autograder.due_dates import NoMoment, moment
from autograder.execution.run import STATE

_WHAT = "gradebook"
_NETWORK = ("nfs", "cifs", "smb", "sshfs", "afs", "9p", "gpfs", "lustre", "beegfs")


def findings(course: Path, config: Any) -> Iterator[Finding]:  # noqa: ANN401 - traitlets is not typed
    """Look at the gradebook of a course.

    Args:
        course: the folder of the course.
        config: its configuration.
    """
    url = course_settings.folders(course, config).db_url
    place = url.partition("sqlite:///")[2]
    if not place:
        yield Finding(
            _WHAT, NOTE, f"{url.partition(':')[0]} is not looked at here; `nbgrader db upgrade` keeps it in step"
        )
        return
    path = Path(place)
    if not path.exists():
        first = release.assignments(course)[:1] or ["ps1"]
        yield Finding(_WHAT, NOTE, f"not there yet; this makes it: nbgrader generate_assignment {first[0]}")
        return
    yield from _network(path)
    try:
        with closing(sqlite3.connect(path, timeout=0)) as book:
            health = list(_health(book, path, course))
            yield from health
            if all(finding.state != BAD for finding in health):
                yield from _in_step(book, course, dict(config.DueDates.get("dates", {})))
    except sqlite3.OperationalError as problem:
        if "locked" in str(problem) or "busy" in str(problem):
            yield _locked(path, course)
        else:
            yield Finding(_WHAT, BAD, f"{path} cannot be opened: {problem}. Look at who owns it, and at its rights")
    except sqlite3.DatabaseError as problem:
        yield Finding(_WHAT, BAD, f"{path} is damaged, or no gradebook: {problem}. Put back your last copy of it")


def _health(book: sqlite3.Connection, path: Path, course: Path) -> Iterator[Finding]:
    """Look at whether it is whole, of the right version, and can be written to."""
    (said,) = book.execute("PRAGMA quick_check(1)").fetchone()
    if said != "ok":
        yield Finding(_WHAT, BAD, f"{path} is damaged: {said}. Put back your last copy of it")
        return
    tables = {name for (name,) in book.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if "assignment" not in tables and "base_cell" not in tables:
        yield Finding(_WHAT, BAD, f"{path} is no gradebook of nbgrader's. Move it away; generating makes a new one")
        return
    wanted = _newest_version()
    has = (
        [row[0] for row in book.execute("SELECT version_num FROM alembic_version")]
        if "alembic_version" in tables
        else []
    )
    if has != [wanted]:
        words = f"is of another version ({', '.join(has) or 'none is noted'}) than nbgrader {nbgrader.__version__} has"
        yield Finding(_WHAT, BAD, f"{words} ({wanted}). Copy it to a safe place, then: nbgrader db upgrade")
        return
    try:
        book.execute("BEGIN IMMEDIATE")
        book.rollback()
    except sqlite3.OperationalError as problem:
        if "locked" in str(problem):
            yield _locked(path, course)
        else:
            yield Finding(_WHAT, BAD, f"{path} cannot be written to: {problem}. Look at who owns it, and at its rights")
        return
    (students,) = book.execute("SELECT count(DISTINCT student_id) FROM submitted_assignment").fetchone()
    size = path.stat().st_size / 2**20
    yield Finding(_WHAT, GOOD, f"whole, version {wanted}, {size:.1f} MiB; {students} students have handed in")


def _in_step(book: sqlite3.Connection, course: Path, dates: dict[str, Any]) -> Iterator[Finding]:
    """Compare it with source/ and with the due dates of the configuration."""
    rows = book.execute(
        "SELECT a.name, a.duedate, n.name FROM assignment a LEFT JOIN notebook n ON n.assignment_id = a.id"
    ).fetchall()
    known = {name: {row[2] for row in rows if row[0] == name and row[2]} for name, _, _ in rows}
    due = {name: when for name, when, _ in rows}
    for name in release.assignments(course):
        again = f"nbgrader generate_assignment {name}"
        notebooks = {path.stem for path in (course / "source" / name).glob("*.ipynb")}
        if name not in known:
            yield Finding(_WHAT, NOTE, f"does not know {name} yet; before you grade it: {again}")
        elif known[name] != notebooks:
            other = ", ".join(sorted(known[name] ^ notebooks))
            yield Finding(_WHAT, BAD, f"has other notebooks of {name} than source/ ({other}): {again}")
        elif name in dates and (differs := _differs(dates[name], due[name])):
            yield Finding(_WHAT, NOTE, f"{name}: {differs}. To have it as {course_settings.FILE} says: {again}")


def _differs(words: Any, noted: str | None) -> str:  # noqa: ANN401 - whatever a lecturer has written
    """Return that two due dates are not the same, in words; empty if they are, or if one cannot be read."""
    try:
        wanted = moment(str(words)).astimezone(UTC)
    except NoMoment:
        return ""
    if noted is None:
        return "it has no due date, and would take nobody for late"
    there = datetime.fromisoformat(noted).replace(tzinfo=UTC)
    return (
        ""
        if there == wanted
        else f"it has {there:%Y-%m-%d %H:%M} UTC for its due date, not {wanted:%Y-%m-%d %H:%M} UTC"
    )


def _newest_version() -> str:
    return str(ScriptDirectory(str(Path(nbgrader.__file__).parent / "alembic")).get_current_head())


def _locked(path: Path, course: Path) -> Finding:
    if busy := _graded_now(course):
        return Finding(
            _WHAT, NOTE, f"being written to, as {', '.join(busy)} is being graded just now. Nothing is wrong"
        )
    return Finding(
        _WHAT, NOTE,
        f"{path} is locked by another program. If it stays so, end that; this names it: fuser -v {path}",
    )  # fmt: skip


def _graded_now(course: Path) -> list[str]:
    """Return the assignments that a run is grading."""
    found = []
    for path in sorted((course / STATE).glob("*.lock")):
        try:
            with FileLock(path, timeout=0):
                pass
        except Timeout:
            found.append(path.stem)
    return found


def _network(path: Path) -> Iterator[Finding]:
    parts = [part for part in psutil.disk_partitions(all=True) if path.is_relative_to(part.mountpoint)]
    kind = max(parts, key=lambda part: len(part.mountpoint)).fstype if parts else ""
    if any(name in kind.lower() for name in _NETWORK):
        words = "where SQLite's locks may not hold. Keep the course on a disk of this machine while you grade"
        yield Finding(_WHAT, NOTE, f"lies in a file system of the network ({kind}), {words}")
