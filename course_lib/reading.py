"""Show the source of given code in a cell, so that students can read it where they work."""

import inspect
import re
from collections.abc import Callable
from functools import lru_cache

from course_lib.report import show

# To find a class, Python reads all of the file that it is in.
_REMEMBERED = 64
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
    show(_Source("\n\n\n".join(map(_source, things))))


@lru_cache(_REMEMBERED)
def _source(thing: type | Callable[..., object]) -> str:
    return inspect.cleandoc("\n" + _FOR_TOOLS.sub("", inspect.getsource(thing)).strip("\n"))
