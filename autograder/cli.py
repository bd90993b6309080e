"""`course`: thin commands around nbgrader for those who run this course."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from autograder import demo as demonstration
from autograder import doctor as diagnosis
from autograder import finished_engine, proving, scaffold
from autograder import release as releasing
from autograder.commands import CommandFailed
from autograder.lms import collect as collecting
from autograder.lms import grades_out, listing
from autograder.lms import roster as rosters
from autograder.lms.refusal import Refused
from autograder.samples import manifest
from autograder.samples.sample_class import CLASSES

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__, pretty_exceptions_enable=False)
console = Console()

Course = Annotated[Path, typer.Option(help="The folder with nbgrader_config.py and source/.")]


@app.command()
def demo(
    names: Annotated[list[str] | None, typer.Argument(metavar="[PROBLEM_SET]…", help="All if none is named.")] = None,
    course: Course = Path(),
    folder: Annotated[Path, typer.Option(help="Where to work; made anew each time.")] = Path("build/demo"),
) -> None:
    """Grade small sample classes, to see what the course does. Touches nothing outside its folder."""
    _need_course(course)
    if unknown := [name for name in names or () if name not in CLASSES]:
        raise _failure(f"There is no sample class for {', '.join(unknown)}. There is one for {', '.join(CLASSES)}.")
    try:
        as_deserved = demonstration.run(course.resolve(), folder.resolve(), console, names or tuple(CLASSES))
    except (demonstration.NotOurs, CommandFailed, OSError) as problem:
        raise _failure(str(problem)) from None
    if not as_deserved:
        raise typer.Exit(1)


@app.command()
def doctor(course: Course = Path()) -> None:
    """Look at whether this machine can grade, how well it would isolate submissions, and what is in the way."""
    _need_course(course)
    if not diagnosis.run(course, console):
        raise typer.Exit(1)


@app.command()
def release(
    course: Course = Path(),
    check: Annotated[bool, typer.Option("--check", help="Change nothing; fail if release/ is not in step.")] = False,
) -> None:
    """Generate release/ from source/, and make sure that it holds no solution or hidden test."""
    _need_course(course)
    if orphans := releasing.orphans(course):
        raise _failure(f"release/ holds {', '.join(orphans)}, which source/ does not have. Remove or restore it.")
    for assignment in releasing.assignments(course):
        _settle_engine(course / "source", assignment, check=check)
        with tempfile.TemporaryDirectory() as name:
            made = Path(name) / assignment
            try:
                releasing.generate(course, assignment, made)
                leaks = releasing.leaks(course / "source" / assignment, releasing.texts(made))
            except CommandFailed as problem:
                raise _failure(str(problem)) from None
            except UnicodeDecodeError:
                raise _failure(
                    f"source/{assignment} holds a file that is not text. Nobody could tell what is in it."
                ) from None
            if leaks:
                raise _failure("Not released, since students would get what is not for them:\n" + "\n".join(leaks))
            console.print(f"{assignment}: {_settle(made, course / 'release' / assignment, check=check)}")


@app.command()
def sound(
    names: Annotated[list[str] | None, typer.Argument(metavar="[PROBLEM_SET]…", help="All if none is named.")] = None,
    exercise: Annotated[str, typer.Option(help="Only this one, such as test_matmul.")] = "",
    course: Course = Path(),
) -> None:
    """Prove that exercises are sound: the solution passes, the stub fails, mistakes are caught, nothing leaks."""
    _need_course(course)
    here = releasing.assignments(course)
    if unknown := [name for name in names or () if name not in here]:
        raise _failure(f"source/ has no {', '.join(unknown)}. It has {', '.join(here)}.")
    if exercise and len(names or here) != 1:
        raise _failure("Name the problem set that the exercise belongs to, such as: course sound ps1 --exercise …")
    try:
        found = [proving.run(manifest.of(name), course.resolve(), exercise or None, console) for name in names or here]
    except (CommandFailed, manifest.NoManifest) as problem:
        raise _failure(str(problem)) from None
    if not all(found):
        raise typer.Exit(1)


@app.command()
def new_exercise(
    problem_set: Annotated[str, typer.Argument(help="Such as ps2.")],
    notebook: Annotated[str, typer.Argument(help="Such as 2_analytic; made if it is not there.")],
    name: Annotated[str, typer.Argument(help="Of the solution cell; the test is called test_NAME.")],
    points: Annotated[int, typer.Option(help="What it is worth.")] = 1,
    course: Course = Path(),
) -> None:
    """Begin an exercise: its cells at the end of a source notebook, and its entry in the manifest."""
    _need_course(course)
    try:
        written = scaffold.add(course.resolve(), problem_set, notebook, name, points)
    except scaffold.Refused as refused:
        raise _failure(str(refused)) from None
    for path in written:
        console.print(f"Wrote {path}", highlight=False, soft_wrap=True)
    console.print(
        "Replace each TODO, and list the mistakes that the exercise must catch. Then prove it sound with\n"
        f"  course sound {problem_set} --exercise test_{name}",
        highlight=False,
    )


@app.command()
def collect(
    assignment: Annotated[str, typer.Argument(help="Such as ps1.")],
    downloads: Annotated[list[Path], typer.Argument(metavar="FILE_OR_FOLDER…", help="What the LMS gave you.")],
    roster: Annotated[Path | None, typer.Option(help="Class list as CSV, or the LMS's own export.")] = None,
    timezone: Annotated[str, typer.Option(help="Of the times in Moodle's grading worksheet.")] = "UTC",
    course: Course = Path(),
) -> None:
    """Sort downloads from Canvas, Moodle, Gradescope, an exchange or a plain folder into submitted/."""
    _need_course(course)
    try:
        wanted = collecting.assignment(course.resolve(), assignment)
        known = rosters.read(roster) if roster else None
        done = collecting.run(course.resolve(), wanted, downloads, known, rosters.zone_of(timezone))
    except (Refused, OSError) as problem:
        raise _failure(str(problem)) from None
    listing.show(done, wanted, console)


@app.command()
def grades(
    assignment: Annotated[str, typer.Argument(help="Such as ps1.")],
    canvas: Annotated[Path | None, typer.Option(help="Canvas's gradebook export, to be filled.")] = None,
    moodle: Annotated[Path | None, typer.Option(help="Moodle's grading worksheet or gradebook export.")] = None,
    plain: Annotated[bool, typer.Option("--plain", help="A table with each question, for a spreadsheet.")] = False,
    roster: Annotated[Path | None, typer.Option(help="The class list that was used to collect.")] = None,
    column: Annotated[str, typer.Option(help="The assignment's column, if its name does not tell.")] = "",
    course: Course = Path(),
) -> None:
    """Write points into what Canvas or Moodle exported, or into a plain table; the result lies in grades/."""
    _need_course(course)
    try:
        known = rosters.read(roster) if roster else None
        grades_out.run(course.resolve(), assignment, grades_out.Wanted(canvas, moodle, plain, column), known, console)
    except (Refused, OSError) as problem:
        raise _failure(str(problem)) from None


def _settle(made: Path, kept: Path, *, check: bool) -> str:
    changed = releasing.differences(made, kept)
    if not changed:
        return "in step"
    if check:
        raise _failure(
            f"release/{kept.name} is not what source/ generates; these differ: {', '.join(changed)}. "
            "Run `make release` and commit the result."
        )
    releasing.replace(made, kept)
    return f"updated {', '.join(changed)}"


def _settle_engine(source: Path, assignment: str, *, check: bool) -> None:
    wanted = finished_engine.out_of_step(source, assignment)
    if wanted is None:
        return
    if check:
        raise _failure(
            f"source/{assignment}/{finished_engine.FILE} is not what the solution in source/ps1 makes it. "
            "Run `make release` and commit the result."
        )
    (source / assignment / finished_engine.FILE).write_text(wanted, encoding="utf-8")


def _need_course(course: Path) -> None:
    if not (course / "nbgrader_config.py").exists() or not (course / "source").is_dir():
        raise _failure(
            f"{course.resolve()} is not a course: it has no nbgrader_config.py and source/. "
            "Go to the course's folder, or name it with --course."
        )


def _failure(words: str) -> typer.Exit:
    console.print(words, style="red", highlight=False, soft_wrap=True)
    return typer.Exit(1)


def main() -> None:
    """Run the command line."""
    app()
