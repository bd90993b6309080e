"""What `1_order` and `2_black_and_grey` state, their solutions show; and no answer makes a test faulty."""

import contextlib
import io
import math

import pytest

from autograder.judge.hidden import split
from autograder.rehearsal import BEGIN, END, beside
from autograder.samples import manifest
from course_files import ROOT, books

PS3 = manifest.of("ps3")
pytestmark = pytest.mark.usefixtures("own_registry")


def run(notebook):
    """Return the names that a student has who has solved all of a notebook, and what its cells print."""
    names, said = {}, {}
    with beside(ROOT / "source" / "ps3" / f"{notebook}.ipynb"):
        for cell in books(PS3).read(notebook).cells:
            if cell.cell_type == "code":
                with contextlib.redirect_stdout(io.StringIO()) as printed:
                    exec(split(cell.source, BEGIN, END)[0], names)
                said[cell.metadata.nbgrader.grade_id] = printed.getvalue()
    return names, said


@pytest.fixture
def order():
    return run("1_order")


@pytest.fixture
def grey():
    return run("2_black_and_grey")


def test_the_numbers_of_lists(order):
    names, said = order
    assert len(names["dressing"]) == 7
    assert math.factorial(7) == 5040
    assert 2.35e18 < math.factorial(20) < 2.45e18
    assert "60 orders by your count; is_order accepts 60 of 5040 lists" in said["test_count_orders"]
    assert "The graph has a cycle" in said["show_cycle"]


def test_the_gradient_of_y4_by_the_formula_of_the_document(order):
    """The sum over its two consumers: cos(y2 + y4 + y5) + ∂y6/∂y5 · y1."""
    names, _ = order
    values = {name: node.result for name, node in names["build"](names["example"]).items()}
    assert values["y4"] == pytest.approx(math.exp(0.8 * -0.5 * 1.2))
    for how in ("asking", "sending"):
        found = names["gradients"](f"backward_{how}", names["example"], list(names["example"]))
        slope = math.cos(values["y2"] + values["y4"] + values["y5"])
        assert found["y4"] == pytest.approx(slope + found["y5"] * values["y1"])
        assert found["y3"] == pytest.approx(found["y4"] * values["y4"] * 0.8 * -0.5)


def test_all_orders_of_a_graph_give_the_same_gradients(order):
    lines = order[1]["show_any_order"].splitlines()
    assert int(lines[0].split()[0]) > 10
    for line in lines[1:]:
        between, smallest, _, largest = line.split()[-4:]
        assert between == "between"
        assert float(smallest) == pytest.approx(float(largest), rel=1e-12)


def test_what_is_loaded(order):
    names, said = order
    graph = names["inputs_of"](names["example"])
    asking, sending = names["loads_asking"](graph, "y4"), names["loads_sending"](graph, "y4")
    assert set(asking) - {"y4", "y5", "y6"} == {"y1", "y2"}  # one step removed from the arrows to y5 and y6
    assert sending == ["y1", "y2", "y3"]
    assert "100 inputs: asking loads 10000 values, sending 100" in said["show_loads"]


def test_the_products_of_eight_layers(grey):
    said = [line.rsplit(" ", 2)[1:] for line in grey[1]["show_products"].splitlines()]
    assert said == [["all:", "15"], ["W1:", "8"], ["W8:", "1"]]


def test_x_moves_z_in_two_ways(grey):
    def z(x):
        return x**2 * x

    assert (2.01**2, z(2.01)) == pytest.approx((4.0401, 8.1206), rel=1e-5)
    assert (z(2.01) - z(2)) / (2.01**2 - 2**2) == pytest.approx(3.01, abs=5e-3)
    names, _ = grey
    cut, leaf = names["cut"], names["leaf"]  # those of the visible check, moved there
    assert (leaf.value, cut.result) == pytest.approx((4.01, 8.02))


def test_the_fault_is_at_a_which_has_two_consumers(grey):
    wrong = [line.split(":")[0] for line in grey[1]["show_faulty"].splitlines() if line.endswith("wrong")]
    assert wrong == ["a", "x"]


def test_the_slopes_with_and_without_brackets(grey):
    names, _ = grey
    found = [names["value_and_slope"](f, at) for f, at in [("own_factor", 3.0), ("towards_target", 4.0)]]
    assert found == [[9.0, 3.0], [1.0, 2.0]]
    assert names["value_and_slope"]("straight_through", 2.7) == pytest.approx([3.0, 1.0])


ODD = [
    "None", "'text'", "[1, [2]]", "{}", "float('nan')", "1j", "[None] * 6", "print", "1 / 0", "[True, 10**30]",
    "['y1']", "True", "1.0", "([], [])", "{'x'}", "[float('inf')] * 2",
]  # fmt: skip
FUNCTIONS = {
    "1_order": {
        "is_order": ["is_order(graph, order)"],
        "find_order": ["find_order(graph)"],
        "count_orders": ["count_orders(graph)"],
        "backward_asking": ["backward_asking(order, one=1.0)"],
        "backward_sending": ["backward_sending(order, one=1.0)"],
        "loads": ["loads_asking(graph, node)", "loads_sending(graph, node)"],
    },
    "2_black_and_grey": {
        "black_nodes": ["black_nodes(z, parameters)"],
        "backward_black": ["backward_black(z, parameters, one=1.0)"],
        "severed": ["severed(z, node)"],
        "inner_slope": ["inner_slope(z, node, h=1e-5)"],
        "three_graphs": ["own_factor(x)", "straight_through(x)", "towards_target(w)"],
    },
}


@pytest.mark.parametrize("notebook", FUNCTIONS)
@pytest.mark.parametrize("value", ODD)
def test_whatever_a_student_returns_is_an_answer_and_not_a_fault_of_the_test(value, notebook):
    answers = {
        cell: "\n\n".join(f"def {signature}:\n    return {value}" for signature in signatures)
        for cell, signatures in FUNCTIONS[notebook].items()
    }
    if notebook == "2_black_and_grey":
        methods = (
            f"    def forward(self):\n        self.result = {value}\n\n    def backward(self):\n        return {value}"
        )
        answers["detach"] = f"class Detach(ComputationNode):\n{methods}\n"
    attempts = books(PS3).attempts(notebook, answers, seed=0)
    assert {test: attempt.judged.fault for test, attempt in attempts.items()} == dict.fromkeys(attempts, "")
    assert [test for test, attempt in attempts.items() if attempt.judged.points == attempt.judged.most] == []
