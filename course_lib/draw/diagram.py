"""What a picture shows, as plain data: boxes, arrows and a line of words below.

A diagram knows nothing of nodes that compute, of positions or of colours. `graph.diagram_of` makes one from the
student's graph, `layout` decides where its boxes go, `svg` draws it; a test or a notebook can write one by hand.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Literal, get_args

Mark = Literal["", "wrong", "warned", "active", "waiting", "constant", "grey"]
# The entries of a tensor, by rows; None for one that is not finite.
Entries = tuple[tuple[float | None, ...], ...]


@dataclass(frozen=True)
class DiagramNode:
    """One box.

    Attributes:
        key: Names the box within its diagram; never shown.
        title: The student's name for the node, or nothing.
        operation: How the node is made: `input`, `exp`, `×`.
        value: The result, in a short text; nothing before the forward pass.
        gradient: The gradient, in a short text; nothing before the backward pass.
        shape: The shape of a tensor, such as `2×3`; nothing for a number.
        mark: What is to be noticed about this node.
        ordered: Whether it matters which input comes first, as in `A @ B`; then arrows arrive in that order.
        undrawn_inputs: How many of the node's inputs the picture leaves out.
        numbered: Whether the title is not the student's, but a number of ours.
        value_map: The entries of a tensor, drawn in place of the value.
        gradient_map: The entries of its gradient.
        room: Texts of other moments for which value and gradient leave room, so that nothing moves.
        note: A line below the box: what the gradient is the sum of.
        stacked: Whether the box stands for several nodes.
    """

    key: str
    title: str
    operation: str
    value: str = ""
    gradient: str = ""
    shape: str = ""
    mark: Mark = ""
    ordered: bool = False
    undrawn_inputs: int = 0
    numbered: bool = False
    value_map: Entries = ()
    gradient_map: Entries = ()
    room: tuple[str, str] = ("", "")
    note: str = ""
    stacked: bool = False


@dataclass(frozen=True)
class DiagramEdge:
    """One arrow: the box `source` is input number `slot` of the box `target`. An input used twice has two arrows.

    `label` stands on the arrow's outer side, `sent` on the other: a local derivative, and what came back along it.
    """

    source: str
    target: str
    slot: int
    label: str = ""
    sent: str = ""


@dataclass(frozen=True)
class Diagram:
    """Boxes and arrows, with a caption; `omitted` says how many further nodes exist that are not drawn."""

    nodes: tuple[DiagramNode, ...]
    edges: tuple[DiagramEdge, ...]
    caption: str = ""
    omitted: int = 0

    def __post_init__(self) -> None:
        """Refuse what could not be drawn faithfully."""
        keys = Counter(node.key for node in self.nodes)
        if repeated := [key for key, times in keys.items() if times > 1]:
            raise ValueError(f"two boxes share the key {repeated[0]!r}")
        for node in self.nodes:
            if node.mark not in get_args(Mark):
                raise ValueError(f"the box {node.key!r} has an unknown mark: {node.mark!r}")
        for edge in self.edges:
            for key in (edge.source, edge.target):
                if key not in keys:
                    raise ValueError(f"an arrow from {edge.source!r} to {edge.target!r}, but no box is called {key!r}")
        slots = Counter((edge.target, edge.slot) for edge in self.edges)
        if repeated_slots := [slot for slot, times in slots.items() if times > 1]:
            target, slot = repeated_slots[0]
            raise ValueError(f"two arrows arrive at input {slot} of {target!r}")
