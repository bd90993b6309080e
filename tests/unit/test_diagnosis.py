"""A mistake is named from the evidence, however it was made; a right engine has none, however it is written."""

import time

import numpy as np
import pytest
from matrix import DOUBLED, SOLUTION, changed, diagnoses, first_diagnosis, hidden_tests, ran, run_hidden_tests

from autograder.judge.description import describe, mean
from autograder.judge.diagnosis import explain
from autograder.judge.evidence import Evidence
from autograder.judge.hints import ENGINE as ENGINE_HINTS
from autograder.judge.hints import HINTS
from autograder.samples.mistakes import ALL, ENGINE, named
from autograder.samples.models import MODELS
from course_lib import graph

# --- The list ---------------------------------------------------------------------------------------------------------


def test_every_mistake_has_a_hint_and_every_hint_a_mistake():
    assert {mistake.name for mistake in ALL} == set(HINTS)
    assert [m.name for m in ALL if not m.hint or m.hint not in HINTS[m.name]] == []


def test_the_part_of_a_hint_by_which_it_is_known_is_in_no_other():
    for mistake in ALL:
        assert [name for name, hint in HINTS.items() if mistake.hint in hint] == [mistake.name]


@pytest.mark.parametrize("name", HINTS)
def test_no_hint_gives_the_line_of_code(name):
    for code in ("[::-1]", "+=", ".T", "self.", "node.gradient", "sum_to", "zip("):
        assert code not in HINTS[name]
    assert "?" in HINTS[name] or name == "recursion too deep on a long chain"


@pytest.mark.parametrize("mistake", ENGINE, ids=lambda mistake: mistake.name)
def test_a_mistake_is_named_at_every_check_that_it_loses(mistake):
    runs = run_hidden_tests("engine", mistake.applied_to(SOLUTION), only=mistake.loses)
    for check, run in runs.items():
        found = first_diagnosis(run.evidence)
        assert found, check
        assert mistake.hint in found.hint, (check, found)
        assert found.words, check


def test_a_mistake_that_two_names_could_have_is_settled_by_what_else_was_run():
    runs = run_hidden_tests("engine", named("overwriting only at inner nodes").applied_to(SOLUTION))
    earlier = runs["test_add_mul"].evidence
    assert first_diagnosis(runs["test_higher_order"].evidence, earlier).mistake == "overwriting only at inner nodes"


# --- Other ways to make them ------------------------------------------------------------------------------------------

COUNTING = """
def order(graph):
    missing = {}
    for node in graph.sorted_nodes():
        for child in node.input_nodes:
            missing[child] = missing.get(child, 0) + 1
    ready, found = [graph], []
    while ready:
        node = ready.pop(0)
        found.append(node)
        for child in node.input_nodes:
            missing[child] -= 1
            if missing[child] == 0:
                ready.append(child)
    return found
"""

PREORDER = """
def order(node, found=()):
    found = [*found, node]
    for child in node.input_nodes:
        if child not in found:
            found = order(child, found)
    return found
"""


def walk(order, deliver="child.accumulate_gradient(gradient)"):
    """Return an engine's code that sends in some order, and in some way."""
    return f"""{order}

def backward_algorithm(graph, one=1.0):
    for node in graph.sorted_nodes():
        node.gradient = None
    graph.gradient = one
    for node in order(graph):
        for child, gradient in zip(node.input_nodes, node.backward()):
            {deliver}
    return graph
"""


def square_and_exp(x):
    h = x * x
    return h * (-(-h)) + h.exp()  # noqa: B002


def lengths(s):
    h = s.exp()
    return (h * h) * h + h * (-(-(h * h)))  # noqa: B002


MORE = [
    ("output node dropped from the list", {"sorted_nodes()[::-1]": "sorted_nodes()[:-1]"}, square_and_exp),
    ("hard-coded 1.0 instead of one", {"gradient = one": "gradient = torch.tensor(1.0)"}, square_and_exp),
    ("the wrong node seeded", {"graph.gradient = one": "graph.sorted_nodes()[0].gradient = one"}, square_and_exp),
    ("Add returns ones", {"[sum_to(self.gradient, node.shape) for node in self.input_nodes]": "[1.0, 1.0]"}, lengths),
    ("= where += is meant", walk(COUNTING, "child.gradient = gradient"), square_and_exp),
    (
        "adding in place to a tensor that another node holds too",
        walk(COUNTING, "child.gradient = gradient if child.gradient is None else child.gradient.__iadd__(gradient)"),
        lambda x: (x + x) * (x + 1) + x,
    ),
    ("breadth-first instead of topological order", walk(PREORDER), square_and_exp),
    (
        "reset inside the loop",
        {"accumulate_gradient(gradient)": "accumulate_gradient(gradient)\n        node.gradient = None"},
        square_and_exp,
    ),
]


@pytest.mark.parametrize(("name", "change", "expression"), MORE, ids=[f"{i} {row[0]}" for i, row in enumerate(MORE)])
def test_another_way_to_make_a_mistake_has_the_same_name(name, change, expression):
    first = describe(expression, ["x"] if "x" in expression.__code__.co_varnames else ["s"])[0][1]
    found = explain(ran(changed(change), expression, one=np.array([2.0, 0.5]), **{first: [0.7, -1.2]}))
    assert named(name).hint in found.hint, found


def test_the_record_of_calls_tells_two_mistakes_apart_that_give_the_same():
    overwriting = ran(
        changed({"input_node.accumulate_gradient(gradient)": "input_node.gradient = gradient"}), lambda x: x * x, x=0.7
    )
    counted_once = ran(named("the same input used twice counted once").applied_to(SOLUTION), lambda x: x * x, x=0.7)
    assert overwriting.gradients == counted_once.gradients
    assert explain(overwriting).mistake == "= where += is meant"
    assert explain(counted_once).mistake == "the same input used twice counted once"


def test_without_a_record_both_hints_are_shown():
    evidence = ran(named("the same input used twice counted once").applied_to(SOLUTION), lambda x: x * x, x=0.7)
    found = explain(
        Evidence(evidence.steps, evidence.inputs, "torch", results=evidence.results, gradients=evidence.gradients)
    )
    assert "One node, two slots" in found.hint
    assert "Two paths" in found.hint


def test_a_name_for_a_higher_order_is_dropped_if_other_tasks_speak_against_it():
    source = changed({"graph.gradient = one": "graph.gradient = one * 0"})
    runs = run_hidden_tests("engine", source, only=["test_add_mul", "test_higher_order"])
    evidence = runs["test_higher_order"].evidence
    assert not any(explain(task, runs["test_add_mul"].evidence).mistake for task in evidence)


# --- The right engines ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_a_right_engine_gets_all_points_and_no_diagnosis(model):
    full = {name: points for name, (_, points) in hidden_tests("2_engine").items()}
    runs = run_hidden_tests("engine", model.code)
    assert {name: run.points for name, run in runs.items()} == full, [run.printed for run in runs.values()]
    assert [d for run in runs.values() for d in diagnoses(run.evidence)] == []


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_a_right_engine_passes_the_visible_checks_too(model, run_cells):
    assert {name: run.error for name, run in run_cells("2_engine", {"engine": model.code}).items() if run.error} == {}


# --- Costs and side effects -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["every node seeded with one", "gradients never reset", ""])
def test_a_long_chain_is_soon_explained(name):
    def chain(x):
        for _ in range(1500):
            x = -x
        return x

    source = (
        named(name).applied_to(SOLUTION)
        if name
        else changed(DOUBLED.replace("Exp", "Negate").replace(".exp()", " * -1").replace("* self.result", ""))
    )
    evidence = ran(source, chain, kind="float", x=0.5)
    start = time.process_time()
    explain(evidence)
    assert time.process_time() - start < 60


def test_a_ladder_with_a_wrong_engine_is_soon_explained():
    def ladder(x):
        for _ in range(40):
            x = mean(x, x)
        return x

    evidence = ran(named("the same input used twice counted once").applied_to(SOLUTION), ladder, kind="float", x=0.5)
    assert explain(evidence).mistake == "the same input used twice counted once"


def test_the_students_node_classes_and_inputs_are_left_as_they_were():
    evidence = ran(
        named("adding in place to a tensor that another node holds too").applied_to(SOLUTION),
        lambda x: (x + x) * x,
        "numpy",
        x=[1.0, 2.0],
    )
    before = dict(graph._node_types)
    explain(evidence)
    assert graph._node_types == before
    assert evidence.inputs["x"].tolist() == [1.0, 2.0]


def test_an_endless_walk_over_a_short_graph_has_no_name():
    steps, inputs = [["leaf", "x"], ["-x", 0]], {"x": np.array(1.0)}
    found = explain(Evidence(steps, inputs, "float", raised=("TimeLimit", "backward_algorithm had not finished")))
    assert found.mistake not in ENGINE_HINTS
    assert "had not finished" in found.words
    found = explain(Evidence(steps, inputs, "float", raised=("RecursionError", "maximum recursion depth exceeded")))
    assert found.mistake == ""
