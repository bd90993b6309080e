"""The steps of nbgrader's second pass that are ours: put in what came of the execution, and save all points at once."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, ClassVar

import nbformat
from nbgrader import utils
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.preprocessors import CheckCellMetadata, NbGraderPreprocessor, SaveAutoGrades

from autograder.execution import report


class CheckCellMetadataOnce(CheckCellMetadata):  # type: ignore[misc]
    """nbgrader's check, which takes a while, left out where the same metadata has passed it before.

    All submissions of a notebook have the metadata of the instructor's copy.
    """

    _passed: ClassVar[set[str]] = set()

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:  # noqa: ANN401
        """Check the metadata of one notebook."""
        checked = [(cell.cell_type, cell.metadata.get("nbgrader")) for cell in nb.cells]
        key = json.dumps(checked, sort_keys=True, default=repr)
        if key not in self._passed:
            super().preprocess(nb, resources)
            self._passed.add(key)
        return nb, resources


class ExecuteInRun(NbGraderPreprocessor):  # type: ignore[misc]
    """Instead of nbgrader's `Execute`: takes the outputs from the run, which has had the notebook executed."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:  # noqa: ANN401 - as nbgrader hands them over
        """Put the outputs into the notebook, and on top what the student should know about the grading."""
        where = resources["nbgrader"]
        graded = self.parent.run.executed(where["student"], where["notebook"])
        count = 0
        for cell, outputs in zip(nb.cells, graded.executed.outputs, strict=True):
            if cell.cell_type == "code":
                count += 1
                cell.outputs = [nbformat.from_dict(output) for output in outputs]
                cell.execution_count = count
                for output in cell.outputs:
                    if output.output_type == "execute_result":
                        output.execution_count = count
        nb.cells.insert(0, report.cell(graded))
        return nb, resources


class SaveGradesAtOnce(SaveAutoGrades):  # type: ignore[misc]
    """nbgrader's `SaveAutoGrades`, with one visit to the database for a notebook, and with no point left over.

    A question whose cell has gone since an earlier hand-in keeps no points of that time.
    """

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:  # noqa: ANN401
        """Save the points of one notebook."""
        where = resources["nbgrader"]
        self.notebook_id, self.assignment_id, self.student_id = (
            where["notebook"], where["assignment"], where["student"]
        )  # fmt: skip
        self._judged = {judged.name: judged for judged in self.parent.run.judged(where["student"], where["notebook"])}
        with Gradebook(where["db_url"]) as book:
            self.gradebook = _Visit(book, self.notebook_id, self.assignment_id, self.student_id)
            for index, cell in enumerate(nb.cells):
                nb.cells[index], resources = self.preprocess_cell(cell, resources, index)
            there = {
                cell.metadata["nbgrader"]["grade_id"]
                for cell in nb.cells
                if utils.is_grade(cell) or utils.is_task(cell)
            }
            self.gradebook.reset_all_but(there)
            book.db.commit()
        return nb, resources

    def _add_score(self, cell: Any, resources: Any) -> None:  # noqa: ANN401
        """Save the points of one question: the judge's, where there is a hidden test."""
        judged = self._judged.get(cell.metadata["nbgrader"]["grade_id"])
        if judged is None:
            super()._add_score(cell, resources)
            return
        grade = self.gradebook.find_grade(judged.name, self.notebook_id, self.assignment_id, self.student_id)
        grade.auto_score = judged.points
        grade.needs_manual_grade = judged.points is None or bool(judged.flags) or grade.manual_score is not None


def flag_missing(db_url: str, assignment: str, student: str, notebooks: Iterable[str]) -> None:
    """Have a person look at points that were given by hand for notebooks that are not handed in any more."""
    with Gradebook(db_url) as book:
        for name in notebooks:
            for grade in book.find_submission_notebook(name, assignment, student).grades:
                grade.auto_score = 0
                grade.needs_manual_grade = grade.manual_score is not None
        book.db.commit()


class _Visit:
    """What `SaveAutoGrades` asks of a gradebook, answered from what was read once, and written when the visit ends."""

    def __init__(self, book: Gradebook, notebook: str, assignment: str, student: str) -> None:
        found = book.find_submission_notebook(notebook, assignment, student)
        self._grades = {grade.name: grade for grade in found.grades}
        self._comments = {comment.name: comment for comment in found.comments}
        self.db = self

    def find_grade(self, name: str, *_where: str) -> Any:  # noqa: ANN401 - nbgrader's
        return _entry(self._grades, name)

    def find_comment(self, name: str, *_where: str) -> Any:  # noqa: ANN401
        return _entry(self._comments, name)

    def commit(self) -> None:
        """Leave it to the end of the visit."""

    def reset_all_but(self, there: set[str]) -> None:
        for name, grade in self._grades.items():
            if name not in there:
                grade.auto_score = 0
                grade.needs_manual_grade = grade.manual_score is not None


def _entry(entries: dict[str, Any], name: str) -> Any:  # noqa: ANN401
    if name not in entries:
        raise MissingEntry(f"The gradebook does not know the cell {name}.")
    return entries[name]
