"""How a visible check speaks: a table of what was read, and an error that a student can act on."""

import os
from collections.abc import Sequence
from dataclasses import dataclass

from course_lib.errors import WrongAnswer


@dataclass(frozen=True)
class Table:
    """A small table that Jupyter shows as Markdown (with formulas typeset), and a terminal as text."""

    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    text_rows: Sequence[Sequence[str]]

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:  # noqa: ARG002
        # The gap after each cell is for nbgrader's feedback pages, whose tables have none.
        lines = [" &emsp;| ".join(row) for row in (self.header, *self.rows)]
        lines.insert(1, " | ".join(["---"] * len(self.header)))
        return {"text/markdown": "\n".join(f"| {line} |" for line in lines), "text/plain": repr(self)}

    def __repr__(self) -> str:
        """Return the table as aligned text."""
        rows = [self.header, *self.text_rows]
        widths = [max(len(row[i]) for row in rows) for i in range(len(self.header))]
        return "\n".join("   ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip() for row in rows)


def show(thing: object) -> None:
    """Show something in the cell's output, or print it where there is no notebook."""
    try:
        from IPython.display import display  # noqa: PLC0415 - not a dependency: a terminal has none
    except ImportError:
        print(thing)  # noqa: T201
    else:
        display(thing)  # type: ignore[no-untyped-call]


def conclude(problems: Sequence[str], praise: str) -> None:
    """Say what a check found: praise if there is no problem, else the problems.

    While a notebook is graded the problems are printed only, so that one of them does not keep the hidden tests of the
    same cell from giving partial credit. Those tests are stricter than the visible check.

    Raises:
        WrongAnswer: if there are problems.
    """
    if not problems:
        print(praise)  # noqa: T201
        return
    words = problems[0] if len(problems) == 1 else "\n".join(["", *(f"  • {problem}" for problem in problems)])
    if os.environ.get("NBGRADER_EXECUTION") == "autograde":
        print(words)  # noqa: T201
        return
    raise WrongAnswer(words)
