"""Pictures of graphs in which some boxes are grey."""

import pytest
from drawings import SVG, cosh, image_of, parse, wire

from course_lib import Mean, draw

pytestmark = pytest.mark.usefixtures("own_registry")


def boxes(picture):
    """Return the classes of each box, by its name."""
    root = parse(image_of(picture._repr_mimebundle_()["text/html"]))
    found = (group for group in root.iter(f"{SVG}g") if group.get("class", "").startswith("node"))
    return {"".join(group.find(f"{SVG}text").itertext()): group.get("class").split()[1:] for group in found}


def test_the_nodes_that_are_asked_for_are_grey():
    z = cosh()
    assert boxes(draw.picture(z, grey=[z.get("b"), z.get("x")])) == {
        "xinput": ["grey"], "bexp": ["grey"], "dnegate": [], "eexp": [], "zmean": [],
    }  # fmt: skip


def test_a_number_in_a_formula_is_never_grey():
    z = Mean(cosh().get("x"), 2)
    assert boxes(draw.picture(z, grey=z.sorted_nodes()))["2"] == ["constant"]


def test_grey_is_a_fill_and_is_said_in_words():
    picture = draw.picture_of_names({"x": [], "y": ["x", "x"]}, grey=["x"])
    assert repr(picture) == "x: grey. y of x, x."
    assert ".grey .box{fill:" in image_of(picture._repr_mimebundle_()["text/html"])


@pytest.mark.parametrize(
    ("graph", "arrows"),
    [
        ({"shirt": [], "tie": ["shirt"], "hat": []}, 1),
        ({"y": ["x", "x"]}, 2),  # an input that is not listed itself
        ({"a": ["b"], "b": ["a"]}, 2),
        ({"a": ["a"]}, 1),
    ],
)
def test_names_and_arrows_are_drawn_even_in_a_circle(graph, arrows):
    html = draw.picture_of_names(graph)._repr_mimebundle_()["text/html"]
    assert len(parse(image_of(html)).findall(f".//{SVG}g[@class='edge']")) == arrows
    assert set(graph) <= set(boxes(draw.picture_of_names(graph)))


@pytest.mark.parametrize(("kind", "words"), [("SinOfSum", "sin of sum"), ("ReLU", "relu"), ("Sin", "sin")])
def test_a_class_of_ones_own_is_drawn_by_its_words(kind, words):
    assert list(boxes(draw.picture(wire(kind=kind)))) == [words]


def test_a_name_without_an_operation_is_written_out():
    assert list(boxes(draw.picture_of_names({"raincoat": [], "hat": ["raincoat"]}))) == ["raincoat", "hat"]
