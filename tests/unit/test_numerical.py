"""The figures that `1_numerical` quotes are what its solution gives."""

import numpy as np
import pytest

from autograder.samples import manifest
from course_files import books

PS2 = manifest.of("ps2")
EXERCISES = [exercise for exercise in PS2.exercises if exercise.notebook == "1_numerical"]


@pytest.fixture
def names():
    """What a student has who has solved all of it."""
    found = {"np": np}
    book = books(PS2).read("1_numerical")
    for cell in (cell for exercise in EXERCISES for cell in exercise.cells):
        exec(books(PS2).solution(cell), found)
    (given,) = [cell.source for cell in book.cells if cell.source.startswith("def neuron")]
    exec(given, found)
    return found


def test_the_slopes_of_a_loss_that_is_known_at_four_points(names):
    losses = {(0, 0, 0): 1.25347, (1, 0, 0): 1.25322, (0, 1, 0): 1.25353, (0, 0, 1): 1.25347}
    found = names["numerical_gradient"](lambda v: losses[tuple((v / 0.0001).round())], np.zeros(3), h=0.0001)
    assert found == pytest.approx([-2.5, 0.6, 0])


def test_one_step_from_3_5_2(names):
    def f(v):
        return (v[0] + v[1]) * v[2]

    start = np.array([3.0, 5.0, 2.0])
    assert names["numerical_gradient"](f, start) == pytest.approx([2, 2, 8])
    after = names["descend"](f, start, 0.1, 1)
    assert after == pytest.approx([2.8, 4.8, 1.2])
    assert (f(start), f(after)) == pytest.approx((16, 9.12))


def test_the_fault_is_found_at_a_random_point_and_not_at_the_handsome_one(names):
    wrong, f, gradient = (names[name] for name in ("wrong_entries", "neuron", "somebodys_gradient"))
    assert wrong(f, gradient, np.array([1.0, 1.0, 0.0, 0.5, 0.5])) == []
    assert wrong(f, gradient, np.random.default_rng(0).uniform(-1, 1, 5)) == [names["wrong_place"]]


@pytest.mark.parametrize(("slope", "step"), [("numerical_gradient", "p_forward"), ("central_gradient", "p_central")])
def test_the_best_step_is_about_where_the_exponents_say(slope, step, names):
    """Compared are errors: at the step that the exponent says, and a thousand times to either side of it."""
    above, below = map(float, names[step].split("/"))
    best = np.finfo(float).eps ** (above / below)
    points = np.linspace(0.3, 1.2, 40)

    def error(h):
        found = [names[slope](lambda v: np.exp(np.sin(v[0])), np.array([at]), h)[0] for at in points]
        return abs(found - np.cos(points) * np.exp(np.sin(points))).max()

    assert error(best) < min(error(best / 1000), error(best * 1000)) / 100


ODD = [
    "None",
    "'text'", "[1, [2]]", "[[1.0] * 6]", "{}", "float('nan')", "np.full(6, np.nan)", "np.float64(3)", "np.ones((2, 3))",
    "1j * np.ones(6)", "[None] * 6", "['0']", "np.array([], dtype=object)", "print", "1 / 0", "[True, 10**30]",
]  # fmt: skip
CALLS = ["f(None)", "f('text')", "f([1, [2]])", "f(np.ones(3))", "f(2.0)", "f(np.full(6, np.nan))", "f(f)", "f()"]


@pytest.mark.parametrize("value", [*ODD, *CALLS])
def test_whatever_a_student_returns_is_an_answer_and_not_a_fault_of_the_test(value):
    answers = {
        "numeric_gradient": f"def numerical_gradient(f, x, h=1e-6):\n    return {value}\n",
        "descent": f"def descend(f, x, eta, steps):\n    return {value}\n",
        "central_gradient": f"def central_gradient(f, x, h=1e-5):\n    return {value}\n",
        "best_step": f"p_forward = q_forward = p_central = q_central = {value}\n",
        "gradient_check": f"def wrong_entries(f, gradient, x):\n    return {value}\n",
        "mended_gradient": f"wrong_place = {value}\ndef mended_gradient(v):\n    return {value}\n",
    }
    attempts = books(PS2).attempts("1_numerical", answers, seed=0)
    faults = {test: attempt.judged.fault for test, attempt in attempts.items()}
    assert faults == {exercise.test: "" for exercise in EXERCISES}
    assert [test for test, attempt in attempts.items() if attempt.judged.points == attempt.judged.most] == []
