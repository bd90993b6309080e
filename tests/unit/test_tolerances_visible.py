"""The visible checks of the engine, in every precision: what is right passes, no mistake does, or nothing is said."""

import math

import numpy as np
import pytest
import torch
from debugger_cases import engine_of
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from tolerance_cases import CHECKS, PRECISIONS, TYPES, computing_in, run_checks

from autograder.samples.engine_mistakes import ENGINE
from course_lib import Leaf, Mean, check, graph
from course_lib.check import precision
from course_lib.check.precision import NotPreciseEnough
from course_lib.comparison import difference
from course_lib.errors import WrongAnswer

SEEDS = st.integers(0, 2**32 - 1)
# What is not judged there when it is off, as too many roundings may be in it.
NOT_JUDGED = {
    "float16": {"test_higher_order"},
    "bfloat16": {"test_backward", "test_add_mul", "test_polynomial", "test_higher_order", "test_matmul"},
}


@pytest.fixture(autouse=True)
def _own_registry(monkeypatch):
    monkeypatch.setattr(graph, "_node_types", dict(graph._node_types))
    monkeypatch.setattr("course_lib.check.engine._first_fault", lambda _: None)  # that takes its time


# --- In the notebook --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", PRECISIONS)
def test_the_solution_is_never_called_wrong(kind, solutions, monkeypatch):
    seen = run_checks(solutions["engine"], kind, monkeypatch)
    refused = {name for name, outcome in seen.items() if outcome.verdict != "right"}
    assert refused <= NOT_JUDGED.get(kind, set()), seen
    assert all("cannot be judged" in seen[name].words for name in refused)


@pytest.fixture(scope="module")
def mistakes(solutions):
    """What becomes of each check with each mistake in each precision, and how much the wrong gradients are off.

    Under "all digits" it is what comes in double precision if nothing is forgiven but its roundings.
    """
    changes, seen = [], {}

    def recorded(found, right, allowed):
        words = difference(found, right, allowed)
        if words and found is not None and found.shape == right.shape:
            changes.append(np.abs(found - right).max() / np.abs(right).max())
        return words

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(graph, "_node_types", dict(graph._node_types))
        patched.setattr("course_lib.check.engine._first_fault", lambda _: None)
        for mistake in ENGINE:
            engine = mistake.applied_to(solutions["engine"])
            for kind in PRECISIONS:
                seen[mistake.name, kind] = run_checks(engine, kind, patched)
            with patched.context() as strict:
                strict.setattr("course_lib.check.engine._FLOOR", 1e-12)
                strict.setattr("course_lib.check.engine.difference", recorded)
                seen[mistake.name, "all digits"] = run_checks(engine, "float64", patched)
    return seen, changes


@pytest.mark.parametrize("kind", PRECISIONS)
def test_a_mistake_that_is_seen_with_all_digits_is_seen_with_few(kind, mistakes):
    seen, _ = mistakes
    for mistake in ENGINE:
        for name in CHECKS:
            here = seen[mistake.name, kind][name]
            silent = here.verdict == "not judged" and name in NOT_JUDGED.get(kind, set())
            if seen[mistake.name, "all digits"][name].verdict == "wrong":
                assert silent or here.verdict == "wrong", (mistake.name, name, here)


def test_every_check_of_the_notebook_sees_some_mistake(mistakes):
    seen, _ = mistakes
    names = {name for mistake in ENGINE for name in CHECKS if seen[mistake.name, "tf32"][name].verdict == "wrong"}
    assert names == set(CHECKS)


def test_mistakes_change_three_times_more_than_may_be_rounding_on_both_sides(mistakes):
    """Here LIMIT comes from: a wrong gradient is off by a quarter of the largest entry, or more."""
    _, changes = mistakes
    assert len(changes) > 20
    assert min(changes) == pytest.approx(1 / 4)
    assert min(changes) - precision.LIMIT >= 3 * precision.LIMIT


# --- What is counted --------------------------------------------------------------------------------------------------


def growing(seed):
    """Return the output of a graph of positive numbers near 1, in which nothing cancels, on the way back neither."""
    random = np.random.default_rng(seed)
    nodes = [Leaf(torch.tensor(random.uniform(0.5, 1.5, (3, 3))), f"x{i}") for i in range(2)]
    operations = [
        lambda x, y: x + y,
        lambda x, y: x * y,
        lambda x, y: x @ y,
        Mean,
        lambda x, _: (x * 0.25).exp(),
        lambda x, _: x**2,
        lambda x, _: x.T,
        lambda x, y: x + y.sum(),
    ]
    for _ in range(random.integers(1, 6)):
        x, y = (nodes[-1 - min(len(nodes) - 1, int(random.geometric(0.5)) - 1)] for _ in range(2))
        z = operations[random.integers(len(operations))](x, y)
        for node in z.sorted_nodes():
            node.forward()
        nodes.append(z * 2.0 ** -round(math.log2(float(z.result.max()))))  # nothing is rounded here
    return nodes[-1].sum()


def below_half_precision(z):
    """Tell whether some number of a graph is so small that `float16` has fewer digits for it."""
    held = [value for node in z.sorted_nodes() for value in (node.result, node.gradient) if hasattr(value, "detach")]
    return min(float(value.abs().min()) for value in held) < torch.finfo(torch.float16).tiny


def passed_through(z, engine, dtype):
    """Run both passes with leaves of a type, and return them."""
    leaves = [node for node in z.sorted_nodes() if isinstance(node, Leaf) and not node.constant]
    for leaf in leaves:
        leaf.value = leaf.value.to(dtype)
    engine["forward_algorithm"](z)
    engine["backward_algorithm"](z, one=torch.tensor(1.0, dtype=dtype))
    return leaves


@pytest.mark.parametrize("kind", PRECISIONS)
@given(seed=SEEDS)
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_as_much_is_counted_as_may_be_rounding(kind, seed, solutions, monkeypatch):
    engine = engine_of(solutions["engine"])
    z = growing(seed)
    with computing_in(kind, monkeypatch):
        leaves = passed_through(z, engine, TYPES[kind])
        found = [z.result.double(), *(leaf.gradient.double() for leaf in leaves)]
        parts = [precision.of_result(z), *(precision.of_gradient(leaf, z) for leaf in leaves)]
    right = [leaf.gradient for leaf in passed_through(z, engine, torch.float64)]
    assume(kind != "float16" or not below_half_precision(z))
    for ours, theirs, part in zip(found, [z.result, *right], parts, strict=True):
        if part < 0.5:
            # Double precision is held against itself: it is the same.
            assert ((ours - theirs).abs() <= precision.allowed(part, theirs.abs())).all(), (kind, part)


@pytest.mark.parametrize("kind", ["float32", "tf32"])
@given(seed=SEEDS)
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_random_products_of_matrices_pass_in_full_and_shortened(kind, seed, solutions, monkeypatch):
    """The inputs of the notebook are small whole numbers, which even bfloat16 holds; these are not."""
    engine, random = engine_of(solutions["engine"]), np.random.default_rng(seed)
    w, v, x = (Leaf(torch.tensor(random.normal(size=(6, 6))), name) for name in "wvx")
    loss = ((v @ (w @ x)) ** 2).sum()
    right = [leaf.gradient for leaf in passed_through(loss, engine, torch.float64)]
    with computing_in(kind, monkeypatch):
        for leaf, expected in zip(passed_through(loss, engine, torch.float32), right, strict=True):
            check.gradient(leaf, expected, of=loss)
            with pytest.raises(WrongAnswer):
                check.gradient(leaf, expected * 1.25, of=loss)


def test_shortened_products_need_what_is_counted_for_them(solutions, monkeypatch):
    """Single precision alone would call the same gradients wrong."""
    engine, random = engine_of(solutions["engine"]), np.random.default_rng(0)
    w, x = (Leaf(torch.tensor(random.normal(size=(6, 6))), name) for name in "wx")
    loss = ((w @ x) ** 2).sum()
    right = passed_through(loss, engine, torch.float64)[0].gradient
    with computing_in("tf32", monkeypatch):
        found = passed_through(loss, engine, torch.float32)[0]
    with pytest.raises(WrongAnswer):
        check.gradient(found, right, of=loss)


@pytest.mark.parametrize(
    ("build", "of_value", "of_gradient"),
    [
        # Of a gradient: the roundings of the values in use, of sending as often again and once more, and of adding up.
        (lambda x: x + x, 1, 1 + 2 + 1),
        (lambda x: x * x, 1, 1 + 2 + 1),
        (lambda x: x @ x, 3, 3 + 3 + 1),
        (lambda x: x**3, 3, 3 + 4),
        (lambda x: x**-2, 2, 2 + 3),
        (lambda x: x.exp(), 4, 4 + 5),
        (lambda x: -x, 0, 1),
        (lambda x: x.sum(), 8, 1),
        (lambda x: x + Leaf(torch.full((2, 3, 3), 0.5)), 1, 1 + 3),
        (lambda x: (x * x).sum() ** 2, (1 + 8) * 2 + 2, 0 + (20 + 3) + 1 + (1 + 2) + 1),
    ],
)
def test_roundings_are_counted_node_by_node(build, of_value, of_gradient, solutions):
    engine = engine_of(solutions["engine"])
    x = Leaf(torch.full((3, 3), 0.5), "x")
    z = build(x)
    engine["forward_algorithm"](z)
    unit = 2.0**-24
    assert (precision.of_result(z) / unit, precision.of_gradient(x, z) / unit) == (of_value, of_gradient)


# --- What is allowed --------------------------------------------------------------------------------------------------


def verdict(found, expected):
    try:
        check.value("It", found, expected)
    except WrongAnswer:
        return "wrong"
    except NotPreciseEnough:
        return "not judged"
    return "right"


@pytest.mark.parametrize(
    ("found", "expected", "said"),
    [
        (0.64, 0.640001, "right"),
        (0.64, 0.6401, "wrong"),
        (1e-7, 0.0, "right"),  # of what should be zero no size is known
        (1e-4, 0.0, "wrong"),
        (0.0, 1e-7, "wrong"),
        (2e-7, 1e-7, "wrong"),
        (np.array([1e-7, -2e-8]), np.array([1e-7, 2e-8]), "wrong"),
        (np.array([1e6, 1e-3]), np.array([1e6, 0.0]), "wrong"),
        (
            np.array([1e6, 1.0], np.float32),
            np.array([1e6, 0.0], np.float32),
            "right",
        ),  # 1e6 keeps its last digit at 1/16
        (np.array([1e6, 20.0], np.float32), np.array([1e6, 0.0], np.float32), "wrong"),
        (1.0, math.inf, "wrong"),
        (math.inf, math.inf, "wrong"),
        (math.nan, 1.0, "wrong"),
        (torch.tensor(1.5, dtype=torch.bfloat16), 1.5, "right"),
        (torch.tensor(1.5, dtype=torch.bfloat16), 1.53, "not judged"),
        (torch.tensor(1.5, dtype=torch.float16), 3.0, "not judged"),
        (torch.tensor([1.5], dtype=torch.bfloat16), 1.5, "wrong"),
        (1.53, torch.tensor(1.5, dtype=torch.bfloat16), "not judged"),
    ],
)
def test_five_digits_are_asked_for_and_what_rounding_takes_is_forgiven(found, expected, said):
    assert verdict(found, expected) == said


def test_few_digits_are_named_and_what_to_do(solutions):
    engine = engine_of(solutions["engine"])
    x = Leaf(torch.tensor([0.3, 1.7], dtype=torch.bfloat16), "x")
    z = (x * x * x * x).sum()
    engine["forward_algorithm"](z)
    engine["backward_algorithm"](z, one=torch.tensor(1.0, dtype=torch.bfloat16))
    with pytest.raises(NotPreciseEnough) as refused:
        check.gradient(x, 4 * x.value.double() ** 3, of=z)
    assert str(refused.value).startswith("x.gradient cannot be judged: bfloat16 keeps 8 binary digits, and after ")
    assert str(refused.value).endswith("Create the leaves with dtype=float32, and run all again.")


def test_shortened_products_are_named_and_what_to_do(solutions, monkeypatch):
    engine = engine_of(solutions["engine"])
    x = Leaf(torch.full((2, 2), 1.1), "x")
    z = x
    for _ in range(5):
        z = z @ z
    engine["forward_algorithm"](z)
    with computing_in("tf32", monkeypatch), pytest.raises(NotPreciseEnough) as refused:
        check.result(z, z.result * 1.001)
    assert "products of float32 matrices are computed in TF32 here" in str(refused.value)
    assert 'torch.set_float32_matmul_precision("highest")' in str(refused.value)
