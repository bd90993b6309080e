"""Pictures as SVG and as a cell's output: structure, not pixels."""

import re
from itertools import pairwise

import pytest
from drawings import ENGINES, SVG, cosh, image_of, parse, wire

from course_lib import Leaf
from course_lib.draw import (
    Diagram,
    DiagramEdge,
    DiagramNode,
    diagram_of,
    layout,
    mimebundle,
    to_svg,
)
from course_lib.draw.lettering import text_width

pytestmark = pytest.mark.usefixtures("own_registry")

HOSTILE = [
    "<script>alert(1)</script>",
    "\"'&><!--",
    "]]>",
    "🙂🏳️‍🌈日本語",
    "a\x00b\x0bc\ud800",
    "x\nx",
    "\u202eright to left",
    "W" * 500,
]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_only_names(name):
    nodes = (
        DiagramNode("a", name, name, name, name, name),
        DiagramNode("b", "", "exp", "1", mark="wrong", undrawn_inputs=2),
        DiagramNode("c", name, "", name, mark="constant"),
    )
    diagram = Diagram(nodes, (DiagramEdge("a", "b", 0, name), DiagramEdge("c", "b", 1)), caption=name)
    root = parse(to_svg(diagram, layout(diagram, ENGINES)))
    tags = {element.tag.removeprefix(SVG) for element in root.iter()}
    assert tags <= {"svg", "title", "desc", "style", "g", "rect", "path", "circle", "text", "tspan"}
    html = mimebundle(diagram, "text")["text/html"]
    assert "<script" not in html
    assert html.count('"') % 2 == 0


def test_the_picture_says_what_the_diagram_says():
    diagram = diagram_of(cosh())
    root = parse(to_svg(diagram, layout(diagram, ENGINES)))
    words = ["".join(text.itertext()) for text in root.iter(f"{SVG}text")]
    for expected in ("xinput", "zmean", "=0.6931", "=1.25", "∂0.5", "=value∂gradient"):
        assert expected in words
    assert root.find(f"{SVG}title").text == "Computation graph with 5 nodes"
    assert "z is mean of b, e: value 1.25, gradient 0.5." in root.find(f"{SVG}desc").text


def test_a_shape_is_said_once():
    told = DiagramNode("a", "A", "input", "tensor 2×3", shape="2×3")
    untold = DiagramNode("b", "B", "@", shape="d×b")
    diagram = Diagram((told, untold), ())
    svg = to_svg(diagram, layout(diagram, ENGINES))
    assert svg.count(">d×b</text>") == 1
    assert ">2×3</text>" not in svg


def test_values_stand_above_gradients():
    diagram = diagram_of(cosh())
    root = parse(to_svg(diagram, layout(diagram, ENGINES)))
    for node in root.iter(f"{SVG}g"):
        lines = {text.get("class"): float(text.get("y")) for text in node.findall(f"{SVG}text")}
        if "value" in lines:
            assert lines["name mid"] < lines["value"] < lines["gradient"]


def test_marks_are_shown_by_more_than_colour():
    nodes = [DiagramNode(m, m, "exp", "1", mark=m) for m in ("wrong", "waiting", "active")]
    diagram = Diagram(tuple(nodes), ())
    svg = to_svg(diagram, layout(diagram, ENGINES))
    wrong, waiting, active = (parse(svg).findall(f".//{SVG}g[@class='node {n.mark}']")[0] for n in nodes)
    assert wrong.find(f".//{SVG}circle") is not None
    assert waiting.find(f".//{SVG}circle") is active.find(f".//{SVG}circle") is None
    assert re.search(r"\.waiting \.box{[^}]*stroke-dasharray", svg)
    assert re.search(r"\.active \.box{[^}]*stroke-width", svg)


def test_labels_keep_clear_of_boxes():
    z = diagram_of(cosh())
    labelled = Diagram(z.nodes, tuple(DiagramEdge(e.source, e.target, e.slot, "×−0.25") for e in z.edges))
    for engine in ENGINES:
        placed = layout(labelled, [engine])
        root = parse(to_svg(labelled, placed))
        labels = root.findall(f".//{SVG}text[@class='label']")
        assert len(labels) == 5
        for label in labels:
            x, y, half = float(label.get("x")), float(label.get("y")), text_width("×−0.25", 11) / 2
            for box in placed.boxes.values():
                assert max(box.left - x - half, x - half - box.right, box.top - y, y - 10 - box.bottom) > 0


def test_forty_nodes_take_less_than_60_kb():
    rows = [[Leaf(0.1234567 * i, f"x{i}") for i in range(8)]]
    while sum(map(len, rows)) < 40:
        rows.append([wire(a, b, kind="Mul", name=f"h{len(rows)}") for a, b in pairwise([*rows[-1], rows[-1][0]])])
    out = wire(*rows[-1])
    for node in out.sorted_nodes():
        node.result, node.gradient = -0.123456, 1.2345e-7
    diagram = diagram_of(out, limit=40)
    assert len(diagram.nodes) == 40
    assert sum(map(len, mimebundle(diagram, "text").values())) < 60_000


def test_the_output_is_an_image_that_needs_nothing_else():
    z = cosh()
    bundle = mimebundle(diagram_of(z), repr(z))
    assert set(bundle) == {"text/html", "text/plain"}
    assert bundle["text/plain"].startswith("Mean z")
    html = bundle["text/html"]
    picture = image_of(html)
    root = parse(picture)
    assert root.find(f"{SVG}script") is None
    assert not re.search(r"url\(|href|@import", picture)
    assert 'alt="Computation graph with 5 nodes. x is input: value 0.6931' in html
    assert float(root.get("width")) == pytest.approx(float(re.search(r'width="(\d+)"', html)[1]), abs=1)


def test_a_picture_is_the_same_every_time():
    assert mimebundle(diagram_of(cosh()), "") == mimebundle(diagram_of(cosh()), "")
