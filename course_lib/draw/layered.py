"""A layered layout in plain Python, for machines where no Graphviz runs.

Sugiyama's recipe: assign each box a column, give each arrow a dummy point in every column that it crosses, reorder the
columns so that connected things are level, then move them to the heights that they would like, without overlaps.
"""

from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise

from course_lib.draw.sketch import Placement, Sketch

_ORDERING_SWEEPS, _HEIGHT_SWEEPS = 8, 12
_FIRMNESS = 20.0


def layered(sketch: Sketch) -> Placement:
    """Place the boxes of a sketch. Runs in about the number of boxes and column crossings; never fails."""
    edges = _without_circles(len(sketch.sizes), sketch.edges)
    column = _columns(len(sketch.sizes), edges)
    heights = [height for _, height in sketch.sizes]
    links: list[tuple[int, int]] = []
    passages: list[list[int]] = []
    for source, target in edges:
        # A dummy is one more thing to place, without a height.
        dummies = list(range(len(heights), len(heights) + max(0, column[target] - column[source] - 1)))
        heights += [0.0] * len(dummies)
        column += [column[source] + 1 + step for step in range(len(dummies))]
        path = [source, *dummies, target]
        links += pairwise(path)
        passages.append(dummies)
    before, after = _neighbours(len(heights), links)
    rows = _ordered(column, before, after)
    y = _heights(rows, before, after, [height + sketch.row_gap for height in heights])
    x = _column_middles(column, sketch)
    return Placement(
        centres=tuple((x[column[box]], y[box]) for box in range(len(sketch.sizes))),
        bends=tuple(tuple((x[column[dummy]], y[dummy]) for dummy in dummies) for dummies in passages),
    )


def _without_circles(count: int, edges: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The edges, with those turned round that would close a circle (a graph gone wrong must still be drawn)."""
    position: dict[int, int] = {}
    inputs, _ = _neighbours(count, edges)
    for start in range(count):
        stack, open_boxes = [start], set()
        while stack:
            box = stack[-1]
            if box in position or box in open_boxes:
                position.setdefault(box, len(position))
                stack.pop()
                continue
            open_boxes.add(box)
            stack += [source for source in inputs[box] if source not in position and source not in open_boxes]
    return [edge if position[edge[0]] <= position[edge[1]] else (edge[1], edge[0]) for edge in edges]


def _columns(count: int, edges: Sequence[tuple[int, int]]) -> list[int]:
    """Each box one column after its last input, or further right where that brings it nearer to its users."""
    inputs, users = _neighbours(count, [edge for edge in edges if edge[0] != edge[1]])
    column = [0] * count
    waiting = [len(inputs[box]) for box in range(count)]
    ready = [box for box in range(count) if not waiting[box]]
    for box in ready:
        for user in users[box]:
            column[user] = max(column[user], column[box] + 1)
            waiting[user] -= 1
            if not waiting[user]:
                ready.append(user)
    for box in reversed(ready):
        # Inputs that others use too cannot follow; where they are not the majority, moving right shortens arrows.
        held = sum(len(users[source]) > 1 for source in inputs[box])
        if users[box] and held <= len(users[box]):
            column[box] = min(column[user] for user in users[box]) - 1
    return column


def _neighbours(count: int, edges: Sequence[tuple[int, int]]) -> tuple[list[list[int]], list[list[int]]]:
    before: list[list[int]] = [[] for _ in range(count)]
    after: list[list[int]] = [[] for _ in range(count)]
    for source, target in edges:
        before[target].append(source)
        after[source].append(target)
    return before, after


def _ordered(column: list[int], before: list[list[int]], after: list[list[int]]) -> list[list[int]]:
    """The columns, each ordered from top to bottom so that few arrows cross (barycentre sweeps)."""
    members: dict[int, list[int]] = defaultdict(list)
    for item, its_column in enumerate(column):
        members[its_column].append(item)
    rows = [members[key] for key in sorted(members)]
    place = {item: float(index) for row in rows for index, item in enumerate(row)}
    for sweep in range(_ORDERING_SWEEPS):
        forward = sweep % 2 == 1
        neighbours = before if forward else after
        for row in rows if forward else reversed(rows):
            row.sort(key=lambda item: _mean([place[n] for n in neighbours[item]], place[item]))
            place.update((item, float(index)) for index, item in enumerate(row))
    return rows


def _heights(rows: list[list[int]], before: list[list[int]], after: list[list[int]], room: list[float]) -> list[float]:
    """A height for everything: near the mean of its neighbours, in order, and no nearer to others than allowed."""
    # Steps of the computation hold more firmly to a line than the graph's inputs, which hang off it.
    weight = [_FIRMNESS if inputs else 1.0 for inputs in before]
    y = [0.0] * len(room)
    for sweep in range(-1, _HEIGHT_SWEEPS):
        forward = sweep % 2 == 0
        for row in rows if forward else reversed(rows):
            wishes = [y[item] for item in row]
            for place, item in enumerate(row if sweep >= 0 else ()):
                # Where there is nothing on the side that is being swept from, the other side counts.
                sides = (before, after) if forward else (after, before)
                neighbours = sides[0][item] or sides[1][item]
                if neighbours:
                    total = sum(weight[n] for n in neighbours)
                    wishes[place] = sum(y[n] * weight[n] for n in neighbours) / total
            settled = _spread(wishes, [room[item] for item in row], [weight[item] for item in row])
            for item, height in zip(row, settled, strict=True):
                y[item] = height
    return y


def _spread(wishes: Sequence[float], room: Sequence[float], weights: Sequence[float]) -> list[float]:
    """The heights nearest to the wishes (weighted squares) at which items of these sizes and order do not overlap.

    Measured from where each item would stand if all were packed, the answer may not decrease: this is isotonic
    regression, solved by pooling neighbours that violate the order.
    """
    packed = [0.0]
    for upper, lower in pairwise(room):
        packed.append(packed[-1] + (upper + lower) / 2)
    pools: list[tuple[float, float, int]] = []
    for wish, offset, item_weight in zip(wishes, packed, weights, strict=True):
        total, weight, count = (wish - offset) * item_weight, item_weight, 1
        while pools and pools[-1][0] / pools[-1][1] >= total / weight:
            pool = pools.pop()
            total, weight, count = total + pool[0], weight + pool[1], count + pool[2]
        pools.append((total, weight, count))
    shifts = [total / weight for total, weight, count in pools for _ in range(count)]
    return [offset + shift for offset, shift in zip(packed, shifts, strict=True)]


def _column_middles(column: list[int], sketch: Sketch) -> dict[int, float]:
    widths: dict[int, float] = dict.fromkeys(sorted(set(column)), 0.0)
    for (width, _), its_column in zip(sketch.sizes, column, strict=False):
        widths[its_column] = max(widths[its_column], width)
    middles: dict[int, float] = {}
    left = 0.0
    for its_column, width in widths.items():
        middles[its_column] = left + width / 2
        left += width + sketch.column_gap
    return middles


def _mean(numbers: Sequence[float], otherwise: float) -> float:
    return sum(numbers) / len(numbers) if numbers else otherwise
