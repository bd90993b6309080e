"""Where everything in a diagram goes: boxes, arrows and the size of the whole.

Positions come from the first of several engines that works. Graphviz is best; the last engine is plain Python and
always works, so a picture never costs a student a traceback.
"""

import warnings
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from course_lib.draw.card import CardStyle, card_style
from course_lib.draw.diagram import Diagram, DiagramEdge
from course_lib.draw.graphviz_engines import dot, wasi
from course_lib.draw.layered import layered
from course_lib.draw.lettering import text_width
from course_lib.draw.routes import Box, Knot, Route, port_heights, routes
from course_lib.draw.sketch import Placement, Point, Sketch

Engine = Callable[[Sketch], Placement]

ENGINES: tuple[Engine, ...] = (dot, wasi, layered)
LABEL_SIZE = 11.0
STUB = 24.0
NOTE_HEIGHT = 16.0

_ROW_GAP, _NOTED_ROW_GAP, _COLUMN_GAP = 22.0, 38.0, 46.0
_LABEL_MARGIN = 38.0


@dataclass(frozen=True)
class Arrow:
    """An edge of the diagram, its way across the page, and on which side of it a label stands best."""

    edge: DiagramEdge
    route: Route
    label_above: bool


@dataclass(frozen=True)
class Layout:
    """Positions in pixels, from the top left corner of the drawing.

    Attributes:
        boxes: The box of each node, by the node's key.
        arrows: The arrows, grouped by target and there by slot.
        stubs: For each node with undrawn inputs, where the arrow that stands for them ends.
        width: The width of the drawing.
        height: The height of the drawing.
        engine: Who placed the boxes.
    """

    boxes: dict[str, Box]
    arrows: tuple[Arrow, ...]
    stubs: dict[str, Point]
    width: float
    height: float
    engine: str


def layout(diagram: Diagram, engines: Sequence[Engine] = ENGINES) -> Layout:
    """Lay out a diagram, inputs on the left and output on the right, with the first engine that works."""
    index = {node.key: number for number, node in enumerate(diagram.nodes)}
    edges = sorted(diagram.edges, key=lambda edge: (index[edge.target], edge.slot))
    sketch = _sketch(diagram, edges, card_style(diagram.nodes))
    engine, placement = _place(sketch, engines)
    boxes = [Box(x, y, *size) for (x, y), size in zip(placement.centres, sketch.sizes, strict=True)]
    ports, stub_ports = _ports(diagram, boxes, sketch.edges, placement.bends)
    ways = routes(boxes, sketch.edges, placement.bends, ports)
    stubs = {diagram.nodes[node].key: (boxes[node].left, y) for node, y in stub_ports.items()}
    arrows = [
        Arrow(edge, way, _label_above(way, port, boxes[target], edge.slot == 0))
        for edge, (_, target), way, port in zip(edges, sketch.edges, ways, ports, strict=True)
    ]
    placed = _from_corner(dict(zip(index, boxes, strict=True)), arrows, stubs, engine)
    bottoms = [placed.boxes[node.key].bottom + NOTE_HEIGHT for node in diagram.nodes if node.note]
    return replace(placed, height=max([placed.height, *bottoms]))


def _sketch(diagram: Diagram, edges: Sequence[DiagramEdge], style: CardStyle) -> Sketch:
    index = {node.key: number for number, node in enumerate(diagram.nodes)}
    labels = [label for edge in edges for label in (edge.label, edge.sent) if label]
    widest_label = max((text_width(label, LABEL_SIZE) for label in labels), default=0.0)
    noted = any(node.note for node in diagram.nodes)
    return Sketch(
        sizes=tuple(style.size(node) for node in diagram.nodes),
        edges=tuple((index[edge.source], index[edge.target]) for edge in edges),
        column_gap=max(_COLUMN_GAP, widest_label + _LABEL_MARGIN),
        row_gap=_NOTED_ROW_GAP if noted else _ROW_GAP,
    )


def _place(sketch: Sketch, engines: Sequence[Engine]) -> tuple[str, Placement]:
    """The first engine's answer; whatever goes wrong inside an engine, the next one is asked."""
    if not sketch.sizes:
        return "none", Placement((), ())
    *preferred, last = engines
    for engine in preferred:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return engine.__name__, engine(sketch)
        except Exception:  # noqa: BLE001, S112 - missing, broken or too old: another engine will do
            continue
    return last.__name__, last(sketch)


def _ports(
    diagram: Diagram, boxes: Sequence[Box], edges: Sequence[tuple[int, int]], bends: Sequence[Sequence[Point]]
) -> tuple[list[float], dict[int, float]]:
    """The height at which each arrow arrives, and the stub of each node that has one.

    Arrows into `A @ B` arrive in the order of the inputs; arrows into `x + y` as they come, which saves crossings.
    """
    arriving: dict[int, list[int]] = defaultdict(list)
    for arrow, (_, target) in enumerate(edges):
        arriving[target].append(arrow)
    ports = [0.0] * len(edges)
    stubs: dict[int, float] = {}
    for target, node in enumerate(diagram.nodes):
        arrows = arriving[target]
        if not node.ordered:
            arrows.sort(key=lambda arrow: bends[arrow][-1][1] if bends[arrow] else boxes[edges[arrow][0]].y)
        heights = port_heights(boxes[target], len(arrows) + bool(node.undrawn_inputs))
        for arrow, height in zip(arrows, heights, strict=False):
            ports[arrow] = height
        if node.undrawn_inputs:
            stubs[target] = heights[-1]
    return ports, stubs


def _label_above(way: Route, port: float, target: Box, first: bool) -> bool:
    """Labels stand on the outside of a fan of arrows: above the upper ones, below the lower ones."""
    if abs(port - target.y) > 1:
        return port < target.y
    fall = way[-1].y - way[-2].y
    return fall < 1 if abs(fall) > 1 else first


def _from_corner(boxes: dict[str, Box], arrows: Sequence[Arrow], stubs: dict[str, Point], engine: str) -> Layout:
    """The layout with everything moved so that it begins at (0, 0)."""
    xs = [box.left for box in boxes.values()] + [x - STUB for x, _ in stubs.values()]
    ys = [knot.y for arrow in arrows for knot in arrow.route]
    left = min(xs, default=0.0)
    top = min([box.top for box in boxes.values()] + ys, default=0.0)
    return Layout(
        boxes={key: replace(box, x=box.x - left, y=box.y - top) for key, box in boxes.items()},
        arrows=tuple(
            replace(arrow, route=tuple(Knot(knot.x - left, knot.y - top, knot.slope) for knot in arrow.route))
            for arrow in arrows
        ),
        stubs={key: (x - left, y - top) for key, (x, y) in stubs.items()},
        width=max([box.right for box in boxes.values()], default=0.0) - left,
        height=max([box.bottom for box in boxes.values()] + ys, default=0.0) - top,
        engine=engine,
    )
