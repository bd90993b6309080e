"""The points of a class as nbgrader exports them: with what was given by hand, and less what lateness costs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook, MissingEntry
from sqlalchemy.exc import SQLAlchemyError

from autograder.lms.refusal import Refused


@dataclass(frozen=True)
class Result:
    """What one student has got.

    Attributes:
        id: as in the gradebook.
        first, last, email: as in the gradebook; often empty.
        raw: all points.
        penalty: what nbgrader's policy takes off for lateness.
        questions: points by question; None where nobody has given any yet.
        time: when it was handed in, in UTC without saying so.
        late_by: seconds.
        ungraded: whether somebody has yet to look at it.
    """

    id: str
    first: str
    last: str
    email: str
    raw: float
    penalty: float
    questions: dict[str, float | None]
    time: datetime | None
    late_by: float
    ungraded: bool

    @property
    def points(self) -> float:
        """What counts, as in `nbgrader export`."""
        return max(0.0, self.raw - self.penalty)


@dataclass(frozen=True)
class Points:
    """The points of a class in one assignment.

    Attributes:
        most: what can be had.
        questions: what can be had for each question; called `notebook/question`, in the notebooks' order.
        results: by student id.
    """

    assignment: str
    most: float
    questions: dict[str, float]
    results: dict[str, Result]


def read(gradebook: Path, assignment: str) -> Points:
    """Return the points that a gradebook holds.

    Raises:
        Refused: if there is no gradebook, or nothing in it for this assignment.
    """
    if not gradebook.exists():
        raise Refused(f"There is no {gradebook}. Generate and autograde {assignment} first.")
    try:
        with Gradebook(f"sqlite:///{gradebook}") as book:
            return _read(book, assignment)
    except MissingEntry:
        raise Refused(f"The gradebook has no {assignment}. Generate and autograde it first.") from None
    except SQLAlchemyError as problem:
        raise Refused(f"{gradebook} cannot be read as a gradebook: {problem}") from problem


def _read(book: Gradebook, assignment: str) -> Points:
    found = book.find_assignment(assignment)
    questions = {}
    for notebook in sorted(found.notebooks, key=lambda notebook: str(notebook.name)):
        order = [cell.name for cell in notebook.source_cells]
        for cell in sorted(notebook.grade_cells, key=lambda cell: order.index(cell.name) if cell.name in order else 0):
            questions[f"{notebook.name}/{cell.name}"] = float(cell.max_score)
    results = {one.student.id: _result(one) for one in book.assignment_submissions(assignment)}
    return Points(assignment, float(found.max_score), questions, dict(sorted(results.items())))


def _result(one: Any) -> Result:  # noqa: ANN401 - SQLAlchemy's
    grades = {f"{notebook.name}/{grade.name}": grade for notebook in one.notebooks for grade in notebook.grades}
    return Result(
        id=one.student.id,
        first=one.student.first_name or "",
        last=one.student.last_name or "",
        email=one.student.email or "",
        raw=float(one.score),
        penalty=float(one.late_submission_penalty or 0),
        questions={name: _score(grade) for name, grade in grades.items()},
        time=one.timestamp,
        late_by=float(one.total_seconds_late),
        ungraded=bool(one.needs_manual_grade),
    )


def _score(grade: Any) -> float | None:  # noqa: ANN401 - SQLAlchemy's
    given = grade.auto_score is not None or grade.manual_score is not None
    return float(grade.score) if given else None
