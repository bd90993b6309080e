"""`course feedback`: from the grades to zips that can be sent, and words about what was packed and what was not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from autograder import lateness
from autograder.feedback_packs import addresses, making, packing
from autograder.feedback_packs.addresses import Addresses
from autograder.feedback_packs.joining import joined
from autograder.feedback_packs.making import Graded, Standing
from autograder.lms import listing
from autograder.lms.refusal import Refused
from autograder.lms.roster import Roster

_UPLOAD = {
    "canvas": "In Canvas, choose this file under the assignment's Upload Submissions. Each page becomes a comment.",
    "moodle": "In Moodle, choose it under the assignment's Submissions → Upload multiple feedback files in a zip.",
    "": "There is a zip with one page for each student, to be sent by mail or however you like.",
}


@dataclass(frozen=True)
class Wanted:
    """What to pack.

    Attributes:
        canvas: what Canvas let one download, if it is for Canvas.
        moodle: what Moodle let one download, if it is for Moodle.
        roster: the class list that was used to collect.
    """

    canvas: Path | None = None
    moodle: Path | None = None
    roster: Roster | None = None


def run(course: Path, assignment: str, wanted: Wanted, console: Console) -> Path:
    """Make feedback that is missing or out of date, pack it, say what became of whom, and return where the pack is.

    Raises:
        Refused: if nothing is graded, or a download is not what it is said to be, or nobody's feedback can be packed.
    """
    if wanted.canvas and wanted.moodle:
        raise Refused("Name one download: --canvas FILE or --moodle FILE. Run the command twice for both.")
    file = f"{assignment}_feedback.html"
    listing.show_lateness(lateness.settle_class(course, assignment), console)
    standing = making.look(course, assignment)
    sent_to = _addresses(course, assignment, wanted, file)
    _make(course, assignment, standing, console)
    for graded in standing.stale:
        del standing.graded[graded.student]
        standing.without[graded.student] = f"its pages could not be made; {_log(course, assignment)} says why"
    _add_roster(standing, wanted.roster)
    chosen = [one for one in standing.graded.values() if sent_to is None or one.student in sent_to.names]
    if not chosen:
        raise Refused(_nobody(standing, sent_to, wanted))
    to = _pack(course, assignment, chosen, sent_to, file)
    console.print(Text(f"Packed the feedback of {_students(len(chosen))} into {to}"), soft_wrap=True)
    _tell(standing, sent_to, chosen, console)
    console.print(Text(_UPLOAD[sent_to.system if sent_to else ""]), soft_wrap=True)
    return to


def _addresses(course: Path, assignment: str, wanted: Wanted, file: str) -> Addresses | None:
    if wanted.canvas:
        notebooks = [path.stem for path in (course / "source" / assignment).glob("*.ipynb")]
        return addresses.of_canvas(wanted.canvas, notebooks, wanted.roster, file)
    return addresses.of_moodle(wanted.moodle, wanted.roster, file) if wanted.moodle else None


def _make(course: Path, assignment: str, standing: Standing, console: Console) -> None:
    stale = standing.stale
    fresh = len(standing.graded) - len(stale)
    if stale:
        with Progress(
            SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
            console=console, transient=True,
        ) as progress:  # fmt: skip
            task = progress.add_task("Making pages", total=sum(len(one.notebooks) for one in stale))
            making.make(course, assignment, stale, _log(course, assignment), lambda: progress.advance(task))
    made = len(stale) - len(standing.stale)
    console.print(f"Made feedback for {_students(made)}; that of {fresh} was up to date.", highlight=False)


def _log(course: Path, assignment: str) -> Path:
    return course / "packs" / f"{assignment}.log"


def _add_roster(standing: Standing, roster: Roster | None) -> None:
    known = {student.casefold() for student in (*standing.graded, *standing.without)}
    for student in roster.students if roster else ():
        if student.id.casefold() not in known:
            standing.without[student.id] = "has handed in nothing"


def _pack(course: Path, assignment: str, chosen: list[Graded], sent_to: Addresses | None, file: str) -> Path:
    if sent_to is None:
        to = course / "packs" / assignment
        packing.apart(((one.student, joined(one, assignment)) for one in chosen), file, to)
        return to
    to = course / "packs" / f"{assignment}_{sent_to.system}.zip"
    packing.together(((sent_to.names[one.student], joined(one, assignment)) for one in chosen), to)
    return to


# --- What is said -----------------------------------------------------------------------------------------------------


def _tell(standing: Standing, sent_to: Addresses | None, chosen: list[Graded], console: Console) -> None:
    _list(f"No feedback for {_students(len(standing.without))}:", _grouped(standing.without), console)
    if sent_to:
        absent = sorted(standing.graded.keys() - sent_to.names.keys())
        _list("Graded, but not in the download, so not packed:", _in_a_line(absent), console)
        unknown = sorted(sent_to.names.keys() - standing.graded.keys() - standing.without.keys())
        _list("In the download, but not in the gradebook:", _in_a_line(unknown), console)
        _list("In the download, but nobody for sure:", sent_to.nobody, console)
    title = "Not graded by hand yet; their pages say so, and are made anew when you pack after grading:"
    _list(title, list(_pending(chosen)), console, "yellow")
    marked = [one.student for one in chosen if _is_marked(one)]
    _list("Marked for you to look at in formgrader; their pages do not say so:", _in_a_line(marked), console, "yellow")


def _pending(chosen: Iterable[Graded]) -> Iterator[str]:
    """Yield the questions that have no points yet, and how many students wait for them."""
    waiting: Counter[str] = Counter()
    asked: Counter[str] = Counter()
    for one in chosen:
        for notebook, about in one.grades.notebooks.items():
            for name, grade in about.grades.items():
                asked[f"{notebook}/{name}"] += notebook in one.notebooks
                waiting[f"{notebook}/{name}"] += notebook in one.notebooks and grade.points is None
    return (f"{name}: {count} of {_students(asked[name])}" for name, count in sorted(waiting.items()) if count)


def _is_marked(one: Graded) -> bool:
    found = (grade for about in one.grades.notebooks.values() for grade in about.grades.values())
    return any(grade.marked and grade.points is not None for grade in found)


def _grouped(reasons: dict[str, str]) -> list[str]:
    """Return a line for each reason that several share, and one for each that is somebody's own."""
    by_reason: dict[str, list[str]] = {}
    for student, why in sorted(reasons.items()):
        by_reason.setdefault(why, []).append(student)
    return [f"{', '.join(students)}: {why}" for why, students in by_reason.items()]


def _in_a_line(students: list[str]) -> list[str]:
    return [", ".join(students)] if students else []


def _nobody(standing: Standing, sent_to: Addresses | None, wanted: Wanted) -> str:
    if sent_to is None or not standing.graded:
        return "Nobody's pages could be made. " + "; ".join(_grouped(standing.without))
    hint = "" if wanted.roster else " If you collected with a roster, name it here, too: --roster FILE."
    return (
        "Nobody in the download is in the gradebook, so nothing was packed. The download has "
        f"{_some(sent_to.names)}, the gradebook {_some(standing.graded)}.{hint}"
    )


def _some(names: Iterable[str]) -> str:
    first, *more = sorted(names) or ["nobody"]
    return f"{', '.join([first, *more[:2]])}{' …' if len(more) > 2 else ''}"  # noqa: PLR2004


def _students(count: int) -> str:
    return "1 student" if count == 1 else f"{count} students"


def _list(title: str, lines: list[str], console: Console, style: str = "") -> None:
    if lines:
        console.print(Text(title, style=f"bold {style}".strip()), soft_wrap=True)
    for line in lines:
        printable = "".join(letter if letter.isprintable() else "?" for letter in line)
        console.print(Text(f"  {printable}"), soft_wrap=True)
