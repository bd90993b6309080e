"""The gradient debugger finds each mistake at its node, and as what it is."""

import numpy as np
import pytest
from debugger_cases import CASES, broadcast, cosh, find, named, run

from autograder.samples.engine_mistakes import ENDLESS, ENGINE
from course_lib import Leaf, graph
from course_lib.debugger import debug
from course_lib.errors import GraphError


@pytest.fixture(autouse=True)
def _own_registry(monkeypatch):
    monkeypatch.setattr(graph, "_node_types", dict(graph._node_types))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.mistake}, {case.build.__name__}")
def test_a_mistake_is_found_where_it_is(case, solutions, record_property, monkeypatch):
    monkeypatch.setattr("course_lib.debugger.rerun._SECONDS", 0.3)
    finding = find(case, solutions["engine"], again=True)
    where = finding.node and finding.node.name
    right = (finding.kind, where) == (case.kind, case.node)
    record_property("debugged", [case.mistake, case.build.__name__, right, finding.kind, str(where), finding.words])
    assert right, finding


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
