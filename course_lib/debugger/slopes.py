"""Whether a gradient is right, by differences: how a sum responds to small displacements, and how far to trust that.

A slope is a central difference D(h), extrapolated once (Richardson): R = (4 D(h/2) − D(h)) / 3. Three things blur it,
and each has a bound: what the extrapolation has changed, |R − D(h/2)|, more than covers the function's curvature; a
bend at or beside the point shows as a second difference that shrinks like h and not like h²; and rounding is at most so
many units in the last place of what was added. A gradient is called wrong only where it is off by more than all these.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from course_lib.debugger.severing import Response
from course_lib.plain_data import Array

# The largest step first fits most functions; others are for bends nearby, and for small numbers beside large ones.
_STEPS = (1e-3, 1e-5, 3e-2)
_EPSILON = float(np.finfo(np.float64).eps)
# What may always be off, as a part of what was added.
_TOLERANCE = 1e-6
# A slope that is less sure than this, as a part of what was added, decides nothing.
_SHARP, _DECISIVE = 1e-3, 0.1
# Bounds are taken so many times, as they are estimates.
_MARGIN = 4
# Errors of several entries may cancel along one direction, along two they do not; of many entries one is enough.
_DIRECTIONS, _MANY = 2, 10_000
# What is asked entry by entry is asked of that many entries at most.
MOST_ENTRIES = 512


@dataclass(frozen=True)
class Slope:
    """How a sum changes along a direction.

    Attributes:
        value: the change per step.
        size: the sum of the absolute values of what was added.
        error: how far the value may be off.
    """

    value: float
    size: float
    error: float


def agrees(
    claimed: Array, value: Array, response: Response, blur: Array | float = 0.0, directions: int = _DIRECTIONS
) -> bool | None:
    """Tell whether `claimed` is the gradient of the weighed sum of the response, along random directions.

    Args:
        claimed: the gradient, in the shape of `value`.
        value: where the response is asked.
        response: what is differentiated.
        blur: how far each entry of `claimed` may be off.
        directions: how many to try.

    Returns:
        None if nothing can be said: the numbers are too large, too far apart, or there is a bend.
    """
    if not (np.isfinite(value).all() and np.isfinite(claimed).all()):
        return None
    random = np.random.default_rng(value.size)
    verdict: bool | None = None
    for _ in range(directions if 1 < value.size <= _MANY else 1):
        signs = random.uniform(0.5, 1.5, value.shape) * random.choice([-1.0, 1.0], value.shape)
        along = _agrees_along(signs, claimed, value, response, blur)
        if along is False:
            return False
        verdict = verdict or along
    return verdict


def _agrees_along(signs: Array, claimed: Array, value: Array, response: Response, blur: Array | float) -> bool | None:
    """Tell the same along one direction. What is found to be wrong must be so with two steps."""
    wrong = 0
    for direction in (signs * _sizes(value), signs):
        terms = claimed * direction
        said, weight = float(terms.sum()), float(np.abs(terms).sum())
        blurred = float(np.abs(blur * direction).sum())
        for step in _STEPS:
            slope = slope_along(response, direction, step)
            if slope is None:
                continue
            scale, off = weight + slope.size, abs(said - slope.value)
            error = slope.error + 8 * _EPSILON * weight / step
            if off <= error + blurred + _TOLERANCE * scale:
                if error <= _SHARP * scale or off == 0:
                    return True
            elif error <= _DECISIVE * scale:
                wrong += 1
                if wrong > 1:
                    return False
    return None


def gradient(value: Array, response: Response) -> Array | None:
    """Return the gradient of the weighed sum of the response, entry by entry; None if it is too much, or fails."""
    if value.size > MOST_ENTRIES:
        return None
    found = np.zeros(value.shape)
    sizes = _sizes(value)
    for index in np.ndindex(value.shape):
        direction = np.zeros(value.shape)
        direction[index] = sizes[index]
        slope = slope_along(response, direction, _STEPS[0])
        if slope is None:
            return None
        found[index] = slope.value / sizes[index]
    return found


def slope_along(response: Response, direction: Array, step: float) -> Slope | None:
    """Return the slope along a direction, and how far it may be off; None where the function has no value."""
    try:
        sides = [response(part * step * direction) for part in (1.0, -1.0, 0.5, -0.5, 0.0)]
    except Exception:  # noqa: BLE001 - a student's forward may fail in any way where it was never meant to be evaluated
        return None
    value = near = bend = size = rounding = 0.0
    for (weight, right), (_, left), (_, near_right), (_, near_left), (_, middle) in zip(*sides, strict=True):
        if not right.shape == left.shape == weight.shape:
            return None
        terms = weight * (8 * (near_right - near_left) - (right - left)) / (6 * step)
        value += float(terms.sum())
        size += float(np.abs(terms).sum())
        near += float((weight * (near_right - near_left)).sum()) / step
        bend += float((weight * (4 * (near_right + near_left) - (right + left) - 6 * middle)).sum()) / step
        rounding += float(np.abs(weight * (np.abs(right) + np.abs(left))).sum()) * 8 * _EPSILON / step
    error = _MARGIN * (abs(value - near) + abs(bend)) + rounding
    return Slope(value, size, error) if np.isfinite([value, size, error]).all() else None


def _sizes(value: Array) -> Array:
    """Return how large each entry is, for steps in proportion to it; where it is zero, as large as the others."""
    sizes = np.abs(value)
    return np.maximum(sizes, 0.01 * sizes.max(initial=0.0)) if sizes.any() else np.ones(value.shape)
