"""What `4_jacobians` states, its solution shows."""

from itertools import pairwise

import numpy as np
import pytest
from solved import solutions_of

from autograder.samples import manifest


@pytest.fixture(scope="module")
def names():
    return solutions_of(manifest.of("ps3"), "4_jacobians")


def all_orders(first, last):
    if first == last:
        return [first]
    cuts = range(first, last)
    return [(left, right) for k in cuts for left in all_orders(k + 1, last) for right in all_orders(first, k)]


def drawn(layers, smallest=1, times=60):
    random = np.random.default_rng(layers)
    return [random.integers(smallest, 30, layers + 1).tolist() for _ in range(times)]


def test_there_are_so_many_orders():
    assert [len(all_orders(1, layers)) for layers in (2, 3, 4, 5, 6)] == [1, 2, 5, 14, 42]
    catalan = 1
    for n in range(29):  # the number for 30 layers
        catalan = catalan * 2 * (2 * n + 1) // (n + 2)
    assert 10**15 <= catalan < 1.01 * 10**15


@pytest.mark.parametrize("layers", [1, 2, 3, 4, 5, 6])
def test_no_order_is_cheaper_than_the_best(layers, names):
    for sizes in drawn(layers, times=20):
        cost, order = names["best_order"](sizes)
        costs = [names["bracket_cost"](sizes, one) for one in all_orders(1, layers)]
        assert cost == min(costs) == names["bracket_cost"](sizes, order)


@pytest.mark.parametrize("layers", [2, 3, 5, 8])
def test_reverse_mode_is_best_if_sizes_never_grow(layers, names):
    for sizes in drawn(layers):
        sizes.sort(reverse=True)
        assert all(after <= before for before, after in pairwise(sizes))
        assert names["cost_reverse"](sizes) == names["best_order"](sizes)[0]
        assert names["cost_forward"](sizes[::-1]) == names["best_order"](sizes[::-1])[0]


@pytest.mark.parametrize("layers", [2, 3, 5, 8])
def test_reverse_mode_is_best_for_one_output_if_no_other_size_is_one(layers, names):
    for sizes in drawn(layers, smallest=2):
        sizes[-1] = 1
        assert names["cost_reverse"](sizes) == names["best_order"](sizes)[0]


def test_neither_statement_holds_without_its_condition(names):
    forward_wins, neither_wins, scalar_loses = (names[n] for n in ("forward_wins", "neither_wins", "scalar_loses"))
    assert names["cost_forward"](forward_wins) < names["cost_reverse"](forward_wins)
    best, _ = names["best_order"](neither_wins)
    assert best < min(names["cost_forward"](neither_wins), names["cost_reverse"](neither_wins))
    assert names["best_order"](scalar_loses)[0] < names["cost_reverse"](scalar_loses)


def test_both_ways_to_a_jacobian_give_the_same(names):
    random = np.random.default_rng(0)
    weights, x = [random.normal(size=(4, 5)), random.normal(size=(3, 4))], random.normal(size=5)
    columns = names["by_columns"](lambda v: names["jvp"](weights, x, v), 5)
    rows = names["by_rows"](lambda u: names["vjp"](weights, x, u), 3)
    assert columns == pytest.approx(rows)
