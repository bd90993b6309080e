"""How values are shown: numbers in four digits, tensors by their shape and a small map of their entries."""

from __future__ import annotations

import math
import weakref
from typing import Any

import numpy as np

from course_lib.draw import short
from course_lib.recording import Corner, snapshot
from course_lib.stepper.story import Shown, StoryTensor
from course_lib.values import Value

_LONGEST = 60


class Showing:
    """Turns values into what a story holds, and collects the tensors among them, each once."""

    def __init__(self) -> None:
        """Begin without tensors."""
        self.tensors: dict[StoryTensor, int] = {}

    def now(self, value: Value) -> Shown:
        """Show a value as it is now."""
        return self.recorded(snapshot(value))

    def recorded(self, kept: Value) -> Shown:
        """Show a value as `recording.snapshot` kept it."""
        if isinstance(kept, weakref.ref):
            kept = kept()
        if not isinstance(kept, Corner):
            return short.value(kept)[:_LONGEST]
        try:
            entries = np.asarray(kept.entries.tolist(), dtype=float)
        except Exception:  # noqa: BLE001 - complex numbers, a device without memory, …: it has at least a shape
            entries = np.zeros((0, 0))
        if not kept.shape:
            return short.value(float(entries)) if entries.size else "?"
        rows = np.atleast_2d(entries) if entries.size else ()
        shape = "×".join(map(str, kept.shape))
        tensor = StoryTensor(
            shape[:_LONGEST], math.prod(kept.shape), tuple(tuple(_rounded(entry) for entry in row) for row in rows)
        )
        return self.tensors.setdefault(tensor, len(self.tensors))

    def shape(self, tensor: int) -> str:
        """Return the shape of a tensor that was shown, by its number."""
        return next(found.shape for found, number in self.tensors.items() if number == tensor)


def scalar(kept: Value) -> float | None:
    """Return the number that was kept; None for anything else."""
    if isinstance(kept, Corner) and not kept.shape:
        kept = kept.entries.tolist()
    return float(kept) if isinstance(kept, int | float) and not isinstance(kept, bool) else None


def _rounded(entry: Any) -> float | None:  # noqa: ANN401 - of an array
    number = float(f"{float(entry):.4g}")
    if not math.isfinite(number):
        return None
    return int(number) if number == int(number) and abs(number) < 10**6 else number
