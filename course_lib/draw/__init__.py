"""Pictures of computation graphs: nodes → `Diagram` → `Layout` (by Graphviz, or without) → SVG → a cell's output."""

from course_lib.draw.diagram import Diagram, DiagramEdge, DiagramNode
from course_lib.draw.graph import diagram_of, nearest_nodes
from course_lib.draw.layout import Layout, layout
from course_lib.draw.output import mimebundle, still
from course_lib.draw.picture import Picture, picture, picture_of_names
from course_lib.draw.svg import to_svg

__all__ = [
    "Diagram",
    "DiagramEdge",
    "DiagramNode",
    "Layout",
    "Picture",
    "diagram_of",
    "layout",
    "mimebundle",
    "nearest_nodes",
    "picture",
    "picture_of_names",
    "still",
    "to_svg",
]
