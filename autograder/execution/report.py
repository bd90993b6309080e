"""What a student is told about the grading itself, on top of the graded notebook."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from nbformat.v4 import new_markdown_cell

from autograder.execution.job import Executed

MARK = '"autograder": {'  # in the metadata of the cell, as it stands in a file
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|$!])")


@dataclass(frozen=True)
class Graded:
    """A notebook of a submission on its way through a run.

    Attributes:
        executed: what came of its execution.
        repaired: what was mended before, in words.
        problems: what could not be, in words.
    """

    executed: Executed
    repaired: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def cell(graded: Graded) -> Any:  # noqa: ANN401 - nbformat is not typed
    """Return a cell that says what happened to the notebook before it was graded, and how it was executed."""
    lines = []
    if graded.executed.verdict:
        lines.append(f"**{_escaped(graded.executed.verdict)}** What came after that was not executed.")
    if graded.executed.hung:
        lines.append(f"**{_escaped(graded.executed.hung)}**")
    for title, entries in (("Repaired before grading", graded.repaired), ("Please look at", graded.problems)):
        if entries:
            lines.append("\n".join([f"{title}:", "", *(f"- {_escaped(entry)}" for entry in entries)]))
    seeds = {judged.seed for judged in graded.executed.judged} - {None}
    drawn = f" Random inputs of its hidden tests started from the seed {seeds.pop()}." if seeds else ""
    if graded.executed.isolation:
        lines.append(f"<small>Executed behind {_escaped(graded.executed.isolation)}.{drawn}</small>")
    made = new_markdown_cell("\n\n".join(lines), metadata={"deletable": False, "editable": False})
    made.metadata["autograder"] = {"report": True}
    return made


def is_report(cell: Any) -> bool:  # noqa: ANN401
    """Return whether a cell is a report, which may have come back with a submission."""
    return "autograder" in cell.metadata


def _escaped(words: str) -> str:
    """Return words, some of which a student may have chosen, such as file names, as text that Markdown leaves alone."""
    return _MARKDOWN.sub(r"\\\1", words)
