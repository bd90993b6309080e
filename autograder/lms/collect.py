"""From what an LMS lets one download to `submitted/STUDENT/ASSIGNMENT/`. Nothing is dropped in silence."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from nbgrader.api import Gradebook, MissingEntry
from sqlalchemy.exc import SQLAlchemyError

from autograder import arrivals, rebuild
from autograder.lms import downloads, place
from autograder.lms import roster as rosters
from autograder.lms.archives import NotUnpacked, Unpacker, is_archive
from autograder.lms.handin import HandIn, Leftover, Member
from autograder.lms.names import as_student_id
from autograder.lms.refusal import Refused
from autograder.lms.roster import Nobody, NotFound, Roster, Student

# Goes through something, and shows how far it is: called with it, and with what is done.
Track = Callable[[Iterable[Any], str], Iterable[Any]]


@dataclass(frozen=True)
class Assignment:
    """What is to be collected.

    Attributes:
        name: such as `ps1`.
        owners: the notebook in which each question is, by `grade_id`.
        notebooks: the names of its notebooks.
        due: when it was due, if the gradebook says.
    """

    name: str
    owners: Mapping[str, str]
    notebooks: list[str]
    due: datetime | None = None

    def owner(self, grade_ids: set[str]) -> str | None:
        """Return the one notebook that questions belong to."""
        found = {self.owners[grade_id] for grade_id in grade_ids if grade_id in self.owners}
        return found.pop() if len(found) == 1 else None


@dataclass(frozen=True)
class Placed:
    """A hand-in that lies where nbgrader looks for it.

    Attributes:
        student: whose it is.
        notebooks: which of the assignment's notebooks are in it.
        time: when it was handed in, if that is known.
        late: whether it was late: by the time, or because the system says so.
        what: "new", "replaced", "unchanged" or "kept", if what was there is newer.
        remarks: what there is to say about it, in words.
    """

    student: Student
    notebooks: list[str]
    time: datetime | None
    late: bool
    what: str
    remarks: tuple[str, ...]


@dataclass
class Collected:
    """What became of everything.

    Attributes:
        sources: what each download was read as, and how many hand-ins were in it.
        placed: by student id.
        unplaced: what could not be placed, and why.
        missing: who on the roster has no hand-in, neither now nor from before.
        before: who has one from before, and none in these downloads.
        kept_in: where all lies that could not be placed, and hand-ins that were replaced.
    """

    kept_in: Path
    sources: list[str] = field(default_factory=list)
    placed: dict[str, Placed] = field(default_factory=dict)
    unplaced: list[Leftover] = field(default_factory=list)
    missing: list[Student] = field(default_factory=list)
    before: list[Student] = field(default_factory=list)


@dataclass(frozen=True)
class _Found:
    student: Student
    handin: HandIn
    order: int


def assignment(course: Path, name: str) -> Assignment:
    """Return what is to be collected for an assignment.

    Raises:
        Refused: if the course has no such assignment, or its gradebook cannot be read.
    """
    folder = next((f for f in (course / "source" / name, course / "release" / name) if f.is_dir()), None)
    if folder is None or not (paths := sorted(folder.glob("*.ipynb"))):
        there = sorted(path.name for path in (course / "source").glob("*") if path.is_dir())
        raise Refused(f"This course has no notebooks for {name}. It has {', '.join(there)}.")
    owners = {}
    for path in paths:
        notebook, _ = rebuild.read(path)
        for cell in notebook.cells if notebook else ():
            if grade_id := cell.metadata.get("nbgrader", {}).get("grade_id"):
                owners[grade_id] = path.stem
    return Assignment(name, owners, [path.stem for path in paths], _due(course, name))


def _due(course: Path, name: str) -> datetime | None:
    if not (course / "gradebook.db").exists():
        return None
    try:
        with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as book:
            due = book.find_assignment(name).duedate
    except MissingEntry:
        return None
    except SQLAlchemyError as problem:
        raise Refused(f"{course / 'gradebook.db'} cannot be read as a gradebook: {problem}") from problem
    return due.replace(tzinfo=UTC) if due else None


def _untracked(things: Iterable[Any], _words: str) -> Iterable[Any]:
    return things


def run(
    course: Path,
    wanted: Assignment,
    sources: Collection[Path],
    roster: Roster | None,
    zone: tzinfo = UTC,
    track: Track = _untracked,
) -> Collected:
    """Collect downloads into `submitted/`.

    Args:
        course: the folder of the course.
        wanted: the assignment.
        sources: folders, archives and notebooks; of two hand-ins without times, the later source's counts.
        roster: the class; without one, students are called as the system calls them.
        zone: of the times in Moodle's grading worksheet.
        track: shows how far it is.

    Raises:
        Refused: if a source is not there, or another `course collect` is at work.
    """
    for source in sources:
        if not source.exists():
            raise Refused(f"There is no {source}.")
    submitted = course / "submitted"
    done = Collected(course / "unplaced" / wanted.name)
    with _workplace(submitted) as scratch:
        found: list[_Found] = []
        for number, source in enumerate(_each(sources)):
            folder = scratch / f"source{number}"
            folder.mkdir()
            found.extend(_read(source, folder, wanted, roster or Nobody(), done, track))
        students = {one.student.id.casefold(): one.student for one in found}
        for key, student in track(sorted(students.items()), f"Sorting hand-ins of {wanted.name}"):
            here = [_timed(one, zone) for one in found if one.student.id.casefold() == key]
            _settle(student, here, wanted, submitted, scratch, done)
        for leftover in done.unplaced:
            _keep(leftover, done.kept_in)
    for student in roster.students if roster else ():
        if student.id not in done.placed:
            there = (submitted / student.id / wanted.name).is_dir()
            (done.before if there else done.missing).append(student)
    return done


def _each(sources: Collection[Path]) -> Iterator[Path]:
    """Yield downloads, and before each folder those that lie in it."""
    for source in sources:
        inner = downloads.within(source) if source.is_dir() else []
        yield from inner
        if not inner or len(inner) < len(list(source.iterdir())):
            yield source


@contextmanager
def _workplace(submitted: Path) -> Iterator[Path]:
    """Give a scratch folder in the file system of `submitted/`, to one process at a time."""
    submitted.mkdir(parents=True, exist_ok=True)
    hidden = submitted / ".collecting"
    hidden.mkdir(exist_ok=True)
    try:
        with FileLock(hidden / "lock", timeout=0):
            for leftover in hidden.glob("work*"):
                shutil.rmtree(leftover, ignore_errors=True)
            with tempfile.TemporaryDirectory(prefix="work", dir=hidden) as scratch:
                yield Path(scratch)
    except Timeout:
        raise Refused("Another `course collect` is at work in this course. Wait until it is done.") from None


def _read(
    source: Path, scratch: Path, wanted: Assignment, roster: Roster, done: Collected, track: Track
) -> list[_Found]:
    """Read one download, and find out who handed in what."""
    unpacker = Unpacker(scratch)
    try:
        if source.is_dir():
            members, refused = unpacker.folder_of(source)
            inner = downloads.within(source)
            members = [member for member in members if member.path not in inner]
        elif is_archive(source.name):
            members, refused = unpacker.archive(source)
        else:
            members, refused = [Member(source.name, source)], []
    except NotUnpacked as problem:
        done.unplaced.append(Leftover(source.name, f"{problem}. Nothing of it was taken"))
        done.sources.append(f"{source.name}: not read")
        return []
    done.unplaced.extend(Leftover(f"{source.name}: {name}", why) for name, why in refused)
    reading = downloads.understood(members, source, wanted.name, wanted.notebooks, roster)
    done.unplaced.extend(replace(left, name=f"{source.name}: {left.name}") for left in reading.leftovers)
    done.sources.append(f"{source.name}: {reading.system}, {len(reading.handins)} hand-ins")
    if isinstance(roster, Nobody):
        roster.meet([handin.who for handin in reading.handins])
    found = []
    for handin in track(reading.handins, f"Reading {source.name}"):
        files, remarks, left = downloads.unpacked(handin.files, unpacker.folder)
        done.unplaced.extend(Leftover(f"{source.name}: {handin.who.words}: {name}", why) for name, why in left)
        try:
            student = roster.find(handin.who)
        except NotFound as nobody:
            done.unplaced.append(Leftover(f"{source.name}: {handin.who.words}", str(nobody), files))
            continue
        found.append(_Found(student, replace(handin, files=files, remarks=handin.remarks + remarks), len(done.sources)))
    return found


def _timed(found: _Found, zone: tzinfo) -> _Found:
    """Add the time that the roster says, which for Moodle is the only place that does."""
    if found.handin.time or not found.handin.who.moodle_id:
        return found
    return replace(found, handin=replace(found.handin, time=rosters.time_of(found.student.handed_in, zone)))


def _settle(
    student: Student, found: list[_Found], wanted: Assignment, submitted: Path, scratch: Path, done: Collected
) -> None:
    """Place the last of a student's hand-ins that holds a notebook of the assignment."""
    timed = all(one.handin.time for one in found)
    by_age = sorted(found, key=lambda one: (one.handin.time if timed else datetime.max.replace(tzinfo=UTC), one.order))
    while by_age:
        handin = by_age.pop().handin
        staged = scratch / "staged" / student.id
        shutil.rmtree(staged, ignore_errors=True)
        time, late, said = _lateness(handin, wanted.due)
        place.stage(staged, handin.files, time)
        try:
            arrival = _looked_through(staged, wanted)
        except arrivals.Refused as refused:
            done.unplaced.append(Leftover(f"{student.id}: {handin.who.words}", str(refused).rstrip("."), handin.files))
            continue
        if not arrival.notebooks:
            why = _without_notebook(arrival, staged, wanted)
            done.unplaced.append(Leftover(f"{student.id}: {handin.who.words}", why, handin.files))
            continue
        others = (f"earlier hand-ins that do not count: {len(by_age)}",) if by_age else ()
        if by_age and not timed:
            others = (*others, "not all have a time, so the one that was named last counts")
        remarks = (*handin.remarks, *said, *others, *arrival.problems)
        what, kept = _put(staged, submitted / student.id / wanted.name, arrival, wanted, time, done, student)
        done.placed[student.id] = Placed(
            student, list(arrival.notebooks), time, late, what, remarks + ((kept,) if kept else ())
        )
        return


def _lateness(handin: HandIn, due: datetime | None) -> tuple[datetime | None, bool, tuple[str, ...]]:
    """Return the time to note, whether the hand-in is late, and what there is to say about that."""
    if handin.time:
        return handin.time, handin.late or bool(due and handin.time > due), ()
    if not handin.late:
        return None, False, ()
    if due:
        words = "said to be late, but not how late: noted as one second after it was due"
        return due + timedelta(seconds=1), True, (words,)
    return None, True, ("said to be late; the gradebook has no due date, so nbgrader will not know",)


def _looked_through(folder: Path, wanted: Assignment) -> arrivals.Arrival:
    return arrivals.look_through(folder, wanted.notebooks, lambda path: path.unlink(), owns=wanted.owner)


def _without_notebook(arrival: arrivals.Arrival, folder: Path, wanted: Assignment) -> str:
    """Return that a hand-in cannot be graded, and what it holds instead."""
    names = sorted({*arrival.files, *(path.name for path in folder.rglob("*.ipynb"))} - {"timestamp.txt"})
    holds = ", ".join(names[:5]) + (" and more" if len(names) > 5 else "") if names else "nothing"  # noqa: PLR2004
    return f"it holds none of the notebooks of {wanted.name}, but {holds}"


def _put(
    staged: Path,
    where: Path,
    arrival: arrivals.Arrival,
    wanted: Assignment,
    time: datetime | None,
    done: Collected,
    student: Student,
) -> tuple[str, str]:
    """Put a staged hand-in in its place. Returns what was done, and words about what was there before."""
    if where.is_dir() and not where.is_symlink():
        try:
            if _looked_through_only(where, wanted) == arrival.digest:
                return "unchanged", ""
        except arrivals.Refused:
            pass
        before = place.time_at(where)
        if before and time and before > time:
            return "kept", "a newer one is there already, and stays"
    if not os.path.lexists(where):
        place.put(staged, where)
        return "new", ""
    kept = place.keep_folder(where, done.kept_in / "replaced", student.id)
    place.put(staged, where)
    return "replaced", f"what was there before lies in {kept.relative_to(done.kept_in.parent.parent)}"


def _looked_through_only(folder: Path, wanted: Assignment) -> str:
    def stay(path: Path) -> None:
        raise arrivals.Refused(f"{path.name} is no file.")

    return arrivals.look_through(folder, wanted.notebooks, stay, owns=wanted.owner).digest


def _keep(leftover: Leftover, folder: Path) -> None:
    """Keep what could not be placed."""
    if leftover.files:
        name = as_student_id(leftover.name)[:80] or "something"
        place.keep(folder, name, leftover.files, f"{leftover.name}: {leftover.why}.")
