"""What Canvas and Moodle let a lecturer download, as they write it, and what they read."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import lms_downloads as made
from dirt import HandIn
from people import Person

ZONE = ZoneInfo("Europe/Berlin")
DUE = datetime(2026, 11, 2, 23, 59, tzinfo=ZONE)
LATE = DUE + timedelta(hours=30)  # the second day has begun


def roster(people: Iterable[Person]) -> str:
    """Return the class list that the registrar gives."""
    rows = [["id", "first name", "last name", "email", "canvas id", "moodle id"]]
    rows += [[p.id, p.first, p.last, p.email, str(p.canvas), str(p.moodle)] for p in people if p.enrolled]
    return _csv(rows)


def canvas_zip(handed_in: Mapping[Person, HandIn]) -> bytes:
    """Return what *Download Submissions* gives; a file that is handed in again has a number behind its name."""
    people = []
    for person, handin in handed_in.items():
        called = "".join(letter for letter in f"{person.last}{person.first}".lower() if letter.isalnum())
        files = {}
        for number, attempt in enumerate([*handin.earlier, handin.files]):
            for name, content in attempt.items():
                stem, dot, ending = name.rpartition(".")
                files[f"{stem}-{number}{dot}{ending}" if number else name] = content
        name = made.decomposed(called) if handin.mangled else called
        people.append((name, handin.late, person.canvas, files))
    return made.canvas(people)


def canvas_export(people: Iterable[Person], column: str, most: float) -> str:
    """Return *Grades → Export*."""
    rows = [["Student", "ID", "SIS User ID", "SIS Login ID", "Section", column, "Final Score"]]
    rows += [["    Points Possible", "", "", "", "", f"{most:g}", "(read only)"]]
    rows += [[f"{p.last}, {p.first}", str(p.canvas), p.id, p.email, "Lecture", "", ""] for p in people if p.enrolled]
    return _csv(rows)


def moodle_zip(handed_in: Mapping[Person, HandIn]) -> bytes:
    """Return what *Download all submissions* gives: the last attempt of everybody, in folders."""
    people = [
        (made.decomposed(person.name) if handin.mangled else person.name, person.moodle, handin.files)
        for person, handin in handed_in.items()
    ]
    return made.moodle(people)


def worksheet(people: Iterable[Person], handed_in: Mapping[Person, HandIn], most: float) -> str:
    """Return the grading worksheet, which knows the times."""
    rows = [[
        "Identifier", "Full name", "ID number", "Email address", "Status", "Grade", "Maximum Grade",
        "Grade can be changed", "Last modified (submission)", "Last modified (grade)", "Feedback comments",
    ]]  # fmt: skip
    for person in people:
        if person.enrolled:
            handin = handed_in.get(person)
            when = "-" if handin is None else f"{LATE if handin.late else DUE:%A, %-d %B %Y, %-I:%M %p}"
            status = "Submitted for grading" if handin else "No submission"
            rows.append([
                f"Participant {person.moodle}", person.name, person.id, person.email, status, "", f"{most:.2f}", "Yes",
                when, "-", "",
            ])  # fmt: skip
    return _csv(rows)


def column_of(path: Path, by: str, column: str) -> dict[str, str]:
    """Return a column of a CSV, by another column."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return {row[by]: row[column] for row in csv.DictReader(file)}


def _csv(rows: Iterable[Iterable[str]]) -> str:
    written = io.StringIO()
    csv.writer(written).writerows(rows)
    return written.getvalue()
