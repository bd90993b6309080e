"""`course publish`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from autograder.cli.common import Course, console, failure, need_course
from autograder.commands import CommandFailed
from autograder.lms.refusal import Refused

if TYPE_CHECKING:
    from autograder.publishing.address import Address
    from autograder.publishing.places import Place
    from autograder.publishing.publish import Published

_STUDENTS = "students"


class As(StrEnum):
    """What is made."""

    folder = "folder"
    zip = "zip"
    branch = "branch"


def publish(
    assignments: Annotated[list[str], typer.Argument(metavar="PROBLEM_SET…", help="Such as ps1; several at once.")],
    as_: Annotated[
        As, typer.Option("--as", help="A folder, a zip, or a git branch that is ready to push.")
    ] = As.folder,
    to: Annotated[
        str, typer.Option(help="Its name, if not published, published.zip, or a local branch students.")
    ] = "",
    repository: Annotated[
        str, typer.Option(help="Where students find it on GitHub, as owner/name; else as in nbgrader_config.py.")
    ] = "",
    branch: Annotated[
        str,
        typer.Option(
            help="The branch there, which Colab links lead to; else as in nbgrader_config.py, "
            "but students where the course itself lies there."
        ),
    ] = "",
    course: Course = Path(),
) -> None:
    """Make what students get: notebooks, the wheel of course_lib, a README.

    Nothing is published that holds a solution, a hidden test, the autograder, a
    secret, an output or a broken link. The result is unpacked in an empty folder
    and run there, with nothing solved, before it is put in place.

    Problem sets that were published before stay. To give out the second one:

      course publish ps2 --as branch

    Nothing is pushed: you are told the command that does.
    """
    from autograder.publishing import publish as publishing
    from autograder.publishing.address import Address, origin

    need_course(course)
    course = course.resolve()
    try:
        said = origin(course)
        address = Address(repository or said.place.repository, branch or _branch(course, said.place.branch))
        names = list(dict.fromkeys(assignments))
        place = _place(as_, to, course, address, f"Publish {', '.join(names)}")
        done = publishing.run(course, names, said, address, place, console)
    except (Refused, CommandFailed, OSError) as problem:
        raise failure(str(problem)) from None
    _tell(done, names, address, place)


def _branch(course: Path, said: str) -> str:
    """Return the branch on GitHub: in a checkout of the whole project, the one that is said holds the solutions."""
    return _STUDENTS if (course / "course_lib").is_dir() else said


def _place(as_: As, to: str, course: Path, address: Address, message: str) -> Place:
    from autograder.publishing.address import Address
    from autograder.publishing.branch import Branch
    from autograder.publishing.places import Folder, Zip

    if as_ is As.branch:
        return Branch(course, Address(address.repository, to or _STUDENTS).branch, address, message)
    if as_ is As.zip:
        return Zip(Path(to).resolve() if to else course / "published.zip")
    return Folder(Path(to).resolve() if to else course / "published")


def _tell(done: Published, names: list[str], address: Address, place: Place) -> None:
    from autograder.publishing.branch import Branch

    waiting = sum(one.waiting for one in done.ran)
    tried = f"{len(done.ran)} notebooks ran, unsolved, on the bundle's own wheel"
    lines = [
        f"Published {', '.join(names)}: {done.where}.",
        f"Tried out: {tried}. {waiting} cells wait for an answer; all others work.",
    ]
    if kept := [name for name in done.bundle.sets if name not in names]:
        lines.append(f"Kept as published before: {', '.join(kept)}.")
    if done.bundle.changed:
        lines.append(
            f"release/ has changed since for {', '.join(done.bundle.changed)}. To publish that, too: "
            f"course publish {' '.join(done.bundle.sets)}"
        )
    if isinstance(place, Branch):
        lines += ["Now push it:", f"  {place.push_command()}", f"Students then find it at {address.page}"]
    else:
        lines.append(f"Its Colab links lead to {address.page} and work as soon as it lies there; see --as branch.")
    console.print("\n".join(lines), highlight=False, markup=False, soft_wrap=True)
