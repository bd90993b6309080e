"""The gradient debugger gives no false alarm, whatever the style of an engine and the numbers; what is off, it sees."""

import time

import numpy as np
import pytest
import torch
from debugger_cases import engine_of, run
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from random_graphs import KINDS, ones_for, random_graph

from autograder.samples.models import MODELS
from course_lib import ComputationNode, Leaf, build_graph, graph
from course_lib.debugger import debug


@pytest.fixture(autouse=True)
def _own_registry(monkeypatch):
    monkeypatch.setattr(graph, "_node_types", dict(graph._node_types))


RIGHT = {"the solution": None} | {model.name: model.code for model in MODELS}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", RIGHT)
@given(seed=st.integers(0, 2**32 - 1), again=st.booleans())
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_right_engine_gives_no_alarm(name, kind, solutions, seed, again):
    """Over all styles and kinds of numbers, these are a good thousand graphs."""
    engine = engine_of(RIGHT[name] or solutions["engine"])
    z = random_graph(seed, kind)
    engine["forward_algorithm"](z)
    one = ones_for(z, seed)
    engine["backward_algorithm"](z, one=one)
    finding = debug(z, engine["backward_algorithm"] if again else None, one=one)
    assert finding.right, (finding, z)
    assert "At " not in finding.words


@pytest.mark.parametrize("name", RIGHT)
@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nor_at_second_order(name, solutions, seed):
    engine = engine_of(RIGHT[name] or solutions["engine"])
    z = random_graph(seed, "float")
    engine["forward_algorithm"](z)
    with build_graph():
        engine["backward_algorithm"](z, one=Leaf(1.0))
        finding = debug(z, engine["backward_algorithm"])
    assert finding.right, (finding, z)


@pytest.mark.parametrize("kind", KINDS)
@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_gradient_that_is_off_is_seen(kind, engine, seed):
    z = random_graph(seed, kind)
    engine["forward_algorithm"](z)
    engine["backward_algorithm"](z, one=ones_for(z, seed))
    inner = [node for node in z.sorted_nodes()[:-1] if not getattr(node, "constant", False)]
    if not inner:
        return
    node = inner[seed % len(inner)]
    node.gradient = node.gradient + 0.05 * (abs(node.gradient) + 1)
    finding = debug(z)
    assert finding.node is node, (finding, z)
    assert finding.kind in ("combination", "reset", "start")


def test_what_a_forward_keeps_for_its_backward_is_not_disturbed(engine):
    class Tanh(ComputationNode):
        def forward(self):
            self.kept = np.tanh(self.input(0))
            self.result = self.kept

        def backward(self):
            return [self.gradient * (1 - self.kept**2)]

    z = Tanh(Tanh(Leaf(0.3, "x")))
    assert debug(run(engine, z), engine["backward_algorithm"]).right
    assert z.kept == z.result


def test_a_node_may_keep_its_inputs_where_it_likes(engine):
    class Times(ComputationNode):
        def __init__(self, left, right):
            super().__init__(left, right)
            self.left, self.right = self.input_nodes

        def forward(self):
            self.result = self.left.result * self.right.result

        def backward(self):
            return [self.gradient * self.right.result, self.gradient * self.left.result]

    assert debug(run(engine, Times(Leaf(0.3, "x"), Leaf(2.0, "y").exp()))).right


def test_a_bend_nearby_is_no_fault(engine):
    class Relu(ComputationNode):
        def forward(self):
            self.result = np.maximum(self.input(0), 0)

        def backward(self):
            return [self.gradient * (self.input(0) > 0)]

    for entries in ([1e-5, -1e-5, 3.0], [-1e-4, 2.0, 1e-3]):
        z = run(engine, Relu(Leaf(np.array(entries), "x") + 0.0).sum())
        assert debug(z).right, debug(z)


def test_large_and_small_numbers_are_no_fault(engine):
    x, y = Leaf(1e-9, "x"), Leaf(1e8, "y")
    assert debug(run(engine, (x * y) ** 3 + x)).right
    assert debug(run(engine, x**-1 + y)).kind == "right"


def test_a_large_graph_is_sampled_and_says_so(engine):
    node = Leaf(1.0, "x")
    for _ in range(500):
        node = node * 1.001 + 0.001
    finding = debug(run(engine, node))
    assert finding.right
    assert "of them were held against the output" in finding.words


def test_a_bend_at_the_point_itself_is_no_fault_and_hides_none(engine):
    class Abs(ComputationNode):
        slope = 0.0

        def forward(self):
            self.result = abs(self.input(0))

        def backward(self):
            x = self.input(0)
            return [self.gradient * (np.sign(x) + self.slope * (x == 0))]

    class Mistaken(Abs):
        def backward(self):
            return [2 * sent for sent in super().backward()]

    for entries in (0.0, [0.0, 2.0, -3.0], [0.0, 0.0]):
        for Abs.slope in (-1.0, 0.0, 0.5):
            x = Leaf(np.array(entries), "x")
            assert debug(run(engine, Abs(x) * 3.0, np.ones(np.shape(entries)))).right
    z = run(engine, Mistaken(Leaf(np.array([0.0, 2.0, -3.0]), "x")) * 3.0, np.ones(3))
    assert debug(z).kind == "rule"


def test_a_rule_that_is_slightly_off_is_seen_beside_large_and_small_numbers(engine):
    class Scaled(ComputationNode):
        factor = 1.001

        def forward(self):
            self.result = self.input(0) ** 3 * 0.1

        def backward(self):
            return [self.gradient * 0.3 * self.input(0) ** 2 * self.factor]

    for factor, kind in ((1.0, "right"), (1.001, "rule")):
        Scaled.factor = factor
        for entries in (1e-6, 1e6, [1e-3, 1.0, 1e4]):
            x = Leaf(np.array(entries), "x")
            z = run(engine, Scaled(x + 1.0) * 1e6, np.ones(np.shape(entries)))
            assert debug(z).kind == kind, (entries, debug(z))


def test_single_precision_that_cancels_is_no_fault(engine):
    for seed in range(20):
        random = np.random.default_rng(seed)
        x = Leaf(random.normal(size=(30, 40)).astype(np.float32), "x")
        w = Leaf(random.normal(size=(40, 1)).astype(np.float32), "w")
        p = x @ w
        z = run(engine, ((p * 1e3 - p * 999.0) * (p - p.sum() * np.float32(1 / 30))).sum(), np.float32(1))
        assert debug(z, engine["backward_algorithm"]).right, debug(z, engine["backward_algorithm"])


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.int64])
def test_other_types_of_tensors_are_no_fault(engine, dtype):
    x = Leaf(torch.arange(6).reshape(2, 3).to(dtype), "x")
    z = run(engine, (x * x + x * 3).sum(), torch.tensor(1, dtype=dtype))
    assert debug(z, engine["backward_algorithm"]).right, debug(z)
    x.gradient = x.gradient * 2
    assert debug(z).node is x


def test_what_vanishes_is_no_fault(engine):
    x = Leaf(np.full((2, 2), 0.3, np.float32), "x")
    for _ in range(150):
        x = x * np.float32(0.5)
    assert debug(run(engine, x.sum(), np.float32(1)), engine["backward_algorithm"]).right


def test_a_large_graph_is_looked_at_in_time(engine):
    node = Leaf(1.0, "x")
    for _ in range(5000):
        node = node * 1.0001 + 0.001
    engine["forward_algorithm"](node)
    engine["backward_algorithm"](node)
    start = time.thread_time()
    assert debug(node, engine["backward_algorithm"]).right
    assert time.thread_time() - start < 5
