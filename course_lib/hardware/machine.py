"""What a machine can do at most, and how fast single operations are on it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import torch

from course_lib.hardware.clock import one_core, seconds
from course_lib.hardware.telling import Progress, no_reason_to_measure

# Matrices up to this size are multiplied, and vectors of so many numbers copied: far more than a cache holds.
_LARGEST = {"cpu": 2048, "cuda": 8192}
_NUMBERS = {"cpu": 2**24, "cuda": 2**28}
_SMALLEST = 256
_BYTES = 4  # of a number in single precision


@dataclass(frozen=True)
class Machine:
    """What was measured of a machine, in single precision.

    Attributes:
        device: `"cpu"`, of which one core is measured, or `"cuda"`.
        peak: additions and multiplications in a second, at most: those of a large matrix product.
        bandwidth: bytes read or written in a second, at most: those of copying or adding long vectors.
    """

    device: str
    peak: float
    bandwidth: float

    def __repr__(self) -> str:
        """Return both in units that can be read."""
        where = "one core of the CPU" if self.device == "cpu" else "the GPU"
        peak, bandwidth = self.peak / 1e9, self.bandwidth / 1e9
        return f"{where}: {peak:,.0f} billion operations a second, {bandwidth:,.0f} billion bytes a second"


@dataclass(frozen=True)
class Kernel:
    """One operation on tensors.

    Attributes:
        label: what to call it.
        operations: how many operations on numbers it does.
        intensity: how many operations it does for each byte that it reads or writes.
        run: does it.
    """

    label: str
    operations: float
    intensity: float
    run: Callable[[], object]


@dataclass(frozen=True)
class Rate:
    """How fast an operation was at best: operations on numbers in a second."""

    label: str
    intensity: float
    rate: float


@one_core()
def measure_machine(device: str, allowed: float = 4.0) -> Machine | None:
    """Return the highest rates that this machine reaches; None where nobody waits for them, as while work is graded.

    Args:
        device: what to measure.
        allowed: seconds for all, about.
    """
    if reason := no_reason_to_measure():
        print(reason)  # noqa: T201
        return None
    progress = Progress(allowed)
    bandwidth = _bandwidth(device, progress)
    machine = Machine(device, _peak(device, progress), bandwidth)
    progress.say(f"{machine!r}  (measured in {progress.spent:.0f} s)")
    return machine


@one_core()
def measure_rates(kernels: Iterable[Kernel], device: str, allowed: float = 6.0) -> list[Rate]:
    """Return how fast operations are; those that are left out when the time is used up are not in the list."""
    if reason := no_reason_to_measure():
        print(reason)  # noqa: T201
        return []
    progress = Progress(allowed)
    found: list[Rate] = []
    for kernel in kernels:
        if found and progress.left < 0:
            break
        progress.say(f"Measuring {kernel.label} … ({progress.spent:.0f} s)")
        taken = seconds(kernel.run, device, of=min, at_most=allowed / 10)
        found.append(Rate(kernel.label, kernel.intensity, kernel.operations / taken))
    progress.say(f"Measured in {progress.spent:.0f} s.")
    return found


def _bandwidth(device: str, progress: Progress) -> float:
    """Return the higher rate of two ways to move numbers: copy (one read, one written), add (two read, one written)."""
    progress.say("Measuring how fast numbers are moved …")
    x, y, z = (torch.ones(_NUMBERS[device], device=device) for _ in range(3))
    copying = seconds(lambda: z.copy_(x), device, of=min, at_most=0.3)
    adding = seconds(lambda: torch.add(x, y, out=z), device, of=min, at_most=0.3)
    return x.numel() * _BYTES * max(2 / copying, 3 / adding)


def _peak(device: str, progress: Progress) -> float:
    """Return the highest rate of square matrix products, of sizes that double as long as there is time."""
    size, best, taken = _SMALLEST, 0.0, 0.0
    while size <= _LARGEST[device] and 8 * 4 * taken < progress.left:
        progress.say(f"Measuring the product of two {size:,} × {size:,} matrices …")
        taken = _product(size, device)
        best = max(best, 2 * size**3 / taken)
        size *= 2
    return best


def _product(size: int, device: str) -> float:
    x, y, z = (torch.randn(size, size, device=device) for _ in range(3))
    return seconds(lambda: torch.mm(x, y, out=z), device, of=min, at_most=0.5)
