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
        if not isinstance(kept, Corner) or not kept.shape:
            return text(kept)
        tensor = StoryTensor(_shape(kept), math.prod(kept.shape), _rows(kept))
        return self.tensors.setdefault(tensor, len(self.tensors))


def text(kept: Value) -> str:
    """Return the value that was kept in a few letters; of a tensor, the shape, for which no entry is looked at."""
    if isinstance(kept, weakref.ref):
        kept = kept()
    if not isinstance(kept, Corner):
        return short.value(kept)[:_LONGEST]
    if kept.shape:
        return f"tensor {_shape(kept)}"
    nowhere = short.whereabouts(kept.device)
    return f"number{nowhere}" if nowhere else short.value(kept.on_host) or "?"


def same(one: Value, other: Value) -> bool:
    """Tell whether two kept values look the same; tensors are compared where they are, so that one bit comes back."""
    if not (isinstance(one, Corner) and isinstance(other, Corner) and one.shape == other.shape != ()):
        return text(one) == text(other)
    a, b = one.entries, other.entries
    try:
        return bool(((a == b) | ((a != a) & (b != b))).all())  # noqa: PLR0124 - NaN
    except Exception:  # noqa: BLE001 - different devices, or the one without entries
        return one.device == other.device


def scalar(kept: Value) -> float | None:
    """Return the number that was kept; None for anything else."""
    if isinstance(kept, Corner) and not kept.shape:
        kept = kept.on_host
    return float(kept) if isinstance(kept, int | float) and not isinstance(kept, bool) else None


def _shape(kept: Corner) -> str:
    return ("×".join(map(str, kept.shape)) + short.whereabouts(kept.device))[:_LONGEST]


def _rows(kept: Corner) -> tuple[tuple[float | None, ...], ...]:
    """Return the entries that were kept, by rows; none if they are no real numbers, or cannot be read."""
    try:
        entries = np.asarray(kept.on_host or (), dtype=float)
    except (TypeError, ValueError, OverflowError):
        return ()
    if not entries.size:
        return ()
    return tuple(tuple(_rounded(entry) for entry in row) for row in np.atleast_2d(entries))


def _rounded(entry: Any) -> float | None:  # noqa: ANN401 - of an array
    number = float(f"{float(entry):.4g}")
    if not math.isfinite(number):
        return None
    return int(number) if number == int(number) and abs(number) < 10**6 else number
