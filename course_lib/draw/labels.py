"""Where the words at arrows go: beside their own arrow, clear of boxes, of other words and of other arrows.

Words are placed one after another. Each tries places along its arrow, above, below, left and right of it, and takes the
one where it covers least; among equals the one nearest to the middle of the arrow's last free stretch.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from course_lib.draw.bezier import bezier
from course_lib.draw.diagram import Diagram
from course_lib.draw.layout import LABEL_SIZE, NOTE_HEIGHT, Arrow, Layout
from course_lib.draw.lettering import printable, text_width
from course_lib.draw.routes import ROUNDNESS, Box, Route
from course_lib.draw.sketch import Point

_TIMES = (0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8)
_SAMPLES = 24
_GAP, _ASCENT, _DESCENT = 4.0, 9.0, 3.0
# What it costs to cover a box, other words, a point of an arrow, or to come close to one; to leave the middle of an
# arrow, and to write in a less usual way.
_ON_A_BOX, _ON_WORDS, _ON_AN_ARROW, _NEAR_AN_ARROW, _FURTHER, _LESS_USUAL = 60.0, 40.0, 6.0, 1.0, 20.0, 1.5
_NEAR, _AROUND, _LINE, _PATCH = 5.0, 4.0, 12.0, 48.0

Side = Literal["above", "below", "right", "left"]
Kind = Literal["label", "sent"]


@dataclass(frozen=True)
class Label:
    """Words at an arrow: their middle, and the line on which they stand."""

    kind: Kind
    words: str
    x: float
    baseline: float


@dataclass(frozen=True)
class _Area:
    left: float
    top: float
    right: float
    bottom: float

    def overlap(self, other: _Area) -> float:
        """How much of the smaller side two areas share, in pixels."""
        across = min(self.right, other.right) - max(self.left, other.left)
        down = min(self.bottom, other.bottom) - max(self.top, other.top)
        return max(0.0, min(across, down))

    def holds(self, point: Point) -> bool:
        """Whether a point lies within."""
        return self.left < point[0] < self.right and self.top < point[1] < self.bottom


class _Taken:
    """What is on the page already, found by the patch of the page where it lies."""

    def __init__(self) -> None:
        self._areas: dict[tuple[int, int], list[tuple[_Area, float]]] = defaultdict(list)
        self._points: dict[tuple[int, int], list[tuple[Point, int]]] = defaultdict(list)

    def add(self, area: _Area, weight: float) -> None:
        for patch in _patches(area):
            self._areas[patch].append((area, weight))

    def add_points(self, points: Sequence[Point], arrow: int) -> None:
        for x, y in points:
            self._points[int(x // _PATCH), int(y // _PATCH)].append(((x, y), arrow))

    def cost(self, area: _Area, own: int) -> float:
        """How bad it is to cover this area with words of the arrow `own`."""
        areas = {found for patch in _patches(area) for found in self._areas.get(patch, ())}
        wide = _Area(area.left - _NEAR, area.top - _NEAR, area.right + _NEAR, area.bottom + _NEAR)
        near = [point for patch in _patches(wide) for point in self._points.get(patch, ()) if wide.holds(point[0])]
        covered = sum(weight * (1 + area.overlap(other)) for other, weight in areas if area.overlap(other))
        return (
            covered
            + _ON_AN_ARROW * sum(area.holds(point) for point, _ in near)
            + sum(_NEAR_AN_ARROW for _, arrow in near if arrow != own)
        )


def _patches(area: _Area) -> Iterator[tuple[int, int]]:
    for column in range(int(area.left // _PATCH), int(area.right // _PATCH) + 1):
        for row in range(int(area.top // _PATCH), int(area.bottom // _PATCH) + 1):
            yield column, row


def labels(diagram: Diagram, layout: Layout) -> list[list[Label]]:
    """The words at each arrow of a layout, in the order of its arrows."""
    if not any(edge.label or edge.sent for edge in diagram.edges):
        return [[] for _ in layout.arrows]
    taken = _Taken()
    for node in diagram.nodes:
        box = layout.boxes[node.key]
        taken.add(_around(box), _ON_A_BOX)
        if node.note:
            half = text_width(node.note, LABEL_SIZE) / 2
            taken.add(_Area(box.x - half, box.bottom, box.x + half, box.bottom + NOTE_HEIGHT), _ON_WORDS)
    for number, arrow in enumerate(layout.arrows):
        taken.add_points(_points(arrow.route), number)
    return [_of(arrow, number, taken) for number, arrow in enumerate(layout.arrows)]


def _around(box: Box) -> _Area:
    return _Area(box.left, box.top - 1, box.right, box.bottom + 1)


def _of(arrow: Arrow, number: int, taken: _Taken) -> list[Label]:
    words = [printable(arrow.edge.label), printable(arrow.edge.sent)]
    widths = [text_width(text, LABEL_SIZE) for text in words if text]
    if not widths:
        return []
    middles = _best(arrow, number, widths, taken)
    for place, width in zip(middles, widths, strict=True):
        taken.add(_area(place, width), _ON_WORDS)
    kinds: tuple[Kind, Kind] = ("label", "sent")
    told = [(kind, text) for kind, text in zip(kinds, words, strict=True) if text]
    return [Label(kind, text, *place) for (kind, text), place in zip(told, middles, strict=True)]


def _best(arrow: Arrow, own: int, widths: Sequence[float], taken: _Taken) -> list[Point]:
    """The middle and the baseline of one or two words of these widths, beside each other, where they cost least."""
    points = _points(arrow.route[-2:])
    sides: tuple[Side, Side] = ("above", "below") if arrow.label_above else ("below", "above")
    best, least = [points[_SAMPLES // 2]] * len(widths), float("inf")
    for time in _TIMES:
        near = points[round(time * _SAMPLES)]
        for number, middles in enumerate(_arrangements(points, near, widths, sides)):
            cost = _FURTHER * abs(time - 0.5) + _LESS_USUAL * number
            if cost >= least:
                break  # whatever it covers, and the less usual ones after it cost more
            for (x, baseline), width in zip(middles, widths, strict=True):
                cost += taken.cost(_area((x, baseline), width), own)
                cost += max(abs(x - near[0]) - width / 2, abs(baseline - 3 - near[1]) - 2 * _ASCENT, 0.0)
            if cost < least:
                best, least = middles, cost
    return best


def _arrangements(
    points: Sequence[Point], near: Point, widths: Sequence[float], sides: tuple[Side, Side]
) -> Iterator[list[Point]]:
    """Ways to write one or two words at a point of an arrow, the most usual first: on both sides, or stacked."""
    two = len(widths) > 1
    if two:
        yield [_beside(points, near, width, side) for width, side in zip(widths, sides, strict=True)]
    for side in (*sides, "right", "left"):
        x, baseline = _beside(points, near, max(widths), side)
        shift = {"above": -_LINE, "below": 0.0}.get(side, -_LINE / 2) if two else 0.0
        flush = {"right": -1, "left": 1}.get(side, 0)
        lines = enumerate(widths)
        yield [(x + flush * (max(widths) - width) / 2, baseline + shift + line * _LINE) for line, width in lines]


def _area(middle: Point, width: float) -> _Area:
    x, baseline = middle
    return _Area(x - width / 2 - _AROUND, baseline - _ASCENT, x + width / 2 + _AROUND, baseline + _DESCENT)


def _beside(points: Sequence[Point], near: Point, width: float, side: Side) -> Point:
    """The middle and the baseline of words on one side of an arrow, close to a point of it."""
    x, y = near
    if side in ("right", "left"):
        level = [px for px, py in points if y - _ASCENT <= py <= y + _ASCENT]
        edge = max(level) + _GAP + 1 if side == "right" else min(level) - _GAP - 1
        return edge + (width / 2 if side == "right" else -width / 2), y + (_ASCENT - _DESCENT) / 2
    under = [py for px, py in points if x - width / 2 - 2 <= px <= x + width / 2 + 2]
    return x, min(under) - _GAP - 1 if side == "above" else max(under) + _GAP + _ASCENT


def _points(route: Route) -> list[Point]:
    """Points along the curve through the knots of a route."""
    points = []
    for here, there in pairwise(route):
        reach = ROUNDNESS * abs(there.x - here.x)
        xs = (here.x, here.x + reach, there.x - reach, there.x)
        ys = (here.y, here.y + reach * here.slope, there.y - reach * there.slope, there.y)
        points += [(bezier(xs, i / _SAMPLES), bezier(ys, i / _SAMPLES)) for i in range(_SAMPLES + 1)]
    return points
