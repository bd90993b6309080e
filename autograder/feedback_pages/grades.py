"""What the gradebook says about one submission: points, comments, and what lateness costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from nbgrader.api import Gradebook


@dataclass(frozen=True)
class Grade:
    """The points of one question.

    Attributes:
        points: None if somebody has yet to give them.
        most: what it is worth.
        marked: whether a person is to look at it; no page says so.
    """

    points: float | None
    most: float
    marked: bool = field(default=False, repr=False)


@dataclass(frozen=True)
class NotebookGrades:
    """What the gradebook says about one notebook.

    Attributes:
        grades: by question.
        comments: what a person wrote, by cell, as Markdown.
        untouched: the cells in which nothing was changed.
        penalty: what nbgrader's policy takes off for lateness.
    """

    grades: Mapping[str, Grade] = field(default_factory=dict)
    comments: Mapping[str, str] = field(default_factory=dict)
    untouched: tuple[str, ...] = ()
    penalty: float = 0.0

    @property
    def points(self) -> float:
        """What counts."""
        return max(0.0, sum(grade.points or 0.0 for grade in self.grades.values()) - self.penalty)

    @property
    def most(self) -> float:
        """What could be had."""
        return sum(grade.most for grade in self.grades.values())

    @property
    def pending(self) -> float:
        """What somebody has yet to decide about, in points."""
        return sum(grade.most for grade in self.grades.values() if grade.points is None)


@dataclass(frozen=True)
class SubmissionGrades:
    """What the gradebook says about one submission.

    Attributes:
        name: the student's, if the gradebook knows it.
        late_by: seconds.
        notebooks: by name, in order.
    """

    name: str
    late_by: float
    notebooks: Mapping[str, NotebookGrades]


def read(book: Gradebook, assignment: str, student: str) -> SubmissionGrades:
    """Return what the gradebook says about a submission.

    Raises:
        nbgrader.api.MissingEntry: if it does not know it.
    """
    found = book.find_submission(assignment, student)
    person = found.student
    notebooks = sorted(found.notebooks, key=lambda notebook: str(notebook.name))
    return SubmissionGrades(
        " ".join(filter(None, (person.first_name, person.last_name))),
        float(found.total_seconds_late),
        {notebook.name: _of(notebook) for notebook in notebooks},
    )


def _of(notebook: Any) -> NotebookGrades:  # noqa: ANN401 - SQLAlchemy's
    return NotebookGrades(
        grades={grade.name: _grade(grade) for grade in sorted(notebook.grades, key=lambda grade: str(grade.name))},
        comments={
            comment.name: comment.manual_comment
            for comment in sorted(notebook.comments, key=lambda comment: str(comment.name))
            if (comment.manual_comment or "").strip()
        },
        untouched=tuple(sorted(comment.name for comment in notebook.comments if comment.auto_comment)),
        penalty=float(notebook.late_submission_penalty or 0),
    )


def _grade(grade: Any) -> Grade:  # noqa: ANN401
    given = grade.auto_score is not None or grade.manual_score is not None
    return Grade(
        float(grade.score) if given else None, float(grade.max_score or 0), marked=bool(grade.needs_manual_grade)
    )
