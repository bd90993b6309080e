"""How long something takes."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch

_FEWEST = 3
# What the program itself worked, whatever else the machine did meanwhile; Windows knows it by 1/64 s only.
_working_time = time.perf_counter if sys.platform == "win32" else time.process_time


@contextmanager
def one_core() -> Iterator[None]:
    """Within this block, torch computes on a single core of the CPU.

    Several cores wait for each other, and for whatever else the machine does; their times scatter far more.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def seconds(
    run: Callable[[], object],
    device: str = "cpu",
    *,
    of: Callable[[list[float]], float] = statistics.median,
    repeats: int = 7,
    at_most: float = 1.0,
) -> float:
    """Return the median time of some runs, after one that is not counted; on the CPU, the time that it worked on them.

    Args:
        run: what to measure.
        device: where it computes, `"cpu"` or `"cuda"`.
        of: what to return of the times, if not the median: `min` for what is possible at best.
        repeats: how often to run it.
        at_most: no further run is begun after so many seconds, once there are three.
    """
    _once(run, device)
    found: list[float] = []
    while len(found) < repeats and (len(found) < _FEWEST or sum(found) < at_most):
        found.append(_once(run, device))
    return of(found)


def _once(run: Callable[[], object], device: str) -> float:
    clock = _working_time if device == "cpu" else time.perf_counter
    _wait_for(device)
    start = clock()
    run()
    _wait_for(device)
    return clock() - start


def _wait_for(device: str) -> None:
    """Wait until a GPU has done what it was told to do."""
    if device != "cpu":
        torch.cuda.synchronize()
