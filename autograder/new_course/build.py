"""Making the folder of a new course: beside its place first, and put there when it is whole."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import jinja2

from autograder import commands, course_settings, finished_engine, links, release
from autograder.lms.refusal import Refused
from autograder.new_course.answers import Answers

_TEMPLATES = {
    "nbgrader_config.py": "nbgrader_config.py.j2",
    "README.md": "README.md.j2",
    ".gitignore": "gitignore.j2",
    "roster.example.csv": "roster.example.csv.j2",
}
PINS = "constraints.txt"
_LEFT_BEHIND = shutil.ignore_patterns(".*", "__pycache__", "*.pyc", "*~")


def need_free(folder: Path, parent: Path) -> None:
    """Make sure that a new course can be made in a folder.

    Args:
        folder: where it is to be.
        parent: the course that it is made from.

    Raises:
        Refused: if something is there already, or would be mixed up with it.
    """
    if folder.is_relative_to(parent):
        raise Refused(
            f"{folder} lies in the course that the new one is made from. Name a folder beside it, such as "
            f"{os.path.relpath(parent.parent / 'my-course')}."
        )
    if os.path.lexists(folder) and (not folder.is_dir() or any(folder.iterdir())):
        raise Refused(f"{folder} is there already, and nothing was changed. Name a folder that is not there yet.")
    above = next(path for path in folder.parents if os.path.lexists(path))
    if not above.is_dir() or not os.access(above, os.W_OK):
        raise Refused(f"Nothing can be written to {above}. Name a folder elsewhere.")


def students_package(parent: Path) -> str:
    """Return what notebooks of a new course install, unless it is told: what those of its parent do."""
    about = course_settings.load(parent).FillLinks
    return str(about.get("course_lib", "") or links.requirement(about.get("repository", ""), about.get("ref", "main")))


def build(parent: Path, folder: Path, answers: Answers, step: Callable[[str], None]) -> None:
    """Make a new course.

    Args:
        parent: the course that it is made from; it is only read.
        folder: where it is to be; nothing may be there yet.
        answers: what it is to be.
        step: is told what is done next, once for each problem set and once more.

    Raises:
        Refused: if the folder is not free, or students would get what is not for them.
        CommandFailed: if nbgrader ends with an error.
    """
    need_free(folder, parent)
    with _staged(folder) as made:
        step("Copying the problem sets")
        (made / "source").mkdir()
        for path in (parent / "source").glob("[!.]*"):  # the header, and whatever else all of them share
            if path.is_file():
                shutil.copy(path, made / "source")
        for name in answers.sets:
            shutil.copytree(parent / "source" / name, made / "source" / name, ignore=_LEFT_BEHIND)
        if (parent / PINS).is_file():
            shutil.copy(parent / PINS, made)
        _write(made, answers)
        for name in answers.sets:
            step(f"Generating {name}")
            commands.nbgrader(["generate_assignment", name], made, made / ".nbgrader.log")
            if leaks := release.leaks(made / "source" / name, release.texts(made / "release" / name)):
                raise Refused("Not made, since students would get what is not for them:\n" + "\n".join(leaks))
        (made / ".nbgrader.log").unlink()


@contextmanager
def _staged(folder: Path) -> Iterator[Path]:
    """Give a folder beside the place of another, and put it there at the end; after an error nothing is left."""
    missing = [path for path in folder.parents if not path.exists()]
    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryDirectory(prefix=f".{folder.name}.", dir=folder.parent) as name:
            made = Path(name) / folder.name
            made.mkdir()
            yield made
            if folder.is_dir():
                folder.rmdir()  # an empty one
            made.rename(folder)
    except BaseException:
        for path in missing:
            if path.is_dir() and not any(path.iterdir()):
                path.rmdir()
        raise


def _write(made: Path, answers: Answers) -> None:
    """Write what is not copied."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("autograder.new_course"), undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True, autoescape=False,  # noqa: S701 - none of it is HTML, and what is filled in has been read strictly
    )  # fmt: skip
    quoted = {name: json.dumps(getattr(answers, name)) for name in ("course_id", "repository", "ref", "course_lib")}
    plain = {name: getattr(answers, name) for name in quoted}
    sets = [_about(made / "source" / name, answers.due.get(name, "")) for name in answers.sets]
    due = [(json.dumps(name), json.dumps(words)) for name, words in answers.due.items()]
    filled = {
        "nbgrader_config.py": quoted | {"due": due},
        "README.md": plain | {
            "made": f"{date.today():%Y-%m-%d}",  # noqa: DTZ011 - the lecturer's own day
            "sets": sets,
            "first": answers.sets[0],
            "engine": [n for n in answers.sets if finished_engine.needed_by(made / "source" / n)],
            "pins": (made / PINS).is_file(),
        },
    }  # fmt: skip
    for name, template in _TEMPLATES.items():
        text = environment.get_template(template).render(filled.get(name, {}))
        (made / name).write_text(text, encoding="utf-8")


def _about(folder: Path, due: str) -> dict[str, Any]:
    return {"name": folder.name, "notebooks": sorted(path.stem for path in folder.glob("*.ipynb")), "due": due}
