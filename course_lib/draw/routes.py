"""The way of each arrow: level out of one box, between the boxes in its way, level into another.

An arrow is drawn as a string pulled tight through gates: in each column that it crosses, a gap between two boxes. Where
several arrows share a gap, each keeps to a lane of its own. Arrows arrive at ports spread over the left of a box, so
that they can be told apart even when two of them carry the same input.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from course_lib.draw.bezier import bezier, bezier_time
from course_lib.draw.sketch import Point

_PORT_PITCH, _PORT_MARGIN = 18.0, 9.0
_EXIT_PITCH, _LANE_PITCH = 10.0, 7.0
_CLEARANCE = 9.0
_PULLS, _MOST_THINNED = 25, 12
# How far the handles of a curve reach from one knot to the next: more than a third, for a rounder curve.
ROUNDNESS = 0.45


@dataclass(frozen=True)
class Box:
    """A box, by its middle and its size; y runs down the page."""

    x: float
    y: float
    width: float
    height: float

    @property
    def left(self) -> float:
        """Where arrows come in."""
        return self.x - self.width / 2

    @property
    def right(self) -> float:
        """Where arrows go out."""
        return self.x + self.width / 2

    @property
    def top(self) -> float:
        """The upper edge."""
        return self.y - self.height / 2

    @property
    def bottom(self) -> float:
        """The lower edge."""
        return self.y + self.height / 2


@dataclass(frozen=True)
class Knot:
    """A point that an arrow passes, and how steeply it falls there."""

    x: float
    y: float
    slope: float


Route = tuple[Knot, ...]


@dataclass(frozen=True)
class _Gate:
    """The opening through which an arrow must pass at some x."""

    x: float
    y: float
    top: float
    bottom: float


def routes(
    boxes: Sequence[Box], edges: Sequence[tuple[int, int]], bends: Sequence[Sequence[Point]], ports: Sequence[float]
) -> list[Route]:
    """The route of each edge, given the points by which it passes columns and the height at which it arrives."""
    columns: dict[int, list[Box]] = defaultdict(list)
    for box in boxes:
        columns[round(box.x)].append(box)
    all_gates = _gates(columns, bends)
    for (source, target), gates in zip(edges, all_gates, strict=True):
        if boxes[source].right < boxes[target].left:
            gates[:0] = _doorway(boxes[source], columns, 1)
            gates.extend(_doorway(boxes[target], columns, -1))
    exits = _exits(boxes, edges, [gates[0].y if gates else port for gates, port in zip(all_gates, ports, strict=True)])
    return [
        _route((boxes[source].right, exit_height), gates, (boxes[target].left, port))
        for (source, target), exit_height, gates, port in zip(edges, exits, all_gates, ports, strict=True)
    ]


def port_heights(box: Box, count: int) -> list[float]:
    """The heights at which `count` arrows enter a box."""
    pitch = min(_PORT_PITCH, (box.height - 2 * _PORT_MARGIN) / max(1, count - 1))
    return [box.y + _spread(slot, count, pitch) for slot in range(count)]


def height_at(route: Route, x: float) -> float:
    """The height of a route at some x between its ends."""
    here, there = next(((a, b) for a, b in pairwise(route) if x <= b.x), route[-2:])
    reach = ROUNDNESS * (there.x - here.x)
    xs = here.x, here.x + reach, there.x - reach, there.x
    ys = here.y, here.y + reach * here.slope, there.y - reach * there.slope, there.y
    return bezier(ys, bezier_time(xs, x))


def _spread(index: int, count: int, pitch: float) -> float:
    return (index - (count - 1) / 2) * pitch


def _exits(boxes: Sequence[Box], edges: Sequence[tuple[int, int]], next_heights: Sequence[float]) -> list[float]:
    """The height at which each arrow leaves its box: all at one point, unless two of them have the same target."""
    leaving: dict[int, list[int]] = defaultdict(list)
    for arrow, (source, _) in enumerate(edges):
        leaving[source].append(arrow)
    exits = [boxes[source].y for source, _ in edges]
    for source, arrows in leaving.items():
        if len({edges[arrow][1] for arrow in arrows}) < len(arrows):
            arrows.sort(key=lambda arrow: next_heights[arrow])
            pitch = min(_EXIT_PITCH, (boxes[source].height - 2 * _PORT_MARGIN) / (len(arrows) - 1))
            for place, arrow in enumerate(arrows):
                exits[arrow] += _spread(place, len(arrows), pitch)
    return exits


def _doorway(box: Box, columns: Mapping[int, Sequence[Box]], side: int) -> list[_Gate]:
    """A gate on one side of a box that is narrower than its column, so that its arrows clear the boxes beside it."""
    column = columns[round(box.x)]
    half = max(other.width for other in column) / 2
    if half - box.width / 2 < 1:
        return []
    top = max((other.bottom for other in column if other.y < box.y), default=float("-inf"))
    bottom = min((other.top for other in column if other.y > box.y), default=float("inf"))
    return [_Gate(box.x + side * half, box.y, min(top + _CLEARANCE, box.y), max(bottom - _CLEARANCE, box.y))]


def _gates(columns: Mapping[int, Sequence[Box]], bends: Sequence[Sequence[Point]]) -> list[list[_Gate]]:
    """For each arrow its gates from left to right: two for each column, where the column begins and where it ends."""
    gaps = {x: _gaps(column) for x, column in columns.items()}
    # Who passes which gap, from top to bottom: (height, arrow, place among the arrow's bends).
    passing: dict[tuple[int, int], list[tuple[float, int, int]]] = defaultdict(list)
    for arrow, points in enumerate(bends):
        for place, (x, y) in enumerate(points):
            here = gaps.get(round(x), [])
            if not here:  # a column without a box: nothing to avoid
                continue
            gap = min(range(len(here)), key=lambda index: _distance(y, here[index]))
            passing[round(x), gap].append((y, arrow, place))
    gates: list[dict[int, tuple[_Gate, _Gate]]] = [{} for _ in bends]
    for (x, gap), arrows in passing.items():
        top, bottom = gaps[x][gap]
        half = max(box.width for box in columns[x]) / 2
        pitch = min(_LANE_PITCH, (bottom - top) / len(arrows))
        for lane, (y, arrow, place) in enumerate(sorted(arrows)):
            lane_top, lane_bottom = top + lane * pitch, bottom - (len(arrows) - 1 - lane) * pitch
            gate = _Gate(x - half, min(max(y, lane_top), lane_bottom), lane_top, lane_bottom)
            gates[arrow][place] = gate, replace(gate, x=x + half)
    return [[gate for place in sorted(its) for gate in its[place]] for its in gates]


def _gaps(column: Sequence[Box]) -> list[tuple[float, float]]:
    """What is free in a column: above, between and below its boxes, at a distance from them where there is room."""
    edges = [float("-inf")]
    for box in sorted(column, key=lambda box: box.y):
        edges += [box.top, box.bottom]
    edges.append(float("inf"))
    gaps = []
    for top, bottom in zip(edges[::2], edges[1::2], strict=True):
        margin = min(_CLEARANCE, max(0.0, bottom - top) / 2)
        gaps.append((top + margin, bottom - margin))
    return gaps


def _distance(y: float, gap: tuple[float, float]) -> float:
    return max(gap[0] - y, 0.0, y - gap[1])


def _route(start: Point, gates: Sequence[_Gate], end: Point) -> Route:
    """A curve from start to end with few knots: those gates are left out that the curve passes anyway."""
    direct = _smooth([start, end])
    if _passes(direct, gates):
        return direct
    way = _pulled_tight(start, gates, end)
    place = 1
    while place < len(way) - 1 and len(gates) <= _MOST_THINNED:
        thinner = [*way[:place], *way[place + 1 :]]
        if _passes(_smooth(thinner), gates):
            way = thinner
        else:
            place += 1
    return _smooth(way)


def _passes(route: Route, gates: Sequence[_Gate]) -> bool:
    return all(gate.top - 1 <= height_at(route, gate.x) <= gate.bottom + 1 for gate in gates)


def _pulled_tight(start: Point, gates: Sequence[_Gate], end: Point) -> list[Point]:
    """A short way from start to end through all gates: each point in turn moves towards the line of its neighbours."""
    way = [start, *((gate.x, gate.y) for gate in gates), end]
    for _ in range(_PULLS if gates else 0):
        moved = 0.0
        for index, gate in enumerate(gates, start=1):
            (x0, y0), (x1, y1) = way[index - 1], way[index + 1]
            wish = y0 + (y1 - y0) * (gate.x - x0) / max(1.0, x1 - x0)
            y = min(max(wish, gate.top), gate.bottom)
            moved = max(moved, abs(y - way[index][1]))
            way[index] = gate.x, y
        if moved < 0.1:  # noqa: PLR2004 - a tenth of a pixel
            break
    return way


def _smooth(way: Sequence[Point]) -> Route:
    """Slopes for a curve that is level at its ends and never overshoots: it stays between its knots' heights.

    At a knot the slope is the harmonic mean of the slopes of the stretches beside it, or level at a turn (Fritsch and
    Carlson's rule); a stretch that begins or ends level is about twice as steep at its other end as on the whole.
    """
    rises = [(y1 - y0) / max(1.0, x1 - x0) for (x0, y0), (x1, y1) in pairwise(way)]
    ends = {0, len(rises) - 1}
    natural = [2 * rise if place in ends else rise for place, rise in enumerate(rises)]
    slopes = [0.0]
    for place, (a, b) in enumerate(pairwise(natural)):
        steepest = min(abs(rises[place]), abs(rises[place + 1])) / ROUNDNESS
        mean = 2 * a * b / (a + b) if a * b > 0 else 0.0
        slopes.append(max(-steepest, min(steepest, mean)))
    return tuple(Knot(x, y, slope) for (x, y), slope in zip(way, [*slopes, 0.0], strict=True))
