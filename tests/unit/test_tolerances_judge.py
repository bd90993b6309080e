"""What the judge forgives is what rounding may do: its bounds hold, and no known mistake is within them."""

from fractions import Fraction

import numpy as np
import pytest
import torch
from described_graphs import described_graph
from hypothesis import example, given, settings
from hypothesis import strategies as st

from autograder import soundness
from autograder.judge import comparing, error_bounds, reference
from autograder.judge.comparing import require_same
from autograder.judge.description import describe, mean
from autograder.judge.engine import Failed
from autograder.judge.hypotheses import Hypothesis, built, hypotheses, predict
from autograder.judge.student import Student
from autograder.judge.wrong_walks import Walk, forward
from course_files import PROBLEM_SETS, books
from course_lib.described import Task
from course_lib.rounding import UNITS, gamma

SEEDS = st.integers(0, 2**32 - 1)


def true(task):
    """Return the true values and gradients of a task, as arrays."""
    computed = reference.values(task.steps, task.inputs)
    return reference.arrays(computed), reference.gradients(computed, task.one)


def asking_the_engine():
    """Return the notebooks in which a hidden test hands graphs to the student's engine."""
    asks = ("student.gradients(", "student.results(", "student.derivative(")
    for problem_set in PROBLEM_SETS:
        for notebook in problem_set.notebooks:
            sources = [cell.source for cell in books(problem_set).read(notebook).cells]
            if any(ask in source for source in sources for ask in asks):
                yield problem_set, notebook


@pytest.fixture(scope="module")
def hidden_tasks():
    """All that the hidden tests run, with what the solution makes of it."""
    tasks, check = [], Student._check

    def recorded(self, task, compare):
        tasks.append((task, self._run(task)))
        check(self, task, compare)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Student, "_check", recorded)
        for problem_set, notebook in asking_the_engine():
            assert soundness.solution_faults(books(problem_set), notebook, 0) == {}
    return tasks


# --- The bounds hold --------------------------------------------------------------------------------------------------


def in_single_precision(steps, inputs):
    """Return, for each value and then each gradient, how far single precision is off, and its bound."""
    values, gradients = true(Task(steps, inputs))
    nodes = built(Task(steps, inputs))
    for node, step in zip(nodes, steps, strict=True):
        if step[0] == "leaf":
            node.value = node.value.float()
    forward(nodes[-1])
    Walk()(nodes[-1], torch.ones_like(nodes[-1].result))
    unit = UNITS["float32"]
    found = [node.result for node in nodes], [node.gradient for node in nodes]
    bounds = error_bounds.of_values(steps, values, unit), error_bounds.of_gradients(steps, values, gradients, unit)
    for ours, right, most in zip(found, (values, gradients), bounds, strict=True):
        for entries, theirs, bound in zip(ours, right, most, strict=True):
            assert entries.dtype == torch.float32
            yield np.abs(entries.double().numpy() - theirs), bound


@given(SEEDS)
@settings(max_examples=60)
def test_single_precision_stays_within_its_bounds(seed):
    """The truth is what double precision makes of the same inputs: its own errors are 2²⁹ times smaller."""
    steps, inputs = described_graph(seed)
    for off, bound in in_single_precision(steps, inputs):
        # First order: what is left out is of the size of a bound times itself.
        assert (off <= bound * 1.01).all(), steps


@pytest.mark.parametrize(
    ("expression", "shapes"),
    [
        (lambda x, y: x + y, [(50,), (50,)]),
        (lambda x, y: x * y - y, [(50,), (50,)]),
        (lambda x, y: x * y, [(50,), (50,)]),
        (lambda x, y: x / y, [(50,), (50,)]),
        (lambda x, y: mean(x * y, y), [(50,), (50,)]),
        (lambda x: (x.exp() * x) ** 3, [(50,)]),
        (lambda x: x**-2, [(50,)]),
        (lambda x: x.sum().exp(), [(3, 2)]),
        (lambda x: x.sum(), [(40, 40)]),
        (lambda x, y: (x * y).exp(), [(40, 40), ()]),
        (lambda x, y: (x + y) ** 2, [(40, 40), (1, 40)]),
        (lambda x, y: x @ y, [(30, 60), (60, 40)]),
        (lambda x, y: ((x @ y) ** 2).T, [(30, 60), (60, 1)]),
    ],
)
def test_each_operation_alone_stays_within_its_bounds_though_it_rounds(expression, shapes):
    names = ["x", "y"][: len(shapes)]
    random = np.random.default_rng(0)
    inputs = {
        n: random.uniform(0.5, 1.5, s).astype(np.float32).astype(float) for n, s in zip(names, shapes, strict=True)
    }
    pairs = list(in_single_precision(describe(expression, names), inputs))
    assert any((off > 0).any() for off, _ in pairs)
    for off, bound in pairs:
        assert (off <= bound).all()


@given(SEEDS)
@settings(max_examples=60)
def test_double_precision_stays_within_its_bounds_of_exact_fractions(seed):
    steps, inputs = described_graph(seed, numbers_only=True)
    one = np.array(1.0)
    values, gradients = true(Task(steps, inputs))
    found = predict(Task(steps, inputs, "float"), Hypothesis()).outcome
    exact = predict(Task(steps, inputs, "fraction", one=one), Hypothesis()).outcome
    for ours, right, bounds in (
        (found.results, exact.results, error_bounds.of_values(steps, values)),
        (found.gradients, exact.gradients, error_bounds.of_gradients(steps, values, gradients)),
    ):
        for number, fraction, bound in zip(ours, right, bounds, strict=True):
            assert abs(Fraction(float(number)) - fraction) <= Fraction(float(bound) * 1.01)


def test_a_sum_of_copies_is_as_uncertain_as_its_worst_order():
    """Torch adds in a better order than the worst one, so no random numbers come near this bound."""
    steps = describe(lambda x, s: (x + s).sum(), ["x", "s"])
    values, gradients = true(Task(steps, {"x": np.ones(5), "s": np.array(1.0)}))
    unit = 2.0**-10
    assert error_bounds.of_gradients(steps, values, gradients, unit)[1] == gamma(4, unit) * 5
    assert error_bounds.of_values(steps, values, unit)[-1] == pytest.approx(5 * 2 * unit + gamma(4, unit) * 10)


# --- In the hidden tests, nine digits are more than enough, in whatever order a device adds ---------------------------


def test_what_rounding_may_do_is_far_less_than_what_is_forgiven(hidden_tasks):
    assert len(hidden_tasks) > 40
    for task, _ in hidden_tasks:
        if task.order > 1:
            continue
        values, gradients = true(task)
        for right, bounds in (
            (values, error_bounds.of_values(task.steps, values)),
            (gradients, error_bounds.of_gradients(task.steps, values, gradients)),
        ):
            for entries, bound in zip(right, bounds, strict=True):
                assert (comparing._MARGIN * bound <= 0.1 * comparing._allowed(entries, 0.0)).all(), task.steps


def test_so_it_is_for_derivatives_of_derivatives(hidden_tasks):
    """Of these no bound is derived: they are seen to agree with torch, by another graph, to a thousandth of that."""
    higher = [(task, outcome) for task, outcome in hidden_tasks if task.order > 1]
    assert len(higher) > 5
    for task, outcome in higher:
        right = reference.derivative(task.steps, task.inputs, task.order)
        (found,) = [gradient for gradient in outcome.gradients if gradient is not None]
        assert (np.abs(found - right) <= 1e-3 * comparing._allowed(right, 0.0)).all(), task.steps


# --- No mistake is forgiven -------------------------------------------------------------------------------------------


def test_every_known_mistake_is_beyond_what_may_ever_be_forgiven(hidden_tasks):
    """What a wrong engine predicts is the truth, or differs from it a thousand times more than the most forgiven."""
    seen = set()
    for task, _ in hidden_tasks:
        if task.order > 1 or len(task.steps) > 16:
            continue
        values, gradients = true(task)
        for hypothesis in hypotheses(task):
            prediction = predict(task, hypothesis).outcome
            if prediction is None:
                continue
            apart = _apart(task, prediction.results, values), _apart(task, prediction.gradients, gradients)
            for far in apart:
                assert far <= 1e-12 or far >= 1000 * comparing._MOST, (hypothesis.mistake, task.steps, far)
            if max(apart) > 1e-12:
                seen.add(hypothesis.mistake)
                with pytest.raises(Failed):
                    _judge(task.steps, prediction, values, gradients)
            else:
                _judge(task.steps, prediction, values, gradients)
    assert {"Mul: inputs not swapped", "= where += is meant", "Matmul: factors swapped"} <= seen
    assert len(seen) > 15


def _apart(task, given, right):
    """Return how far the worst entry is off, as a part of the largest of its step; infinite where something lacks."""
    parts = [0.0]
    for step, ours, theirs in zip(task.steps, given, right, strict=True):
        if step[0] == "number":
            continue
        if ours is None or ours.shape != theirs.shape:
            return np.inf
        parts.append(np.abs(ours - theirs).max() / (np.abs(theirs).max() or 1.0))
    return max(parts)


def _judge(steps, prediction, values, gradients):
    require_same(steps, prediction.results, values, "result")
    require_same(steps, prediction.gradients, gradients, "gradient", values)


# --- Where digits are lost --------------------------------------------------------------------------------------------

CANCELLING = describe(lambda x: (x + 1e8) - 1e8, ["x"])


def test_a_right_value_that_has_lost_digits_is_right():
    values, _ = true(Task(CANCELLING, {"x": np.array(0.3)}))
    exact = [*values[:-1], np.array(0.3)]
    assert abs(float(values[-1]) - 0.3) > 1e-9
    require_same(CANCELLING, exact, values, "result")


def test_a_wrong_one_there_is_wrong():
    values, _ = true(Task(CANCELLING, {"x": np.array(0.3)}))
    with pytest.raises(Failed, match=r"is 0\.301; it should be 0\.3"):
        require_same(CANCELLING, [*values[:-1], np.array(0.301)], values, "result")


def test_gradients_that_have_lost_digits_are_right_and_no_others():
    steps = describe(lambda x: ((x + 1e8) - 1e8) ** 2, ["x"])
    values, gradients = true(Task(steps, {"x": np.array(0.3)}))
    for factor, fails in ((1 + 2e-8, False), (1 + 1e-5, True), (2, True)):
        given = [*(gradient * factor for gradient in gradients[:-1]), gradients[-1]]
        if fails:
            with pytest.raises(Failed):
                require_same(steps, given, gradients, "gradient", values)
        else:
            require_same(steps, given, gradients, "gradient", values)


@given(SEEDS, st.sampled_from([np.inf, np.nan, 1e300]))
@example(0, np.inf)
def test_no_bound_is_so_wide_that_more_than_a_millionth_is_forgiven(seed, bound):
    right = np.random.default_rng(seed).normal(size=5)
    size = np.abs(right).max()
    assert comparing.difference(right + 2e-6 * size, right, np.full(5, bound))


def test_what_is_not_finite_is_never_right():
    for found, right in ((1.0, np.inf), (np.inf, np.inf), (np.nan, 1.0), (1.0, np.nan)):
        assert comparing.difference(np.array(found), np.array(right), np.array(np.inf))


def test_the_notebook_of_the_engine_is_among_those_that_are_looked_at():
    assert [notebook for _, notebook in asking_the_engine()] == ["2_engine"]
