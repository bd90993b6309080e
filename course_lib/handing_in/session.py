"""What was run in this session: which text, when, how long it took, and whether it came to its end.

The setup cell switches this on. It notes one line for each cell that is run; while work is graded it stays off.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_MOST_RUNS = 2000


@dataclass(frozen=True)
class Run:
    """One execution of a cell.

    Attributes:
        number: Jupyter's count, the number in brackets beside the cell.
        text: what was run.
        key: the cell's id, where the front end tells it.
        ended: when it came to its end, in seconds since 1970.
        seconds: how long it took; None if nobody took the time.
        fine: whether it ended without an error; None if nobody looked.
    """

    number: int
    text: str
    key: str = ""
    ended: float = 0.0
    seconds: float | None = None
    fine: bool | None = None


@dataclass(frozen=True)
class Session:
    """What is known of the notebook's session.

    Attributes:
        runs: what was run, in order; each cell as often as it was run.
        noted: whether it was noted how cells ended.
        names: the names that there are now, with their values.
    """

    runs: tuple[Run, ...] = ()
    noted: bool = False
    names: Mapping[str, Any] | None = None


_runs: list[Run] = []
_noted_in: list[Any] = []  # the shell whose cells are noted
_began: list[float] = []


def graded() -> bool:
    """Return whether this is nbgrader's run of the notebook and not a student's."""
    return bool(os.environ.get("NBGRADER_EXECUTION"))


def note_runs(shell: Any) -> None:  # noqa: ANN401 - IPython is not a dependency
    """Note from now on what IPython's shell runs; a second time, and while work is graded, this does nothing."""
    if graded() or any(known is shell for known in _noted_in):
        return
    _noted_in[:] = [shell]
    _runs.clear()
    shell.events.register("pre_run_cell", _begin)
    shell.events.register("post_run_cell", _note)


def current() -> Session:
    """Return what was run so far, without the cell that is running."""
    shell = _shell()
    if shell is None:
        return Session()
    texts = list(getattr(getattr(shell, "history_manager", None), "input_hist_raw", None) or [])
    noted = {run.number: run for run in _runs}
    # Jupyter counts from one, and the last is the cell that is running.
    runs = [noted.get(n) or Run(n, text) for n, text in enumerate(texts[:-1]) if n and isinstance(text, str)]
    return Session(tuple(runs), any(known is shell for known in _noted_in), getattr(shell, "user_ns", None))


def _begin(*_: object) -> None:
    _began[:] = [time.monotonic()]


def _note(result: Any = None) -> None:  # noqa: ANN401 - IPython's
    """Note a run; whatever IPython hands over, a student's cell must not fail over this."""
    info = getattr(result, "info", None)
    number = getattr(result, "execution_count", None)
    if not isinstance(number, int) or not getattr(info, "store_history", False):
        return
    text, key = getattr(info, "raw_cell", ""), getattr(info, "cell_id", None)
    took = time.monotonic() - _began.pop() if _began else None
    _runs.append(Run(number, str(text), str(key or ""), time.time(), took, bool(getattr(result, "success", False))))
    del _runs[:-_MOST_RUNS]


def _shell() -> Any:  # noqa: ANN401
    """Return IPython's shell, if this is a notebook or a console of its."""
    ipython = sys.modules.get("IPython")
    get = getattr(ipython, "get_ipython", None)
    return get() if callable(get) else None
