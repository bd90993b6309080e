"""Asking for what no option says, again until the answer can be read."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.prompt import Prompt
from rich.text import Text

from autograder.lms.refusal import Refused
from autograder.new_course import answers


def somebody_is_there() -> bool:
    """Tell whether questions can be answered."""
    return sys.stdin.isatty()


class Given:
    """Options, and what is asked for where there is none."""

    def __init__(self, console: Console, *, asked: bool) -> None:
        """Ask on a console; if `asked` is false, take what would be suggested."""
        self._console = console
        self._asked = asked

    def one(self, option: str, question: str, default: str, read: Callable[[str], str]) -> str:
        """Return what was given or answered.

        Args:
            option: what was given, if anything.
            question: what is asked otherwise.
            default: what is suggested.
            read: returns what an answer means, or refuses it.

        Raises:
            Refused: if an option cannot be read, or nobody is there to answer.
        """
        if option or not self._asked:
            if not (option or default):
                raise Refused("Say where students will find the course, with --repository owner/name.")
            return read(option or default)
        return self._until_fit(question, default, read)

    def sets(self, named: list[str], there: list[str]) -> tuple[str, ...]:
        """Return the problem sets to keep, of those that are there."""

        def read(words: str) -> str:
            return " ".join(answers.problem_sets([words], there))

        if not named and self._asked:
            named = [self._until_fit("Problem sets to keep", " ".join(there), read)]
        return answers.problem_sets(named, there)

    def due(self, said: list[str], sets: tuple[str, ...], zone: str) -> dict[str, str]:
        """Return when they are due, in their order."""
        zone = answers.time_zone(zone) if zone else ""
        if said or not self._asked:
            return answers.due_dates(said, sets, zone)

        def read(words: str) -> str:
            return answers.due_date(words, zone) if words.strip() else ""

        self._console.print("When is each due? Such as 2026-11-30 23:59. Enter: not known yet.", highlight=False)
        zone = zone or self._until_fit("Time zone", _here(), answers.time_zone)
        asked = {name: self._until_fit(name, "", read) for name in sets}
        return {name: when for name, when in asked.items() if when}

    def _until_fit(self, question: str, default: str, read: Callable[[str], str]) -> str:
        while True:
            try:
                return read(
                    Prompt.ask(
                        Text(f"  {question}"), console=self._console, default=default, show_default=bool(default)
                    )
                )
            except Refused as refused:
                self._console.print(Text(f"  {refused}", style="yellow"), soft_wrap=True)


def _here() -> str:
    """Return the time zone of this machine, as far as it can be told."""
    return Path("/etc/localtime").resolve().as_posix().partition("/zoneinfo/")[2] or "UTC"
