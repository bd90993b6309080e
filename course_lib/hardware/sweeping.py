"""Passes through networks of growing size, measured as far as the time goes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from course_lib.hardware.clock import one_core, seconds
from course_lib.hardware.devices import known
from course_lib.hardware.memory import WhileMemoryLasts, peak_bytes
from course_lib.hardware.telling import Progress, no_reason_to_measure

Pass = Callable[..., object]

# A size that takes so many times as long as the one before it is reckoned with.
_GROWTH = 3.0
# So many sizes are measured in any case: through two points there is a line without any scatter.
_FEWEST = 3


@dataclass(frozen=True)
class Measurement:
    """What one pass cost at one size.

    Attributes:
        name: the pass's.
        direction: which of the sizes grows: `"n"`, `"b"` or `"d"`.
        size: how large that one is.
        seconds: the time that it took, as `course_lib.hardware.seconds` measures it.
        peak: the most bytes that it held, without what was there before, as `peak_bytes` measures it.
    """

    name: str
    direction: str
    size: int
    seconds: float
    peak: int


@one_core()
def measure_passes(
    make: Callable[..., Sequence[Any]],
    passes: Sequence[Pass],
    sizes: Mapping[str, Mapping[str, int | Sequence[int]]],
    device: str,
    allowed: float = 10.0,
) -> list[Measurement]:
    """Return time and peak memory of passes, at sizes that grow until the time for them, or the memory, is used up.

    Args:
        make: makes what the passes are called with, of sizes given by name.
        passes: the functions to measure.
        sizes: for each direction all sizes by name; that of the direction itself is a list, from small to large.
        device: where they compute.
        allowed: seconds for all, about, without what is loaded when a GPU is first used.

    Returns:
        The measurements; none where nobody waits for them, as while work is graded, and none where in any direction
        less than three sizes fit into the memory, too few for a line through them.
    """
    if reason := no_reason_to_measure():
        print(reason)  # noqa: T201
        return []
    where = known(device).words
    with WhileMemoryLasts():
        _warm_up(make, passes, sizes, device)
    progress = Progress(allowed)
    found: list[Measurement] = []
    full: list[str] = []
    for number, (direction, setting) in enumerate(sizes.items()):
        until = allowed * (number + 1) / len(sizes)
        memory = WhileMemoryLasts()
        with memory:
            for measurements in _direction(make, passes, direction, setting, device, progress, until):
                found += measurements
        if not memory.used_up:
            continue
        if len({m.size for m in found if m.direction == direction}) < _FEWEST:
            progress.say(
                f"Of the sizes of {direction}, not even {_FEWEST} fit into the memory of {where}. Choose smaller ones."
            )
            return []
        full.append(direction)
    largest = ", ".join(f"{name} = {max(m.size for m in found if m.direction == name):,}" for name in sizes)
    rest = f" Over {' and '.join(full)}, more does not fit into its memory." if full else ""
    progress.say(f"Measured on {where} in {progress.spent:.0f} s, up to {largest}.{rest}")
    return found


def _warm_up(
    make: Callable[..., Sequence[Any]],
    passes: Sequence[Pass],
    sizes: Mapping[str, Mapping[str, int | Sequence[int]]],
    device: str,
) -> None:
    """Run every pass once at the smallest size: what torch loads for it when it is first used, takes seconds."""
    direction, setting = next(iter(sizes.items()))
    smallest = _growing(setting, direction)[0]
    given = make(**{**setting, direction: smallest})
    for one in passes:
        _measured(one, given, direction, smallest, device, 0.0)


def _growing(setting: Mapping[str, int | Sequence[int]], direction: str) -> Sequence[int]:
    growing = setting[direction]
    if isinstance(growing, int):
        raise TypeError(f"In the direction {direction}, a list of sizes is needed for {direction}.")
    return growing


def _direction(
    make: Callable[..., Sequence[Any]],
    passes: Sequence[Pass],
    direction: str,
    setting: Mapping[str, int | Sequence[int]],
    device: str,
    progress: Progress,
    until: float,
) -> Iterator[list[Measurement]]:
    """Yield the measurements of one size after the other."""
    last = 0.0
    for number, size in enumerate(_growing(setting, direction)):
        begun = progress.spent
        if number >= _FEWEST and begun + _GROWTH * last > until:
            break
        progress.say(f"Measuring {direction} = {size:,} … ({begun:.0f} s)")
        given = make(**{**setting, direction: size})
        at_most = (until - begun) / (3 * len(passes))
        yield [_measured(one, given, direction, size, device, at_most) for one in passes]
        del given
        last = progress.spent - begun


def _measured(one: Pass, given: Sequence[Any], direction: str, size: int, device: str, at_most: float) -> Measurement:
    def run() -> object:
        return one(*given)

    name = getattr(one, "__name__", repr(one))
    return Measurement(name, direction, size, seconds(run, device, at_most=at_most), peak_bytes(run, device))
