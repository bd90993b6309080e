"""Publishing: the bundle is made, looked through, proved and only then put where students get it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from nbformat import ValidationError
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from autograder import expected_cells, release
from autograder.lms.refusal import Refused
from autograder.publishing import bundle, trial, wheel
from autograder.publishing.address import WHEELS, Address, Origin
from autograder.publishing.bundle import Bundle
from autograder.publishing.inspection import Inspector
from autograder.publishing.places import Place, unpack
from autograder.samples import notebooks

_MOST_SHOWN = 25


@dataclass(frozen=True)
class Published:
    """What was published.

    Attributes:
        bundle: what students get.
        where: where it lies now, in words.
        ran: what came of each of its notebooks.
    """

    bundle: Bundle
    where: str
    ran: Sequence[trial.Ran]


def run(
    course: Path, names: Sequence[str], origin: Origin, address: Address, place: Place, console: Console
) -> Published:
    """Publish assignments, together with those that are published already.

    Args:
        course: the course's folder; nothing in it is changed.
        names: the assignments.
        origin: where the released notebooks point to.
        address: where students will find the bundle on GitHub.
        place: what is made.
        console: where to show how far it is.

    Raises:
        Refused: if something must not be published, or does not work; nothing has been changed then.
        CommandFailed: if nbgrader cannot generate an assignment.
    """
    _need(course, names)
    with _progress(console) as progress:
        step = progress.add_task("Building the wheel of course_lib", total=None)
        made = _bundle(course, names, origin, address, place)
        progress.update(step, description="Looking for what is not for students")
        _refuse(Inspector.of(course, origin.place, address).faults(made.files), names, made)
        for name in names:
            progress.update(step, description=f"Comparing release/{name} with source/{name}")
            _refuse(_out_of_step(course, name), names, made)
        progress.update(step, description="Unpacking the result, and running it unsolved")
        ran = _prove(course, made, place, progress, step)
        _refuse([fault for one in ran for fault in one.faults], names, made)
        return Published(made, place.put(made.files), ran)


def _bundle(course: Path, names: Sequence[str], origin: Origin, address: Address, place: Place) -> Bundle:
    """Put the bundle together; the wheel in it knows the notebooks just as they are published."""
    title = wheel.name(course)
    made = bundle.make(course, names, origin, address, (title, b""), place.read())
    with tempfile.TemporaryDirectory() as folder:
        unpack(made.files, Path(folder))
        _refuse(_unreadable(Path(folder)), names, made)
        expected = {name: expected_cells.text(course / "source" / name, Path(folder) / name) for name in made.sets}
    _, content = wheel.build(course, expected)
    return replace(made, files={**made.files, f"{WHEELS}/{title}": content})


def _unreadable(folder: Path) -> list[str]:
    """Return which notebooks are none, in words."""
    found = []
    for path in sorted(folder.rglob("*.ipynb")):
        try:
            notebooks.read(path)
        except (ValueError, ValidationError) as problem:
            found.append(f"{path.relative_to(folder)} is no notebook that can be read: {problem}")
    return found


def _need(course: Path, names: Sequence[str]) -> None:
    """Refuse assignments that are not there, or not released."""
    known = release.assignments(course)
    if unknown := [name for name in names if name not in known]:
        raise Refused(f"source/ has no {', '.join(unknown)}. It has {', '.join(known)}.")
    for name in names:
        if not list((course / "release" / name).glob("*.ipynb")):
            raise Refused(f"release/ has no notebooks of {name}. Make them with: course release")


def _out_of_step(course: Path, name: str) -> list[str]:
    """Return which files of `release/` are not what the source generates, in words."""
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / name
        release.generate(course, name, made)
        wanted, there = bundle.read(made), bundle.read(course / "release" / name)
    differing = sorted(file for file in wanted.keys() | there.keys() if wanted.get(file) != there.get(file))
    return [f"release/{name}/{file} is not what source/{name} generates" for file in differing]


def _prove(course: Path, made: Bundle, place: Place, progress: Progress, step: TaskID) -> list[trial.Ran]:
    files = place.through(made.files)
    count = sum(name.endswith(".ipynb") for name in files)
    progress.update(step, total=count)
    on_done: Callable[[trial.Ran], None] = lambda _ran: progress.advance(step)  # noqa: E731
    with tempfile.TemporaryDirectory() as folder:
        return trial.run(files, _solutions(course, made.sets), Path(folder), on_done)


def _solutions(course: Path, names: Sequence[str]) -> dict[str, dict[str, str]]:
    """Return what would stand in the answers of each notebook, by its name in the bundle."""
    found = {}
    for name in names:
        for path in (course / "source" / name).glob("*.ipynb"):
            book = notebooks.read(path)
            labels = notebooks.solution_names(book)
            found[f"{name}/{path.name}"] = {label: notebooks.solution(book, label) for label in labels}
    return found


def _refuse(faults: Sequence[str], names: Sequence[str], made: Bundle) -> None:
    """Refuse to publish if anything is wrong, and say what to do about it.

    Raises:
        Refused: if anything is.
    """
    if not faults:
        return
    listed = [f"  {fault}" for fault in faults[:_MOST_SHOWN]]
    if len(faults) > _MOST_SHOWN:
        listed.append(f"  … and {len(faults) - _MOST_SHOWN} more")
    kept = [name for name in made.sets if name not in names]
    advice = ["Mend it in source/, run `course release`, and publish again. Nothing has been changed."]
    if any(fault.startswith(f"{name}/") for fault in faults for name in kept):
        advice.append(
            f"{', '.join(kept)} was published before. To publish all anew: course publish {' '.join(made.sets)}"
        )
    raise Refused("\n".join(["Not published:", *listed, *advice]))


@contextmanager
def _progress(console: Console) -> Iterator[Progress]:
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        yield progress
