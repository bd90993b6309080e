"""The output of a story: its size, its safety, and that a grader can make it anew from data alone."""

import base64
import json
import math
import re
import zlib
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
import torch
from drawings import image_of
from nbformat.v4 import new_code_cell, new_notebook, new_output
from runs import cosh, tanh

from autograder.cleaning import _MOST_STORIES, CleanPages
from course_lib import ComputationNode, Exp, Leaf, show
from course_lib.stepper.making import story_of
from course_lib.stepper.page import to_html
from course_lib.stepper.story import MIME, StoryError, from_json, to_json
from course_lib.stepper.views import closed, opened


def mimebundle(node):
    return node._repr_mimebundle_()


def unpacked(packed):
    return zlib.decompress(base64.b64decode(packed), wbits=-zlib.MAX_WBITS).decode()


def dense(count):
    """A graph of so many nodes with two inputs each, and no structure that repeats itself."""
    rows = [Leaf(0.1234567 * i, f"x{i}") for i in range(8)]
    while len(rows) < count:
        i = len(rows)
        a, b = rows[i - 1 - i * i % 5], rows[i - 8]
        rows.append(a * b if i % 3 else a + b)
    out = rows[-1]
    for node in rows[-8:-1]:
        out = out + node
    return out


@pytest.fixture
def run(recorded):
    forward, backward = recorded
    return lambda z, one=1.0: backward(forward(z), one=one)


def test_forty_nodes_take_less_than_60_kb(run):
    z = run(dense(33))
    assert len(z.sorted_nodes()) == 40
    bundle = mimebundle(z)
    assert set(bundle) == {"text/html", "text/plain", MIME}
    assert sum(len(text.encode()) for text in bundle.values()) < 60_000


def test_a_thousand_nodes_are_told_and_drawn(run):
    h = x = Leaf(0.5, "x")
    for _ in range(166):
        h = Exp(-h) * x + h * 0.25
    z = run(h)
    assert len(z.sorted_nodes()) == 1 + 6 * 166
    story = story_of(z)
    assert from_json(to_json(story)) == story
    assert len(closed(story).boxes) <= 10
    assert len(opened(story).boxes) <= 20
    assert len(to_html(story)) < 400_000


def test_a_graph_without_repeats_shows_what_is_nearest_to_the_output(run):
    story = story_of(run(dense(300)))
    assert (len(story.nodes), story.blocks) == (60, ())
    assert "more nodes" in story.caption


def test_the_picture_stands_in_the_page_and_the_script_needs_no_network(run):
    html = mimebundle(run(cosh()))["text/html"]
    drawing = image_of(html)
    for words in (">×2</text>", ">−0.25</text>", ">= −0.25 + 1</text>"):
        assert words in drawing
    assert html.count("<script>") == html.count("</script>") == 1
    (packed,) = re.findall(r'\("([^"]*)"\)</script>', html)
    script = html.replace(packed, "").split("<script>")[1] + unpacked(packed)
    assert "makes still" not in script.lower()  # comments stay at home
    assert not re.search(r"fetch|XMLHttp|https?://(?!www\.w3\.org/2000/svg)|@import|url\(|eval\(", script)


def test_two_pictures_of_one_run_are_the_same_and_of_two_runs_are_not(run):
    z = run(cosh())
    assert mimebundle(z) == mimebundle(z)
    names = [re.search(r'data-story="(\w+)"', mimebundle(node)["text/html"])[1] for node in (z, run(tanh()))]
    assert names[0] != names[1]


def test_without_a_recording_there_is_the_still_picture(engine):  # noqa: ARG001
    bundle = mimebundle(cosh())
    assert set(bundle) == {"text/html", "text/plain"}
    assert "<script" not in bundle["text/html"]


def test_a_graph_with_too_many_arrows_is_drawn_all_the_same(run):
    leaves = [Leaf(float(i), f"x{i}") for i in range(16)]

    class Many(ComputationNode):
        def forward(self):
            self.result = sum(self.input(i) for i in range(16))

        def backward(self):
            return [self.gradient] * 16

    layer = leaves
    for _ in range(2):
        layer = [Many(*layer[i:], *layer[:i]) for i in range(16)]
    bundle = mimebundle(run(Many(*layer)))
    assert "data:image/svg+xml" in bundle["text/html"]
    assert MIME not in bundle


@pytest.mark.parametrize(
    "value",
    [
        10**400, math.nan, True, Fraction(1, 3), np.float32(0.1), np.array(2.5), np.zeros((0, 3)), np.array([1j, 2]),
        torch.zeros(2, 3, device="meta"), torch.zeros((), device="meta"), torch.ones(4, dtype=torch.bool),
        np.array([math.inf, math.nan, 1.0]), np.zeros((2,) * 9), torch.tensor(2.0, requires_grad=True),
    ],
    ids=lambda value: f"{type(value).__name__} {value}"[:30],
)  # fmt: skip
def test_whatever_a_node_holds_it_is_drawn(value, recorded):  # noqa: ARG001
    x = Leaf(value, "x")
    x.forward()
    x.gradient = value
    bundle = mimebundle(x)
    assert "data:image/svg+xml" in bundle["text/html"]
    assert to_json(from_json(bundle[MIME])) == bundle[MIME]


def test_a_graph_with_a_circle_is_drawn(recorded):  # noqa: ARG001
    a, b = Exp(Leaf(1.0)), Exp(Leaf(1.0))
    a.input_nodes, b.input_nodes = [b], [a]
    assert "data:image/svg+xml" in mimebundle(a)["text/html"]


def test_a_terminal_gets_a_table(run, capsys):
    show(run(cosh()))
    assert capsys.readouterr().out.splitlines() == [
        "node   operation   inputs   value     gradient",
        "x      input                0.6931    0.75",
        "v₁     exp         x        2         0.5",
        "v₂     negate      x        −0.6931   0.25",
        "v₃     exp         v₂       0.5       0.5",
        "z      mean        v₁, v₃   1.25      1",
    ]


def test_names_of_students_cannot_leave_the_script(run):
    x = Leaf(1.0, "</script><script>alert(1)</script><!--\u2028")
    html = mimebundle(run(x * x))["text/html"]
    assert html.count("</script>") == 1
    assert "<!--" not in html
    assert "\u2028" not in html


# --- What comes back from a student's notebook ------------------------------------------------------------------------


def mutations(text):
    """The same story with one thing in it that does not belong there."""
    for part, wrong in [
        (0, 1), (0, "x" * 201), (0, None), (1, "x"), (1, []), (2, [[0, 99, 0]]), (2, [[0, 1, 0], [0, 1, 0]]),
        (2, [[0, 1]]), (2, [[0, 1, -1]]), (2, [[True, 1, 0]]), (3, [["1", 1, [["x"]]]]), (3, [["1", 1, [[0] * 9]]]),
        (3, [["1", -1, []]]), (3, [["1", 1, [[10**400]]]]),
        (3, [["1", 1, [[True]]]]), (4, [[0, 0]]), (4, [[9, 0, -1]]), (4, [[0, 99, -1]]), (4, [[0, 0, 99]]),
        (4, [[0, 0, -1, 5]]), (4, [[0, 0, -1, None]]), (4, {}), (5, 1), (6, "yes"), (7, [[[0]]]),
        (7, [[[0], [0], [1]]]), (7, [[[], [], []]]), (7, [[["0"], [1], [2]]]),
    ]:  # fmt: skip
        data = json.loads(text)
        data[part] = wrong
        yield json.dumps(data)
    for place, wrong in [(0, 1), (1, 1), (3, "root"), (6, -1), (7, 3), (7, None), (11, [])]:
        data = json.loads(text)
        data[1][0][place] = wrong
        yield json.dumps(data)
    yield from ["", "[]", "{}", "null", text[:-1], text.replace("[", "[1,", 1), "[" * 100_000, " " * 3_000_000, "[NaN]"]


def test_a_story_that_is_none_is_refused(run):
    good = to_json(story_of(run(cosh())))
    assert to_json(from_json(good)) == good
    for bad in [*mutations(good), None, 5, [], json.loads(good)]:
        with pytest.raises(StoryError):
            from_json(bad)


def test_a_story_that_is_too_much_to_draw_is_refused(run):
    story = story_of(run(cosh()))
    node = story.nodes[0]
    many = replace(story, nodes=(node,) * 121, steps=())
    with pytest.raises(StoryError):
        from_json(to_json(many))
    edges = tuple((0, 1 + i % 60, i // 60) for i in range(251))
    with pytest.raises(StoryError):
        to_html(replace(story, nodes=(node,) * 100, edges=edges))


def cleaned(**data):
    """Return what a page shows of an output."""
    return all_cleaned(data)[0]


def all_cleaned(*bundles):
    """Return what a page shows of a cell's outputs."""
    cell = new_code_cell(outputs=[new_output("display_data", data, metadata={}) for data in bundles])
    book, _ = CleanPages().preprocess(new_notebook(cells=[cell]), {})
    return [output.data for output in book.cells[0].outputs]


def test_a_grader_makes_the_picture_anew_and_never_shows_the_students_html(run):
    bundle = mimebundle(run(tanh(), 1.0))
    forged = {"text/html": "<script>steal()</script><b>mine</b>", MIME: bundle[MIME]}
    assert cleaned(**forged)["text/html"] == bundle["text/html"]
    assert cleaned(**{**forged, MIME: bundle[MIME][:-1]})["text/html"] == "<b>mine</b>"


def test_a_grader_lays_out_so_many_pictures_of_a_notebook_and_no_more(run):
    bundle = mimebundle(run(cosh(), 1.0))
    forged = {"text/html": "<b>mine</b>", MIME: bundle[MIME]}
    shown = all_cleaned(*[forged] * (_MOST_STORIES + 2))
    assert [data["text/html"] == bundle["text/html"] for data in shown] == [True] * _MOST_STORIES + [False] * 2


def test_stories_of_tensors_and_blocks_come_back_as_they_were(run):
    h = Leaf(torch.ones(2, 3), "h")
    for i in range(8):
        h = (Leaf(torch.eye(2), f"W{i}") @ h).exp() + h * 0.5
    story = story_of(run(h.sum(), torch.tensor(1.0)))
    assert story.blocks
    assert from_json(to_json(story)) == story
    assert to_html(from_json(to_json(story))) == to_html(story)
