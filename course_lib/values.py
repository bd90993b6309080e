"""The few operations that the engine needs on a value, whatever it is.

A value is a Python number, a numpy array, a torch tensor on any device, or a node (while a graph of the gradient is
being built). torch is never imported here: tensors are known by their methods.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from course_lib.errors import GraphError

Value = Any
Shape = tuple[int, ...]


def shape_of(value: Value) -> Shape:
    """Return the shape of a value; `()` for a number, or for what has no shape yet."""
    return tuple(getattr(value, "shape", ()))


def exp(value: Value) -> Value:
    """Return e to the power of every entry."""
    if callable(getattr(value, "exp", None)):  # torch tensors and nodes
        return value.exp()
    return np.exp(value) if isinstance(value, (np.ndarray, np.generic)) else math.exp(value)


def total(value: Value) -> Value:
    """Return the sum of all entries (a number is its own sum)."""
    return value.sum() if callable(getattr(value, "sum", None)) else value


def expand(value: Value, shape: Sequence[int]) -> Value:
    """Return `value` copied (without using memory) to a larger `shape`, by numpy's rules of broadcasting."""
    if callable(getattr(value, "expand", None)):  # torch tensors and nodes
        return value.expand(tuple(shape))
    return np.broadcast_to(value, tuple(shape)) if shape or isinstance(value, np.ndarray) else value


def sum_to(value: Value, shape: Sequence[int]) -> Value:
    """Return `value` summed over the axes along which something of `shape` was copied to fit it.

    This undoes broadcasting: what was copied in the forward pass is summed in the backward pass. A value that has the
    shape already, or fewer axes, comes back as it is. A node becomes a node, as its own shape is not known before it
    has run.

    Args:
        value: a number, array, tensor or node whose shape `shape` can be broadcast to.
        shape: the shape to return to.
    """
    if callable(getattr(value, "sum_to", None)):  # nodes
        return value.sum_to(tuple(shape))
    have, want = shape_of(value), tuple(shape)
    if have == want or len(have) < len(want):
        return value
    added = len(have) - len(want)
    stretched = [added + i for i, size in enumerate(want) if size == 1 and have[added + i] != 1]
    axes = (*range(added), *stretched)
    return value.sum(axes).reshape(want)


def transpose(value: Value) -> Value:
    """Return a matrix with its rows and columns exchanged."""
    return value.T


def device_of(value: Value) -> str | None:
    """Return the device that a tensor or array is on, such as `"cuda:0"`; None for numbers, which go with any."""
    if isinstance(value, np.ndarray):
        return "cpu"  # numpy 1 does not say so
    device = getattr(value, "device", None)
    return None if device is None or isinstance(value, np.generic) else str(device)


def require_entries(value: Value, what: str) -> None:
    """Refuse a tensor that has a shape but no numbers: torch's device "meta" is for working out shapes.

    Raises:
        GraphError: saying that `what` is such a tensor, and what to do.
    """
    if device_of(value) == "meta":
        raise GraphError(
            f'{what} is a tensor on the device "meta", which has a shape but no numbers to look at. '
            'Create the leaves with device=device, where device is "cpu" or a GPU.'
        )
