"""Show the source of given code in a cell, so that students can read it where they work."""

import inspect
from collections.abc import Callable

from course_lib.report import show


class _Source:
    """Python source that Jupyter shows with colours, and a terminal as it is."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return self._text

    def _repr_markdown_(self) -> str:
        return f"```python\n{self._text.rstrip()}\n```"


def read_source(*things: type | Callable[..., object]) -> None:
    """Show the source of classes or functions, one below the other."""
    show(_Source("\n\n".join(inspect.getsource(thing) for thing in things)))
