"""The graph: its order, its names, its operators, and how it reads as text."""

import math
import sys

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from course_lib import ComputationNode, Exp, Leaf, Mean, Negate
from course_lib.errors import GraphError, MissingOperation


@pytest.fixture(autouse=True)
def _own_registry(monkeypatch):
    from course_lib import graph

    monkeypatch.setattr(graph, "_node_types", dict(graph._node_types))


class Wire(ComputationNode):
    """A node of any number of inputs, for tests that look at the shape of a graph alone."""


@st.composite
def random_graphs(draw):
    """Draw a node at the end of a random graph, in which inputs repeat and are shared."""
    nodes = [Leaf(float(i), f"x{i}") for i in range(draw(st.integers(1, 3)))]
    for _ in range(draw(st.integers(1, 20))):
        nodes.append(Wire(*draw(st.lists(st.sampled_from(nodes), min_size=1, max_size=3))))
    return nodes[-1]


def reachable(node, seen):
    """Return all nodes below a node, by the most naive walk."""
    if node not in seen:
        seen.add(node)
        for child in node.input_nodes:
            reachable(child, seen)
    return seen


@given(random_graphs())
def test_sorted_nodes_is_a_topological_order_of_exactly_the_reachable_nodes(output):
    order = output.sorted_nodes()
    place = {node: i for i, node in enumerate(order)}
    assert len(place) == len(order)
    assert set(order) == reachable(output, set())
    assert order[-1] is output
    assert all(place[child] < place[node] for node in order for child in node.input_nodes)


def test_inputs_come_in_the_order_in_which_they_stand():
    x, y = Leaf(1.0, "x"), Leaf(2.0, "y")
    assert [n.name for n in Wire(Wire(y), x).sorted_nodes() if n.name] == ["y", "x"]


def test_a_chain_of_a_million_nodes_is_walked_without_the_recursion_limit():
    before = sys.getrecursionlimit()
    node = x = Leaf(1.0, "x")
    for _ in range(1_000_000):
        node = -node
    order = node.sorted_nodes()
    for each in order:
        each.forward()
    node.gradient = 1.0
    for each in reversed(order):
        for child, gradient in zip(each.input_nodes, each.backward(), strict=True):
            child.accumulate_gradient(gradient)
    assert (node.result, x.gradient) == (1.0, 1.0)
    assert sys.getrecursionlimit() == before


def test_time_grows_linearly_with_the_chain():
    """Count the steps of the walk instead of seconds: each edge is looked at once."""
    looks = []

    class CountingList(list):
        def __iter__(self):
            for entry in super().__iter__():
                looks.append(entry)
                yield entry

    nodes = [Leaf(1.0, "x")]
    for _ in range(500):
        nodes.append(Wire(nodes[-1], nodes[-1]))
    for node in nodes:
        node.input_nodes = CountingList(node.input_nodes)
    nodes[-1].sorted_nodes()
    assert len(looks) == 1000


def test_a_cycle_is_named():
    a, b = Wire(name="a"), Wire(name="b")
    a.input_nodes, b.input_nodes = [b], [a]
    with pytest.raises(GraphError, match="cycle: Wire a → Wire b → Wire a"):
        a.sorted_nodes()


def test_get_finds_the_one_node_of_a_name():
    x = Leaf(1.0, "x")
    output = Mean(Exp(x), x)
    assert output.get("x") is x


def test_get_says_which_names_there_are():
    output = Mean(Leaf(1.0, "x"), Leaf(2.0, "y"))
    with pytest.raises(GraphError, match=r"No node in this graph is called 'w'. Names in it: x, y"):
        output.get("w")


def test_get_refuses_a_name_that_is_there_twice():
    output = Mean(Leaf(1.0, "x"), Leaf(2.0, "x"))
    with pytest.raises(GraphError, match="2 nodes in this graph are called 'x'"):
        output.get("x")


def test_repr_is_the_tree_of_the_notebook():
    x = Leaf(math.log(2), "x")
    cosh_x = Mean(Exp(x), Exp(-x))
    for node in cosh_x.sorted_nodes():
        node.forward()
    assert repr(cosh_x) == "\n".join(  # noqa: FLY002
        [
            "Mean result=1.25 gradient=None",
            "  Exp result=2.0 gradient=None",
            "    Leaf x result=0.6931471805599453 gradient=None",
            "  Exp result=0.5 gradient=None",
            "    Negate result=-0.6931471805599453 gradient=None",
            "      Leaf x @[3]",
        ]
    )


def test_repr_of_a_long_chain_is_cut():
    node = Leaf(1.0, "x")
    for _ in range(10_000):
        node = -node
    text = repr(node)
    assert len(text.splitlines()) == 201
    assert text.splitlines()[-1].startswith("… and more nodes")


@pytest.mark.parametrize(
    ("formula", "missing", "step"),
    [
        (lambda x: x + 1, "Add", "Step 3"),
        (lambda x: 1 - x, "Add", "Step 3"),
        (lambda x: x / 2, "Mul", "Step 3"),
        (lambda x: 2 / x, "Mul", "Step 3"),
        (lambda x: x @ x, "Matmul", "Step 6"),
    ],
)
def test_an_operator_without_its_class_names_the_step(formula, missing, step, monkeypatch):
    from course_lib import graph

    for name in ("Add", "Mul", "Matmul"):
        monkeypatch.delitem(graph._node_types, name, raising=False)
    with pytest.raises(MissingOperation, match=f"called {missing}, and there is none yet: {step}"):
        formula(Leaf(1.0, "x"))


def test_the_newest_class_of_a_name_is_the_one_that_operators_use():
    x = Leaf(1.0, "x")

    def define(number):
        class Add(ComputationNode):
            version = number

        return Add

    define(1)
    first = x + x
    define(2)
    assert (first.version, (x + x).version) == (1, 2)


def test_every_way_to_write_a_formula_gives_the_nodes_that_the_notebook_tells():
    class Add(ComputationNode):
        pass

    class Mul(ComputationNode):
        pass

    x = Leaf(2.0, "x")
    assert [type(n).__name__ for n in (x - 1).sorted_nodes()] == ["Leaf", "Leaf", "Add"]
    assert (x - 1).input_nodes[1].value == -1
    assert [type(n).__name__ for n in (x - x).sorted_nodes()] == ["Leaf", "Negate", "Add"]
    assert [type(n).__name__ for n in (x / x).sorted_nodes()] == ["Leaf", "IntPow", "Mul"]
    assert (x / 4).input_nodes[1].value == 0.25
    for array in (np.ones(3), torch.ones(3)):
        assert type(array * x) is Mul
        assert type(array + x) is Add


@pytest.mark.parametrize("value", ["2", None, [1.0, 2.0], object()])
def test_a_leaf_refuses_what_cannot_be_computed_with(value):
    with pytest.raises(GraphError, match="A Leaf holds a number, a numpy array or a torch tensor, not"):
        Leaf(value, "x")


def test_a_number_in_a_formula_becomes_a_constant():
    assert Mean(Leaf(1.0, "x"), 3).input_nodes[1].constant
    assert not Leaf(1.0, "x").constant


def test_a_node_shows_itself_as_a_picture_and_as_text():
    bundle = Negate(Leaf(1.0, "x"))._repr_mimebundle_()
    assert "data:image/svg+xml;" in bundle["text/html"]
    assert bundle["text/plain"].startswith("Negate result=None")
