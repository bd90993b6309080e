"""Pictures for a notebook that shows no run: of a graph's nodes, or of names and arrows alone, some of them grey."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from course_lib.draw.description import describe
from course_lib.draw.diagram import Diagram, DiagramEdge, DiagramNode
from course_lib.draw.graph import diagram_of, nearest_nodes
from course_lib.draw.output import mimebundle

if TYPE_CHECKING:
    from course_lib.graph import ComputationNode


@dataclass(frozen=True, repr=False)
class Picture:
    """A diagram that Jupyter shows; a terminal prints it in words."""

    diagram: Diagram

    def __repr__(self) -> str:
        """Return the diagram in words."""
        return describe(self.diagram)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:  # noqa: ARG002
        return mimebundle(self.diagram, repr(self))


def picture(output: ComputationNode, grey: Collection[ComputationNode] = ()) -> Picture:
    """Return a picture of the graph that ends in `output`.

    Args:
        output: a node.
        grey: the nodes that are drawn grey. (A number that is written into a formula looks as it always does.)
    """
    diagram, ours = diagram_of(output), {id(node) for node in grey}
    chosen = {f"n{place}" for place, node in enumerate(nearest_nodes(output)[0]) if id(node) in ours}
    return _with_grey(diagram, chosen)


def picture_of_names(graph: Mapping[str, Sequence[str]], grey: Collection[str] = ()) -> Picture:
    """Return a picture of a graph of names: boxes that hold nothing, and an arrow from each input.

    Args:
        graph: for each name, the names of its inputs.
        grey: the names that are drawn grey.
    """
    names = dict.fromkeys([*graph, *(source for inputs in graph.values() for source in inputs)])
    nodes = tuple(DiagramNode(name, name, "") for name in names)
    edges = tuple(DiagramEdge(name, target, slot) for target in graph for slot, name in enumerate(graph[target]))
    return _with_grey(Diagram(nodes, edges), set(grey))


def _with_grey(diagram: Diagram, keys: Collection[str]) -> Picture:
    nodes = (replace(node, mark="grey") if node.key in keys and not node.mark else node for node in diagram.nodes)
    return Picture(replace(diagram, nodes=tuple(nodes)))
