"""Orders in which the nodes of a graph may send their gradients: those that are right, and those that are not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from course_lib.graph import ComputationNode

Node = ComputationNode
Order = Callable[[Node], list[Node]]

# --- Orders in which every node has heard from all its consumers ------------------------------------------------------


def depth_first(output: Node) -> list[Node]:
    """Return the nodes, consumers first, as `sorted_nodes` gives them to most students."""
    return output.sorted_nodes()[::-1]


def depth_first_from_the_right(output: Node) -> list[Node]:
    """Return the nodes, consumers first, by a search that takes the last input of each node first."""
    order: list[Node] = []
    done, stack = set(), [(output, reversed(output.input_nodes))]
    while stack:
        for child in stack[-1][1]:
            if child not in done:
                done.add(child)
                stack.append((child, reversed(child.input_nodes)))
                break
        else:
            order.append(stack.pop()[0])
    return order[::-1]


def _counting_consumers(take: int) -> Order:
    def order(output: Node) -> list[Node]:
        missing = Counter(child for node in output.sorted_nodes() for child in node.input_nodes)
        ready, found = [output], []
        while ready:
            node = ready.pop(take)
            found.append(node)
            for child in node.input_nodes:
                missing[child] -= 1
                if not missing[child]:
                    ready.append(child)
        return found

    return order


TOPOLOGICAL: tuple[Order, ...] = (
    depth_first,
    depth_first_from_the_right,
    _counting_consumers(0),
    _counting_consumers(-1),
)


# --- Orders in which some node sends too early, or never --------------------------------------------------------------


def forward_order(output: Node) -> list[Node]:
    """Return inputs before the nodes that use them."""
    return output.sorted_nodes()


def without_output(output: Node) -> list[Node]:
    """Return all nodes but the output, consumers first."""
    return output.sorted_nodes()[-2::-1]


def forward_order_without_output(output: Node) -> list[Node]:
    """Return all nodes but the output, inputs first: `[:-1]` where `[::-1]` is meant."""
    return output.sorted_nodes()[:-1]


def _searching(take: int, *, marked_when_pushed: bool, rightmost_first: bool = False) -> Order:
    """Return an order of discovery: breadth-first from the front of the list of what waits, or depth-first."""

    def order(output: Node) -> list[Node]:
        waiting, seen, found = [output], {output}, {}
        while waiting:
            node = waiting.pop(take)
            if node in found:
                continue
            found[node] = True
            for child in node.input_nodes[:: -1 if rightmost_first else 1]:
                if not (marked_when_pushed and child in seen):
                    seen.add(child)
                    waiting.append(child)
        return list(found)

    return order


breadth_first = _searching(0, marked_when_pushed=True)
preorder = _searching(-1, marked_when_pushed=False, rightmost_first=True)

AS_DISCOVERED: tuple[Order, ...] = (
    breadth_first,
    preorder,
    _searching(-1, marked_when_pushed=False),
    _searching(-1, marked_when_pushed=True),
    _searching(0, marked_when_pushed=False, rightmost_first=True),
)


def in_places(places: Sequence[int]) -> Order:
    """Return the order of the nodes in these places of `sorted_nodes`: one that was recorded."""

    def order(output: Node) -> list[Node]:
        nodes = output.sorted_nodes()
        return [nodes[place] for place in places]

    return order
