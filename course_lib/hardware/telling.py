"""Whether to measure at all, and one line that says how far it has come."""

from __future__ import annotations

import os
import sys
import time
from typing import Any


def no_reason_to_measure() -> str:
    """Return why nothing is measured here, in words; empty where a person waits for figures."""
    if os.environ.get("NBGRADER_EXECUTION") == "autograde":
        return "Nothing is measured while work is graded."
    return "" if _shell() is not None else "Nothing is measured outside a notebook."


class Progress:
    """A line below the cell that is written anew while something is measured, and the time that is left for it."""

    def __init__(self, allowed: float) -> None:
        """Start the clock.

        Args:
            allowed: the seconds that all may take.
        """
        self._allowed = allowed
        self._start = time.perf_counter()
        self._line: Any = None

    @property
    def spent(self) -> float:
        """Seconds since the start."""
        return time.perf_counter() - self._start

    @property
    def left(self) -> float:
        """Seconds that are left; negative if it took longer."""
        return self._allowed - self.spent

    def say(self, words: str) -> None:
        """Write what is measured now, or what became of it, in the place of what was written before."""
        if _shell() is None:
            return
        from IPython.display import display  # noqa: PLC0415 - there is one: a notebook shows this

        bundle = {"text/plain": words}
        if self._line is None:
            self._line = display(bundle, raw=True, display_id=True)  # type: ignore[no-untyped-call]
        else:
            self._line.update(bundle, raw=True)


def _shell() -> object:
    """Return the notebook's kernel, or None where there is none."""
    return sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
