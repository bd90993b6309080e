"""Laws of the hypotheses: what one predicts is recognised as its mistake, and a right run as none."""

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autograder.judge import diagnosis, reference
from autograder.judge.description import _needed
from autograder.judge.diagnosis import explain
from autograder.judge.evidence import Evidence
from autograder.judge.hypotheses import Hypothesis, hypotheses, predict
from course_lib.described import Task


@st.composite
def tasks(draw):
    """Draw a small task: a graph of up to eight operations on numbers, in which nodes are used again."""
    steps = [("leaf", "x"), ("leaf", "y")]
    for _ in range(draw(st.integers(1, 8))):
        used = st.integers(max(0, len(steps) - 3), len(steps) - 1)
        operation = draw(st.sampled_from(["+", "*", "-", "mean", "-x", "exp"]))
        operands = [draw(used) for _ in range(1 if operation in ("-x", "exp") else 2)]
        steps.append((operation, *operands))
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
