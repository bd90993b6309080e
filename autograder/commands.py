"""Running nbgrader's own commands, in the environment that this package is installed in."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path


class CommandFailed(RuntimeError):  # noqa: N818 - the name is the message
    """A command ended with an error; the message holds the end of what it printed."""


def environment() -> dict[str, str]:
    """Return the environment in which nbgrader works without the virtual environment being activated.

    nbgrader calls `alembic` by its bare name, and Jupyter may prefer a kernel of the user's over the environment's.
    """
    programs = str(Path(sys.executable).parent)
    return {
        **os.environ,
        "PATH": os.pathsep.join([programs, os.environ.get("PATH", "")]),
        "JUPYTER_PREFER_ENV_PATH": "1",
        "PYTHONWARNINGS": "ignore",
    }


def nbgrader(
    arguments: Sequence[str], course: Path, log: Path, on_line: Callable[[str], None] = lambda _line: None
) -> None:
    """Run `nbgrader` with these arguments in the folder `course`.

    Args:
        arguments: such as `["autograde", "ps1"]`.
        course: the folder that holds `nbgrader_config.py`.
        log: a file to which everything that the command prints is added.
        on_line: called with each line as it is printed, to show progress.

    Raises:
        CommandFailed: if the command ends with an error.
    """
    command = [sys.executable, "-m", "nbgrader", *arguments]
    with (
        log.open("a", encoding="utf-8") as record,
        subprocess.Popen(
            command, cwd=course, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8"
        ) as process,
    ):
        record.write(f"$ nbgrader {' '.join(arguments)}\n")
        for line in process.stdout or ():
            record.write(line)
            on_line(line)
    if process.returncode:
        end = "".join(log.read_text(encoding="utf-8").splitlines(keepends=True)[-15:])
        raise CommandFailed(f"`nbgrader {' '.join(arguments)}` ended with an error. It said last:\n{end}")
