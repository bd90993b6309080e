"""What shape comes out of an operation on tensors, by the rules that numpy and torch share."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from course_lib.errors import CourseError
from course_lib.values import Shape

_MATRIX = 2


class CannotCount(CourseError, AttributeError, TypeError):  # noqa: N818 - the name is the message
    """Something that cannot be done with arrays that have a shape but no entries.

    It is an AttributeError too, so that asking such an array what it can do is answered with "no".
    """


def broadcast(first: Shape, second: Shape) -> Shape:
    """Return the shape of what two tensors make entry by entry.

    Raises:
        CannotCount: if they do not fit.
    """
    try:
        return np.broadcast_shapes(first, second)
    except ValueError:
        raise CannotCount(f"Tensors of shapes {first} and {second} cannot be combined entry by entry.") from None


def product(first: Shape, second: Shape) -> tuple[Shape, int]:
    """Return the shape of a matrix product, and how many products of numbers each of its entries is the sum of.

    A vector on the left counts as a row, on the right as a column. Axes before the last two are those of a batch.

    Raises:
        CannotCount: if the shapes do not fit.
    """
    rows = first[-2:-1]
    columns = second[-1:] if len(second) >= _MATRIX else ()
    inner = second[-2:-1] if len(second) >= _MATRIX else second
    if not first or not second or first[-1:] != inner:
        raise CannotCount(f"There is no matrix product of shapes {first} and {second}: inner lengths must agree.")
    batch = broadcast(first[:-2], second[:-2]) if max(len(first), len(second)) > _MATRIX else ()
    return (*batch, *rows, *columns), inner[0]


def without_axes(shape: Shape, axis: int | Sequence[int] | None, *, keep: bool) -> Shape:
    """Return what remains of a shape when some axes, or all, are summed.

    Raises:
        CannotCount: if there is no such axis.
    """
    axes = range(len(shape)) if axis is None else (axis,) if isinstance(axis, int) else axis
    if any(not -len(shape) <= one < len(shape) for one in axes):
        raise CannotCount(f"A tensor of shape {shape} cannot be summed over axis {axis}.")
    summed = {one % len(shape) for one in axes}
    if keep:
        return tuple(1 if i in summed else length for i, length in enumerate(shape))
    return tuple(length for i, length in enumerate(shape) if i not in summed)


def reshaped(shape: Shape, target: Sequence[int]) -> Shape:
    """Return the shape that entries of `shape` take when they are laid out anew; a −1 stands for what is left.

    Raises:
        CannotCount: if the numbers of entries differ.
    """
    wanted = tuple(target)
    known = math.prod(length for length in wanted if length != -1)
    if -1 in wanted and known:
        wanted = tuple(math.prod(shape) // known if length == -1 else length for length in wanted)
    if math.prod(wanted) != math.prod(shape) or min(wanted, default=0) < 0:
        raise CannotCount(f"A tensor of shape {shape} cannot take the shape {tuple(target)}.")
    return wanted
