"""Making a new course, from what was said to what is said at the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from autograder import release
from autograder.new_course import answers, asking
from autograder.new_course.answers import Answers
from autograder.new_course.build import build, need_free, students_package

_BRANCH = "students"  # as `course publish` calls it


@dataclass(frozen=True)
class Said:
    """What was said by options; what is empty is asked, if somebody is there.

    Attributes:
        course_id: nbgrader's name for the course.
        repository: where students will find it.
        ref: the branch or tag there.
        sets: the problem sets to keep.
        due: when they are due.
        timezone: of due dates that name none.
        course_lib: what notebooks install in Colab.
    """

    course_id: str = ""
    repository: str = ""
    ref: str = ""
    sets: Sequence[str] = ()
    due: Sequence[str] = ()
    timezone: str = ""
    course_lib: str = ""


def run(parent: Path, folder: Path, said: Said, console: Console) -> None:
    """Make a new course.

    Args:
        parent: the course that it is made from.
        folder: where it is to be.
        said: what was said by options.
        console: where to ask, and to say what was made.

    Raises:
        Refused: if something is there already, or an option cannot be meant.
        CommandFailed: if nbgrader ends with an error.
    """
    place = folder.resolve()
    need_free(place, parent)
    given = asking.Given(console, asked=asking.somebody_is_there())
    wanted = Answers(
        course_id=given.one(said.course_id, "Course id", folder.name, answers.course_id),
        repository=given.one(said.repository, "Students' repository on GitHub, owner/name", "", answers.repository),
        ref=given.one(said.ref, "Branch or tag there", _BRANCH, answers.ref),
        course_lib=said.course_lib or students_package(parent),
        sets=(sets := given.sets([*said.sets], release.assignments(parent))),
        due=given.due([*said.due], sets, said.timezone),
    )
    with Progress(
        SpinnerColumn(), TextColumn("{task.description:28}"), BarColumn(), TimeElapsedColumn(),
        console=console, transient=True,
    ) as progress:  # fmt: skip
        task = progress.add_task("", total=len(sets) + 1, completed=-1)
        build(parent, place, wanted, lambda words: progress.update(task, description=words, advance=1))
    _conclude(folder, wanted, console)


def _conclude(folder: Path, wanted: Answers, console: Console) -> None:
    console.print(f"Made {folder}", style="bold green", highlight=False, soft_wrap=True)
    for name in wanted.sets:
        when = wanted.moments().get(name)
        words = f"due {wanted.due[name]}, which is {when.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if when else "no due date"
        console.print(f"  {name}: {words}", highlight=False, soft_wrap=True)
    for doubt in wanted.doubts(datetime.now(UTC)):
        console.print(f"  Is this meant? {doubt}", style="yellow", highlight=False, soft_wrap=True)
    console.print(
        "It holds solutions, and later your students' work: keep it private.\n\nNext:\n"
        f"  cd {folder}\n  course doctor\nThen its README.md says how a term goes.",
        highlight=False, soft_wrap=True,
    )  # fmt: skip
