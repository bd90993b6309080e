"""Show the source of given code in a cell, so that students can read it where they work."""

import inspect
import re
from collections.abc import Callable

from course_lib.report import show

# What is said to the tools that check this code, not to its readers.
_FOR_TOOLS = re.compile(r"  # (?:noqa|type: ignore)\b.*")


class _Source:
    """Python source that Jupyter shows with colours, and a terminal as it is."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return self._text

    def _repr_markdown_(self) -> str:
        return f"```python\n{self._text.rstrip()}\n```"


def read_source(*things: type | Callable[..., object]) -> None:
    """Show the source of classes, functions or methods, one below the other."""
    sources = (_FOR_TOOLS.sub("", inspect.getsource(thing)).strip("\n") for thing in things)
    show(_Source("\n\n\n".join(inspect.cleandoc("\n" + source) for source in sources)))
