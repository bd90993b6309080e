"""What was counted, for each node and for both passes, and how it is shown: a table, and what is held over time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from html import escape
from itertools import pairwise
from typing import TYPE_CHECKING

from course_lib.counting.operations import Operations
from course_lib.report import Table
from course_lib.values import Shape

if TYPE_CHECKING:
    from course_lib.counting.chart import Chart

# In a table of more rows, nodes that are made alike share one.
_MOST_ROWS = 24
_MOST_POINTS = 400
_SIGNS = ("×", "+", "÷", "f")
_FORWARD, _BACKWARD, _SEAM = "#00694e", "#b93a0b", "#8793a0"


@dataclass(frozen=True)
class NodeCount:
    """What one node cost.

    Attributes:
        name: what it is called.
        operation: how it is made.
        shape: the shape of its value.
        forward: the operations of the forward pass there.
        sent: those of the backward pass that compute what it sends to its inputs.
        summed: those of the backward pass that add up what arrives at it.
        constant: whether it is a number that was written into a formula.
        nodes: how many nodes this stands for.
    """

    name: str
    operation: str
    shape: Shape
    forward: Operations
    sent: Operations
    summed: Operations
    constant: bool = False
    nodes: int = 1

    @property
    def backward(self) -> Operations:
        """All operations of the backward pass at this node."""
        return self.sent + self.summed


@dataclass(frozen=True)
class Call:
    """One call of a node's method.

    Attributes:
        kind: `f`orward, `b`ackward or `a`ccumulate_gradient.
        node: the place of the node.
        live: how many scalars are held after it.
    """

    kind: str
    node: int
    live: int


@dataclass(frozen=True)
class Count:
    """What a forward and a backward pass cost.

    Attributes:
        nodes: the nodes, inputs first.
        forward: the operations of the forward pass.
        backward: those of the backward pass.
        calls: each call of a node's method, in order.
        turn: how many of the calls belong to the forward pass.
        peak: how many scalars were held at most, not counting the values that the graph was given.
    """

    nodes: tuple[NodeCount, ...]
    forward: Operations
    backward: Operations
    calls: tuple[Call, ...]
    turn: int
    peak: int

    @property
    def ratio(self) -> float:
        """Both passes together, in terms of the forward pass; infinite where that costs nothing."""
        both = self.forward.total + self.backward.total
        return both / self.forward.total if self.forward.total else float("inf") if both else 1.0

    @property
    def live(self) -> tuple[int, ...]:
        """How many scalars are held after each call."""
        return tuple(call.live for call in self.calls)

    @property
    def chart(self) -> Chart:
        """What is held over time."""
        from course_lib.counting.chart import Chart, Line, round_ticks  # noqa: PLC0415 - only those who look pay for it

        points = [(0.0, 0.0), *((float(i), float(live)) for i, live in enumerate(self.live, 1))]
        turn = self.turn
        ticks = round_ticks(self.peak)
        seam = Line([(turn, 0.0), (turn, ticks[-1][0])], _SEAM, width=1, dashed=True)
        at = max(range(len(points)), key=lambda i: points[i][1])
        return Chart(
            "Scalars held in memory, call by call",
            [
                seam,
                Line(_steps(_thinned(points[: turn + 1])), _FORWARD, width=2),
                Line(_steps(_thinned(points[turn:])), _BACKWARD, width=2),
            ],
            x_label="calls of the nodes' methods",
            x_ticks=[
                *((place, f"{place:,}") for place in (0, turn, len(self.calls))),
                *((turn / 2, "forward"), ((turn + len(self.calls)) / 2, "backward")),
            ],
            y_ticks=ticks,
            dots=[(points[at], f"peak {self.peak:,}")],
            description=f"{self._memory()} It grows to {self.live[turn - 1] if turn else 0:,} in the forward pass.",
        )

    def __repr__(self) -> str:
        """Return the counts as a table and three lines."""
        header, rows = self._table()
        return "\n".join([repr(Table(header, rows, rows)), "", *self._summary(), self._memory()])

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:  # noqa: ARG002
        header, rows = self._table()
        lines = "".join(f"<p>{escape(line)}</p>" for line in (*self._summary(), self._memory()))
        return {"text/html": f"{_html(header, rows)}{lines}{self.chart.to_html()}", "text/plain": repr(self)}

    def _summary(self) -> Iterator[str]:
        yield f"Forward {self.forward.total:,} operations, backward {self.backward.total:,}."
        if self.forward.total:
            yield f"Both together cost {self.ratio:.2f} times as much as the forward pass alone."

    def _memory(self) -> str:
        return f"At most {self.peak:,} scalars are held at a time, besides the values that the graph was given."

    def _table(self) -> tuple[list[str], list[list[str]]]:
        """Return the header and the rows: operations by kind, leaving out kinds that do not occur."""
        shown = [node for node in self.nodes if not node.constant or node.forward.total or node.backward.total]
        shown = _alike_together(shown) if len(shown) > _MOST_ROWS else shown
        kinds = [
            (name, place)
            for name, total in (("forward", self.forward), ("backward", self.backward))
            for place, number in enumerate(total.by_kind)
            if number
        ]
        rows = [
            [
                node.name,
                node.operation,
                "×".join(map(str, node.shape)),
                *(_number(getattr(node, name).by_kind[place]) for name, place in kinds),
            ]
            for node in shown
        ]
        totals = [_number(getattr(self, name).by_kind[place]) for name, place in kinds]
        header = ["node", "made by", "shape", *(f"{name} {_SIGNS[place]}" for name, place in kinds)]
        return header, [*rows, ["all", "", "", *totals]]


def _alike_together(nodes: Sequence[NodeCount]) -> list[NodeCount]:
    """Return one row for all nodes of the same operation and shape."""
    found: dict[tuple[str, Shape], NodeCount] = {}
    for one in nodes:
        kind = (one.operation, one.shape)
        if other := found.get(kind):
            found[kind] = replace(
                other,
                name=f"{other.nodes + 1:,} nodes",
                forward=other.forward + one.forward,
                sent=other.sent + one.sent,
                summed=other.summed + one.summed,
                nodes=other.nodes + 1,
            )
        else:
            found[kind] = one
    return list(found.values())


def _number(number: int) -> str:
    return f"{number:,}" if number else "·"


def _thinned(points: Sequence[tuple[float, float]]) -> Sequence[tuple[float, float]]:
    """Return as many points as a picture has room for: of each stretch the highest, and the first and last of all."""
    every = -(-len(points) // _MOST_POINTS)
    if every == 1:
        return points
    stretches = [points[i : i + every] for i in range(0, len(points), every)]
    return [points[0], *(max(stretch, key=lambda point: point[1]) for stretch in stretches), points[-1]]


def _steps(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return the corners of a line that stays level from one point to the next."""
    corners = list(points[:1])
    for (_, before), (x, y) in pairwise(points):
        corners += [(x, before), (x, y)]
    return corners


def _html(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table whose numbers line up on the right."""

    def cells(row: Sequence[str], tag: str) -> str:
        sides = ["left"] * 3 + ["right"] * (len(row) - 3)
        return "".join(
            f'<{tag} style="text-align:{side}">{escape(words)}</{tag}>' for words, side in zip(row, sides, strict=True)
        )

    body = "".join(f"<tr>{cells(row, 'td')}</tr>" for row in rows)
    return f"<table><thead><tr>{cells(header, 'th')}</tr></thead><tbody>{body}</tbody></table>"
