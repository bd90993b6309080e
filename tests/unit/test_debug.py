"""The gradient debugger: each mistake at its node and by its kind, no false alarm, and nothing changed."""

import math
import re
import sys
from dataclasses import dataclass

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autograder.samples.engine_mistakes import ENDLESS, ENGINE
from autograder.samples.models import MODELS
from course_lib import ComputationNode, Leaf, Mean, build_graph, graph
from course_lib.debugger import debug
from course_lib.errors import GraphError
from course_lib.limits import time_limit


@pytest.fixture(autouse=True)
def _own_registry(monkeypatch):
    monkeypatch.setattr(graph, "_node_types", dict(graph._node_types))


def engine_of(code):
    """Return the names that a student's cell defines; operators use its classes from then on."""
    names = {}
    exec("from course_lib import *", names)
    exec(code, names)
    return names


def run(engine, z, one=None, order=1):
    """Run the student's passes as far as they go, as a student would; within build_graph() if `order` is above 1."""
    try:
        engine["forward_algorithm"](z)
        with build_graph(order > 1), time_limit(0.3, "backward_algorithm"):
            engine["backward_algorithm"](z, **({} if one is None else {"one": one}))
    except (Exception, RecursionError):  # noqa: BLE001 - whatever a wrong engine raises, the student sees
        return z
    return z


# --- Small graphs on which mistakes show ------------------------------------------------------------------------------


def leaf(value, name):
    return Leaf(value, name)


def named(node, name):
    node.name = name
    return node


def cosh():
    """(eˣ + e⁻ˣ) / 2: two paths of unequal length arrive at x."""
    x = leaf(math.log(2), "x")
    return named(Mean(named(x.exp(), "d"), named((-x).exp(), "e")), "z")


def uneven():
    """S · (−(−s)), and beyond s lies x."""
    s = named(leaf(1.5, "x") * 0.5, "s")
    return named(s * named(-named(-s, "a"), "b"), "z")


def product():
    """−(x · y)."""
    return named(-named(leaf(2.0, "x") * leaf(-0.302, "y"), "w"), "z")


def inner_reuse():
    """S = x + y is used twice."""
    s = named(leaf(2.0, "x") + leaf(3.0, "y"), "s")
    return named(named(s * 3.0, "p") + named(s * 4.0, "q"), "z")


def square():
    x = leaf(3.0, "x")
    return named(x * x, "z")


def scaled_sum():
    return named(named(leaf(2.0, "x") + leaf(3.0, "y"), "s") * 2.0, "z")


def in_place():
    x, y = (leaf(torch.tensor(v, dtype=torch.float64), n) for v, n in ((2.0, "x"), (3.0, "y")))
    return named(named(x + y, "s") + x, "z")


def broadcast():
    a, b = leaf(np.arange(6.0).reshape(2, 3) + 1, "A"), leaf(np.array([1.0, 2.0, 3.0]), "b")
    return named(named(a + b, "s").sum(), "z")


def _matrix(rows, columns, name):
    return leaf(torch.arange(1.0, 1 + rows * columns, dtype=torch.float64).reshape(rows, columns) / 3, name)


def rectangles():
    return named((named(_matrix(2, 3, "A") @ _matrix(3, 4, "B"), "P") ** 2).sum(), "z")


def squares():
    return named((named(_matrix(2, 2, "A") @ _matrix(2, 2, "B"), "P") ** 2).sum(), "z")


def chain():
    node = leaf(1.0, "x")
    for _ in range(3000):
        node = -node
    return named(node, "z")


def cube():
    x = leaf(3.0, "x")
    return named(named(x * x, "s") * x, "z")


@dataclass(frozen=True)
class Case:
    """A mistake, the graph it is met on, and at which node and as what it is found.

    `kind` is what is said where the debugger may run the passes again, `alone` what it says from the gradients alone.
    """

    mistake: str
    build: object
    node: str
    kind: str
    alone: str = ""
    alone_at: str = ""
    order: int = 1
    one: object = None
    times: int = 1


CASES = [
    Case("forward order used for the backward pass", cosh, "x", "walk", "no gradient", "e"),
    Case("output node dropped from the list", cosh, "e", "walk", "no gradient", "e"),
    Case("breadth-first instead of topological order", uneven, "s", "walk", "combination", "x"),
    Case("recursion that pushes a node's total again on every visit", uneven, "s", "walk", "combination", "x"),
    Case("forward pass not in order", cosh, "z", "walk", "error"),
    Case("recursion too deep on a long chain", chain, "z", "walk", "error"),
    Case("= where += is meant", cosh, "x", "combination"),
    Case("overwriting only at inner nodes", inner_reuse, "s", "combination"),
    Case("the same input used twice counted once", square, "x", "combination"),
    Case("adding in place to a tensor that another node holds too", in_place, "z", "shared", "shared", "x"),
    Case("gradients never reset", cosh, "e", "reset", "combination", "e", times=2),
    Case("reset inside the loop", cosh, "e", "reset", "no gradient", "e"),
    Case("every node seeded with one", cosh, "e", "start"),
    Case("hard-coded 1.0 instead of one", cosh, "z", "start", "right", one=2.5),
    Case("the wrong node seeded", cosh, "z", "start"),
    Case("Mul: inputs not swapped", product, "w", "rule"),
    Case("Mul: upstream forgotten", product, "w", "rule"),
    Case("Add returns ones", scaled_sum, "s", "rule"),
    Case("broadcast input not summed back", broadcast, "s", "shape"),
    Case("Matmul: no transposes", rectangles, "P", "rule"),
    Case("Matmul: no transposes", squares, "P", "rule"),
    Case("Matmul: factors swapped", rectangles, "P", "rule"),
    Case("Matmul: factors swapped", squares, "P", "rule"),
    Case("Matmul: outputs returned in the wrong order", rectangles, "P", "shape"),
    Case("Matmul: outputs returned in the wrong order", squares, "P", "rule"),
    Case("Matmul: the transpose of the right answer", rectangles, "P", "shape"),
    Case("Matmul: the transpose of the right answer", squares, "P", "rule"),
    Case("Matmul: * for @", rectangles, "P", "value"),
    Case("Matmul: * for @", squares, "P", "value"),
    Case("the gradient is a number, not a node", cube, "z", "cut", order=2),
    Case("a saved output treated as a constant", cube, "z", "cut", order=2),
    Case("stale gradient returned", cube, "x", "reset", order=3),
    Case("an endless loop", cosh, "z", "walk", "combination", "e"),
]


def find(case, solution, *, again):
    """Return what is found after the mistaken engine has run; with `again`, the debugger may run it again."""
    mistake = next(m for m in [*ENGINE, ENDLESS] if m.name == case.mistake)
    engine = engine_of(mistake.applied_to(solution))
    z = case.build()
    x = next(node for node in z.sorted_nodes() if isinstance(node, Leaf))
    for order in range(2, case.order + 1):
        run(engine, z, Leaf(1.0), order)
        if order < case.order:
            z = x.gradient
    for _ in range(case.times if case.order == 1 else 0):
        run(engine, z, torch.tensor(1.0, dtype=torch.float64) if hasattr(x.value, "detach") else case.one)
    names = ("backward_algorithm", "forward_algorithm")
    return debug(z, **{name: engine[name] for name in names} if again else {})


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.mistake}, {case.build.__name__}")
def test_a_mistake_is_found_where_it_is(case, solutions, record_property, monkeypatch):
    monkeypatch.setattr("course_lib.debugger.rerun.SECONDS", 0.3)
    finding = find(case, solutions["engine"], again=True)
    where = finding.node and finding.node.name
    record_property("debugged", [case.mistake, case.build.__name__, finding.kind, where, finding.words])
    assert (finding.kind, where) == (case.kind, case.node), finding


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.mistake}, {case.build.__name__}")
def test_much_is_seen_from_the_gradients_alone(case, solutions):
    if case.alone == "error":
        with pytest.raises(GraphError, match="run the forward pass"):
            find(case, solutions["engine"], again=False)
        return
    finding = find(case, solutions["engine"], again=False)
    where = finding.node and finding.node.name
    expected = (case.alone, None) if case.alone == "right" else (case.alone or case.kind, case.alone_at or case.node)
    assert (finding.kind, where) == expected, finding


def test_every_mistake_in_the_engine_is_looked_for():
    assert {m.name for m in [*ENGINE, ENDLESS]} == {case.mistake for case in CASES}


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.mistake}, {case.build.__name__}")
def test_no_finding_gives_the_line_of_code(case, solutions, monkeypatch):
    monkeypatch.setattr("course_lib.debugger.rerun.SECONDS", 0.3)
    words = repr(find(case, solutions["engine"], again=True))
    assert not re.search(r"self\.|\.T\b|\+=|\[::-1\]|accumulate_gradient|\.gradient = ", words), words


# --- No false alarm ---------------------------------------------------------------------------------------------------

KINDS = {
    "float": lambda entries: float(np.sum(entries)),
    "numpy": np.asarray,
    "numpy float32": lambda entries: np.asarray(entries, np.float32),
    "torch": lambda entries: torch.tensor(entries, dtype=torch.float64),
    "torch float32": lambda entries: torch.tensor(entries, dtype=torch.float32),
}
LARGEST = 30.0


def shape_and_size(operation, *inputs):
    """Return the entries that an operation makes, or None where it does not fit, or gives numbers too large."""
    try:
        with np.errstate(all="ignore"):
            result = operation(*inputs)
    except ValueError:
        return None
    return result if np.abs(result).max() < LARGEST else None


UNARY = [
    (lambda x: -x, np.negative),
    (lambda x: x.exp(), np.exp),
    (lambda x: x**2, np.square),
    (lambda x: x * 0.5 + 1.0, lambda x: x * 0.5 + 1),
    (lambda x: x.sum(), np.sum),
]
BINARY = [
    (lambda x, y: x + y, np.add),
    (lambda x, y: x - y, np.subtract),
    (lambda x, y: x * y, np.multiply),
    (Mean, lambda x, y: (x + y) / 2),
]


def random_graph(seed, kind):
    """Return the output of a small random graph in which values are shared, copied to larger shapes, and multiplied."""
    random = np.random.default_rng(seed)
    scalar = kind == "float"
    nodes = []
    for i in range(random.integers(1, 4)):
        shape = () if scalar else [(), (2, 2), (2, 2), (1, 2), (2,)][random.integers(5)]
        entries = random.uniform(-2, 2, shape)
        nodes.append((Leaf(KINDS[kind](entries), f"x{i}"), entries))
    operations = [(1, *pair) for pair in UNARY[: 4 if scalar else 5]] + [(2, *pair) for pair in BINARY]
    if not scalar:
        operations += [(2, lambda x, y: x @ y, lambda x, y: x @ y if x.ndim == y.ndim == 2 else np.full(1, np.inf))]
        operations += [(1, lambda x: x.T, lambda x: x.T if x.ndim == 2 else np.full(1, np.inf))]
    for _ in range(random.integers(2, 16)):
        arity, build, entries_of = operations[random.integers(len(operations))]
        chosen = [nodes[-1 if i == 0 and random.random() < 0.6 else random.integers(len(nodes))] for i in range(arity)]
        entries = shape_and_size(entries_of, *(e for _, e in chosen))
        if entries is not None:
            nodes.append((build(*(n for n, _ in chosen)), entries))
    return nodes[-1][0]


def ones_for(z, seed):
    """Return a gradient to start from, in the shape of the output."""
    entries = np.random.default_rng(seed).uniform(0.5, 2, np.shape(z.result))
    if hasattr(z.result, "new_tensor"):
        return z.result.new_tensor(entries)
    return np.asarray(entries, z.result.dtype) if isinstance(z.result, np.ndarray) else float(entries)


RIGHT = {"the solution": None} | {model.name: model.code for model in MODELS}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", RIGHT)
@given(seed=st.integers(0, 2**32 - 1), again=st.booleans())
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_right_engine_gives_no_alarm(name, kind, solutions, seed, again):
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
    node.gradient = node.gradient * 1.05 + 0.05
    finding = debug(z)
    assert finding.node is node, (finding, z)
    assert finding.kind in ("combination", "reset", "start")


# --- Nothing changes --------------------------------------------------------------------------------------------------


def state(z):
    """Return all that the nodes of a graph hold: which objects, and what is in them."""
    nodes = z.sorted_nodes()
    held = [(name, id(thing), repr(thing)) for node in nodes for name, thing in sorted(vars(node).items())]
    return held, [[id(child) for child in node.input_nodes] for node in nodes], dict(graph._node_types)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("mistake", [None, "Mul: upstream forgotten", "= where += is meant", "reset inside the loop"])
def test_nothing_of_the_graph_changes(kind, mistake, solutions):
    source = solutions["engine"]
    engine = engine_of(next(m for m in ENGINE if m.name == mistake).applied_to(source) if mistake else source)
    for seed in range(5):
        z = random_graph(seed, kind)
        engine["forward_algorithm"](z)
        run(engine, z, ones_for(z, seed))
        before, methods = state(z), [vars(type(node)).copy() for node in z.sorted_nodes()]
        debug(z, engine["backward_algorithm"], forward_algorithm=engine["forward_algorithm"])
        assert state(z) == before
        assert [vars(type(node)).copy() for node in z.sorted_nodes()] == methods


# --- What else it must bear -------------------------------------------------------------------------------------------


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


def test_nothing_is_printed_by_what_is_evaluated_again(engine, capsys):
    class Loud(ComputationNode):
        def forward(self):
            sys.stdout.write("loud")
            self.result = self.input(0) * 2

        def backward(self):
            return [self.gradient * 2]

    z = run(engine, Loud(Leaf(0.3, "x")))
    capsys.readouterr()
    assert debug(z).right
    assert capsys.readouterr().out == ""


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


def test_values_that_changed_since_are_named(engine):
    z = run(engine, cosh())
    z.get("d").result = 3.0
    finding = debug(z)
    assert (finding.kind, finding.node.name) == ("value", "d")
    z.get("d").result = None
    assert (debug(z).kind, debug(z).node.name) == ("no value", "d")


def test_a_gradient_of_the_wrong_shape_is_named(engine):
    z = run(engine, broadcast(), np.float64(1))
    z.get("b").gradient = np.ones((3, 1))
    finding = debug(z)
    assert (finding.kind, finding.node.name) == ("shape", "b")
    z.get("b").gradient = "nothing"
    assert debug(z).node.name == "b"


def test_right_values_by_way_of_every_path_are_a_walk(engine):
    def send(node, gradient):
        total, node.gradient = node.gradient, gradient
        sent = node.backward()
        node.gradient = gradient if total is None else total + gradient
        for child, share in zip(node.input_nodes, sent, strict=True):
            send(child, share)

    def backward_algorithm(z, one=1.0):
        for node in z.sorted_nodes():
            node.gradient = None
        send(z, one)

    x = Leaf(1.0, "x")
    s = named(x + x, "s")
    z = named(s + s, "z")
    engine["forward_algorithm"](z)
    backward_algorithm(z)
    finding = debug(z, backward_algorithm)
    assert (finding.kind, finding.node.name) == ("walk", "s")


def test_a_large_graph_is_sampled_and_says_so(engine):
    node = Leaf(1.0, "x")
    for _ in range(500):
        node = node * 1.001 + 0.001
    finding = debug(run(engine, node))
    assert finding.right
    assert "of them were held against the output" in finding.words


def test_bad_input_is_refused_in_words(engine):
    with pytest.raises(TypeError, match="give it the node at its end"):
        debug(3.0)
    with pytest.raises(GraphError, match="run the forward pass on z"):
        debug(cosh())
    z = cosh()
    engine["forward_algorithm"](z)
    with pytest.raises(GraphError, match="run the backward pass on z"):
        debug(z)


def test_jupyter_shows_the_words_and_marks_the_node(engine):
    z = run(engine, cosh())
    z.get("x").gradient = 1.0
    bundle = debug(z)._repr_mimebundle_()
    assert bundle["text/plain"].startswith("✗ x received 1 and −0.25 but holds 1")
    assert "two paths arrive here" in bundle["text/html"]
    assert "data:image/svg+xml" in bundle["text/html"]
    assert set(debug(run(engine, z))._repr_mimebundle_()) == {"text/plain"}
