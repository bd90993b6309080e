"""Whose feedback is there, whose is missing or older than the grade, and how it is made."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry
from sqlalchemy.exc import SQLAlchemyError

from autograder import commands
from autograder.commands import CommandFailed
from autograder.execution.gradebooks import one_engine
from autograder.feedback_pages import grades, page, submission
from autograder.feedback_pages.grades import SubmissionGrades
from autograder.lms.refusal import Refused

_HEAD = 4000  # a page says within so many letters what it was made from


@dataclass(frozen=True)
class Graded:
    """A submission that is graded.

    Attributes:
        grades: what the gradebook says.
        notebooks: those of it that were handed in.
        state: what its pages are to be made from.
        folder: where its pages lie.
    """

    student: str
    grades: SubmissionGrades
    notebooks: list[str]
    state: str
    folder: Path

    @property
    def is_fresh(self) -> bool:
        """Whether all its pages are there, and say what they are to say."""
        pages = [self.folder / f"{name}.html" for name in ("index", *self.notebooks)]
        return all(_state(path) == self.state for path in pages)


@dataclass
class Standing:
    """How far feedback on an assignment has come.

    Attributes:
        graded: by student.
        without: why others have none, by student.
    """

    graded: dict[str, Graded] = field(default_factory=dict)
    without: dict[str, str] = field(default_factory=dict)

    @property
    def stale(self) -> list[Graded]:
        """Whose pages are to be made."""
        return [one for one in self.graded.values() if not one.is_fresh]


def look(course: Path, assignment: str) -> Standing:
    """Find out how far feedback has come.

    Raises:
        Refused: if there is no gradebook, or nothing is graded.
    """
    gradebook = course / "gradebook.db"
    if not gradebook.exists():
        raise Refused(f"There is no {gradebook}. Generate and autograde {assignment} first.")
    try:
        with one_engine(), Gradebook(f"sqlite:///{gradebook}") as book:
            standing = _look(course, assignment, book)
    except MissingEntry:
        raise Refused(f"The gradebook has no {assignment}. Generate and autograde it first.") from None
    except SQLAlchemyError as problem:
        raise Refused(f"{gradebook} cannot be read as a gradebook: {problem}") from problem
    if not standing.graded:
        raise Refused(f"Nobody's {assignment} is graded yet. Run `nbgrader autograde {assignment}` first.")
    return standing


def _look(course: Path, assignment: str, book: Gradebook) -> Standing:
    book.find_assignment(assignment)
    standing = Standing()
    handed_in = {path.parent.name for path in course.glob(f"submitted/*/{assignment}")}
    executed = {path.parent.name for path in course.glob(f"autograded/*/{assignment}")}
    for student in sorted(handed_in | executed | {student.id for student in book.students}):
        folder = course / "autograded" / student / assignment
        found = None
        with suppress(MissingEntry):
            found = grades.read(book, assignment, student)
        notebooks = submission.graded(folder, found) if found else {}
        if found and notebooks:
            state = submission.state(folder, found)
            to = course / "feedback" / student / assignment
            standing.graded[student] = Graded(student, found, list(notebooks), state, to)
        elif student in handed_in | executed:
            standing.without[student] = f"not graded: `nbgrader autograde {assignment} --student {student}`"
        else:
            standing.without[student] = "has handed in nothing"
    return standing


def make(
    course: Path, assignment: str, stale: Collection[Graded], log: Path, on_page: Callable[[], None] = lambda: None
) -> None:
    """Have nbgrader make the pages of these submissions; which ones it could not make, `look` says.

    Args:
        course: the folder of the course.
        assignment: such as `ps1`.
        stale: those whose pages are missing or out of date.
        log: what nbgrader says goes there.
        on_page: called for each page.
    """
    if not stale:
        return
    for one in stale:
        shutil.rmtree(one.folder, ignore_errors=True)  # nbgrader makes what is missing, and leaves the rest

    def heard(line: str) -> None:
        if "Converting notebook" in line:
            on_page()

    log.parent.mkdir(parents=True, exist_ok=True)
    with suppress(CommandFailed):  # one of many may have failed, and the others are there
        commands.nbgrader(["generate_feedback", assignment], course, log, heard)


def _state(path: Path) -> str:
    try:
        with path.open(encoding="utf-8") as opened:
            return page.state_of(opened.read(_HEAD))
    except (OSError, ValueError):
        return ""
