"""What regrading changes in the gradebook: looked at first, then written, all at once or not at all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from nbgrader.api import Gradebook, MissingEntry
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from autograder import lateness
from autograder.execution.gradebooks import one_engine
from autograder.lms.refusal import Refused
from autograder.regrading.course import Opened
from autograder.regrading.rerun import Answer


@dataclass(frozen=True)
class Change:
    """One question of one student, before and after.

    Attributes:
        answer: what came of the question.
        before: the points of the test before; None if a person had to decide.
        by_hand: what a person gave instead; None if nobody did. It stays, and is what counts.
        extra: extra credit, which stays.
        most: what the question is worth now.
        most_before: what it was worth when it was graded.
        total_before: the student's points in the assignment, less what lateness costs.
        total: the same, when all questions of the student are regraded.
        look: whether somebody is to look at it, who need not have before.
    """

    answer: Answer
    before: float | None
    by_hand: float | None
    extra: float | None
    most: float
    most_before: float
    total_before: float
    total: float
    look: bool

    @property
    def student(self) -> str:
        """Whose it is."""
        return self.answer.todo.student

    @property
    def after(self) -> float | None:
        """The points of the test now; None if a person has to decide."""
        return self.answer.points

    @property
    def differs(self) -> bool:
        """Whether the test's points change."""
        return self.before != self.after

    @property
    def counts(self) -> bool:
        """Whether the student's points change: not where a person has given them."""
        return self.differs and self.by_hand is None

    @property
    def step(self) -> float:
        """By how much the points of the question change."""
        return (self.after or 0) - (self.before or 0) if self.counts else 0.0


def look(opened: Opened, answers: Sequence[Answer]) -> list[Change]:
    """Return what would change, and change nothing.

    Raises:
        Refused: if the gradebook cannot be used.
    """
    with _visit(opened) as book:
        changes = _settle(book, opened, answers)
        book.db.rollback()
    return changes


def write(opened: Opened, answers: Sequence[Answer]) -> list[Change]:
    """Write points into the gradebook, in one transaction, and return what has changed.

    Raises:
        Refused: if the gradebook cannot be used; then nothing is written.
    """
    with _visit(opened) as book:
        changes = _settle(book, opened, answers)
        book.db.commit()
    return changes


@contextmanager
def _visit(opened: Opened) -> Iterator[Gradebook]:
    try:
        with one_engine(), Gradebook(opened.db_url, opened.converter.coursedir.course_id) as book:
            yield book
    except OperationalError as problem:
        raise Refused(
            f"The gradebook is in use or cannot be written ({problem.orig}). Nothing was changed in it. What was "
            "run is kept: run the same command again when formgrader and nbgrader are at rest, and it takes a moment."
        ) from None
    except SQLAlchemyError as problem:
        raise Refused(f"The gradebook cannot be used, and nothing was changed in it: {problem}") from None


def _settle(book: Gradebook, opened: Opened, answers: Sequence[Answer]) -> list[Change]:
    """Put points into the gradebook, without committing."""
    policy = lateness.policy_of(opened.converter)
    changes: list[Change] = []
    worth = {place: test.points for place, test in opened.tests.items()}
    for student, own in groupby(answers, key=lambda answer: answer.todo.student):
        try:
            submission = book.find_submission(opened.assignment, student)
        except MissingEntry:
            raise Refused(
                f"The gradebook knows nothing of {student}'s {opened.assignment}, which is graded: is it another "
                f"gradebook than the one that was graded into? `nbgrader autograde {opened.assignment} --force` "
                "grades all into this one."
            ) from None
        notebooks = {notebook.name: notebook for notebook in submission.notebooks}
        scores = {name: notebook.score for name, notebook in notebooks.items()}
        before = _total(notebooks.values())
        pending = [_put(answer, notebooks[answer.todo.notebook], worth) for answer in own]
        book.db.flush()
        book.db.expire_all()
        for name, notebook in notebooks.items():
            if notebook.score != scores[name]:
                lateness.settle(submission, notebook, policy)
        book.db.flush()
        after = _total(notebooks.values())
        changes += [Change(**one, total_before=before, total=after) for one in pending]
    return changes


def _put(answer: Answer, notebook: Any, worth: Mapping[tuple[str, str], float]) -> dict[str, Any]:  # noqa: ANN401
    """Put the points of one question into the gradebook; return what there is to say of it."""
    grade = next(grade for grade in notebook.grades if grade.name == answer.question)
    old, judged = answer.todo.verdict_before(answer.question), answer.judged
    before, needed = grade.auto_score, grade.needs_manual_grade
    flags = set(judged.flags) if judged else set()
    new_flags = flags - set(old.flags if old else ())
    by_hand = grade.manual_score is not None
    # What somebody has looked at already, and is as it was, is not to be looked at again.
    again = bool(new_flags) or (by_hand and before != answer.points)
    still = needed and (bool(flags) or by_hand)
    grade.auto_score = answer.points
    grade.needs_manual_grade = (answer.points is None and not (by_hand and before is None)) or again or still
    test = answer.todo.before.get(answer.question)
    most = worth[answer.todo.notebook, answer.question]
    return {
        "answer": answer,
        "before": before,
        "by_hand": grade.manual_score,
        "extra": grade.extra_credit,
        "most": most,
        "most_before": test.points if test else most,
        "look": grade.needs_manual_grade and not needed,
    }


def _total(notebooks: Any) -> float:  # noqa: ANN401
    """Return a student's points as nbgrader exports them."""
    of_all = [(notebook.score, notebook.late_submission_penalty or 0) for notebook in notebooks]
    return float(max(0.0, sum(score for score, _ in of_all) - sum(penalty for _, penalty in of_all)))
