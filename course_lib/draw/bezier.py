"""Cubic Bézier curves, one coordinate at a time."""

from collections.abc import Sequence

_HALVINGS = 14


def bezier(controls: Sequence[float], t: float) -> float:
    """The coordinate at time t, from 0 to 1, of the curve with these four controls."""
    a, b, c, d = controls
    s = 1 - t
    return a * s**3 + 3 * b * s * s * t + 3 * c * s * t * t + d * t**3


def bezier_time(controls: Sequence[float], coordinate: float) -> float:
    """When a curve that never turns back reaches a coordinate, by halving."""
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if bezier(controls, middle) < coordinate else (low, middle)
    return (low + high) / 2
