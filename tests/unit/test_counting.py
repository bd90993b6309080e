"""What each operation and each kind of node costs, against closed formulas over many shapes."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as shapes

from course_lib import Exp, IntPow, Leaf, Matexpand, Matsum, Mean, Negate, SumTo, Transpose, count
from course_lib.counting import CannotCount, Counted, Operations, counting
from course_lib.errors import CourseError

SHAPES = shapes.array_shapes(min_dims=0, max_dims=3, min_side=1, max_side=5)
MATRIX = st.tuples(st.integers(1, 7), st.integers(1, 7))
SIDE = st.integers(1, 9)


def spent(action, *arrays):
    with counting() as tally:
        result = action(*arrays)
    return result, tally.total


# --- Arrays -----------------------------------------------------------------------------------------------------------


@given(shapes.mutually_broadcastable_shapes(num_shapes=2, max_dims=3, max_side=5))
def test_an_operation_entry_by_entry_costs_one_for_each_entry_that_comes_out(two):
    first, second = two.input_shapes
    size = math.prod(two.result_shape)
    for action, cost in (
        (lambda x, y: x + y, Operations(additions=size)),
        (lambda x, y: x - y, Operations(additions=size)),
        (lambda x, y: x * y, Operations(multiplications=size)),
        (lambda x, y: x / y, Operations(divisions=size)),
        (lambda x, y: x > y, Operations(functions=size)),
        (np.maximum, Operations(functions=size)),
    ):
        result, operations = spent(action, Counted(*first), Counted(*second))
        assert (result.shape, operations) == (two.result_shape, cost)
        result, operations = spent(action, np.ones(first), Counted(*second))
        assert (result.shape, operations) == (two.result_shape, cost)


@given(SIDE, SIDE, SIDE)
def test_a_matrix_product_costs_what_the_textbook_says(m, k, n):
    cost = Operations(multiplications=m * k * n, additions=m * (k - 1) * n)
    for first in (Counted(m, k), np.ones((m, k)), torch.ones(m, k)):
        result, operations = spent(lambda x, y: x @ y, first, Counted(k, n))
        assert (result.shape, operations) == ((m, n), cost)
    result, operations = spent(torch.matmul, Counted(m, k), torch.ones(k, n))
    assert (result.shape, operations) == ((m, n), cost)


@given(shapes.mutually_broadcastable_shapes(signature=np.matmul.signature, max_side=4))
def test_matrix_products_have_the_shapes_that_numpy_gives_them(two):
    first, second = two.input_shapes
    result, operations = spent(lambda x, y: x @ y, Counted(*first), Counted(*second))
    assert result.shape == (np.ones(first) @ np.ones(second)).shape
    assert operations.multiplications == math.prod(result.shape) * first[-1]


@given(SHAPES, st.data())
def test_a_sum_takes_one_addition_less_than_there_are_numbers_for_each_that_comes_out(shape, data):
    axes = data.draw(st.none() | st.sets(st.integers(0, len(shape) - 1)).map(tuple) if shape else st.none())
    keep = data.draw(st.booleans())
    expected = np.ones(shape).sum(axis=axes, keepdims=keep).shape
    result, operations = spent(lambda x: x.sum(axes, keepdims=keep), Counted(*shape))
    assert result.shape == expected
    assert operations == Operations(additions=math.prod(shape) - math.prod(expected))


@given(SHAPES, st.integers(-20, 70))
def test_a_power_takes_the_multiplications_of_repeated_squaring(shape, n):
    multiplications, power = 0, abs(n)
    while power > 1:  # halve an even power, take one off an odd one
        multiplications, power = multiplications + 1, power // 2 if power % 2 == 0 else power - 1
    size = math.prod(shape)
    _, operations = spent(lambda x: x**n, Counted(*shape))
    assert operations == Operations(multiplications=size * multiplications, divisions=size * (n < 0))


@given(SHAPES)
def test_functions_cost_one_evaluation_an_entry_and_copies_nothing(shape):
    x, size = Counted(*shape), math.prod(shape)
    for function in (np.exp, torch.tanh, np.log, torch.relu, lambda x: x.sigmoid(), lambda x: x**0.5, lambda x: 2**x):
        assert spent(function, x)[1] == Operations(functions=size)
    for copy in (lambda x: x.T, lambda x: x.reshape(-1), lambda x: x.expand((3, *shape)), lambda x: x.copy()):
        assert spent(copy, x)[1] == Operations()
    assert spent(lambda x: -x, x)[1] == Operations(additions=size)


def test_large_arrays_cost_no_memory_and_no_time():
    result, operations = spent(lambda x, y: x @ y, Counted(10**9, 10**9), Counted(10**9, 10**9))
    assert result.shape == (10**9, 10**9)
    assert operations.multiplications == 10**27


@pytest.mark.parametrize(
    ("action", "named"),
    [
        (lambda x: x[0], "x[0]"),
        (lambda x: 1 if x > 0 else 2, "if"),
        (math.exp, "math"),
        (lambda x: x.detach(), ".detach"),
        (np.linalg.inv, "np.inv"),
        (lambda x: torch.cumsum(x, 0), "torch.cumsum"),
        (np.add.reduce, "np.add.reduce"),
        (np.array, "np.array"),
        (lambda x: x // 2, "//"),
        (list, "loop"),
        (len, "shape"),
        (lambda x: x @ Counted(2, 3), "(2, 3) and (2, 3)"),
        (lambda x: x + Counted(4), "(2, 3) and (4,)"),
        (lambda x: x + "a", "str"),
        (lambda x: x.sum(5), "axis 5"),
        (lambda x: x.reshape(4), "(4,)"),
        (lambda x: x.expand((3, 3)), "(3, 3)"),
        (lambda _: Counted(-1), "Counted(-1)"),
    ],
)
def test_what_cannot_be_counted_is_refused_by_name(action, named):
    with pytest.raises(CannotCount) as refusal:
        action(Counted(2, 3))
    assert named in str(refusal.value)
    assert isinstance(refusal.value, CourseError)


# --- Nodes ------------------------------------------------------------------------------------------------------------


def cost(engine, node):
    """Return what a node itself costs, forward and backward, below an output that weighs all of its entries."""
    found = count(node, engine["forward_algorithm"], engine["backward_algorithm"])
    return found.nodes[-1].forward, found.nodes[-1].sent


def leaf(*shape):
    return Leaf(Counted(*shape))


def ops(multiplications=0, additions=0, divisions=0, functions=0):
    return Operations(multiplications, additions, divisions, functions)


@pytest.fixture(scope="module")
def engine():
    """The solution's engine, once for all shapes."""
    import course_files
    from course_lib import graph

    before, names = dict(graph._node_types), {}
    exec("from course_lib import *", names)
    exec(course_files.solutions()["engine"], names)
    yield names
    graph._node_types.clear()
    graph._node_types.update(before)


@given(SHAPES)
def test_nodes_of_one_input(engine, shape):
    n = math.prod(shape)
    assert cost(engine, Negate(leaf(*shape))) == (ops(additions=n), ops(additions=n))
    assert cost(engine, Exp(leaf(*shape))) == (ops(functions=n), ops(multiplications=n))
    assert cost(engine, Matsum(leaf(*shape))) == (ops(additions=n - 1), ops())
    assert cost(engine, Transpose(leaf(*shape))) == (ops(), ops())
    assert cost(engine, IntPow(leaf(*shape), 2)) == (ops(multiplications=n), ops(multiplications=2 * n))
    assert cost(engine, IntPow(leaf(*shape), 3)) == (ops(multiplications=2 * n), ops(multiplications=3 * n))
    assert cost(engine, IntPow(leaf(*shape), -1)) == (ops(divisions=n), ops(multiplications=3 * n, divisions=n))
    assert cost(engine, IntPow(leaf(*shape), 1)) == (ops(), ops())
    assert cost(engine, IntPow(leaf(*shape), 0)) == (ops(), ops())


@given(SHAPES, st.integers(2, 70))
def test_powers_with_any_exponent(engine, shape, n):
    """Back: the power below, times n, times what arrives."""
    size = math.prod(shape)

    def multiplications(power):
        return power.bit_length() + power.bit_count() - 2

    assert cost(engine, IntPow(leaf(*shape), n)) == (
        ops(multiplications=multiplications(n) * size),
        ops(multiplications=(2 + multiplications(n - 1)) * size),
    )
    assert cost(engine, IntPow(leaf(*shape), -n)) == (
        ops(multiplications=multiplications(n) * size, divisions=size),
        ops(multiplications=(2 + multiplications(n + 1)) * size, divisions=size),
    )


@given(SHAPES, st.integers(1, 4))
def test_nodes_that_copy_to_a_larger_shape_and_back(engine, shape, copies):
    n = math.prod(shape)
    large = (copies, *shape)
    assert cost(engine, Matexpand(leaf(*shape), large)) == (ops(), ops(additions=(copies - 1) * n))
    assert cost(engine, SumTo(leaf(*large), shape)) == (ops(additions=(copies - 1) * n), ops())


@given(shapes.mutually_broadcastable_shapes(num_shapes=2, max_dims=3, max_side=5))
def test_nodes_of_two_inputs_of_which_one_may_be_copied(engine, two):
    """What was copied forward is summed backward: to s entries from n, that takes n − s additions."""
    first, second = two.input_shapes
    n = math.prod(two.result_shape)
    back = sum(n - math.prod(shape) for shape in two.input_shapes)
    assert cost(engine, leaf(*first) + leaf(*second)) == (ops(additions=n), ops(additions=back))
    assert cost(engine, leaf(*first) * leaf(*second)) == (
        ops(multiplications=n),
        ops(multiplications=2 * n, additions=back),
    )
    assert cost(engine, Mean(leaf(*first), leaf(*second))) == (
        ops(additions=n, divisions=n),
        ops(divisions=n, additions=back),
    )


@given(SIDE, SIDE, SIDE)
def test_a_matrix_product_node(engine, m, k, n):
    assert cost(engine, leaf(m, k) @ leaf(k, n)) == (
        ops(multiplications=m * k * n, additions=m * (k - 1) * n),
        ops(multiplications=2 * m * k * n, additions=m * k * (n - 1) + (m - 1) * k * n),
    )
