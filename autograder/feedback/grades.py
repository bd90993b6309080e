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
    """

    points: float | None
    most: float


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
    untouched: frozenset[str] = frozenset()
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


def read(db_url: str, assignment: str, student: str) -> SubmissionGrades:
    """Return what the gradebook says about a submission.

    Raises:
        nbgrader.api.MissingEntry: if it does not know it.
    """
    with Gradebook(db_url) as book:
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
        grades={grade.name: _grade(grade) for grade in notebook.grades},
        comments={
            comment.name: comment.manual_comment
            for comment in notebook.comments
            if (comment.manual_comment or "").strip()
        },
        untouched=frozenset(comment.name for comment in notebook.comments if comment.auto_comment),
        penalty=float(notebook.late_submission_penalty or 0),
    )


def _grade(grade: Any) -> Grade:  # noqa: ANN401
    given = grade.auto_score is not None or grade.manual_score is not None
    return Grade(float(grade.score) if given else None, float(grade.max_score or 0))
