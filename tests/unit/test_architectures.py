"""What `3_architectures` states, its solution shows; and whatever is answered there, the test is not at fault."""

import math

import numpy as np
import pytest

from autograder.samples import manifest
from course_files import books

PS3 = manifest.of("ps3")
NOTEBOOK = "3_architectures"
CELLS = [cell for cell in PS3.cells if PS3.notebook_of(cell) == NOTEBOOK]
POINTS = {exercise.test: exercise.points for exercise in PS3.exercises if exercise.notebook == NOTEBOOK}


@pytest.fixture(scope="module")
def names():
    """What a student has who has solved all of it, but for the networks, which need the engine."""
    found = {"np": np, "math": math}
    for cell in CELLS:
        exec(books(PS3).solution(cell), found)
    return found


def test_the_slope_of_a_resnet_is_the_sum_over_its_paths(names):
    for w, depth in [(0.5, 10), (-0.3, 4), (1.0, 12)]:
        over_paths = sum(names["paths_through"](k, depth) * w**k for k in range(depth + 1))
        assert over_paths == pytest.approx(names["resnet_slope"](w, depth))
    assert names["resnet_slope"](1, 12) == names["resnet_shape"](12)[3] == 2**12


ODD = [
    "None",
    "'text'", "[1, [2]]", "[[1.0] * 6]", "{}", "float('nan')", "np.full(6, np.nan)", "np.float64(3)", "np.ones((2, 3))",
    "1j * np.ones(6)", "[None] * 6", "['0']", "np.array([], dtype=object)", "print", "1 / 0", "[True, 10**30]",
    "[1, 2, None, 4]", "([None], [None], 1)", "([], [], 1)", "([np.ones(3)], [np.ones(3)], 1)", "(1, 2, 3, 'a')",
    "Leaf(1.0)", "Leaf(np.ones((4, 5)))",
]  # fmt: skip


@pytest.mark.parametrize("value", ODD)
def test_whatever_a_student_returns_is_an_answer_and_not_a_fault_of_the_test(value):
    def function(*headers):
        return "".join(f"def {header}:\n    return {value}\n" for header in headers)

    answers = {
        "networks": function("mlp(weights, biases, x)", "resnet(weights, biases, x)", "rnn(W, U, V, b, inputs, start)"),
        "path_counts": function("longest_path(output)", "count_paths(output, start)"),
        "shapes": function("mlp_shape(L)", "resnet_shape(L)", "rnn_shape(T)"),
        "resnet_backward": function("resnet_backward(weights, xs, activated, upstream)"),
        "depth": function("mlp_slope(w, L)", "resnet_slope(w, L)", "paths_through(k, L)"),
        "rnn_backward": function("rnn_backward(W, U, V, inputs, states, upstream)"),
    }
    attempts = books(PS3).attempts(NOTEBOOK, answers, seed=0)
    assert {test: attempt.judged.fault for test, attempt in attempts.items()} == dict.fromkeys(POINTS, "")
    assert [test for test, attempt in attempts.items() if attempt.judged.points == attempt.judged.most] == []
