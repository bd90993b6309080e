"""A layout problem and its answer, in numbers only: what a layout engine is given and what it gives back.

x runs with the computation, from inputs to output; y runs down the page; lengths are in pixels.
"""

from dataclasses import dataclass

Point = tuple[float, float]


@dataclass(frozen=True)
class Sketch:
    """Boxes to be placed in columns: their sizes, the arrows between them (by index), and the least gaps."""

    sizes: tuple[tuple[float, float], ...]
    edges: tuple[tuple[int, int], ...]
    column_gap: float
    row_gap: float


@dataclass(frozen=True)
class Placement:
    """The middle of each box, and for each arrow the points by which it passes the columns that it crosses."""

    centres: tuple[Point, ...]
    bends: tuple[tuple[Point, ...], ...]
