"""Everything that is known about a class in one assignment, as plain data: from the gradebook and the grader's records.

The gradebook is asked in a few whole-class queries, as visiting 3,000 submissions one by one takes minutes.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from nbgrader.api import (
    Assignment,
    Grade,
    Gradebook,
    GradeCell,
    MissingEntry,
    Notebook,
    SolutionCell,
    SourceCell,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
    TaskCell,
)
from sqlalchemy.exc import SQLAlchemyError

from autograder.execution.run import STATE
from autograder.execution.store import Store
from autograder.lms.refusal import Refused
from autograder.reporting import records
from autograder.reporting.graded_class import GradedClass, Question, Submission


def gather(course: Path, assignment: str) -> GradedClass:
    """Return what is known about a class.

    Args:
        course: the folder with `gradebook.db`, `submitted/` and `.grading/`.
        assignment: its name.

    Raises:
        Refused: if there is no gradebook, or it does not know the assignment, or nothing is graded.
    """
    gradebook = course / "gradebook.db"
    first = f"First run: nbgrader generate_assignment {assignment}, and then: nbgrader autograde {assignment}"
    if not gradebook.exists():
        raise Refused(f"There is no {gradebook}. {first}")
    handed_in = _handed_in(course / "submitted", assignment)
    try:
        with Gradebook(f"sqlite:///{gradebook}") as book:
            found = _read(book, assignment, Store(course / STATE), handed_in)
    except MissingEntry:
        raise Refused(f"The gradebook does not know {assignment}. {first}") from None
    except SQLAlchemyError as problem:
        raise Refused(f"{gradebook} cannot be read as a gradebook: {problem}") from problem
    if not found.submissions:
        raise Refused(
            f"Nobody is graded in {assignment} yet; {len(found.ungraded)} have handed in. "
            f"Run: nbgrader autograde {assignment}"
        )
    return found


def _handed_in(submitted: Path, assignment: str) -> set[str]:
    if not submitted.is_dir():
        return set()
    return {entry.name for entry in os.scandir(submitted) if (submitted / entry.name / assignment).is_dir()}


def _read(book: Gradebook, assignment: str, store: Store, handed_in: Collection[str]) -> GradedClass:
    wanted = book.find_assignment(assignment).id
    questions, released, texts = _what_is_asked(book, wanted)
    people = {s.id: s for s in book.db.query(Student.id, Student.first_name, Student.last_name, Student.email)}
    entries = {
        row.id: row
        for row in book.db.query(
            SubmittedAssignment.id,
            SubmittedAssignment.student_id,
            SubmittedAssignment.timestamp,
            SubmittedAssignment.extension,
            Assignment.duedate,
        )
        .join(Assignment, SubmittedAssignment.assignment_id == Assignment.id)
        .filter(Assignment.id == wanted)
    }
    pages: dict[str, dict[str, str]] = {}
    penalties: dict[str, float] = {}
    where: dict[str, tuple[str, str]] = {}
    for row in (
        book.db.query(
            SubmittedNotebook.id,
            SubmittedNotebook.assignment_id,
            SubmittedNotebook.late_submission_penalty,
            Notebook.name,
        )
        .join(Notebook, SubmittedNotebook.notebook_id == Notebook.id)
        .filter(Notebook.assignment_id == wanted)
    ):
        student = entries[row.assignment_id].student_id
        where[row.id] = student, row.name
        pages.setdefault(student, {})[row.name] = row.id
        penalties[student] = penalties.get(student, 0.0) + float(row.late_submission_penalty or 0)
    points, waiting = _points(book, wanted, where)
    submissions = [
        records.add(
            Submission(
                student=row.student_id,
                names=_names(people[row.student_id]),
                points={question.key: points.get(row.student_id, {}).get(question.key) for question in questions},
                waiting=frozenset(waiting.get(row.student_id, ())),
                penalty=penalties.get(row.student_id, 0.0),
                late_by=_late_by(row),
                pages=pages.get(row.student_id, {}),
            ),
            store.record(assignment, row.student_id),
        )
        for row in sorted(entries.values(), key=lambda row: str(row.student_id))
    ]
    graded = tuple(submission for submission in submissions if submission.graded)
    known = {submission.student for submission in graded}
    absent = [name for name in people if name not in known and name not in handed_in]
    return GradedClass(
        assignment,
        questions,
        graded,
        ungraded=tuple(sorted({*handed_in, *(s.student for s in submissions)} - known - set(absent))),
        absent=tuple(sorted(absent)),
        released=released,
        texts=texts,
        others=tuple(name for who, person in people.items() if who not in known for name in (who, *_names(person))),
    )


def _what_is_asked(
    book: Gradebook, wanted: str
) -> tuple[tuple[Question, ...], dict[str, dict[str, str]], tuple[str, ...]]:
    """Return the questions in the order of the notebooks, the code cells that students write in, and all cells."""
    by_kind = {
        kind: {
            (name, cell): most
            for name, cell, most in book.db.query(Notebook.name, kind.name, getattr(kind, "max_score", kind.name))
            .join(Notebook, kind.notebook_id == Notebook.id)
            .filter(Notebook.assignment_id == wanted)
        }
        for kind in (GradeCell, TaskCell, SolutionCell)
    }
    most = {**by_kind[GradeCell], **by_kind[TaskCell]}
    solutions = by_kind[SolutionCell]
    questions, released, texts = [], dict[str, dict[str, str]](), list[str]()
    for notebook in book.db.query(Notebook).filter(Notebook.assignment_id == wanted).order_by(Notebook.name):
        cells: list[SourceCell] = list(notebook.source_cells)
        texts += [cell.source or "" for cell in cells]
        released[notebook.name] = {
            cell.name: cell.source or ""
            for cell in cells
            if cell.cell_type == "code" and (notebook.name, cell.name) in solutions
        }
        answers: list[str] = []
        asked = False
        for cell in (cell.name for cell in cells):
            place = notebook.name, cell
            if place in solutions:
                answers, asked = [*([] if asked else answers), cell], False
            if place in most:
                by_hand = place in solutions or place in by_kind[TaskCell]
                own = (cell,) if by_hand else tuple(answers)
                questions.append(Question(notebook.name, cell, float(most[place]), by_hand, own))
                asked = True
    return tuple(questions), released, tuple(texts)


def _points(
    book: Gradebook, wanted: str, where: Mapping[str, tuple[str, str]]
) -> tuple[dict[str, dict[str, float | None]], dict[str, set[str]]]:
    """Return each student's points by question, and the questions that wait for a person."""
    points: dict[str, dict[str, float | None]] = {}
    waiting: dict[str, set[str]] = {}
    for kind in (GradeCell, TaskCell):
        rows = (
            book.db.query(
                Grade.notebook_id,
                Grade.auto_score,
                Grade.manual_score,
                Grade.score,
                Grade.needs_manual_grade,
                kind.name,
            )
            .join(kind, Grade.cell_id == kind.id)
            .join(Notebook, kind.notebook_id == Notebook.id)
            .filter(Notebook.assignment_id == wanted)
        )
        for notebook_id, auto, manual, score, needs, name in rows:
            student, notebook = where[notebook_id]
            key = f"{notebook}/{name}"
            given = auto is not None or manual is not None
            points.setdefault(student, {})[key] = float(score) if given else None
            if needs:
                waiting.setdefault(student, set()).add(key)
    return points, waiting


def _late_by(row: Any) -> float:  # noqa: ANN401 - SQLAlchemy's
    if row.timestamp is None or row.duedate is None:
        return 0.0
    due = row.duedate if row.extension is None else row.duedate + row.extension
    return max(0.0, float((row.timestamp - due).total_seconds()))


def _names(person: Any) -> tuple[str, ...]:  # noqa: ANN401
    return tuple(filter(None, (person.first_name, person.last_name, person.email)))
