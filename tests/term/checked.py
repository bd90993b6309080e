"""A lecturer who types commands, and compares every number with what it should be."""

from __future__ import annotations

import shlex
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console

from autograder import commands


class Failed(RuntimeError):  # noqa: N818 - the name is the message
    """A command ended as it should not."""


class Lecturer:
    """Somebody at a terminal.

    Attributes:
        folder: where everything lies: downloads, and the course in `course/`.
        console: where it is said what is done.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.course = folder / "course"
        self.console = Console(width=120)
        self.compared = 0
        self.wrong: list[str] = []

    def types(self, line: str, *, ends: int = 0, at: Path | None = None) -> str:
        """Type a command in the course's folder, and return what it said.

        Args:
            line: such as `course collect ps1 "some file.zip"`.
            ends: the exit status that is expected.
            at: another folder to be in.

        Raises:
            Failed: if it ends with another status, or with a traceback.
        """
        began = time.monotonic()
        done = subprocess.run(
            shlex.split(line), cwd=at or self.course, env=commands.environment() | {"COLUMNS": "200"},
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", check=False,
        )  # fmt: skip
        with (self.folder / "said.log").open("a", encoding="utf-8") as log:
            log.write(f"$ {line}\n{done.stdout}\n")
        self.console.print(f"[bold]$ {line}[/]  [dim]{time.monotonic() - began:.0f} s[/]", highlight=False)
        if done.returncode != ends or "Traceback (most recent call last)" in done.stdout:
            raise Failed(f"`{line}` ended with {done.returncode}, and said:\n{done.stdout[-4000:]}")
        return done.stdout

    def compare(self, what: str, found: Mapping[Any, Any], expected: Mapping[Any, Any]) -> None:
        """Compare numbers or words, one by one."""
        wrong = [
            f"{what}: {key}: {found.get(key, 'nothing')}, but expected {expected.get(key, 'nothing')}"
            for key in {**expected, **found}
            if found.get(key) != expected.get(key)
        ]
        self.compared += len({**expected, **found})
        self.wrong += wrong
        self.console.print(f"  {what}: {len(expected)} compared, {len(wrong) or 'none'} wrong", highlight=False)
        for line in wrong[:10]:
            self.console.print(f"    {line}", style="red", highlight=False)

    def expect(self, what: str, said: str, *words: str) -> None:
        """Expect words in what was said."""
        self.compare(what, {word: word in said for word in words}, dict.fromkeys(words, True))

    def conclude(self) -> int:
        """Say how it went; return 1 if anything was wrong."""
        colour = "red" if self.wrong else "green"
        self.console.print(f"{self.compared} compared, {len(self.wrong)} wrong.", style=f"bold {colour}")
        sys.stdout.flush()
        return 1 if self.wrong else 0
