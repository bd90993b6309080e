"""From graphs to diagrams: what a picture shows, and that it cannot go wrong in a student's hands."""

import math
import time

import numpy as np
import pytest
import torch
from drawings import ENGINES, cosh, parse, wire

from course_lib import ComputationNode, Leaf
from course_lib.draw import (
    Diagram,
    DiagramEdge,
    DiagramNode,
    diagram_of,
    layout,
    nearest_nodes,
    short,
    to_svg,
)

pytestmark = pytest.mark.usefixtures("own_registry")


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
    start = time.process_time()
    for _ in range(1_000_000):
        node = kind(node)
        nodes.append(node)
    made = time.process_time()
    diagram = diagram_of(node)
    assert time.process_time() - made < (made - start) / 2  # it does not walk the whole chain
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
        (torch.zeros((), device="meta"), "number on meta"),
        (torch.zeros(2, 3, device="meta"), "tensor 2×3 on meta"),
        (torch.tensor(2.5, dtype=torch.bfloat16), "2.5"),
        (torch.tensor(True), "True"),
        (1 - 2j, "1 − 2 i"),
        (torch.tensor(0.5 + 2j), "0.5 + 2 i"),
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
        shape, device = (1000, 1000), "cuda:0"

        def __getattr__(self, name):
            if name == "input_nodes":
                raise AttributeError
            raise AssertionError(f"{name} of a big tensor was touched")

    node = Leaf(Big(), "W")
    assert diagram_of(node).nodes[0].value == "tensor 1000×1000"
