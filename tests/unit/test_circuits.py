"""Function and gradient for the price of five functions: the engine is held to it, and so is what `5_circuits` says."""

import importlib.util
import inspect
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import autograder
from autograder.judge.student import Student
from autograder.samples import manifest, notebooks
from course_files import ROOT, books, solutions
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


# --- The notebook -----------------------------------------------------------------------------------------------------

PS2 = manifest.of("ps2")
EXERCISES = [exercise for exercise in PS2.exercises if exercise.notebook == "5_circuits"]


def source(name):
    return notebooks.cell_named(books(PS2).read("5_circuits"), name).source


@pytest.fixture
def names():
    """What a student has who has solved all of it."""
    found = {}
    exec("import operator\nimport numpy as np\nfrom course_lib import draw", found)
    exec("from course_lib.counting import Counted, counting", found)
    exec(source("given_circuits"), found)
    for exercise in EXERCISES:
        for cell in exercise.cells:
            exec(books(PS2).solution(cell), found)
    exec(source("given_costs"), found)
    exec(source("show_ratios").split("KINDS =")[0], found)
    exec(source("show_modes").split("def plot_modes")[0], found)
    return found


def test_every_prediction_is_as_counted_and_none_exceeds_five(names):
    random = np.random.default_rng(0)
    for _ in range(300):
        n = int(random.integers(1, 60))
        d = int(random.integers(1, n + 2))
        circuit = names["random_circuit"](random, d, n)
        used = {i for _, *operands in circuit for i in operands}
        assert used == set(range(n + d - 1))
        kinds = [sum(operation == kind for operation, *_ in circuit) for kind in names["OPERATIONS"]]
        alone, together = names["costs"](circuit)
        assert (alone, together) == (n, names["predicted"](*kinds, d))
        assert together <= FACTOR * alone


@pytest.mark.parametrize("n", [20, 21, 100])
def test_the_dear_circuit_costs_five_times_and_the_cheap_one_hardly_more_than_twice(n, names):
    assert names["ratio"](names["dear"](n)) == FACTOR
    assert names["ratio"](names["cheap"](n)) == 2 + 1 / (2 * n - 1)


@pytest.mark.parametrize("slope", [3, 5])
def test_a_chain_of_activations_costs_two_more_than_their_slopes(slope, engine, own_registry):  # noqa: ARG001
    """A slope of three keeps to the bound; with one of five, as lecture notes allow it, it would be seven."""

    class Activation(ComputationNode):
        def forward(self):
            self.result = self.input(0).tanh()

        def backward(self):
            x = self.input(0)
            for _ in range(slope):
                x = x.tanh()
            return [self.gradient * x]

    x = Leaf(Counted())
    for _ in range(20):
        x = Activation(x)
    assert ratio(engine, x) == slope + 2


@pytest.mark.parametrize(("b", "expected"), [(1, 2.5), (2, 2.75), (16, 2.96875), (1024, 3 - 1 / 2048)])
def test_a_network_costs_three_times_less_one_by_two_b(b, expected, engine):
    assert ratio(engine, bench().network(64, b, 4096)) == pytest.approx(expected, abs=1e-3)


def test_what_the_other_modes_cost(names):
    random, d, n = np.random.default_rng(0), 7, 50
    circuit, x = names["random_circuit"](random, d, n), [Counted() for _ in range(d)]
    differences = names["operations"](names["by_differences"], circuit, x)
    assert differences == (d + 1) * n + d + 2 * d  # each input is moved; each slope is a difference and a quotient
    assert n * d < names["operations"](names["by_forward_mode"], circuit, x, Counted(), Counted()) <= 4 * n * d


def test_all_ways_give_the_same_gradient(names):
    x = [3.0, 5.0, 2.0]
    assert names["gradient"](names["example"], x) == (16, [2, 2, 8])
    assert names["by_forward_mode"](names["example"], x) == [2, 2, 8]
    assert names["by_differences"](names["example"], x) == pytest.approx([2, 2, 8])


ODD = [
    "None", "'text'", "[1, [2]]", "[[1.0] * 6]", "{}", "float('nan')", "np.full(6, np.nan)", "np.float64(3)", "print",
    "[None] * 6", "[()]", "[[None]]", "[('input',), ('div', 0, 0)]", "[('mul', 0, 0)]", "[('input', 3)]", "1 / 0",
    "[('input',), ('add', 0.5, 0)]", "[('input',), ('add', -1, 0)]", "[('input',), ({}, 0, 0)]", "(1.0, {})",
    "[('input',), ('add', 0)]", "(1.0, [None] * 3)", "([], [])", "10**400", "True", "[('input',)] * 3",
    "(10**400, [10**400] * 4)", "(1.0, [10**400] * 4)", "(1.0, np.full(4, 1e200))",
]  # fmt: skip


@pytest.mark.parametrize("value", ODD)
def test_whatever_a_student_returns_is_an_answer_and_not_a_fault_of_the_test(value, names, monkeypatch):
    exec(f"def odd(*_, **__):\n    return {value}\n", names)
    names |= dict.fromkeys(("shares", "gradient", "predicted", "dear", "cheap", "liar"), names["odd"])
    for answer in ("most_slope", "kink", "jump", "left_slope", "right_slope"):
        names[answer] = names["odd"]() if value != "1 / 0" else None
    names |= dict.fromkeys(("T_differences", "T_forward", "T_backward"), names["most_slope"])
    monkeypatch.setattr(autograder, "student", Student(lambda: names, 0))
    for exercise in EXERCISES:
        scope = {}
        exec(source(exercise.test).split("### BEGIN HIDDEN TESTS")[1].replace("\n_hidden_tests()\n", "\n"), scope)
        assert scope["_hidden_tests"]() < exercise.points
