"""Which submissions are to be graded: all that are there, but for those that are graded to the end and unchanged."""

from __future__ import annotations

import glob
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from nbgrader import utils

from autograder.arrivals import Arrival, Refused, look_through, quarantine
from autograder.execution import report
from autograder.execution.masters import Master
from autograder.execution.store import Record, Store


@dataclass
class Submission:
    """One student's submission on its way through a run.

    Attributes:
        student: the student's id.
        folder: where it was handed in.
        arrival: what was found there.
        left: the notebooks that are not graded yet.
        problems: what a person should look at, in words.
        repaired: what was done to it, in words.
        isolation: how its notebooks were walled in.
        verdicts: what the judge found in each notebook, as JSON.
        seconds: how long each notebook took to execute and judge.
        start: when its first notebook came to be graded, by a clock that only goes forward.
    """

    student: str
    folder: Path
    arrival: Arrival
    left: list[str]
    problems: list[str] = field(default_factory=list)
    repaired: list[str] = field(default_factory=list)
    isolation: str = ""
    verdicts: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    start: float = 0.0

    @property
    def notebooks(self) -> list[str]:
        """The names of the notebooks to grade."""
        return sorted(self.arrival.notebooks)


@dataclass(frozen=True)
class Intake:
    """What there is to do.

    Attributes:
        submissions: what is to be graded, by student.
        refused: students whose submissions are not looked at, and why.
        done: how many submissions are graded already.
    """

    submissions: dict[str, Submission]
    refused: dict[str, str]
    done: int


def take_stock(
    converter: Any,  # noqa: ANN401 - nbgrader's `Autograde`
    master: Mapping[str, Master],
    store: Store,
    given: Collection[str] = (),
) -> Intake:
    """Look through all submitted folders of an assignment.

    What is to be graded anew is removed from `autograded/`: nbgrader would take what a killed run has left there for
    finished, and would not notice a new hand-in without a newer time stamp.

    Args:
        converter: nbgrader's `Autograde`.
        master: the assignment's notebooks.
        store: what is remembered of earlier runs.
        given: the assignment's own files, by relative name, which nbgrader puts over those of a submission.
    """
    course = converter.coursedir
    assignment, pattern = course.assignment_id, course.notebook_id
    expected = [name for name in master if fnmatch(name, pattern)]
    excluded = set(course.student_id_exclude.split(","))
    books = [f"{name}.ipynb" for name in master]
    found = Intake({}, {}, 0)
    owner = _owner(master)
    for student, folder in _folders(converter) if expected else ():
        if student in excluded:
            continue
        refuse = quarantine(folder, store.folder / "refused" / assignment / student)
        try:
            arrival = look_through(folder, list(master), refuse, owns=owner)
            if settled := [*_settle_time(folder, refuse), *_clear_the_way(folder, [*given, *books], refuse)]:
                arrival = look_through(folder, list(master), refuse, owns=owner)
                arrival.problems.extend(settled)
            if renamed := _give_endings(folder, arrival):
                problems = arrival.problems
                arrival = look_through(folder, list(master), refuse, owns=owner)
                arrival.problems.extend(p for p in problems if p not in arrival.problems)
                arrival.repaired.extend(renamed)
            if pattern != "*":
                arrival = _only(arrival, expected, folder)
        except Refused as problem:
            found.refused[student] = f"{problem} It was not graded."
            continue
        graded = Path(course.format_path(course.autograded_directory, student, assignment))
        if pattern == "*" and not converter.force and graded.exists():
            if _is_done(store.record(assignment, student), arrival, graded):
                found = replace(found, done=found.done + 1)
                continue
            utils.rmtree(str(graded))
        _forget_named(graded, arrival.notebooks if pattern != "*" else ())
        _without_answers(arrival, expected, folder)
        left = sorted(arrival.notebooks)
        found.submissions[student] = Submission(
            student, folder, arrival, left, [*arrival.problems], [*arrival.repaired]
        )
    return found


@dataclass(frozen=True)
class Standing:
    """A submission that is graded to the end and has not changed since.

    Attributes:
        arrival: what was handed in.
        record: how it was graded.
        graded: the folder with its graded notebooks.
    """

    arrival: Arrival
    record: Record
    graded: Path


def what_stands(
    converter: Any,  # noqa: ANN401
    master: Mapping[str, Master],
    store: Store,
) -> tuple[dict[str, Standing], dict[str, str]]:
    """Return the submissions that are graded and unchanged, by student; of the others, why they are not. Reads only.

    Args:
        converter: nbgrader's `Autograde`.
        master: the assignment's notebooks.
        store: what is remembered of earlier runs.
    """
    course = converter.coursedir
    excluded = set(course.student_id_exclude.split(","))
    stands: dict[str, Standing] = {}
    others: dict[str, str] = {}
    owner = _owner(master)
    for student, folder in _folders(converter):
        if student in excluded:
            continue
        record = store.record(course.assignment_id, student)
        graded = Path(course.format_path(course.autograded_directory, student, course.assignment_id))
        try:
            arrival = look_through(folder, list(master), lambda _path: None, owns=owner)
        except Refused as problem:
            others[student] = str(problem)
            continue
        _without_answers(arrival, list(master), folder)
        if record is None:
            others[student] = "not graded yet"
        elif record.digest != arrival.digest:
            others[student] = "handed in again since"
        elif not _is_done(record, arrival, graded):
            others[student] = "the graded notebooks are not all there"
        else:
            stands[student] = Standing(arrival, record, graded)
    return stands, others


def _without_answers(arrival: Arrival, expected: Sequence[str], folder: Path) -> None:
    """Where no notebook was handed in, take the instructor's copy with no answers, so that no older points stay."""
    if not arrival.notebooks.keys() & set(expected):
        arrival.notebooks[expected[0]] = folder / f"{expected[0]}.ipynb"


def _give_endings(folder: Path, arrival: Arrival) -> list[str]:
    """Rename notebooks such as `p1.ipynb.txt` where no file ends in `.ipynb`; return what was done, in words.

    Without one, nbgrader refuses the folder before anybody else can look into it.
    """
    if any(folder.glob("*.ipynb")):
        return []
    done = []
    for name, path in arrival.notebooks.items():
        if path.exists() and path.parent == folder:
            path.rename(folder / f"{name}.ipynb")
            done.append(f"`{path.name}` was taken for {name}.ipynb and renamed, as nbgrader looks for that ending")
    return done


def _is_done(record: Record | None, arrival: Arrival, graded: Path) -> bool:
    """Return whether a submission is graded to the end, and has not changed since."""
    unchanged = record is not None and record.digest == arrival.digest
    return unchanged and all(_is_whole(graded / f"{name}.ipynb") for name in arrival.notebooks)


def _forget_named(graded: Path, names: Iterable[str]) -> None:
    """Remove graded notebooks that were asked for by name, as nbgrader would skip them."""
    for name in names:
        (graded / f"{name}.ipynb").unlink(missing_ok=True)


def _is_whole(path: Path) -> bool:
    """Return whether a graded notebook was written to its end: its points are saved a moment before that."""
    try:
        text = path.read_text(encoding="utf-8").rstrip()
    except (OSError, UnicodeDecodeError):
        return False
    return report.MARK in text and text.endswith("}")


def _only(arrival: Arrival, wanted: Collection[str], folder: Path) -> Arrival:
    """Return an arrival without the notebooks that nobody asked for, and without what there is to say about them.

    Those that were handed in under another name stay: nbgrader takes them for missing, and takes away their points.
    """
    named = {
        name: path for name, path in arrival.notebooks.items() if name in wanted or path != folder / f"{name}.ipynb"
    }
    about = {*wanted, *named}
    return replace(arrival, notebooks=named, problems=[p for p in arrival.problems if any(name in p for name in about)])


def _folders(converter: Any) -> Iterator[tuple[str, Path]]:  # noqa: ANN401
    """Yield each student and the folder of the submission, in nbgrader's order."""
    course = converter.coursedir
    where = course.submitted_directory
    pattern = course.format_path(where, "(?P<student>.*)", course.assignment_id, escape=True)
    for found in sorted(glob.glob(course.format_path(where, course.student_id, course.assignment_id))):  # noqa: PTH207 - absolute
        match = re.match(pattern, found)
        if match and Path(found).is_dir():
            yield match["student"], Path(found)


def _owner(master: Mapping[str, Master]) -> Callable[[Collection[str]], str | None]:
    """Return what tells the one notebook that questions belong to."""
    notebook_of = {cell.name: name for name, one in master.items() for cell in one.cells}

    def owner(grade_ids: Collection[str]) -> str | None:
        found = {notebook_of[grade_id] for grade_id in grade_ids if grade_id in notebook_of}
        return found.pop() if len(found) == 1 else None

    return owner


def _clear_the_way(folder: Path, given: Collection[str], refuse: Callable[[Path], None]) -> list[str]:
    """Take away files where a given file needs a folder, and the other way round. Returns what to look at."""
    found = []
    for name in given:
        place = folder / name
        in_the_way = [p for p in place.parents if p.is_relative_to(folder) and p.is_file()]
        for path in [*in_the_way, *([place] if place.is_dir() else [])]:
            refuse(path)
            found.append(f"`{path.relative_to(folder)}` stood in the way of a given file, and was put away")
    return found


def _settle_time(folder: Path, refuse: Callable[[Path], None]) -> list[str]:
    """Take away a time stamp that is none: nbgrader would end the whole run over it. Returns what to look at."""
    place = folder / "timestamp.txt"
    if not place.exists():
        return []
    try:
        utils.parse_utc(place.read_text(encoding="utf-8").strip() or None)
    except (ValueError, OverflowError, OSError) as problem:
        refuse(place)
        return [f"timestamp.txt holds no time, and was put away, so it is not known whether this is late: {problem}"]
    return []
