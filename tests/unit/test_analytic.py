"""The figures that `2_analytic` quotes are what torch, its formula and its solution give."""

import sys

import numpy as np
import pytest
import torch

from autograder.judge.hidden import split
from autograder.rehearsal import BEGIN, END
from autograder.samples import manifest
from course_files import books
from course_lib import graph

PS2 = manifest.of("ps2")
NOTEBOOK = "2_analytic"
POINT = (3.3, 1.1, 2.3)
QUOTED = (-0.285274, -1.01578, 0.288027)


@pytest.fixture
def names(monkeypatch):
    """What a student has who has solved all of it."""
    monkeypatch.setattr(graph, "_node_types", dict(graph._node_types))
    monkeypatch.chdir(books(PS2).folder)
    monkeypatch.syspath_prepend(str(books(PS2).folder))
    monkeypatch.delitem(sys.modules, "engine", raising=False)
    monkeypatch.setattr("matplotlib.pyplot.show", lambda: None)
    found = {"__name__": "__main__"}
    for cell in books(PS2).read(NOTEBOOK).cells:
        if cell.cell_type == "code":
            exec(split(cell.source, BEGIN, END)[0], found)
    yield found
    sys.modules.pop("engine", None)


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


ODD = [
    "None", "'text'", "[1, [2]]", "[]", "{}", "float('nan')", "np.full(3, np.nan)", "np.float64(3)", "np.ones((2, 3))",
    "1j", "[None] * 3", "['0'] * 3", "np.array([], dtype=object)", "print", "1 / 0", "[True, 10**30, 2]", "Leaf(2.0)",
]  # fmt: skip
NODE = """class {}(ComputationNode):
    def forward(self):
        self.result = {}

    def backward(self):
        return {}
"""


@pytest.mark.parametrize("value", ODD)
def test_whatever_a_student_returns_is_an_answer_and_not_a_fault_of_the_test(value):
    on_paper = ["a", "f", "df_da", "df_dz", "df_dx", "df_dy"]
    neuron = ["z", "u", "t", "s", "ds_dt", "ds_dn", "ds_dz", "ds_dw0", "ds_dx1", "ds_dw2"]
    kinds = ["Sin", "Cosh", "Tanh", "Log"]
    answers = {
        "slope_of_wave": f"def slope_of_wave(x):\n    return {value}\n",
        "product_on_paper": f"{' = '.join(on_paper)} = {value}\n",
        "engine_gradient": f"def engine_gradient(function, *values):\n    return {value}\n",
        "neuron_on_paper": f"{' = '.join(neuron)} = {value}\n",
        "logistic_node": NODE.format("Logistic", value, f"[{value}]"),
        "new_nodes": "\n\n".join(NODE.format(kind, "self.input(0)", value) for kind in kinds),
        "tangle": f"def tangle(x, y, z):\n    return {value}\n",
    }
    attempts = books(PS2).attempts(NOTEBOOK, answers, seed=0)
    assert {test: attempt.judged.fault for test, attempt in attempts.items()} == dict.fromkeys(attempts, "")
    assert [test for test, attempt in attempts.items() if attempt.judged.points == attempt.judged.most] == []
