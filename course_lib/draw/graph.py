"""From the nodes of a computation graph to a diagram of it."""

from __future__ import annotations

import re
from collections import deque
from typing import TYPE_CHECKING

from course_lib.draw import short
from course_lib.draw.diagram import Diagram, DiagramEdge, DiagramNode

if TYPE_CHECKING:
    from course_lib.graph import ComputationNode

# How many boxes a reader can still take in, and how many nodes we walk past to say how many more there are.
MOST_DRAWN, MOST_COUNTED = 60, 20_000

_SYMBOLS = {
    "Leaf": "input",
    "Negate": "negate",
    "Exp": "exp",
    "Mean": "mean",
    "Add": "+",
    "Mul": "×",
    "Matmul": "@",
    "IntPow": "power",
    "Matsum": "sum",
    "Matexpand": "expand",
    "SumTo": "sum to",
    "Transpose": "T",
}
# Where a word ends in the name of another class: SinOfSum has three, ReLU has one.
_BETWEEN_WORDS = re.compile("(?<=[a-z])(?=[A-Z][a-z])")
# Operations whose inputs may change places.
_COMMUTATIVE = {"Add", "Mul", "Mean"}


def diagram_of(output_node: ComputationNode, limit: int = MOST_DRAWN) -> Diagram:
    """Describe the graph that ends in `output_node`; of a large graph, the `limit` nodes nearest to the output."""
    nodes, omitted = nearest_nodes(output_node, limit)
    keys = {id(node): f"n{index}" for index, node in enumerate(nodes)}
    edges = tuple(
        DiagramEdge(keys[id(child)], keys[id(node)], slot)
        for node in nodes
        for slot, child in enumerate(node.input_nodes)
        if id(child) in keys
    )
    return Diagram(tuple(_box(node, keys) for node in nodes), edges, _caption(omitted), omitted)


def nearest_nodes(output_node: ComputationNode, limit: int = MOST_DRAWN) -> tuple[list[ComputationNode], int]:
    """The nodes that `diagram_of` draws, in the order of their keys `n0`, `n1`, …, and how many it leaves out.

    Inputs come before the nodes that use them. The count stops at `MOST_COUNTED`, so that a graph of any size is quick.
    """
    seen, queue = {id(output_node)}, deque([output_node])
    nearest: list[ComputationNode] = []
    visited = 0
    while queue and visited < limit + MOST_COUNTED:
        node = queue.popleft()
        visited += 1
        if len(nearest) < limit:
            nearest.append(node)
        for child in node.input_nodes:
            if id(child) not in seen:
                seen.add(id(child))
                queue.append(child)
    omitted = min(MOST_COUNTED, visited + len(queue) - len(nearest))
    return _inputs_first(output_node, nearest), omitted


def _inputs_first(output_node: ComputationNode, nodes: list[ComputationNode]) -> list[ComputationNode]:
    """The nodes as a depth-first search leaves them, so that layout starts out with inputs in the order of slots."""
    wanted = {id(node) for node in nodes}
    order: list[ComputationNode] = []
    stack = [(output_node, iter(output_node.input_nodes))]
    wanted.discard(id(output_node))
    while stack:
        node, inputs = stack[-1]
        child = next((child for child in inputs if id(child) in wanted), None)
        if child is None:
            order.append(node)
            stack.pop()
        else:
            wanted.remove(id(child))
            stack.append((child, iter(child.input_nodes)))
    return order


def _box(node: ComputationNode, keys: dict[int, str]) -> DiagramNode:
    key = keys[id(node)]
    result = getattr(node, "value", None) if node.result is None else node.result
    if getattr(node, "constant", False):
        return DiagramNode(key, node.name or "", "", short.value(result), mark="constant")
    return DiagramNode(
        key,
        node.name or "",
        operation(node),
        value=short.value(result),
        gradient=short.value(node.gradient),
        shape=short.shape(result),
        ordered=is_ordered(node),
        undrawn_inputs=sum(id(child) not in keys for child in node.input_nodes),
    )


def is_ordered(node: ComputationNode) -> bool:
    """Whether it matters which of a node's inputs comes first."""
    return type(node).__name__ not in _COMMUTATIVE


def operation(node: ComputationNode) -> str:
    """How a node is made, as a textbook writes it: `+`, `exp`, `power −1`, `sin of sum`."""
    kind = type(node).__name__
    sign = _SYMBOLS.get(kind) or _BETWEEN_WORDS.sub(" ", kind).lower()
    power = getattr(node, "int_power", None)
    return sign if power is None else f"{sign} {short.value(power)}"


def _caption(omitted: int) -> str:
    if not omitted:
        return ""
    if omitted >= MOST_COUNTED:
        return f"… and over {MOST_COUNTED:,} more nodes"
    return f"… and {omitted:,} more node{'' if omitted == 1 else 's'}"
