"""The gradient debugger leaves everything as it was, and says nothing but its finding."""

import sys

import pytest
from debugger_cases import engine_of, run
from random_graphs import KINDS, ones_for, random_graph

from autograder.samples.engine_mistakes import ENGINE
from course_lib import ComputationNode, Leaf, graph
from course_lib.debugger import debug


@pytest.fixture(autouse=True)
def _own_registry(monkeypatch):
    monkeypatch.setattr(graph, "_node_types", dict(graph._node_types))


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
