"""The given nodes: right gradients to third order, for floats, arrays and tensors."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.judge import reference
from autograder.judge.description import describe, mean
from course_lib import Exp, IntPow, Leaf, Matexpand, SumTo, build_graph, sum_to
from course_lib.described import Task, run
from course_lib.errors import GraphError

EXPRESSIONS = {
    "negate": lambda x: -x,
    "exp": lambda x: x.exp(),
    "mean": lambda x: mean(x, x.exp()),
    "cube": lambda x: x**3,
    "inverse": lambda x: x**-1,
    "square of inverse": lambda x: x**-2,
    "first power": lambda x: x**1 * x,
    "zeroth power": lambda x: x**0 * x * x,
    "quotient": lambda x: x.exp() / (x * x + 1),
    "difference": lambda x: 3 - x * (x - 2) * x,
}


@pytest.mark.parametrize("kind", ["float", "numpy", "torch"])
@pytest.mark.parametrize("name", EXPRESSIONS)
def test_first_derivative_is_that_of_torch(name, kind, engine):
    steps = describe(EXPRESSIONS[name], ["x"])
    inputs = {"x": np.array(0.7)}
    outcome = run(Task(steps, inputs, kind), engine)
    true = reference.gradients(reference.values(steps, inputs))
    x = next(i for i, step in enumerate(steps) if step[0] == "leaf")
    np.testing.assert_allclose(outcome.gradients[x], true[x], rtol=1e-12)


@pytest.mark.parametrize("order", [2, 3])
@pytest.mark.parametrize(
    "name", [name for name in EXPRESSIONS if name not in ("negate", "first power", "zeroth power")]
)
def test_higher_derivatives_are_those_of_torch(name, order, engine):
    steps = describe(EXPRESSIONS[name], ["x"])
    inputs = {"x": np.array([0.3, -0.8])}
    outcome = run(Task(steps, inputs, "torch", order=order), engine)
    x = next(i for i, step in enumerate(steps) if step[0] == "leaf")
    np.testing.assert_allclose(outcome.gradients[x], reference.derivative(steps, inputs, order), rtol=1e-10)


def test_the_second_derivative_of_cosh_is_not_the_first_once_more(engine):
    """The source document's own engine returned 0.3045 here, since it took exp's result for a constant."""
    x = Leaf(0.3, "x")
    derivative = engine["Mean"](Exp(x), Exp(-x))
    for _ in range(2):
        engine["forward_algorithm"](derivative)
        with build_graph():
            engine["backward_algorithm"](derivative, one=Leaf(1.0))
        derivative = x.gradient
    assert engine["forward_algorithm"](derivative).result == pytest.approx(math.cosh(0.3))


@given(
    st.lists(st.integers(1, 3), max_size=3).flatmap(
        lambda shape: st.tuples(
            st.just(tuple(shape)), st.tuples(*(st.sampled_from([1, n]) for n in shape)), st.booleans()
        )
    )
)
@settings(max_examples=60)
def test_sum_to_is_what_torch_does_for_a_copied_value(case):
    """Copy a small tensor to a larger shape and go back: torch's own gradient of the copy is the judge."""
    large, small, drop = case
    small = small[1:] if drop else small
    x = torch.rand(small, dtype=torch.float64, requires_grad=True)
    upstream = torch.rand(large, dtype=torch.float64)
    (true,) = torch.autograd.grad(x.expand(large), x, upstream)
    torch.testing.assert_close(sum_to(upstream, small), true)
    np.testing.assert_allclose(sum_to(upstream.numpy(), small), true.numpy())


@pytest.mark.parametrize("make", [lambda s: s, lambda s: s.numpy()])
def test_copying_and_summing_undo_each_others_gradients(make):
    small, large = make(torch.rand(1, 3)), (2, 3)
    for node, shape in (
        (Matexpand(Leaf(small, "x"), large), large),
        (SumTo(Leaf(make(torch.rand(2, 3)), "x"), (1, 3)), (1, 3)),
    ):
        for each in node.sorted_nodes():
            each.forward()
        assert node.shape == shape
        node.gradient = node.result
        (sent,) = node.backward()
        assert tuple(sent.shape) == node.input_nodes[0].shape


def test_integers_have_inverses_too():
    node = IntPow(Leaf(torch.tensor([1, 2, 4]), "x"), -1)
    for each in node.sorted_nodes():
        each.forward()
    assert node.result.tolist() == [1.0, 0.5, 0.25]


def test_a_power_that_is_not_a_constant_integer():
    with pytest.raises(GraphError, match=r"given for integers p that are constant, not for 0.5"):
        Leaf(2.0, "x") ** 0.5
