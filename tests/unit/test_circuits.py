"""Function and gradient for the price of five functions: the engine is held to it, and so is what `5_circuits` says."""

import importlib.util
import inspect
from itertools import pairwise

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from course_files import ROOT, solutions
from course_lib import (
    ComputationNode,
    Exp,
    IntPow,
    Leaf,
    Matexpand,
    Matsum,
    Mean,
    Negate,
    SumTo,
    Transpose,
    count,
    graph,
    nodes,
)
from course_lib.counting import Counted, torch_flops

FACTOR = 5


@pytest.fixture(scope="module")
def engine():
    """The solution's engine, once for all examples."""
    before, names = dict(graph._node_types), {}
    exec("from course_lib import *", names)
    exec(solutions()["engine"], names)
    yield names
    graph._node_types.clear()
    graph._node_types.update(before)


def ratio(engine, z):
    return count(z, engine["forward_algorithm"], engine["backward_algorithm"]).ratio


# --- The engine -------------------------------------------------------------------------------------------------------

EXPONENTS = st.integers(-6, 6)


def fits(first, second):
    return all(a == b or 1 in (a, b) for a, b in zip(first[::-1], second[::-1], strict=False))


# Each makes a node of one or two others, with their shapes; None where these do not fit.
KINDS = {
    "Negate": lambda _, x, *__: Negate(x),
    "Exp": lambda _, x, *__: Exp(x),
    "Matsum": lambda _, x, *__: Matsum(x),
    "Transpose": lambda _, x, *__: Transpose(x),
    "IntPow": lambda draw, x, *_: IntPow(x, draw(EXPONENTS)),
    "Matexpand": lambda draw, x, _, s, __: Matexpand(x, (draw(st.integers(1, 4)), *s)) if len(s) < 3 else None,
    "SumTo": lambda _, x, __, s, ___: SumTo(x, (1, *s[1:])) if s else None,
    "Mean": lambda _, x, y, s, t: Mean(x, y) if fits(s, t) else None,
    "Add": lambda _, x, y, s, t: x + y if fits(s, t) else None,
    "Mul": lambda _, x, y, s, t: x * y if fits(s, t) else None,
    "Matmul": lambda _, x, y, s, t: x @ y if len(s) == len(t) == 2 and s[1] == t[0] else None,
}


def test_every_node_type_is_looked_at():
    given = {name for name, kind in vars(nodes).items() if inspect.isclass(kind) and kind.__module__ == nodes.__name__}
    assert set(KINDS) >= given | {"Add", "Mul", "Matmul"}


def draw_graph(draw, engine):
    """Return the nodes of a random graph, inputs first."""
    made = [Leaf(Counted(*draw(st.sampled_from([(), (3,), (1, 3), (3, 3), (2, 3)])))) for _ in range(3)]
    shapes = {node: node.value.shape for node in made}
    for name in draw(st.lists(st.sampled_from(sorted(KINDS)), min_size=1, max_size=25)):
        x, y = made[-1 - min(draw(st.integers(0, 5)), len(made) - 1)], draw(st.sampled_from(made))
        node = KINDS[name](draw, x, y, shapes[x], shapes[y])
        if node is not None:
            shapes[node] = engine["forward_algorithm"](node).shape
            made.append(node)
    return made


@settings(max_examples=400)
@given(st.data())
def test_function_and_gradient_cost_at_most_five_functions_on_graphs_of_all_nodes(engine, data):
    z = draw_graph(data.draw, engine)[-1]
    found = count(z.sum(), engine["forward_algorithm"], engine["backward_algorithm"])
    assert found.forward.total + found.backward.total <= FACTOR * found.forward.total


def test_an_output_that_was_copied_for_nothing_may_cost_more(engine):
    """So the theorem is about outputs that are single numbers."""
    x = Leaf(Counted(), "x")
    copied = Matexpand(x, (100,)) ** -1
    assert ratio(engine, copied) == 5.99
    assert ratio(engine, copied.sum()) < FACTOR


@settings(max_examples=100)
@given(st.data())
def test_outputs_that_are_tensors_keep_to_it_but_for_copies(engine, data):
    kinds = dict(KINDS)
    try:
        KINDS.pop("Matexpand")
        z = draw_graph(data.draw, engine)[-1]
    finally:
        KINDS.update(kinds)
    found = count(z, engine["forward_algorithm"], engine["backward_algorithm"])
    assert found.forward.total + found.backward.total <= FACTOR * found.forward.total


def bench():
    spec = importlib.util.spec_from_file_location("bench_engine", ROOT / "bench" / "engine.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_graph_that_the_bench_prints_keeps_to_it(engine):
    ratios = {what: ratio(engine, z) for what, z in bench().graphs(engine)}
    assert max(ratios.values()) == ratios["inverted 50 times"] == FACTOR


@pytest.mark.parametrize(("sizes", "b"), [((3, 2), 1), ((64, 10, 1), 7), ((784, 100, 100, 10), 32)])
def test_products_of_a_perceptron_with_biases_are_those_that_torch_counts(sizes, b, engine):
    def loss():
        x = torch.ones(sizes[0], b, device="meta", requires_grad=True)
        for before, after in pairwise(sizes):
            weights = torch.ones(after, before, device="meta", requires_grad=True)
            x = torch.sigmoid(weights @ x + torch.ones(after, 1, device="meta", requires_grad=True))
        return ((x - 1) ** 2).sum() / b

    found = count(bench().perceptron(sizes, b), engine["forward_algorithm"], engine["backward_algorithm"])
    products = [node for node in found.nodes if node.operation == "@"]
    theirs = torch_flops(loss)
    assert theirs.forward == 2 * sum(node.forward.multiplications for node in products)
    assert theirs.backward == 2 * sum(node.backward.multiplications for node in products)


def test_every_graph_of_the_engine_notebook_keeps_to_it(engine, run_cells, monkeypatch):
    walked, walk = {}, ComputationNode.sorted_nodes

    def noted(output):
        walked[output] = None
        return walk(output)

    with monkeypatch.context() as patch:
        patch.setattr(ComputationNode, "sorted_nodes", noted)
        run_cells("2_engine")
    assert len(walked) > 50
    assert max(ratio(engine, z.sum() if z.shape else z) for z in walked) <= FACTOR
