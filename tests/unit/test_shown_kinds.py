"""Tensors of every precision, and those of the device "meta", which have no entries, in everything that shows them."""

import re
from urllib.parse import unquote

import numpy as np
import pytest
import torch
from drawings import image_of

from course_lib import Leaf, check, count, debug, draw
from course_lib.debugger import Finding
from course_lib.errors import CourseError
from course_lib.stepper.display import mimebundle, table
from course_lib.stepper.making import story_of
from course_lib.stepper.story import from_json, to_json


def words_of(html):
    """What a picture says, in its texts."""
    return re.findall(r">([^<>]+)<", unquote(image_of(html)))


@pytest.fixture
def nowhere(recorded):
    """A graph whose tensors have no entries, after both passes."""
    a, b = (Leaf(torch.zeros(shape, device="meta"), name) for shape, name in (((3, 4), "a"), ((4, 1), "b")))
    z = (a @ b).sum()
    recorded[1](recorded[0](z), one=torch.ones((), device="meta"))
    return z


def test_a_story_tells_the_shapes_and_where_they_are(nowhere):
    story = from_json(to_json(story_of(nowhere)))
    assert [tensor.shape for tensor in story.tensors] == ["3×4 on meta", "4×1 on meta", "3×1 on meta"]
    assert all(tensor.rows == () for tensor in story.tensors)
    assert [step.kind for step in story.steps] == ["forward"] * 4 + ["start"] + ["send"] * 3
    assert all(step.local == "" for step in story.steps)
    assert (story.nodes[-1].value, story.nodes[-1].gradient) == ("number on meta", "number on meta")
    assert "tensor 3×4 on meta" in table(story)


def test_pictures_and_print_show_the_shapes_and_where_they_are(nowhere):
    bundle = mimebundle(nowhere)
    said = words_of(bundle["text/html"])
    assert {"3×4 on meta", "4×1 on meta", "3×1 on meta", "number on meta"} <= set(said)
    assert not [word for word in said if re.fullmatch(r"[−\d.e]+", word)]  # no number is made up
    assert bundle["text/plain"].count("device='meta'") == 2 * 4
    assert "size=(3, 4)" in bundle["text/plain"]
    still = draw.mimebundle(draw.diagram_of(nowhere), text="")["text/html"]
    assert {"tensor 3×4 on meta", "number on meta"} <= set(words_of(still))
    assert "number on meta" in Finding("rule", "here", nowhere, output=nowhere)._repr_mimebundle_()["text/html"]


def test_what_is_larger_is_printed_by_its_shape(recorded):
    for make, end in ((torch.zeros, ""), (np.zeros, ""), (lambda shape: torch.zeros(shape, device="meta"), " on meta")):
        assert repr(recorded[0](Leaf(make((100, 100)), "a"))) == f"Leaf a result=tensor 100×100{end} gradient=None"
    assert "..." not in repr(recorded[0](Leaf(np.arange(1000.0), "a")))  # all that are printed at all, as a whole


def test_a_count_needs_no_entries(nowhere, recorded):
    same = Leaf(torch.zeros(3, 4), "a") @ Leaf(torch.zeros(4, 1), "b")
    assert repr(count(nowhere, *recorded)) == repr(count(same.sum(), *recorded))


@pytest.mark.parametrize("look", [debug, lambda z: check.gradient(z.get("a"), 1.0), lambda z: check.result(z, 1.0)])
def test_what_needs_entries_says_that_there_are_none(nowhere, look):
    with pytest.raises(CourseError, match="meta"):
        look(nowhere)


FLOATS = [torch.float64, torch.float32, torch.float16, torch.bfloat16]


@pytest.mark.parametrize("dtype", FLOATS)
def test_entries_of_every_precision_are_shown(recorded, dtype):
    a = Leaf(torch.tensor([[1.0, -2.5]], dtype=dtype), "a")
    z = (a * 2).sum()
    recorded[1](recorded[0](z), one=torch.tensor(1.0, dtype=dtype))
    story = story_of(z)
    shown = [story.tensors[value].rows for value in (story.nodes[0].value, story.nodes[0].gradient)]
    assert shown == [((1, -2.5),), ((2, 2),)]
    assert (story.nodes[-1].value, story.nodes[-1].gradient) == ("−3", "1")
    assert "result=tensor(-3." in repr(z)


OTHERS = [
    (torch.tensor([[True, False]]), "1×2", ((1, 0),)),
    (torch.tensor([[3, -4]]), "1×2", ((3, -4),)),
    (np.array([[3, -4]], dtype=np.int8), "1×2", ((3, -4),)),
    (torch.tensor([[1.0 + 2j, 0.5]]), "1×2", ()),  # two numbers an entry: no map
    (np.array([[1.0 + 2j, 0.5]]), "1×2", ()),
    (torch.zeros(0, 3), "0×3", ()),
    (torch.tensor([[float("nan"), float("inf")]]), "1×2", ((None, None),)),
]


@pytest.mark.parametrize(("value", "shape", "rows"), OTHERS)
def test_what_is_no_real_number_is_shown_as_what_it_is(recorded, value, shape, rows):
    (box,), (tensor,), _ = look(recorded, value)
    assert (tensor.shape, tensor.rows) == (shape, rows)
    assert box.value == 0


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (torch.tensor(True), "True"),
        (torch.tensor(7), "7"),
        (torch.tensor(0.5 - 2j), "0.5 − 2 i"),
        (np.complex128(2j), "0 + 2 i"),
        (1j, "0 + 1 i"),
    ],
)
def test_single_numbers_are_shown_as_what_they_are(recorded, value, text):
    (box,), tensors, html = look(recorded, value)
    assert (box.value, tensors) == (text, ())
    assert text in words_of(html)


def look(recorded, value):
    node = recorded[0](Leaf(value, "a"))
    story = story_of(node)
    return story.nodes, story.tensors, mimebundle(node)["text/html"]
