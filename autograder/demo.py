"""`course demo`: a small class handed in, graded and given feedback, by nbgrader's own commands."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from autograder import commands, grades
from autograder.samples import manifest
from autograder.samples.sample import Sample
from autograder.samples.sample_class import CLASSES, build

_MARK = ".made-by-course-demo"
# The class has one endless loop; a demonstration need not wait for it as long as a real run would.
_SHORT_PATIENCE = "\nc.Grading.cell_seconds = 10  # added by the demo, which has an endless loop in it\n"


class NotOurs(RuntimeError):  # noqa: N818 - the name is the message
    """The demo's folder holds something that the demo did not make."""


def run(course: Path, folder: Path, console: Console, assignments: Sequence[str] = tuple(CLASSES)) -> bool:
    """Play assignments with their sample classes, from generating them to feedback, and show the points.

    Args:
        course: the folder of the course, with `nbgrader_config.py` and `source/`. It is read only.
        folder: where to work; made anew each time.
        console: where to show progress and the tables.
        assignments: which, in order; there is a sample class for each of `CLASSES`.

    Returns:
        Whether every student got the points that the sample deserves.

    Raises:
        NotOurs: if `folder` exists and was not made by this function.
        CommandFailed: if one of nbgrader's commands ends with an error.
    """
    _start_afresh(course, folder)
    as_deserved = []
    for number, assignment in enumerate(assignments, 1):
        if len(assignments) > 1:
            console.rule(f"{assignment}, {number} of {len(assignments)}")
        _play(assignment, folder, console)
        found = grades.read(folder / "gradebook.db", assignment)
        console.print(_table(found, assignment))
        as_deserved.append(_conclude(found, assignment, folder, console))
    return all(as_deserved)


def _play(assignment: str, folder: Path, console: Console) -> None:
    log = folder / "nbgrader.log"
    books = len(list((folder / "source" / assignment).glob("*.ipynb")))
    students = len(CLASSES[assignment])
    with Progress(
        SpinnerColumn(), TextColumn("{task.description:36}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
        console=console,
    ) as progress:  # fmt: skip

        def step(words: str, arguments: list[str], total: int, counted: str) -> None:
            task = progress.add_task(words, total=total)
            commands.nbgrader(arguments, folder, log, lambda line: progress.advance(task) if counted in line else None)
            progress.update(task, completed=total)

        step("Generating the assignment", ["generate_assignment", assignment], books, "Converting notebook")
        task = progress.add_task("Students work through the night", total=students)
        build(folder / "release" / assignment, folder / "source" / assignment, folder / "submitted", assignment)
        progress.update(task, completed=students)
        step(f"Autograding {students} submissions", ["autograde", assignment], students, " notebooks in ")
        step("Writing feedback", ["generate_feedback", assignment], students * books, "Converting notebook")


def _start_afresh(course: Path, folder: Path) -> None:
    if folder.is_relative_to(course / "source") or (course / "source").is_relative_to(folder):
        raise NotOurs(f"{folder} and the course's source/ lie in one another. Name another folder with --folder.")
    if folder.exists() and any(folder.iterdir()) and not (folder / _MARK).exists():
        raise NotOurs(
            f"{folder} exists and was not made by the demo, so it is left alone. "
            "Name another folder with --folder, or remove this one."
        )
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / _MARK).touch()
    shutil.copytree(course / "source", folder / "source", ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    config = (course / "nbgrader_config.py").read_text(encoding="utf-8")
    (folder / "nbgrader_config.py").write_text(config + _SHORT_PATIENCE, encoding="utf-8")


def _table(found: grades.Grades, assignment: str) -> Table:
    table = Table(title=f"{assignment}: points per question", caption="green: all, yellow: some, red: none")
    table.add_column("student", no_wrap=True)
    for number, question in enumerate(found.questions, 1):
        table.add_column(f"{number}\n/{found.most[question]:g}", justify="right", min_width=3)
    table.add_column(f"total\n/{sum(found.most.values()):g}", justify="right", style="bold", min_width=5)
    for student, points in found.points.items():
        cells = [_coloured(points[question], found.most[question]) for question in found.questions]
        table.add_row(student, *cells, f"{sum(points.values()):g}")
    return table


def _coloured(points: float, most: float) -> str:
    colour = "green" if points == most else "yellow" if points else "red"
    return f"[{colour}]{points:g}[/]"


def _conclude(found: grades.Grades, assignment: str, folder: Path, console: Console) -> bool:
    wrong = []
    samples = CLASSES[assignment]
    for sample in samples:
        got = found.points.get(sample.student, {})
        wrong += [
            f"{sample.student} ({sample.about}) has {got.get(q)} for {q}, and deserves {p:g}"
            for q, p in sample.points.items()
            if got.get(q) != p
        ]
    names = (f"{n} {question.removeprefix('test_')}" for n, question in enumerate(found.questions, 1))
    console.print(f"Questions: {', '.join(names)}.\n", highlight=False)
    for sample in samples:
        console.print(f"  [bold]{sample.student:8}[/] {sample.about}")
    console.print("\nOpen next:", style="bold")
    student, notebook = _worth_a_look(samples, assignment)
    for words, path in [
        ("a student's feedback", folder / "feedback" / student / assignment / f"{notebook}.html"),
        ("what students get", folder / "release" / assignment / f"{notebook}.ipynb"),
        ("what instructors write", folder / "source" / assignment / f"{notebook}.ipynb"),
        ("all that nbgrader said", folder / "nbgrader.log"),
    ]:
        console.print(f"  {words:24} {path}", soft_wrap=True)
    activate = Path(sys.executable).with_name("activate")
    console.print(f"  {'formgrader':24} source {activate} && cd {folder} && jupyter lab", soft_wrap=True)
    if wrong:
        console.print("\nNot as deserved:", style="bold red")
        for line in wrong:
            console.print(f"  {line}", soft_wrap=True)
    else:
        console.print("\nEvery student got exactly the points that the sample deserves.", style="bold green")
    return not wrong


def _worth_a_look(samples: Sequence[Sample], assignment: str) -> tuple[str, str]:
    """Return the first student who worked on everything and made a mistake, and the notebook that it is in."""
    student, mistake = next((s.student, s.mistakes[0]) for s in samples if s.answered is None and s.mistakes)
    problem_set = manifest.of(assignment)
    return student, problem_set.notebook_of(problem_set.named(mistake).cell)
