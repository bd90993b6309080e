"""The figures that `2_analytic` quotes are what torch, its formula and its solution give."""

import numpy as np
import pytest
import torch
from solved import whole

from autograder.samples import manifest

POINT = (3.3, 1.1, 2.3)
QUOTED = (-0.285274, -1.01578, 0.288027)
pytestmark = pytest.mark.usefixtures("own_registry")


@pytest.fixture
def names(monkeypatch):
    monkeypatch.setattr("matplotlib.pyplot.show", lambda: None)
    return whole(manifest.of("ps2"), "2_analytic")[0]


def to_six_digits(numbers):
    return tuple(float(f"{number:.6g}") for number in numbers)


def test_the_function_of_the_slides_has_the_derivatives_that_they_quote():
    x, y, z = leaves = [torch.tensor(value, dtype=torch.float64, requires_grad=True) for value in POINT]
    f = torch.sin(torch.cosh(y**2 + x / z) + torch.tanh(x * y * z)) / torch.log(1 + torch.exp(x))
    assert to_six_digits(torch.autograd.grad(f, leaves)) == QUOTED


def test_the_solution_gives_what_the_notebook_says(names):
    assert to_six_digits(names["gradient_of"]("tangle", *POINT)) == QUOTED
    assert names["derived_by_x"](*POINT) == pytest.approx(names["gradient_of"]("tangle", *POINT)[0], rel=1e-12)
    assert names["gradient_of"]("product", 3.0, 5.0, 2.0) == [2, 2, 8]
    assert names["slope_of_wave"](0.3) == pytest.approx(5 * np.cos(5 * np.exp(0.3)) * np.exp(0.3))
    quarters = [names["value_and_slope"]("Logistic", z)[1] for z in np.linspace(-6, 6, 121)]
    assert max(quarters) == quarters[60] == pytest.approx(1 / 4)
