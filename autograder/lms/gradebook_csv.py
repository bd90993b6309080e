"""Points into the gradebooks of LMSs: their own exports with one column filled in, or a plain table."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field, replace

from autograder.lms.handin import Who
from autograder.lms.names import as_student_id, orders, squeezed
from autograder.lms.points import Points, Result
from autograder.lms.refusal import Refused
from autograder.lms.roster import NotFound, Roster, Student
from autograder.lms.table import Table

# What a spreadsheet takes for the beginning of a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_IDS = ("sisuserid", "sisloginid", "integrationid", "idnumber", "idnummer", "username", "anmeldename")
_CANVAS_NAME = re.compile(r"(?P<title>.*) \(\d+\)", re.DOTALL)


@dataclass
class Filled:
    """An export with points in it.

    Attributes:
        table: to be imported.
        column: the header of the column that was filled.
        students: whose points stand there now.
        left: rows that were left as they were, and why.
        absent: students of the gradebook that the export does not have.
        remarks: what else there is to say, in words.
    """

    table: Table
    column: str
    students: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def canvas(export: Table, points: Points, roster: Roster | None, column: str = "") -> Filled:
    """Fill the gradebook that Canvas exports.

    The rows for how grades are posted and for `Points Possible` stay as they are, and so do excused students.

    Args:
        export: the export.
        points: of the assignment.
        roster: what maps Canvas's people to ids; without one, an id must be one of theirs.
        column: the header of the assignment's column, or words in it; found by the assignment's name if empty.

    Raises:
        Refused: if this is no export of Canvas, or the column cannot be told.
    """
    header = export.rows[0] if export.rows else []
    places = _places(header)
    if "id" not in places or not places.keys() & {"student", "lastname"}:
        raise Refused(f"This is not Canvas's gradebook, which has the columns Student and ID. It has {_named(header)}.")
    choices = {name: match["title"] for name in header if (match := _CANVAS_NAME.fullmatch(name))}
    chosen = _column(choices, column or points.assignment, header)
    place = header.index(chosen)
    possible = next((row for row in export.rows[1:] if _cell(row, 0).strip() == "Points Possible"), [])
    filled = Filled(export, chosen, remarks=_about_most(_cell(possible, place), points, "Canvas"))
    comma = export.delimiter == ";" and "," in _cell(possible, place)

    def person(row: list[str]) -> Who | None:
        number = _at(row, places, "id")
        name = _at(row, places, "student") or f"{_at(row, places, 'firstname')} {_at(row, places, 'lastname')}"
        return Who(name=name, canvas_id=number) if number else None

    def closed(row: list[str]) -> str:
        said = _cell(row, place).strip()
        return {"EX": "is excused", "N/A": "does not have this assignment"}.get(said.upper(), "")

    return _fill(filled, points, _Columns(place, places, person, closed, comma=comma), roster)


def moodle(export: Table, points: Points, roster: Roster | None, column: str = "") -> Filled:
    """Fill Moodle's grading worksheet of the assignment, or the gradebook that Moodle exports.

    Args:
        export: the export.
        points: of the assignment.
        roster: what maps Moodle's people to ids; without one, an id must be one of theirs.
        column: the header of the column, or words in it; needed where Moodle does not speak English.

    Raises:
        Refused: if this is no export of Moodle, or the column cannot be told.
    """
    header = export.rows[0] if export.rows else []
    places = _places(header)
    worksheet = "identifier" in places
    if not worksheet and not places.keys() & {"emailaddress", "idnumber", "emailadresse", "idnummer", "username"}:
        raise Refused(f"This is not from Moodle, which has Identifier or Email address. It has {_named(header)}.")
    if worksheet and not column:
        choices, wanted = {name: "Grade" for name in header if squeezed(name) in ("grade", "bewertung")}, "Grade"
    else:
        choices = {name: re.sub(r"^[^:]*:\s*|\s*\([^()]*\)$", "", name) for name in header}
        wanted = column or points.assignment
    chosen = _column(choices, wanted, header)
    place = header.index(chosen)
    most = places.get("maximumgrade", places.get("bestwertung", -1))
    limits = {_cell(row, most) for row in export.rows[1:]} if most >= 0 else set()
    filled = Filled(export, chosen)
    for limit in sorted(limits - {""}):
        filled.remarks.extend(_about_most(limit, points, "Moodle"))
    comma = any("," in limit for limit in limits) or any(
        re.fullmatch(r"\d+,\d+", _cell(row, place)) for row in export.rows[1:]
    )

    def person(row: list[str]) -> Who | None:
        name = _at(row, places, "fullname", "vollständigername") or " ".join(
            [_at(row, places, "firstname", "vorname"), _at(row, places, "lastname", "surname", "nachname")]
        )
        number = _at(row, places, "identifier").split()
        email = _at(row, places, "emailaddress", "emailadresse")
        return Who(name=name.strip(), moodle_id=number[-1] if number else "", email=email)

    def closed(row: list[str]) -> str:
        return "has a grade that cannot be changed" if _at(row, places, "gradecanbechanged") == "No" else ""

    return _fill(filled, points, _Columns(place, places, person, closed, comma=comma), roster)


@dataclass(frozen=True)
class _Columns:
    grade: int
    places: dict[str, int]
    person: Callable[[list[str]], Who | None]
    closed: Callable[[list[str]], str]
    comma: bool


def _fill(filled: Filled, points: Points, columns: _Columns, roster: Roster | None) -> Filled:
    """Write each student's points into the row that is certainly theirs."""
    known = _Gradebook(points, roster)
    rows = [list(row) for row in filled.table.rows]
    owners: dict[str, list[int]] = {}
    for number, row in enumerate(rows[1:], 1):
        who = columns.person(row)
        if who is None:
            continue
        ids = [_at(row, columns.places, name) for name in _IDS]
        try:
            owners.setdefault(known.id_of(who, [who.canvas_id, who.email, as_student_id(who.name), *ids]), []).append(
                number
            )
        except NotFound as nobody:
            filled.left.append(str(nobody))
    for student, numbers in owners.items():
        if len(numbers) > 1:
            filled.left.append(f"{student} would stand in {len(numbers)} rows; none of them was filled")
            continue
        row = rows[numbers[0]]
        if why := columns.closed(row):
            filled.left.append(f"{student} {why}")
            continue
        row.extend([""] * (columns.grade + 1 - len(row)))
        row[columns.grade] = number_of(points.results[student].points, comma=columns.comma)
        filled.students.append(student)
    filled.absent = sorted(points.results.keys() - owners.keys())
    filled.table = replace(filled.table, rows=rows)
    return filled


class _Gradebook:
    """Finds out which student of the gradebook a row is about."""

    def __init__(self, points: Points, roster: Roster | None) -> None:
        self._results = points.results
        self._folded = {student.casefold(): student for student in points.results}
        self._roster = roster or Roster(_student(result) for result in points.results.values())

    def id_of(self, who: Who, ids: Collection[str]) -> str:
        """Return the id, by the roster, or because one of the ids in the row is one.

        Raises:
            NotFound: if there is none, or more than one.
        """
        direct = {self._folded[said.casefold()] for said in ids if said.casefold() in self._folded}
        try:
            direct.add(self._roster.find(who).id)
        except NotFound as nobody:
            if not direct:
                raise NotFound(f"{nobody.args[0]}".replace("is not on the roster", "has no points here")) from None
        if len(direct) > 1:
            raise NotFound(f"{who.words} could be each of {', '.join(sorted(direct))}")
        found = direct.pop()
        if found not in self._results:
            raise NotFound(f"{who.words}, {found}, has no points: nothing was graded")
        return found


def _student(result: Result) -> Student:
    name = f"{result.first} {result.last}".strip()
    return Student(result.id, name, frozenset(orders(name)), result.email)


def plain(points: Points, roster: Roster | None) -> Table:
    """Return a table with all there is, for a spreadsheet: totals, lateness, and each question.

    Who is on the roster and has no points stands there too, with empty cells.
    """
    header = ["student_id", "last_name", "first_name", "email", "handed_in_utc", "late_seconds", "raw_points",
              "late_penalty", "points", "most_points", "to_be_graded", *points.questions]  # fmt: skip
    rows = [
        [
            *map(harmless, (one.id, one.last, one.first, one.email)),
            f"{one.time:%Y-%m-%d %H:%M:%S}" if one.time else "",
            *map(number_of, (one.late_by, one.raw, one.penalty, one.points, points.most)),
            "yes" if one.ungraded else "",
            *(number_of(one.questions.get(name)) for name in points.questions),
        ]
        for one in points.results.values()
    ]
    for student in roster.students if roster else ():
        if student.id not in points.results:
            known = [harmless(student.id), harmless(student.name), "", harmless(student.email)]
            rows.append(known + [""] * (len(header) - len(known)))
    return Table([[*map(harmless, header)], *rows], encoding="utf-8-sig")


def harmless(text: str) -> str:
    """Return text as a cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) or text.startswith(_FORMULA) else text


def number_of(value: float | None, *, comma: bool = False) -> str:
    """Return a number as systems read it: two digits at most, and never in scientific notation."""
    if value is None:
        return ""
    written = f"{value:.2f}".rstrip("0").rstrip(".")
    return written.replace(".", ",") if comma else written


def _column(choices: dict[str, str], wanted: str, header: Iterable[str]) -> str:
    """Return the one column that is meant: called so, or else holds those words."""
    said = wanted.strip().casefold()
    tests: tuple[Callable[[str, str], bool], ...] = (
        lambda name, title: said in (name.casefold(), title.strip().casefold()),
        lambda _, title: bool(re.search(rf"(?<!\w){re.escape(said)}(?!\w)", title.casefold())),
    )
    for test in tests:
        hits = [name for name, title in choices.items() if test(name, title)]
        if len(hits) == 1:
            return hits[0]
        if hits:
            raise Refused(f"More than one column could be meant: {_named(hits)}. Name one with --column.")
    raise Refused(f"No column is called {wanted}. Name one with --column, of {_named(header)}.")


def _about_most(said: str, points: Points, system: str) -> list[str]:
    try:
        most = float(said.replace(",", "."))
    except ValueError:
        return []
    if abs(most - points.most) < 0.005:  # noqa: PLR2004 - two digits are written
        return []
    there, here = number_of(most), number_of(points.most)
    return [f"In {system} the assignment has {there} points, in the gradebook {here}. Points are not scaled."]


def _places(header: list[str]) -> dict[str, int]:
    return {squeezed(name): place for place, name in reversed(list(enumerate(header)))}


def _at(row: list[str], places: dict[str, int], *names: str) -> str:
    return next((said for name in names if (said := _cell(row, places.get(name, -1)).strip())), "")


def _cell(row: list[str], place: int) -> str:
    return row[place] if 0 <= place < len(row) else ""


def _named(names: Iterable[str]) -> str:
    return ", ".join(f"“{name}”" for name in names)
