"""What all commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

console = Console()

Course = Annotated[Path, typer.Option(help="The folder with nbgrader_config.py and source/.")]


def need_course(course: Path) -> None:
    """End with words if this folder is no course."""
    if not (course / "nbgrader_config.py").exists() or not (course / "source").is_dir():
        raise failure(
            f"{course.resolve()} is not a course: it has no nbgrader_config.py and source/. "
            "Go to the course's folder, or name it with --course."
        )


def failure(words: str) -> typer.Exit:
    """Say what was wrong and what to do next; the caller raises what this returns."""
    console.print(words, style="red", highlight=False, markup=False, soft_wrap=True)
    return typer.Exit(1)
