"""A check of a gradient that fails says where the backward pass first went wrong, and costs next to nothing."""

import time

import numpy as np
import pytest
from debugger_cases import cosh, engine_of, product, run

from autograder.samples.engine_mistakes import ENGINE
from course_lib import Leaf, check, graph
from course_lib.check import engine as visible
from course_lib.debugger.finding import Picture
from course_lib.errors import WrongAnswer


@pytest.fixture(autouse=True)
def _own_registry(monkeypatch):
    monkeypatch.setattr(graph, "_node_types", dict(graph._node_types))


@pytest.fixture
def shown(monkeypatch):
    """What the check shows beside its message."""
    things = []
    monkeypatch.setattr(visible, "show", things.append)
    return things


@pytest.fixture
def mistaken(solutions):
    """Return a graph after the passes of an engine with a mistake."""

    def passed(mistake, build):
        return run(engine_of(next(m for m in ENGINE if m.name == mistake).applied_to(solutions["engine"])), build())

    return passed


def message(node, expected, of):
    """Return what a failing check says."""
    with pytest.raises(WrongAnswer) as raised:
        check.gradient(node, expected, of=of)
    return str(raised.value)


def test_the_finding_follows_the_message(mistaken, shown):
    z = mistaken("= where += is meant", cosh)
    assert message(z.get("x"), 0.75, z) == (
        "x.gradient is 1; it should be 0.75. Where it first went wrong:\n\n"
        "✗ x received 1 and −0.25 but holds 1: two paths arrive here. What became of what they bring?\n"
        "    ∂z/∂x = 1 + (−0.25) = 0.75"
    )
    assert [type(thing) for thing in shown] == [Picture]
    assert shown[0].node is z.get("x")
    assert len(shown[0]._repr_mimebundle_()["text/html"]) < 60_000


def test_the_first_place_need_not_be_the_node_that_is_checked(mistaken, shown):
    z = mistaken("Mul: inputs not swapped", product)
    assert "w sent" in message(z.get("y"), -2.0, z)
    assert shown[0].node is z.get("w")


def test_a_gradient_that_is_missing_is_looked_for(mistaken, shown):
    z = mistaken("output node dropped from the list", cosh)
    assert "still None" in message(z.get("x"), 0.75, z)
    assert "holds no gradient" in message(z.get("x"), 0.75, z)
    assert shown


def test_the_plain_words_stay_where_nothing_is_found(engine, shown, monkeypatch):
    z = run(engine, cosh())
    assert "Print the graph" in message(z.get("x"), 0.8, z)  # the pass is right, and the expected value is not
    assert "Print the graph" in message(z.get("x"), 0.8, None)

    def fail(*_, **__):
        raise RuntimeError("a bug")

    monkeypatch.setattr(visible, "debug", fail)
    assert "Print the graph" in message(z.get("x"), 0.8, z)
    assert not shown


def test_a_check_that_passes_looks_for_nothing(engine, monkeypatch, capsys):
    monkeypatch.setattr(visible, "debug", None)
    z = run(engine, cosh())
    check.gradient(z.get("x"), 0.75, of=z)
    assert capsys.readouterr().out == "✓ x.gradient is as expected.\n"


@pytest.mark.usefixtures("shown")
@pytest.mark.parametrize("size", [1, 40, 400])
def test_looking_takes_little_time(engine, size):
    x = Leaf(np.full((3, 3), 0.5), "x")
    node = x
    for _ in range(size):
        node = node * x + node
        node = node * 0.5
    z = run(engine, node.sum(), np.float64(1))
    x.gradient = x.gradient + 1
    start = time.process_time()
    words = message(x, np.zeros((3, 3)), z)
    assert "Where it first went wrong" in words
    assert time.process_time() - start < 30
    assert len(words) < 1000


@pytest.mark.parametrize(
    ("mistake", "check_cell", "words"),
    [
        ("= where += is meant", "test_backward", "two paths arrive here"),
        ("Mul: upstream forgotten", "test_add_mul", "What came from upstream"),
        ("the same input used twice counted once", "test_add_mul", "one node, two slots"),
        ("Add returns ones", "test_polynomial", "A sum passes on what it receives"),
    ],
)
def test_checks_in_the_notebook_ask_for_it(mistake, check_cell, words, run_cells, solutions):
    code = next(m for m in ENGINE if m.name == mistake).applied_to(solutions["engine"])
    run_cells("2_engine", {"engine": code})
    assert words in run_cells.printed[check_cell]
