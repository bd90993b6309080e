"""What a watch wants to know of the gradebook: that it knows the assignment, and how many points somebody has."""

from __future__ import annotations

from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.coursedir import CourseDirectory
from sqlalchemy.exc import SQLAlchemyError

from autograder.lms.refusal import Refused


def need_registered(where: CourseDirectory, assignment: str) -> None:
    """Make sure that an assignment can be graded.

    Raises:
        Refused: if the gradebook is not there, cannot be read, or does not know the assignment.
    """
    first = f"First run: nbgrader generate_assignment {assignment}"
    path = where.db_url.partition("sqlite:///")[2]
    if path and not Path(path).exists():  # opening it would make an empty one
        raise Refused(f"There is no gradebook yet. {first}")
    try:
        with Gradebook(where.db_url) as book:
            book.find_assignment(assignment)
    except MissingEntry:
        raise Refused(f"The gradebook does not know {assignment}. {first}") from None
    except SQLAlchemyError as problem:
        raise Refused(f"The gradebook {path} cannot be read: {problem}. `course doctor` says more.") from None


def points(where: CourseDirectory, assignment: str, student: str) -> str:
    """Return how many points a student has, in words; empty if that cannot be told just now."""
    try:
        with Gradebook(where.db_url) as book:
            found = book.find_submission(assignment, student)
            by_hand = ", and more to be given by hand" if found.needs_manual_grade else ""
            return f"{found.score:g} of {found.max_score:g} points{by_hand}"
    except (MissingEntry, SQLAlchemyError):
        return ""
