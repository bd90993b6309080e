"""The figures that `1_numerical` quotes are what its solution gives."""

import numpy as np
import pytest
from solved import solutions_of

from autograder.samples import manifest


@pytest.fixture
def names():
    return solutions_of(manifest.of("ps2"), "1_numerical", "given_neuron_numerical")


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
