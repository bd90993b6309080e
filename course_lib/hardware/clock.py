"""How long something takes."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch

from course_lib.hardware.devices import known

_FEWEST = 3
_MICROSECOND = 1e-6  # no run is taken to be shorter, when it is reckoned how many make a stretch


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
    """Return the median time of some runs in seconds, after one that is not counted.

    On the CPU it is the time that it worked on them. On a GPU, runs that are too short to be measured by themselves are
    measured several at a time, in a stretch of which each has its share.

    Args:
        run: what to measure.
        device: where it computes: `"cpu"`, `"cuda"` or `"mps"`.
        of: what to return of the times, if not the median: `min` for what is possible at best.
        repeats: how often to measure it.
        at_most: it is not measured again after so many seconds, once there are three times.
    """
    how = known(device)
    how.stretch(run, 1)
    spent = how.stretch(run, 1)
    alone = spent >= how.shortest
    times = 1 if alone else math.ceil(how.shortest / max(spent, _MICROSECOND))
    found = [spent] if alone else []
    while len(found) < repeats and (len(found) < _FEWEST or spent < at_most):
        stretch = how.stretch(run, times)
        found.append(stretch / times)
        spent += stretch
    return of(found)
