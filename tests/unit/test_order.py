"""What `1_order` and `2_black_and_grey` state, their solutions show."""

import math

import pytest
from solved import whole

from autograder.samples import manifest

PS3 = manifest.of("ps3")
pytestmark = pytest.mark.usefixtures("own_registry")


@pytest.fixture
def order():
    return whole(PS3, "1_order")


@pytest.fixture
def grey():
    return whole(PS3, "2_black_and_grey")


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
