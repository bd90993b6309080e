"""The class: a CSV of the lecturer's own, or one that Canvas or Moodle exports, and who in it is meant."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dateutil import parser  # type: ignore[import-untyped]

from autograder.lms import table
from autograder.lms.handin import Who
from autograder.lms.names import as_student_id, is_student_id, orders, squeezed, without_accents
from autograder.lms.refusal import Refused

# Column names, squeezed, in the order of preference. An LMS's own export is recognised by one of its columns.
_ID = ("studentid", "id", "username", "userid", "user", "sisloginid", "loginid", "sisuserid", "matrikelnummer",
       "anmeldename", "netid", "idnumber", "idnummer", "studentnumber")  # fmt: skip
_COLUMNS = {
    "name": ("name", "fullname", "student", "studentname", "vollständigername"),
    "first": ("firstname", "first", "givenname", "vorname"),
    "last": ("lastname", "last", "surname", "familyname", "nachname"),
    "email": ("email", "emailaddress", "mail", "emailadresse", "studentemail"),
    "canvas": ("canvasid", "canvasuserid"),
    "moodle": ("moodleid", "identifier"),
    "time": ("lastmodifiedsubmission", "zuletztgeändertabgabe"),
}
_ALSO_IDS = ("sisuserid", "sisloginid", "integrationid", "idnumber", "idnummer", "sid", "netid", "username", "loginid")


@dataclass(frozen=True)
class Student:
    """A person of the class.

    Attributes:
        id: as nbgrader calls the folder.
        name: as it is to be shown.
        names: the name in all orders, squeezed.
        others: further ids, such as the one of the registrar's office, in lower case.
        handed_in: when, if the roster is Moodle's grading worksheet, as it says it.
    """

    id: str
    name: str = ""
    names: frozenset[str] = frozenset()
    email: str = ""
    canvas_id: str = ""
    moodle_id: str = ""
    others: frozenset[str] = frozenset()
    handed_in: str = ""


class NotFound(Exception):  # noqa: N818 - the name is the message
    """Nobody, or more than one, fits; the message says so in plain words."""


class Roster:
    """Finds out who is meant, and never guesses between two."""

    def __init__(self, students: Iterable[Student]) -> None:
        """Take the students of a class."""
        self.students = list(students)
        self._by: dict[tuple[str, str], list[Student]] = {}
        for student in self.students:
            for key in _keys_of(student):
                self._by.setdefault(key, []).append(student)

    def find(self, who: Who) -> Student:
        """Return the one student who is meant.

        An id outweighs a name. Who has another id than the one that is said is not meant, whatever the name.

        Raises:
            NotFound: if there is none or more than one.
        """
        ids = [("canvas", who.canvas_id), ("moodle", who.moodle_id)]
        ids += [("id", said.casefold()) for said in (who.student_id, who.email)]
        names = sorted(orders(who.name))
        plain = sorted(set(map(without_accents, names)))
        for keys in (ids, [("name", name) for name in names], [("plain", name) for name in plain]):
            fits = [student for key in keys if key[1] for student in self._by.get(key, ())]
            found = {student.id: student for student in fits if keys is ids or not _contradicts(student, who)}
            if len(found) == 1:
                return next(iter(found.values()))
            if found:
                raise NotFound(f"{who.words} could be each of {', '.join(sorted(found))}")
        raise NotFound(f"{who.words} is not on the roster")


def _keys_of(student: Student) -> set[tuple[str, str]]:
    """Return what a student is found by. Canvas writes names without blanks, others lose accents."""
    return {
        ("canvas", student.canvas_id),
        ("moodle", student.moodle_id),
        *(("id", said.casefold()) for said in (student.id, student.email, *student.others)),
        *(("name", name) for name in student.names),
        *(("plain", without_accents(name)) for name in student.names),
    }


def _contradicts(student: Student, who: Who) -> bool:
    pairs = ((student.canvas_id, who.canvas_id), (student.moodle_id, who.moodle_id))
    return any(mine and theirs and mine != theirs for mine, theirs in pairs)


class Nobody(Roster):
    """Without a roster, students are called as the system calls them."""

    def __init__(self) -> None:
        """Know nobody yet."""
        super().__init__([])
        self._numbers: dict[str, set[str]] = {}

    def meet(self, people: Collection[Who]) -> None:
        """Learn which names belong to several people of one download, so that these are not taken for one."""
        for who in people:
            self._numbers.setdefault(as_student_id(who.name), set()).add(who.moodle_id or who.name)

    def find(self, who: Who) -> Student:
        """Return a student who is called by the id that the system gives, or else by name."""
        given = who.student_id or who.canvas_id or who.email
        if not is_student_id(given):
            given = ""
        made = given or as_student_id(who.name)
        if not given and len(self._numbers.get(made, ())) > 1:
            raise NotFound(f"{who.words} has the same name as somebody else; a roster with ids tells them apart")
        if not is_student_id(made):
            raise NotFound(f"{who.words} cannot name a folder; a roster can give a name that does")
        return Student(made, who.name or who.email or made)


def read(path: Path) -> Roster:
    """Read a class list.

    Args:
        path: a CSV with a header; columns are found by their common names.

    Raises:
        Refused: if no column tells ids, or an id stands there twice or cannot be one.
    """
    header, *rows = table.read(path).rows or [[]]
    if not header:
        raise Refused(f"{path} is empty.")
    columns = {squeezed(name): place for place, name in reversed(list(enumerate(header)))}
    canvas = "student" in columns and "id" in columns and ("sisloginid" in columns or "section" in columns)
    id_columns = [name for name in _ID if name in columns and not (canvas and name == "id")]
    if canvas:
        id_columns = [name for name in ("sisloginid", "sisuserid", "id") if name in columns]
    if "identifier" in columns:
        id_columns += [name for name in _COLUMNS["email"] if name in columns]
    if not id_columns:
        raise Refused(f"{path} has no column for ids, such as `id` or `student_id`. It has {', '.join(header)}.")
    students: dict[str, Student] = {}
    for number, row in enumerate(rows, 2):
        student = _student(row, columns, id_columns, canvas=canvas)
        if student is None:
            continue
        if not student.id:
            raise Refused(f"{path}, row {number} has no id: {', '.join(filter(None, row))}")
        if not is_student_id(student.id):
            raise Refused(f"{path}, row {number}: `{student.id}` cannot name a folder. Give ids of letters and digits.")
        if student.id.casefold() in students:
            raise Refused(f"{path}, row {number}: the id {student.id} stands there twice.")
        students[student.id.casefold()] = student
    return Roster(students.values())


def _student(row: list[str], columns: dict[str, int], id_columns: list[str], *, canvas: bool) -> Student | None:
    def cell(names: Iterable[str]) -> str:
        said = (row[columns[name]].strip() for name in names if name in columns and columns[name] < len(row))
        return next(filter(None, said), "")

    chosen = cell(id_columns)
    canvas_id = cell(["id"] if canvas else _COLUMNS["canvas"])
    if canvas and not canvas_id:
        return None  # Canvas has rows for points and for how grades are posted
    first, last = cell(_COLUMNS["first"]), cell(_COLUMNS["last"])
    name = cell(_COLUMNS["name"]) or f"{first} {last}".strip()
    names = orders(name) | orders(f"{first} {last}")
    moodle = cell(_COLUMNS["moodle"]).split()
    others = {said.casefold() for column in _ALSO_IDS if (said := cell([column]))}
    return Student(
        chosen, name, frozenset(names), cell(_COLUMNS["email"]), canvas_id, moodle[-1] if moodle else "",
        frozenset(others), cell(_COLUMNS["time"]),
    )  # fmt: skip


def time_of(words: str, zone: tzinfo) -> datetime | None:
    """Return the time that Moodle gives as `Tuesday, 14 January 2025, 11:58 PM`, if it can be read."""
    try:
        said: datetime | None = parser.parse(words) if words.strip("- ") else None
    except (ValueError, OverflowError):
        return None
    return said if said is None or said.tzinfo else said.replace(tzinfo=zone)


def zone_of(name: str) -> tzinfo:
    """Return a time zone by its name.

    Raises:
        Refused: if there is none of that name.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as problem:
        raise Refused(f"There is no time zone {name}. They are called as in Europe/Berlin.") from problem
