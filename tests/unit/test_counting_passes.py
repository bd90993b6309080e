"""What is counted when a student's own passes run: totals, the factor of five, and what is held."""

import numpy as np
import pytest
import torch
from counted_graphs import cosh, network
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from random_graphs import random_graph

from course_lib import ComputationNode, Exp, Leaf, Matexpand, count, sum_to
from course_lib.counting import Counted, Operations, torch_flops

FACTOR = 5


@pytest.fixture
def counted(engine):
    return lambda z: count(z, engine["forward_algorithm"], engine["backward_algorithm"])


# --- Totals -----------------------------------------------------------------------------------------------------------


def test_cosh_costs_what_one_counts_on_paper(counted):
    """Forward: a change of sign, two exponentials, a sum, a half. Backward: a half, two products, a sign, one sum."""
    found = counted(cosh(Leaf(0.7, "x")))
    assert found.forward == Operations(additions=2, divisions=1, functions=2)
    assert found.backward == Operations(multiplications=2, additions=2, divisions=1)
    assert found.ratio == 2
    (x,) = (node for node in found.nodes if node.name == "x")
    assert (x.summed, x.sent) == (Operations(additions=1), Operations())


@pytest.mark.parametrize("value", [0.5, np.float64(0.5), np.ones((3, 2)), torch.ones(3, 2)])
def test_totals_are_the_sums_over_nodes(counted, value):
    x = Leaf(value, "x")
    found = counted((x * x + 2 * x - x / (x + 1)).exp().sum())
    assert sum((node.forward for node in found.nodes), Operations()) == found.forward
    assert sum((node.backward for node in found.nodes), Operations()) == found.backward
    assert found.forward.total > 0


def test_a_value_that_is_used_k_times_costs_k_less_one_additions(counted):
    """Its gradient is summed: for a value of six entries, six additions each time but the first."""
    x = Leaf(Counted(2, 3), "x")
    for uses, z in ((1, x.exp()), (2, x * x), (3, (x + x) * x), (4, (x + x) * (x + x))):
        row = next(node for node in counted(z).nodes if node.name == "x")
        assert row.summed.additions == 6 * (uses - 1)


def test_what_a_student_adds_up_without_accumulate_gradient_is_counted_too(engine):
    def by_hand(graph, one=1.0):
        for node in reversed(graph.sorted_nodes()):
            node.gradient = None
        graph.gradient = one
        for node in reversed(graph.sorted_nodes()):
            for child, share in zip(node.input_nodes, node.backward(), strict=True):
                child.gradient = share if child.gradient is None else child.gradient + share

    x = Leaf(Counted(2, 3), "x")
    z = ((x + x) * x).sum()
    forward = engine["forward_algorithm"]
    assert count(z, forward, by_hand).backward == count(z, forward, engine["backward_algorithm"]).backward


def test_a_pass_that_does_too_much_is_seen_to(engine):
    """Whoever runs forward again on the way back pays for it there."""

    def wasteful(graph, one=1.0):
        engine["forward_algorithm"](graph)
        return engine["backward_algorithm"](graph, one)

    z = network(3, 2, 4)
    forward, backward = engine["forward_algorithm"], engine["backward_algorithm"]
    usual, more = count(z, forward, backward), count(z, forward, wasteful)
    assert more.backward == usual.backward + usual.forward


def test_a_network_of_64_layers_as_wide_as_4096_is_counted_at_once(counted):
    n, b, d = 64, 16, 4096
    found = counted(network(n, b, d))
    assert found.forward.multiplications == n * b * d * d + b * d
    assert found.backward.multiplications == 2 * n * b * d * d + n * b * d + 2 * b * d
    assert found.forward.functions == n * b * d


@pytest.mark.parametrize(("n", "b", "d"), [(1, 1, 1), (3, 5, 7), (8, 1, 40), (2, 30, 2), (64, 16, 4096)])
def test_matrix_products_agree_with_torch_s_own_counter(counted, n, b, d):
    """Torch counts two operations for each multiplication of a matrix product, and nothing else."""

    def loss():
        z = torch.ones(d, b, device="meta", requires_grad=True)
        for _ in range(n):
            z = (torch.ones(d, d, device="meta", requires_grad=True) @ z).exp()
        return (z**2).sum()

    theirs, ours = torch_flops(loss), counted(network(n, b, d))
    products = [node for node in ours.nodes if node.operation == "@"]
    assert len(products) == n
    assert theirs.forward == 2 * sum(node.forward.multiplications for node in products)
    assert theirs.backward == 2 * sum(node.backward.multiplications for node in products)


# --- The factor of five -----------------------------------------------------------------------------------------------


@settings(max_examples=200)
@given(seed=st.integers(0, 10**6), kind=st.sampled_from(["float", "numpy", "torch"]))
def test_function_and_gradient_cost_at_most_five_functions_on_graphs_of_the_course(counted_always, seed, kind):
    z = random_graph(seed, kind)
    assert counted_always(z.sum()).ratio <= FACTOR


class Log(ComputationNode):
    """z = log x, dz/dx = 1/x."""

    def forward(self):
        self.result = self.input(0).log()

    def backward(self):
        return [self.gradient / self.input(0)]


class Tanh(ComputationNode):
    """z = tanh x, dz/dx = 1 − z²."""

    def forward(self):
        self.result = np.tanh(self.input(0))

    def backward(self):
        return [self.gradient * (1 - self.output() ** 2)]


GATES = [
    lambda x, y: x + y,
    lambda x, y: x - y,
    lambda x, y: x * y,
    lambda x, y: x / y,
    lambda x, y: x**2 + y * 0.5,
    lambda x, y: x**-3 - y,
    lambda x, _: x**-1,
    lambda x, _: -x,
    lambda x, _: Exp(x),
    lambda x, _: Log(x),
    lambda x, _: Tanh(x),
    lambda x, y: Matexpand(x * y, (3,)).sum(),
    lambda x, _: x**5,
]


@settings(max_examples=300)
@given(
    leaves=st.integers(1, 4),
    gates=st.lists(
        st.tuples(st.sampled_from(range(len(GATES))), st.integers(0, 99), st.integers(0, 99)), min_size=1, max_size=40
    ),
)
def test_function_and_gradient_cost_at_most_five_functions_on_arithmetic_circuits(counted_always, leaves, gates):
    nodes = [Leaf(1.0) for _ in range(leaves)]
    for gate, first, second in gates:
        nodes.append(GATES[gate](nodes[-1 - first % len(nodes)], nodes[second % len(nodes)]))
    found = counted_always(nodes[-1])
    assume(found.forward.total)
    assert found.ratio <= FACTOR


def test_a_chain_of_inverses_comes_as_close_to_five_as_can_be(counted):
    x = Leaf(2.0)
    for _ in range(10):
        x = x**-1
    assert counted(x).ratio == FACTOR


def test_what_costs_nothing_forward_costs_nothing_backward(counted):
    x = Leaf(2.0)
    for z in (x**1, x**0, (x**1) ** 1, x**1 * x**0):
        found = counted(z)
        assert (found.forward.multiplications, found.backward.multiplications) in ((0, 0), (1, 2))
        assert found.ratio <= FACTOR


@pytest.fixture(scope="module")
def counted_always():
    """As `counted`, once for all examples."""
    import course_files
    from course_lib import graph

    before, names = dict(graph._node_types), {}
    exec("from course_lib import *", names)
    exec(course_files.solutions()["engine"], names)
    yield lambda z: count(z, names["forward_algorithm"], names["backward_algorithm"])
    graph._node_types.clear()
    graph._node_types.update(before)


# --- What is held -----------------------------------------------------------------------------------------------------


def test_results_and_gradients_are_held_and_given_values_are_not(counted):
    """Forward, Exp (six scalars) and the sum; backward, `one`; its copies are the same number; then two gradients."""
    z = Exp(Leaf(Counted(2, 3), "x")).sum()
    assert counted(z).live == (0, 6, 7, 8, 8, 8, 14, 14)


def test_a_network_holds_two_values_a_layer_and_then_gradients(counted):
    n, b, d = 4, 3, 5
    found = counted(network(n, b, d))
    forward = found.live[found.turn - 1]
    assert forward == 2 * n * b * d + b * d + 1
    # Each weight's gradient; those of the 2n values and of x; `one`, of which that of the square's entries are copies.
    assert found.live[-1] == forward + n * d * d + (2 * n + 1) * b * d + 1
    assert found.peak == found.live[-1]


def test_what_is_forgotten_is_held_no_longer(engine):
    def forgetful(graph):
        order = graph.sorted_nodes()
        for one in order:
            one.forward()
            if one is graph:
                return
            for child in one.input_nodes:
                if child.input_nodes:
                    child.result = Counted()

    x = Leaf(Counted(100), "x")
    z = x.exp().exp().exp().exp().sum()
    frugal = count(z, forgetful, lambda graph, one: setattr(graph, "gradient", one))
    assert frugal.peak < count(z, engine["forward_algorithm"], engine["backward_algorithm"]).peak
    assert max(frugal.live[: frugal.turn]) <= 2 * 100 + 4


def test_what_a_node_keeps_besides_is_held_too(engine, own_registry):  # noqa: ARG001
    class Keeping(ComputationNode):
        def forward(self):
            self.kept = self.input(0) * 2
            self.result = self.kept + 1

        def backward(self):
            return [sum_to(self.gradient * 2, self.input_nodes[0].shape)]

    found = count(Keeping(Leaf(Counted(10))), engine["forward_algorithm"], engine["backward_algorithm"])
    assert found.live[found.turn - 1] == 20
