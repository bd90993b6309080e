"""Mistakes are named from the evidence, and where none is known, the first wrong node is."""

import time

import matrix
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import course_files
from autograder.judge import diagnosis, reference
from autograder.judge.description import describe, mean
from autograder.judge.diagnosis import explain
from autograder.judge.evidence import Evidence
from autograder.judge.hints import ENGINE as ENGINE_HINTS
from autograder.judge.hints import HINTS
from autograder.judge.hypotheses import Hypothesis, hypotheses, predict
from autograder.samples.mistakes import ALL, ENGINE, named
from autograder.samples.models import MODELS
from course_lib import graph
from course_lib.described import Task

SOLUTION = course_files.solutions()["engine"]


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
    runs = matrix.run_hidden_tests("engine", mistake.applied_to(SOLUTION), only=mistake.loses)
    for check, run in runs.items():
        found = matrix.first_diagnosis(run.evidence)
        assert found, check
        assert mistake.hint in found.hint, (check, found)
        assert found.words, check


def test_a_mistake_that_two_names_could_have_is_settled_by_what_else_was_run():
    runs = matrix.run_hidden_tests("engine", named("overwriting only at inner nodes").applied_to(SOLUTION))
    earlier = runs["test_add_mul"].evidence
    assert matrix.first_diagnosis(runs["test_higher_order"].evidence, earlier).mistake == (
        "overwriting only at inner nodes"
    )


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


def backward_algorithm(graph, one=1.0):
    for node in graph.sorted_nodes():
        node.gradient = None
    graph.gradient = one
    for node in order(graph):
        for child, gradient in zip(node.input_nodes, node.backward()):
            DELIVER
    return graph
"""

PREORDER = """
def preorder(node, found):
    found.append(node)
    for child in node.input_nodes:
        if child not in found:
            preorder(child, found)
    return found


def backward_algorithm(graph, one=1.0):
    nodes = preorder(graph, [])
    for node in nodes:
        node.gradient = None
    graph.gradient = one
    for node in nodes:
        for child, gradient in zip(node.input_nodes, node.backward()):
            child.accumulate_gradient(gradient)
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
    ("= where += is meant", COUNTING.replace("DELIVER", "child.gradient = gradient"), square_and_exp),
    (
        "adding in place to a tensor that another node holds too",
        COUNTING.replace(
            "DELIVER", "child.gradient = gradient if child.gradient is None else child.gradient.__iadd__(gradient)"
        ),
        lambda x: (x + x) * (x + 1) + x,
    ),
    ("breadth-first instead of topological order", PREORDER, square_and_exp),
    (
        "reset inside the loop",
        {"accumulate_gradient(gradient)": "accumulate_gradient(gradient)\n        node.gradient = None"},
        square_and_exp,
    ),
]


def ran(source, expression, kind="torch", one=None, **inputs):
    """Return the evidence of running an expression with an engine."""
    types = dict(graph._node_types)
    names = {}
    try:
        exec(matrix.PREPARED, names)
        exec(source, names)
        inputs = {name: np.asarray(value) for name, value in inputs.items()}
        task = Task(describe(expression, inputs), inputs, kind, one=one)
        with matrix.recorded() as kept:
            from contextlib import suppress

            from course_lib import described

            with suppress(Exception):
                described.run(task, names)
    finally:
        graph._node_types.clear()
        graph._node_types.update(types)
    return kept[0]


def changed(change):
    if isinstance(change, str):
        return f"{SOLUTION}\n{change}"
    source = SOLUTION
    for old, new in change.items():
        assert old in source
        source = source.replace(old, new)
    return source


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


# --- The truth --------------------------------------------------------------------------------------------------------

DOUBLED = """
class Exp(ComputationNode):
    def forward(self):
        self.result = self.input(0).exp()

    def backward(self):
        return [2 * self.gradient * self.result]
"""


def test_an_unknown_mistake_gets_the_first_wrong_node_and_who_sent_what():
    found = explain(ran(changed(DOUBLED), lambda x, y: mean(x.exp() * y, -x), x=0.0, y=3.0))
    assert found.mistake == found.hint == ""
    assert "The first node whose gradient is wrong, on the way back, is x:" in found.words
    assert "it is 2.5; it should be 1" in found.words
    assert "exp(x) sent 3; it should be 1.5." in found.words
    assert "−x sent -0.5, which is right." in found.words


def test_of_a_tensor_the_worst_entry_is_shown():
    found = explain(ran(changed(DOUBLED), lambda x: (x.exp() - 2 * x).sum(), x=[[0.0, 1.0]]))
    assert "at [0, 1]" in found.words
    assert "exp(x) sent 5.437 at [0, 1]; it should be 2.718 at [0, 1]." in found.words


def test_where_all_was_sent_rightly_the_question_is_what_became_of_it():
    odd = "gradient * (3 if type(input_node) is Exp else 1)"
    source = changed({"input_node.accumulate_gradient(gradient)": f"input_node.accumulate_gradient({odd})"})
    found = explain(ran(source, lambda x: -x.exp(), x=1.0))
    assert found.mistake == ""
    assert "which is right. What became of it?" in found.words


def test_an_unknown_mistake_in_the_forward_pass_is_told_by_its_first_node():
    source = changed({"self.input(0) + self.input(1)": "self.input(0) + 2 * self.input(1)"})
    found = explain(ran(source, lambda x, y: -(x + y), x=1.0, y=1.0))
    assert found.words == "The first node whose result is wrong is x + y: it is 3; it should be 2."


def test_a_node_within_a_difference_is_called_by_its_class():
    source = changed("""
class Negate(ComputationNode):
    def forward(self):
        self.result = -self.input(0)

    def backward(self):
        return [self.gradient]
""")
    found = explain(ran(source, lambda x, y: (x - y).exp(), x=1.0, y=1.0))
    assert "is y:" in found.words
    assert "Negate(y) sent 1; it should be -1." in found.words


def test_an_unknown_error_is_told_as_it_is():
    found = explain(ran(changed({"graph.gradient = one": "graph.gradients = undefined"}), lambda x: -x, x=1.0))
    assert (found.mistake, found.hint) == ("", "")
    assert found.words.startswith("NameError: name 'undefined'")


def test_a_coincidence_of_numbers_is_not_taken_for_a_mistake():
    """To send 0 to the second factor gives what overwriting gives for x·x, but not by sending the same."""
    source = changed({"self.gradient * self.input(0), y.shape": "self.gradient * 0, y.shape"})
    found = explain(ran(source, lambda x: x * x, x=0.7))
    assert found.mistake == ""
    assert "x * x (the output) sent 0.7, which is right." in found.words
    assert "x * x (the output) sent 0; it should be 0.7." in found.words


def test_a_name_for_a_higher_order_is_dropped_if_other_tasks_speak_against_it():
    source = changed({"graph.gradient = one": "graph.gradient = one * 0"})
    runs = matrix.run_hidden_tests("engine", source, only=["test_add_mul", "test_higher_order"])
    evidence = runs["test_higher_order"].evidence
    assert not any(explain(task, runs["test_add_mul"].evidence).mistake for task in evidence)


# --- The right engines ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_a_right_engine_gets_all_points_and_no_diagnosis(model):
    full = {name: points for name, (_, points) in matrix.hidden_tests("2_engine").items()}
    runs = matrix.run_hidden_tests("engine", model.code)
    assert {name: run.points for name, run in runs.items()} == full, [run.printed for run in runs.values()]
    assert [d for run in runs.values() for d in matrix.diagnoses(run.evidence)] == []


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_a_right_engine_passes_the_visible_checks_too(model, run_cells):
    assert {name: run.error for name, run in run_cells("2_engine", {"engine": model.code}).items() if run.error} == {}


# --- Laws -------------------------------------------------------------------------------------------------------------


@st.composite
def tasks(draw):
    """Draw a small task: a graph of up to eight operations on numbers, in which nodes are used again."""
    steps = [("leaf", "x"), ("leaf", "y")]
    for _ in range(draw(st.integers(1, 8))):
        used = st.integers(max(0, len(steps) - 3), len(steps) - 1)
        operation = draw(st.sampled_from(["+", "*", "-", "mean", "-x", "exp"]))
        operands = [draw(used) for _ in range(1 if operation in ("-x", "exp") else 2)]
        steps.append((operation, *operands))
    from autograder.judge.description import _needed

    steps = _needed(steps, len(steps) - 1)
    names = [step[1] for step in steps if step[0] == "leaf"]
    number = st.floats(0.3, 1.2).map(lambda v: np.array(round(v, 3)))
    kind = draw(st.sampled_from(["float", "torch"]))
    times = draw(st.sampled_from([1, 2]))
    one = draw(st.sampled_from([None, np.array(2.5)]))
    return Task(steps, {name: draw(number) for name in names}, kind, one=one, times=times)


def predicted(task, hypothesis):
    prediction = predict(task, hypothesis)
    return Evidence.of(task, prediction.outcome, prediction.raised)


@settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow])
@given(tasks(), st.data())
def test_what_a_hypothesis_predicts_is_recognised_or_is_right(task, data):
    hypothesis = data.draw(st.sampled_from(list(hypotheses(task))))
    evidence = predicted(task, hypothesis)
    values = reference.values(task.steps, task.inputs)
    if not all(np.isfinite(reference.as_array(v)).all() and abs(reference.as_array(v)) < 1e6 for v in values):
        return
    found = explain(evidence)
    if found is not None:
        assert found.mistake
        assert hypothesis.mistake in diagnosis._explanations(evidence, [])
    elif evidence.gradients is not None:
        right = reference.gradients(values, task.one)
        for step, ours, true in zip(task.steps, evidence.gradients, right, strict=True):
            assert step[0] == "number" or np.allclose(ours, true)


@settings(max_examples=40)
@given(tasks())
def test_a_right_run_is_never_diagnosed(task):
    assert explain(predicted(task, Hypothesis())) is None


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
    assert time.process_time() - start < 4


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
