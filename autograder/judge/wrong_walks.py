"""Backward passes, right and wrong, put together from their four duties: reset, start, walk in order, deliver.

They run on the course's own nodes, so that a wrong pass here meets the same checks, and raises the same errors, as
that of a student.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from autograder.judge.orders import Node, Order, breadth_first, depth_first, preorder
from course_lib.graph import Leaf
from course_lib.limits import TimeLimit
from course_lib.values import Value

# After so many visits a walk is one that takes every path: it would not come to an end.
_MOST_VISITS = 3_000


@dataclass(frozen=True)
class Walk:
    """A backward pass. By default each duty is done rightly.

    Attributes:
        order: which nodes send, and when, for the output node of a graph.
        reset: what all nodes hold before anything is sent.
        start: which node starts, with which gradient.
        deliver: what becomes of what a node sends.
    """

    order: Order | None = None
    reset: Callable[[list[Node], Value], None] | None = None
    start: Callable[[Node, list[Node], Value], None] | None = None
    deliver: Callable[[Node], None] | None = None

    def __call__(self, output: Node, one: Value) -> None:
        """Run the pass over the graph of `output`."""
        order = (self.order or depth_first)(output)
        (self.reset or forget)(output.sorted_nodes(), one)
        (self.start or from_output)(output, order, one)
        for node in order:
            (self.deliver or accumulate)(node)


# --- Reset ------------------------------------------------------------------------------------------------------------


def forget(nodes: list[Node], one: Value) -> None:  # noqa: ARG001 - as the others
    """Set all gradients to None."""
    for node in nodes:
        node.gradient = None


def forget_nothing(nodes: list[Node], one: Value) -> None:
    """Leave all gradients of an earlier pass."""


def forget_all_but_leaves(nodes: list[Node], one: Value) -> None:
    """Leave the leaves' gradients of an earlier pass."""
    forget([node for node in nodes if not isinstance(node, Leaf)], one)


def forget_leaves(nodes: list[Node], one: Value) -> None:
    """Leave the inner nodes' gradients of an earlier pass."""
    forget([node for node in nodes if isinstance(node, Leaf)], one)


def all_are_one(nodes: list[Node], one: Value) -> None:
    """Let every node start from `one`."""
    for node in nodes:
        node.gradient = one


def all_are_ones(nodes: list[Node], one: Value) -> None:  # noqa: ARG001
    """Let every node start from ones in the shape of its value."""
    for node in nodes:
        node.gradient = _ones(node.result)


# --- Start ------------------------------------------------------------------------------------------------------------


def from_output(output: Node, order: list[Node], one: Value) -> None:  # noqa: ARG001
    """Let the output start from `one`."""
    output.gradient = one


def from_number(output: Node, order: list[Node], one: Value) -> None:  # noqa: ARG001
    """Let the output start from the number 1, whatever `one` is."""
    output.gradient = 1.0


def from_ones(output: Node, order: list[Node], one: Value) -> None:  # noqa: ARG001
    """Let the output start from ones, whatever `one` is."""
    output.gradient = _ones(output.result)


def from_unit(output: Node, order: list[Node], one: Value) -> None:  # noqa: ARG001
    """Let the output start from a tensor that is the number 1, whatever `one` is."""
    ones = _ones(output.result)
    output.gradient = ones.reshape(-1)[0] if hasattr(ones, "reshape") else ones


def from_last_in_line(output: Node, order: list[Node], one: Value) -> None:  # noqa: ARG001
    """Let the node that is visited last start from `one`."""
    order[-1].gradient = one


def _ones(value: Value) -> Value:
    if hasattr(value, "detach"):
        return value.detach() * 0 + 1
    return np.ones_like(value) if isinstance(value, np.ndarray) else 1.0


# --- Deliver ----------------------------------------------------------------------------------------------------------


def accumulate(node: Node) -> None:
    """Add what a node sends to what its inputs have."""
    for target, gradient in zip(node.input_nodes, node.backward(), strict=False):
        target.accumulate_gradient(gradient)


def overwrite(node: Node) -> None:
    """Replace what the inputs have by what the node sends."""
    for target, gradient in zip(node.input_nodes, node.backward(), strict=False):
        target.gradient = gradient


def overwrite_inner(node: Node) -> None:
    """Add at leaves, replace elsewhere."""
    for target, gradient in zip(node.input_nodes, node.backward(), strict=False):
        if isinstance(target, Leaf):
            target.accumulate_gradient(gradient)
        else:
            target.gradient = gradient


def overwrite_leaves(node: Node) -> None:
    """Replace at leaves, add elsewhere."""
    for target, gradient in zip(node.input_nodes, node.backward(), strict=False):
        if isinstance(target, Leaf):
            target.gradient = gradient
        else:
            target.accumulate_gradient(gradient)


def once_the_last(node: Node) -> None:
    """Give to each different input what is meant for the last slot that it is in."""
    for target, gradient in dict(zip(node.input_nodes, node.backward(), strict=False)).items():
        target.accumulate_gradient(gradient)


def once_the_first(node: Node) -> None:
    """Give to each different input what is meant for the first slot that it is in."""
    seen = set()
    for target, gradient in zip(node.input_nodes, node.backward(), strict=False):
        if target not in seen:
            seen.add(target)
            target.accumulate_gradient(gradient)


def add_in_place(node: Node) -> None:
    """Add to the very object that the first contribution is, and that other nodes may hold too."""
    for target, gradient in zip(node.input_nodes, node.backward(), strict=False):
        if target.gradient is None:
            target.gradient = gradient
        else:
            target.gradient += gradient


def forget_after_sending(node: Node) -> None:
    """Reset a node when it has sent."""
    accumulate(node)
    node.gradient = None


def only_new_at_leaves(old: set[Node]) -> Callable[[Node], None]:
    """Return a delivery that leaves alone what has a gradient of an earlier pass."""

    def deliver(node: Node) -> None:
        for target, gradient in zip(node.input_nodes, node.backward(), strict=False):
            if target not in old:
                target.accumulate_gradient(gradient)

    return deliver


# --- Walks that are not a list of nodes -------------------------------------------------------------------------------


def resetting_in_the_loop(output: Node, one: Value, order: Order = depth_first) -> None:
    """Reset each node when its turn comes, after others have sent to it."""
    for node in order(output):
        node.gradient = one if node is output else None
        accumulate(node)


def resetting_after_the_start(output: Node, one: Value, order: Order = depth_first) -> None:
    """Reset each node when its turn comes, the output too."""
    output.gradient = one
    for node in order(output):
        node.gradient = None
        accumulate(node)


def leaves_stay_as_they_are(output: Node, one: Value) -> None:
    """Reset inner nodes, and skip what still has a gradient."""
    nodes = output.sorted_nodes()
    forget_all_but_leaves(nodes, one)
    old = {node for node in nodes if node.gradient is not None}
    Walk(reset=forget_nothing, deliver=only_new_at_leaves(old))(output, one)


def on_every_visit(output: Node, one: Value) -> None:
    """Go to an input, and on from there, each time that something was sent to it; with its whole gradient so far."""
    forget(output.sorted_nodes(), one)
    output.gradient = one
    _recursively(output, again=True)


def on_first_visit(output: Node, one: Value) -> None:
    """Go to an input, and on from there, the first time that something was sent to it."""
    forget(output.sorted_nodes(), one)
    output.gradient = one
    _recursively(output, again=False)


def on_every_visit_breadth_first(output: Node, one: Value) -> None:
    """Put an input in line each time that something was sent to it."""
    forget(output.sorted_nodes(), one)
    output.gradient = one
    waiting, visits = [output], 0
    while waiting:
        visits = _counted(visits)
        node = waiting.pop(0)
        accumulate(node)
        waiting.extend(node.input_nodes)


def _recursively(output: Node, *, again: bool) -> None:
    """Walk as a recursive function would, but with a list as stack: here a deep graph must not end the judge."""
    seen, visits = {output}, 1
    stack = [iter(list(zip(output.input_nodes, output.backward(), strict=False)))]
    while stack:
        sent = next(stack[-1], None)
        if sent is None:
            stack.pop()
            continue
        target, gradient = sent
        target.accumulate_gradient(gradient)
        if again or target not in seen:
            seen.add(target)
            visits = _counted(visits)
            stack.append(iter(list(zip(target.input_nodes, target.backward(), strict=False))))


def _counted(visits: int) -> int:
    if visits > _MOST_VISITS:
        raise TimeLimit("backward_algorithm takes every path.")
    return visits + 1


# --- Forward passes ---------------------------------------------------------------------------------------------------


def forward(output: Node) -> None:
    """Compute all nodes, inputs first."""
    for node in output.sorted_nodes():
        node.forward()


def forward_backwards(output: Node) -> None:
    """Compute all nodes, inputs last."""
    for node in output.sorted_nodes()[::-1]:
        node.forward()


def forward_breadth_first(output: Node) -> None:
    """Compute the nodes in the opposite of the order in which a breadth-first search finds them."""
    for node in breadth_first(output)[::-1]:
        node.forward()


def forward_preorder(output: Node) -> None:
    """Compute the nodes in the opposite of the order in which a depth-first search finds them."""
    for node in preorder(output)[::-1]:
        node.forward()
