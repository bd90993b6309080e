"""Reading points out of nbgrader's gradebook."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from nbgrader.api import Gradebook


@dataclass(frozen=True)
class Grades:
    """The points of a class in one assignment.

    Attributes:
        questions: the `grade_id` of each question, in the order of the notebooks.
        most: the points that each question can bring.
        points: student → question → points.
    """

    questions: list[str]
    most: dict[str, float]
    points: dict[str, dict[str, float]]


def read(gradebook: Path, assignment: str) -> Grades:
    """Return the points that a gradebook holds.

    Args:
        gradebook: the file `gradebook.db`.
        assignment: the assignment's name.
    """
    with Gradebook(f"sqlite:///{gradebook}") as book:
        most: dict[str, float] = {}
        for notebook in sorted(book.find_assignment(assignment).notebooks, key=lambda n: n.name):
            in_order = [cell.name for cell in notebook.source_cells]
            for cell in sorted(notebook.grade_cells, key=lambda c: in_order.index(c.name)):
                most[cell.name] = cell.max_score
        points = {
            submission.student.id: {grade.name: grade.score for n in submission.notebooks for grade in n.grades}
            for submission in book.assignment_submissions(assignment)
        }
    return Grades(list(most), most, dict(sorted(points.items())))
