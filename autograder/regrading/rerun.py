"""Running notebooks again, as `nbgrader autograde` runs them: the same jobs, workers, walls and kept results.

A whole notebook is executed with all of its tests, as what one test finds may rest on what came before it. Of what
comes of it, only the questions that are regraded are taken over.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass
from functools import partial
from typing import Any

import nbformat
from nbconvert.exporters import NotebookExporter
from nbgrader import utils
from nbgrader.preprocessors import AssignLatePenalties, CheckCellMetadata, Execute, SaveAutoGrades
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from autograder.execution import workers
from autograder.execution.job import Executed
from autograder.execution.notebook import CannotExecute
from autograder.execution.preprocessors import ExecuteInRun
from autograder.execution.readiness import get_ready
from autograder.judge.hidden import Judged
from autograder.lms.refusal import Refused
from autograder.regrading.course import Opened
from autograder.regrading.todo import Todo
from autograder.sandbox.levels import NoSandbox
from autograder.sandbox.view import Exposed
from autograder.sandbox.zygote import Unprepared

# Notebooks for each worker that wait to be executed.
_AHEAD = 3
# Steps of nbgrader's that are taken elsewhere, or need the gradebook; the others cut long outputs and the like.
_ELSEWHERE = (Execute, ExecuteInRun, SaveAutoGrades, AssignLatePenalties, CheckCellMetadata)


@dataclass(frozen=True)
class Answer:
    """What came of one question of one student.

    Attributes:
        todo: the notebook that it belongs to.
        question: its `grade_id`.
        cell: the test's cell, with outputs.
        points: what it brings; None if a person has to decide.
        judged: what the judge found; None if there is no hidden test, or the notebook did not come to it.
        trouble: why the notebook was stopped, in words; empty if it was not.
    """

    todo: Todo
    question: str
    cell: Any
    points: float | None
    judged: Judged | None
    trouble: str = ""


@dataclass(frozen=True)
class Ran:
    """What came of a notebook.

    Attributes:
        answers: the questions that are regraded.
        others: those that are not, though they came out with other points this time.
    """

    answers: list[Answer]
    others: list[str]


def run(opened: Opened, todo: Sequence[Todo], console: Console) -> list[Ran]:
    """Execute notebooks again, many at a time, and show how far it is. What has been executed is not done twice.

    Raises:
        Refused: if notebooks cannot be executed.
    """
    crew: workers.Workers | None = None
    try:
        plan = opened.prepare.plan
        crew = workers.workers(opened.settings.count(plan.device), opened.settings.scheduler)
        ready = get_ready(crew, opened.settings, plan)
        crew, opened.prepare.plan = ready.workers, ready.plan
        with Progress(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=console
        ) as progress:
            task = progress.add_task("Running notebooks again", total=len(todo))
            done = []
            for ran in _run(opened, todo, crew):
                done.append(ran)
                progress.advance(task)
    except (NoSandbox, Unprepared, Exposed, CannotExecute) as problem:
        raise Refused(f"{problem} Nothing was changed.") from None
    except KeyboardInterrupt:
        if isinstance(crew, workers.LocalWorkers):
            crew.stop()
        raise
    finally:
        if crew:
            workers.leave(crew)
    return sorted(done, key=lambda ran: (ran.answers[0].todo.student, ran.answers[0].todo.notebook))


def _run(opened: Opened, todo: Sequence[Todo], crew: workers.Workers) -> Iterator[Ran]:
    """Yield what came of each notebook, in the order in which they come to their ends."""
    finish = _finisher(opened)
    waiting: dict[Future[Executed], tuple[Todo, Any]] = {}
    for one in todo:
        shaped = opened.prepare.shaped(one.student, one.notebook, one.standing.arrival)
        job = opened.prepare.job(one.student, one.notebook, one.standing.arrival, shaped, one.seed)
        key = job.key() if opened.settings.cache else ""
        if key and (known := opened.store.result(key)):
            yield _ran(one, shaped.notebook, known, finish)
            continue
        result = crew.submit(job)
        if key:
            result.add_done_callback(partial(_keep, opened, key))
        waiting[result] = (one, shaped.notebook)
        while len(waiting) >= _AHEAD * crew.count:
            for ended in wait(waiting, return_when=FIRST_COMPLETED).done:
                yield _ran(*waiting.pop(ended), ended.result(), finish)
    while waiting:
        for ended in wait(waiting, return_when=FIRST_COMPLETED).done:
            yield _ran(*waiting.pop(ended), ended.result(), finish)


def _keep(opened: Opened, key: str, result: Future[Executed]) -> None:
    if not result.cancelled() and not result.exception() and result.result().steady:
        opened.store.keep_result(key, result.result())


def _ran(todo: Todo, notebook: Any, executed: Executed, finish: NotebookExporter) -> Ran:  # noqa: ANN401
    judged = {one.name: one for one in executed.judged}
    ran = Ran([], [])
    for cell, outputs in zip(notebook.cells, executed.outputs, strict=True):
        name = cell.metadata.get("nbgrader", {}).get("grade_id", "")
        if name in todo.questions:
            cell.outputs = [nbformat.from_dict(output) for output in outputs]
            alone = nbformat.v4.new_notebook(cells=[cell])
            made = nbformat.reads(finish.from_notebook_node(alone)[0], as_version=4).cells[0]
            ran.answers.append(_answer(todo, name, made, judged.get(name), executed))
        elif name in judged and (before := todo.verdict_before(name)) and name in todo.before:
            unchanged = before.points == judged[name].points or before.most != judged[name].most
            ran.others.extend([] if unchanged else [name])
    return ran


def _answer(todo: Todo, name: str, cell: Any, judged: Judged | None, executed: Executed) -> Answer:  # noqa: ANN401
    points = judged.points if judged else utils.determine_grade(cell)[0]
    return Answer(todo, name, cell, points, judged, executed.verdict or executed.hung)


def _finisher(opened: Opened) -> NotebookExporter:
    """Return what takes a cell through those of nbgrader's last steps that change what is shown."""
    made = NotebookExporter(config=opened.converter.config)
    for step in opened.converter.autograde_preprocessors:
        if not (isinstance(step, type) and issubclass(step, _ELSEWHERE)):
            made.register_preprocessor(step)
    return made
