"""Repeated structure in a large graph: the layers of a network, the steps of an unrolled loop.

Nodes are written in a row, each leaf that only one node uses right before it. Each is then described by its kind and by
how far back in the row its inputs stand. Where the row of descriptions repeats itself, the graph repeats itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence

from course_lib.draw.graph import operation
from course_lib.graph import ComputationNode

# A block: the nodes of each repetition, by their places.
Block = tuple[tuple[int, ...], ...]

_LEAST_REPEATS, _LEAST_SAVED = 3, 6
_LONGEST_PERIOD = 200


def blocks(nodes: Sequence[ComputationNode]) -> tuple[Block, ...]:
    """Find the repeated blocks of a graph whose nodes are given inputs first."""
    row = _row(nodes)
    signs = _signs(nodes, row)
    found = []
    stretches = [(0, len(row))]
    while stretches:
        start, end = stretches.pop()
        first, period, repeats = _longest(signs[start:end])
        if repeats < _LEAST_REPEATS or (repeats - 1) * period < _LEAST_SAVED:
            continue
        first += start
        after = first + period * repeats
        found.append(tuple(tuple(row[i : i + period]) for i in range(first, after, period)))
        stretches += [(start, first), (after, end)]
    return tuple(sorted(found))


def _row(nodes: Sequence[ComputationNode]) -> list[int]:
    """The places of the nodes in a row, without leaves that several nodes share."""
    place = {id(node): number for number, node in enumerate(nodes)}
    uses = Counter(id(child) for node in nodes for child in node.input_nodes)
    row = []
    for number, node in enumerate(nodes):
        if node.input_nodes:
            own = [child for child in node.input_nodes if not child.input_nodes and uses[id(child)] == 1]
            row += [place[id(child)] for child in own if id(child) in place]
            row.append(number)
    return row


def _signs(nodes: Sequence[ComputationNode], row: Sequence[int]) -> list[Hashable]:
    """What each node of the row is, and where its inputs are: so many steps back, or a certain shared leaf."""
    position = {id(nodes[place]): number for number, place in enumerate(row)}
    signs: list[Hashable] = []
    for number, place in enumerate(row):
        node = nodes[place]
        inputs = tuple(
            number - position[id(child)] if id(child) in position else (id(child),) for child in node.input_nodes
        )
        signs.append((operation(node), bool(getattr(node, "constant", False)), inputs))
    return signs


def _longest(signs: Sequence[Hashable]) -> tuple[int, int, int]:
    """The first place, the period and the number of repetitions of what repeats itself most."""
    best, most = (0, 1, 1), 0
    for period in range(1, min(_LONGEST_PERIOD, len(signs) // 2) + 1):
        run = 0
        for i in range(len(signs) - period):
            run = run + 1 if signs[i] == signs[i + period] else 0
            saved = run // period * period
            if saved > most:
                most = saved
                best = (i - run + 1, period, run // period + 1)
    return best
