"""Graded notebooks and records, brought in step with the gradebook: the new test, its verdict, and that it is new.

The record of a submission stays that of what was handed in, so `nbgrader autograde` regards it as graded.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any

import nbformat

from autograder.execution import report
from autograder.execution.store import Record
from autograder.judge.hidden import Judged
from autograder.regrading import tests
from autograder.regrading.course import Opened
from autograder.regrading.rerun import Answer


def renew(opened: Opened, answers: Sequence[Answer], when: datetime) -> None:
    """Renew the graded notebooks and the records of all answers; those of one student come in a row.

    A graded notebook comes last, since the test that stands in it is what tells whether anything is left to do.
    """
    for student, of_student in groupby(answers, key=lambda answer: answer.todo.student):
        own = list(of_student)
        record = own[0].todo.standing.record
        for answer in own:
            record = _renewed(record, answer)
        opened.store.keep_record(opened.assignment, student, record)
        for name, of_notebook in groupby(own, key=lambda answer: answer.todo.notebook):
            _renew_notebook(opened, own[0].todo.standing.graded / f"{name}.ipynb", name, list(of_notebook), when)


def _renewed(record: Record, answer: Answer) -> Record:
    """Return a record with what came of one question in the place of what was there."""
    name, old = answer.todo.notebook, answer.todo.verdict_before(answer.question)
    kept = record.verdicts.get(name, [])
    new = [answer.judged.to_json()] if answer.judged else []
    place = next((i for i, one in enumerate(kept) if one["name"] == answer.question), len(kept))
    verdicts = {**record.verdicts, name: [*kept[:place], *new, *kept[place + 1 :]]}
    gone = {f"{name}: {problem}" for problem in _problems(old)}
    problems = [problem for problem in record.problems if problem not in gone]
    found = [*_problems(answer.judged), *filter(None, [answer.trouble])]
    more = [line for problem in found if (line := f"{name}: {problem}") not in problems]
    return replace(record, verdicts=verdicts, problems=[*problems, *more])


def _problems(judged: Judged | None) -> list[str]:
    return [*filter(None, [judged.fault, *judged.flags])] if judged else []


def _renew_notebook(opened: Opened, path: Path, name: str, answers: list[Answer], when: datetime) -> None:
    notebook = tests.read(path)
    new = {answer.question: answer.cell for answer in answers}
    master = {cell.name: cell for cell in opened.masters[name].cells}
    for cell in notebook.cells:
        question = cell.metadata.get("nbgrader", {}).get("grade_id")
        if question in new:
            cell.source = master[question].source
            cell.metadata["nbgrader"].update(master[question].metadata())
            cell.outputs = new[question].outputs
            for output in cell.outputs:
                if output.output_type == "execute_result":
                    output.execution_count = cell.execution_count
    for cell in filter(report.is_report, notebook.cells[:1]):
        cell.source = _told(cell.source, list(new), when)
    _replace(path, nbformat.writes(notebook))


def _told(words: str, questions: list[str], when: datetime) -> str:
    """Return a report that also says that questions were graded again, ahead of what it says in small print."""
    named = ", ".join(f"`{question}`" for question in questions)
    line = f"Graded again on {when:%-d %B %Y}, with a corrected test: {named}."
    body, small, rest = words.partition("<small>")
    return f"{body}{line}\n\n{small}{rest}" if small else "\n\n".join(filter(None, [words, line]))


def _replace(path: Path, text: str) -> None:
    """Write a file whole or not at all, with the permissions that it has."""
    with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=".", encoding="utf-8", delete=False) as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    unfinished = Path(stream.name)
    shutil.copymode(path, unfinished)
    unfinished.replace(path)


def outdated_feedback(opened: Opened, answers: Sequence[Answer]) -> list[str]:
    """Return the students among these who have feedback pages, which are of before."""
    course = opened.converter.coursedir
    folder: Any = course.feedback_directory
    students = dict.fromkeys(answer.todo.student for answer in answers)
    return [one for one in students if Path(course.format_path(folder, one, opened.assignment)).exists()]
