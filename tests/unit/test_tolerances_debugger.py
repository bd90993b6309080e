"""The debugger in every precision: each mistake is found at its node, and nothing is found where nothing is wrong."""

import numpy as np
import pytest
import torch
from debugger_cases import CASES, engine_of, find
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from random_graphs import ones_for, random_graph
from tolerance_cases import NUMBERS, PRECISIONS, TYPES, computing_in

from course_lib import Leaf, graph
from course_lib.debugger import debug, severing

# In double precision, see test_debug_mistakes.py.
SINGLE_AND_LESS = [kind for kind in PRECISIONS if kind != "float64"]
# A chain that is too long, or a loop without an end, is one at any precision.
FOUND_BY_TIME = ("recursion too deep on a long chain", "an endless loop")
SEEDS = st.integers(0, 2**32 - 1)


@pytest.fixture(autouse=True)
def _own_registry(monkeypatch):
    monkeypatch.setattr(graph, "_node_types", dict(graph._node_types))


def converting(kind):
    """Return how values are given a type; numpy and plain numbers, which have no bfloat16, take part as float16."""

    def convert(value):
        if hasattr(value, "detach"):
            return value.to(TYPES[kind])
        number = NUMBERS.get(kind, np.float16)
        return value.astype(number) if isinstance(value, np.ndarray) else number(value)

    return convert


@pytest.mark.parametrize("kind", SINGLE_AND_LESS)
@pytest.mark.parametrize(
    "case",
    [c for c in CASES if c.mistake not in FOUND_BY_TIME],
    ids=lambda case: f"{case.mistake}, {case.build.__name__}",
)
def test_a_mistake_is_found_where_it_is(case, kind, solutions, monkeypatch):
    with computing_in(kind, monkeypatch):
        finding = find(case, solutions["engine"], again=True, convert=converting(kind))
    assert (finding.kind, finding.node and finding.node.name) == (case.kind, case.node), finding


def sent_to(node, output):
    """Return the largest entry of the sum of all that a node was sent, each without its sign."""
    senders = [(w, slot) for w in output.sorted_nodes() for slot, v in enumerate(w.input_nodes) if v is node]
    return float(sum(abs(w.backward()[slot]) for w, slot in senders).max())


@pytest.mark.parametrize("kind", SINGLE_AND_LESS)
@given(seed=SEEDS)
@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_right_engine_gives_no_alarm_and_a_quarter_too_much_is_seen(kind, seed, solutions, monkeypatch):
    engine = engine_of(solutions["engine"])
    z = random_graph(seed, "torch")
    for node in z.sorted_nodes():
        if isinstance(node, Leaf) and hasattr(node.value, "detach"):
            node.value = node.value.to(TYPES[kind])
    with computing_in(kind, monkeypatch):
        engine["forward_algorithm"](z)
        one = ones_for(z, seed)
        engine["backward_algorithm"](z, one=one)
        assert debug(z, engine["backward_algorithm"], one=one).right
        inner = [node for node in z.sorted_nodes()[:-1] if not getattr(node, "constant", False)]
        if inner:
            node = inner[seed % len(inner)]
            fault, rounding = 0.25 * (abs(node.gradient) + 1), severing.precision_of([node.result]) * sent_to(node, z)
            node.gradient = node.gradient + fault
            found = debug(z)
            # Where contributions cancel, a quarter of their sum may be rounding in a type of few digits. Then nothing
            # is found, or the next node is, which does not follow from this one.
            lost = kind in ("float16", "bfloat16") and float(fault.max()) < 2 * rounding
            silent = kind in ("float16", "bfloat16") and f"may look like rounding in {kind}" in found.words
            assert found.node is node or silent or lost


def test_how_alike_numbers_must_be_follows_from_their_type(monkeypatch):
    found = {}
    for kind in PRECISIONS:
        with computing_in(kind, monkeypatch):
            found[kind] = severing.precision_of([torch.ones(2, dtype=TYPES[kind]), 1.0])
    assert found["float64"] < found["float32"] < found["tf32"] < found["float16"] == found["bfloat16"] == 0.1
    assert found["float32"] == pytest.approx(2.4e-3, rel=0.1)
