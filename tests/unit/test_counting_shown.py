"""What counting leaves alone, what it refuses and in which words, and how a count is shown."""

import subprocess
import sys

import numpy as np
import pytest
from counted_graphs import cosh, network

from course_lib import ComputationNode, Leaf, build_graph, count, recording
from course_lib.counting import CannotCount, Counted, Operations, counting
from course_lib.errors import CourseError, GraphError


@pytest.fixture
def counted(engine):
    return lambda z: count(z, engine["forward_algorithm"], engine["backward_algorithm"])


# --- What is not touched, and what is refused -------------------------------------------------------------------------


def test_counting_changes_nothing(engine):
    x = Leaf(np.array([1.0, 2.0]), "x")
    z = (cosh(x) * x).sum()
    engine["forward_algorithm"](z)
    engine["backward_algorithm"](z)
    nodes = z.sorted_nodes()
    before = [dict(vars(node)) for node in nodes]
    recording.start()
    try:
        count(z, engine["forward_algorithm"], engine["backward_algorithm"])
        assert recording.events() == []
    finally:
        recording.stop()
    for node, kept in zip(nodes, before, strict=True):
        assert vars(node).keys() == kept.keys()
        assert all(vars(node)[name] is value for name, value in kept.items())
    assert "__setattr__" not in vars(ComputationNode)


def test_counts_are_the_same_every_time(counted):
    assert counted(network(3, 2, 5)) == counted(network(3, 2, 5))


def test_passes_are_found_in_the_notebook():
    code = (
        "from course_lib import *\n"
        "def forward_algorithm(z):\n    [n.forward() for n in z.sorted_nodes()]\n"
        "def backward_algorithm(z, one):\n"
        "    z.gradient = one\n"
        "    for n in z.sorted_nodes()[::-1]:\n"
        "        [c.accumulate_gradient(g) for c, g in zip(n.input_nodes, n.backward())]\n"
        "print(count(Exp(Leaf(1.0))).ratio)\n"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "2.0\n"


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda _f, _b: count(3.0), "not float"),
        (lambda _f, _b: count(Leaf(1.0)), "Step 1 asks for it"),
        (lambda f, _b: count(Leaf(1.0), f), "Step 2 asks for it"),
        (lambda f, _b: count(Leaf(1.0), f, 3), "backward_algorithm must be a function"),
        (lambda _f, b: count(Leaf(1.0), lambda _: None, b), "without a result"),
        (lambda f, _b: count(Leaf(1.0), f, lambda _, one: None), "holds no gradient"),  # noqa: ARG005
        (lambda f, _b: count(Leaf(1.0), f, lambda z, one: setattr(z, "gradient", 1.0)), "the gradient 1, though"),  # noqa: ARG005
    ],
)
def test_bad_input_is_refused_in_words(engine, call, words):
    with pytest.raises(CourseError, match=words):
        call(engine["forward_algorithm"], engine["backward_algorithm"])


def test_gradients_that_are_graphs_are_counted_after_they_are_built(engine, counted):
    x = Leaf(2.0, "x")
    z = x * x * x
    with build_graph(), pytest.raises(GraphError, match=r"count\(x.gradient\)"):
        counted(z)
    engine["forward_algorithm"](z)
    with build_graph():
        engine["backward_algorithm"](z, one=Leaf(1.0))
    assert counted(x.gradient).forward.multiplications > counted(z).forward.multiplications


def test_code_that_asks_for_entries_is_told_so(engine, own_registry):  # noqa: ARG001
    class Relu(ComputationNode):
        def forward(self):
            self.result = self.input(0) if self.input(0) > 0 else 0.0

    with pytest.raises(CannotCount, match="if"):
        count(Relu(Leaf(1.0)), engine["forward_algorithm"], engine["backward_algorithm"])
    assert "__setattr__" not in vars(ComputationNode)


def test_counts_can_be_nested():
    with counting() as outer:
        Counted(3) + 1
        with counting() as inner:
            Counted(4) * 2
    assert (outer.total, inner.total) == (Operations(4, 3), Operations(4))


# --- What is shown ----------------------------------------------------------------------------------------------------


def test_a_count_is_shown_as_a_table_and_a_plot(counted):
    found = counted(network(2, 3, 4))
    forms = found._repr_mimebundle_()
    for words in ("W1", "4×3", f"{found.forward.total:,}", f"{found.ratio:.2f} times", f"{found.peak:,} scalars"):
        assert words in forms["text/plain"]
        assert words in forms["text/html"]
    assert '<img alt="At most' in forms["text/html"]
    assert "data:image/svg+xml" in forms["text/html"]


def test_many_nodes_share_rows(counted):
    text = repr(counted(network(40, 3, 4)))
    assert "40 nodes" in text
    assert len(text.splitlines()) < 15


def test_a_long_graph_is_counted_and_drawn_in_little_room(counted):
    z = Leaf(Counted(), "x")
    for _ in range(3000):
        z = -z
    found = counted(z)
    assert (found.forward.additions, found.backward.additions) == (3000, 3000)
    assert len(found._repr_mimebundle_()["text/html"]) < 60_000
    assert f"peak {found.peak:,}" in found.chart.to_svg()


def test_a_leaf_alone_costs_nothing(counted):
    found = counted(Leaf(3.0, "x"))
    assert (found.forward.total, found.backward.total, found.ratio, found.peak) == (0, 0, 1.0, 1)
    assert "svg" in found._repr_mimebundle_()["text/html"]
