"""How a visible check speaks: a table of what was read, and an error that a student can act on."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
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


@contextmanager
def public() -> Iterator[None]:
    """Mark the public half of a test: what students run themselves.

    In a student's hands this changes nothing. While nbgrader grades, an error in the block is printed only, so that it
    does not keep the hidden half of the same cell from giving partial credit. The hidden half is the stricter one.
    """
    try:
        yield
    except Exception as error:
        if os.environ.get("NBGRADER_EXECUTION") != "autograde":
            raise
        print(f"✗ The public check stopped: {type(error).__name__}: {error}")  # noqa: T201


def conclude(problems: Sequence[str], praise: str) -> None:
    """Say what a check found: praise if there is no problem, else the problems.

    Raises:
        WrongAnswer: if there are problems.
    """
    if not problems:
        print(praise)  # noqa: T201
        return
    words = problems[0] if len(problems) == 1 else "\n".join(["", *(f"  • {problem}" for problem in problems)])
    raise WrongAnswer(words)
