"""What a machine can do at most, and how fast single operations are on it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import torch

from course_lib.hardware.clock import one_core, seconds
from course_lib.hardware.devices import known
from course_lib.hardware.memory import WhileMemoryLasts
from course_lib.hardware.telling import Progress, no_reason_to_measure

# Matrices up to this size are multiplied, and vectors of so many numbers copied: far more than a cache holds. Where
# less memory is free, it is less.
_LARGEST = {"cpu": 2048, "cuda": 8192, "mps": 4096}
_NUMBERS = {"cpu": 2**24, "cuda": 2**28, "mps": 2**26}
_SMALLEST = 256
_BYTES = 4  # of a number in single precision
_SHARE = 0.5  # of the free memory, at most: it may not be in one piece


@dataclass(frozen=True)
class Machine:
    """What was measured of a machine, with numbers of 4 bytes.

    Attributes:
        device: `"cpu"`, of which one core is measured, `"cuda"` or `"mps"`.
        peak: additions and multiplications in a second, at most: those of a large matrix product.
        bandwidth: bytes read or written in a second, at most: those of copying or adding long vectors.
        precision: how exact that product was: `"float32"`, or `"TF32"`, whose inputs an NVIDIA GPU first rounds to 10
            bits after the point instead of 23 if it was allowed to; that is faster, and another peak.
    """

    device: str
    peak: float
    bandwidth: float
    precision: str = "float32"

    def __repr__(self) -> str:
        """Return both in units that can be read."""
        peak, bandwidth = self.peak / 1e9, self.bandwidth / 1e9
        return (
            f"{known(self.device).words}: {peak:,.0f} billion operations a second ({self.precision}), "
            f"{bandwidth:,.0f} billion bytes a second"
        )


@dataclass(frozen=True)
class Kernel:
    """One operation on tensors.

    Attributes:
        label: what to call it.
        operations: how many additions, multiplications and so on of numbers it does.
        intensity: how many of them it does for each byte that it reads or writes.
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
    """Return the highest rates that this machine reaches.

    Args:
        device: what to measure.
        allowed: seconds for all, about, without what is loaded when a GPU is first used.

    Returns:
        The rates; None where nobody waits for them, as while work is graded, and where too little memory is free.
    """
    if reason := no_reason_to_measure():
        print(reason)  # noqa: T201
        return None
    progress = Progress(allowed)
    with WhileMemoryLasts():
        _product(_SMALLEST, device)  # loads what is used first
        progress = Progress(allowed)
        bandwidth = _bandwidth(device, progress)
        machine = Machine(device, _peak(device, progress), bandwidth, known(device).precision())
        progress.say(f"{machine!r}  (measured in {progress.spent:.0f} s)")
        return machine
    progress.say(f"Nothing is measured: too little memory is free on {known(device).words}. Do other notebooks use it?")
    return None


@one_core()
def measure_rates(kernels: Iterable[Kernel], device: str, allowed: float = 6.0) -> list[Rate]:
    """Return how fast operations are.

    Args:
        kernels: the operations, with what they work on made when it is their turn.
        device: where they compute.
        allowed: seconds for all, about.

    Returns:
        The rates in the order of the operations, without those for which time or memory did not suffice.
    """
    if reason := no_reason_to_measure():
        print(reason)  # noqa: T201
        return []
    progress = Progress(allowed)
    found: list[Rate] = []
    memory = WhileMemoryLasts()
    with memory:
        for kernel in kernels:
            if found and progress.left < 0:
                break
            progress.say(f"Measuring {kernel.label} … ({progress.spent:.0f} s)")
            taken = seconds(kernel.run, device, of=min, at_most=allowed / 10)
            found.append(Rate(kernel.label, kernel.intensity, kernel.operations / taken))
    rest = f" More does not fit into what is free of the memory of {known(device).words}." if memory.used_up else ""
    progress.say(f"Measured in {progress.spent:.0f} s.{rest}")
    return found


def _bandwidth(device: str, progress: Progress) -> float:
    """Return the higher rate of two ways to move numbers: copy (one read, one written), add (two read, one written)."""
    progress.say("Measuring how fast numbers are moved …")
    numbers = _NUMBERS[device]
    while not _fit(numbers, device):
        numbers //= 2
    x, y, z = (torch.ones(numbers, device=device) for _ in range(3))
    copying = seconds(lambda: z.copy_(x), device, of=min, at_most=0.3)
    adding = seconds(lambda: torch.add(x, y, out=z), device, of=min, at_most=0.3)
    return numbers * _BYTES * max(2 / copying, 3 / adding)


def _peak(device: str, progress: Progress) -> float:
    """Return the highest rate of square matrix products, of sizes that double as long as there is time and memory."""
    size, best, taken = _SMALLEST, 0.0, 0.0
    while not best or (size <= _LARGEST[device] and _fit(size**2, device) and 8 * 4 * taken < progress.left):
        progress.say(f"Measuring the product of two {size:,} × {size:,} matrices …")
        taken = _product(size, device)
        best = max(best, 2 * size**3 / taken)
        size *= 2
    return best


def _product(size: int, device: str) -> float:
    """Return how many seconds the product of two square matrices takes at best."""
    x, y, z = (torch.randn(size, size, device=device) for _ in range(3))
    return seconds(lambda: torch.mm(x, y, out=z), device, of=min, at_most=0.5)


def _fit(numbers: int, device: str) -> bool:
    """Return whether three tensors of so many numbers fit into what is free of the memory, or are small in any case."""
    return numbers <= _SMALLEST**2 or 3 * numbers * _BYTES <= _SHARE * known(device).free()
