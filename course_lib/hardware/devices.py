"""What differs from device to device: its clock, its memory, and how exact its products are. All else is the same."""

from __future__ import annotations

import math
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import ClassVar

import torch

from course_lib.errors import CourseError
from course_lib.hardware.alive import Alive
from course_lib.rounding import product_precision

# What the program itself worked, whatever else the machine did meanwhile; Windows knows it by 1/64 s only.
_working_time = time.perf_counter if sys.platform == "win32" else time.process_time
# GPUs before this generation (Ampere, compute capability 8.0) have no units for TF32, and ignore that it is allowed.
_FIRST_WITH_TF32 = (8, 0)


class Device(ABC):
    """How time and memory are measured on a device.

    Attributes:
        words: what to call it.
        shortest: seconds that a measured stretch takes at least, for its ends not to matter; short runs are repeated.
    """

    words: ClassVar[str]
    shortest: ClassVar[float] = 0.0

    @abstractmethod
    def stretch(self, run: Callable[[], object], runs: int) -> float:
        """Return how many seconds so many runs take together."""

    def peak(self, run: Callable[[], object]) -> int:
        """Return the most bytes that tensors made by a run held at any one time, as counted."""
        alive = Alive()
        with alive:
            run()
        return alive.peak

    def free(self) -> float:
        """Return how many bytes tensors may still take; infinity where nobody says."""
        return math.inf

    def precision(self) -> str:
        """Return with which precision products of float32 matrices are computed now."""
        return "float32"


class Cpu(Device):
    """A single core (see `one_core`), and the time that it worked for this program."""

    words = "one core of the CPU"

    def stretch(self, run: Callable[[], object], runs: int) -> float:
        """Return how many seconds the processor worked on so many runs."""
        return _seconds_of(_working_time, run, runs)

    def precision(self) -> str:
        """Return float32, and what less torch was allowed to compute products with where the CPU can."""
        allowed = product_precision("cpu")
        return f"float32, {allowed.upper()} allowed" if allowed in ("tf32", "bf16") else "float32"


class Cuda(Device):
    """An NVIDIA GPU, which works behind the program's back.

    Its time passes between two events that it records itself, each when it has done what it was told before. CUDA
    knows that time by about half a microsecond (cudaEventElapsedTime), so a stretch of a millisecond by 1/2000.
    Starting a single short run takes the program longer than the GPU needs for it. In a stretch of many, they are
    started while others are still computed.
    """

    words = "the GPU"
    shortest = 1e-3

    def stretch(self, run: Callable[[], object], runs: int) -> float:
        """Return how many seconds passed on the GPU between the events before and after so many runs."""
        start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))  # type: ignore[no-untyped-call]
        start.record()
        for _ in range(runs):
            run()
        end.record()
        torch.cuda.synchronize()
        milliseconds: float = start.elapsed_time(end)
        return milliseconds / 1000

    def peak(self, run: Callable[[], object]) -> int:
        """Return how much more torch's allocator had given out at most than before the run, in bytes."""
        run()  # libraries take room of their own when they are first used
        torch.cuda.synchronize()
        torch.cuda.reset_peak_memory_stats()
        before = torch.cuda.memory_allocated()
        run()
        torch.cuda.synchronize()
        return int(torch.cuda.max_memory_allocated()) - int(before)

    def free(self) -> float:
        """Return what the GPU has free, whoever uses the rest, and what torch keeps there for later, in bytes."""
        free, _ = torch.cuda.mem_get_info()
        return float(free + torch.cuda.memory_reserved() - torch.cuda.memory_allocated())

    def precision(self) -> str:
        """Return TF32, which rounds inputs to 10 bits after the point, where it is allowed and there; or float32."""
        allowed = product_precision("cuda") == "tf32"
        return "TF32" if allowed and torch.cuda.get_device_capability() >= _FIRST_WITH_TF32 else "float32"


class Mps(Device):
    """The GPU of an Apple processor: by the clock on the wall, read when it is idle. Its memory is counted."""

    words = "the GPU"
    shortest = 1e-2  # waiting for it to become idle takes time of its own

    def stretch(self, run: Callable[[], object], runs: int) -> float:
        """Return how many seconds passed until so many runs were done."""
        torch.mps.synchronize()

        def until_done() -> None:
            for _ in range(runs):
                run()
            torch.mps.synchronize()

        return _seconds_of(time.perf_counter, until_done, 1)

    def free(self) -> float:
        """Return how much of the memory that Metal recommends to use is not held by tensors, in bytes."""
        return float(torch.mps.recommended_max_memory() - torch.mps.current_allocated_memory())


_KNOWN: dict[str, Device] = {"cpu": Cpu(), "cuda": Cuda(), "mps": Mps()}


def known(device: str) -> Device:
    """Return how to measure on a device.

    Args:
        device: `"cpu"`, `"cuda"` (torch's current one, where there are several) or `"mps"`.

    Raises:
        CourseError: for any other.
    """
    if device not in _KNOWN:
        raise CourseError(f"Nothing can be measured on {device!r}. Choose one of: {', '.join(_KNOWN)}.")
    return _KNOWN[device]


def _seconds_of(clock: Callable[[], float], run: Callable[[], object], runs: int) -> float:
    start = clock()
    for _ in range(runs):
        run()
    return clock() - start
