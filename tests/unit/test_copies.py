"""Pictures, prints and counts take from a GPU what they show and no more.

A GPU is not needed for that: `Far` says that it is on one, and counts the entries that leave it.
"""

import pytest
import torch
from far_tensor import Far, FarMps, far, leaving
from runs import assigns

from course_lib import ComputationNode, Leaf, count, debug, draw, recording, tree
from course_lib.counting import Counted, running
from course_lib.debugger import Finding
from course_lib.draw import short
from course_lib.errors import GraphError
from course_lib.stepper import display
from course_lib.stepper.making import story_of

SIZE = 1024
LARGE = torch.linspace(-1, 1, SIZE * SIZE).reshape(SIZE, SIZE)


def graph(entries, kind=Far):
    """A graph of tensors whose output is a number."""
    a, b = Leaf(far(entries, kind), "a"), Leaf(far(entries * 2, kind), "b")
    z = (a * b + a).sum()
    z.name = "z"
    return z


@pytest.fixture
def ran(recorded):
    """Make a graph far away, and run both passes over it."""

    def make(entries, kind=Far):
        z = graph(entries, kind)
        recorded[1](recorded[0](z), one=far(1.0, kind))
        return z

    return make


# --- How many entries are shown ---------------------------------------------------------------------------------------


def in_texts(texts):
    """A number is one; a tensor that is told by its shape is none."""
    return sum(text != "" and not text.startswith("tensor ") for text in texts)


def in_diagram(z):
    return in_texts(text for node in draw.diagram_of(z).nodes for text in (node.value, node.gradient))


def in_story(z):
    """Each value of each box and each step, a tensor as far as it is drawn."""
    story = story_of(z)
    shown = [value for node in story.nodes for value in (node.value, node.gradient)]
    shown += [value for step in story.steps for value in (step.value, step.gradient, step.given, step.after)]
    maps = [sum(map(len, story.tensors[value].rows)) for value in shown if isinstance(value, int)]
    assert max(maps) == 8 * 8
    return sum(maps) + in_texts(value for value in shown if isinstance(value, str))


def in_tree(z):
    """Each result and gradient in the text, one after each equals sign."""
    return in_texts(repr(z).replace(" gradient=", " result=").split(" result=")[1:])


def in_output(z):
    return in_story(z) + in_tree(z)


# --- Nothing more leaves ----------------------------------------------------------------------------------------------


class ReadWhole:
    """A mistake: entries of which all are copied, and then a few are kept."""

    def __init__(self, value):
        self.value = value

    def tolist(self):
        return self.value.cpu()[(slice(None, None, SIZE // 8),) * self.value.dim()].tolist()


def corners_of_all(patch):
    patch.setattr(recording, "_corner", lambda value: recording.Corner(tuple(value.shape), ReadWhole(value)))


def shape_by_reading(patch):
    patch.setattr(short, "shape", lambda value: "×".join(map(str, value.cpu().shape)))


def prints_all(patch):
    patch.setattr(tree, "MOST_ENTRIES", SIZE * SIZE)


def counts_by_reading(patch):
    patch.setattr(running, "_shape_alone", lambda value: value if value is None else Counted(*value.cpu().shape))


def draws(z):
    draw.mimebundle(draw.diagram_of(z), text="")


def marks(z):
    Finding("rule", "here", z, output=z)._repr_mimebundle_()


def shows(z):
    display.show(z, predict=True)


# What is done, how many entries that shows, and a mistake that would copy more.
SHOWN = [
    (draws, in_diagram, shape_by_reading),
    (marks, in_diagram, shape_by_reading),
    (shows, in_story, corners_of_all),
    (ComputationNode._repr_mimebundle_, in_output, corners_of_all),
    (ComputationNode._repr_mimebundle_, in_output, prints_all),
    (repr, in_tree, prints_all),
]


def taken_and_shown(z, action, shown):
    with leaving() as left:
        action(z)
        taken = sum(left)
    return taken, shown(z)


@pytest.mark.parametrize(("action", "shown", "mistake"), SHOWN)
def test_what_is_copied_is_what_is_shown(ran, monkeypatch, capsys, action, shown, mistake):  # noqa: ARG001
    taken, there = taken_and_shown(ran(LARGE), action, shown)
    assert 0 < taken <= there < SIZE * SIZE
    mistake(monkeypatch)
    assert taken_and_shown(ran(LARGE), action, lambda _: 0)[0] > there


def test_a_run_copies_nothing_while_it_is_recorded(ran, monkeypatch):
    with leaving() as left:
        ran(LARGE)
        assert left == []
        monkeypatch.setattr(recording, "_corner", lambda value: value.cpu())
        ran(LARGE)
        assert sum(left) > SIZE * SIZE


@pytest.mark.parametrize("form", [repr, lambda found: found._repr_mimebundle_()])
def test_a_count_copies_nothing(recorded, monkeypatch, form):
    z = graph(LARGE)
    with leaving() as left:
        found = count(z, *recorded)
        form(found)
        assert left == []
        assert found.forward.multiplications == SIZE * SIZE
        counts_by_reading(monkeypatch)
        assert count(z, *recorded).forward == found.forward
        assert sum(left) > SIZE * SIZE


def test_the_words_of_a_refused_count_hold_the_shape_alone(recorded):
    def starts_from_its_own(z, one):  # noqa: ARG001
        z.gradient = far(LARGE)

    with leaving() as left, pytest.raises(Exception, match="the gradient tensor 1024×1024"):
        count(graph(LARGE), recorded[0], starts_from_its_own)
    assert left == []


def test_what_was_kept_is_copied_once_and_little_is_kept(ran):
    ran(LARGE)
    kept = recording.events()[0].result
    assert kept.entries.numel() == kept.entries.untyped_storage().size() / 4 == 8 * 8
    with leaving() as left:
        assert kept.on_host == kept.on_host
        assert left == [8 * 8]


# --- And it is the same -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [Far, FarMps])
def test_everything_shows_the_same_wherever_tensors_are(ran, recorded, kind):
    entries = torch.tensor([[1.0, -2.0, 0.5], [3.0, 4.0, -1.0]])
    away = ran(entries, kind)
    there = display.mimebundle(away)
    a, b = Leaf(entries, "a"), Leaf(entries * 2, "b")
    z = (a * b + a).sum()
    z.name = "z"
    recorded[1](recorded[0](z), one=torch.tensor(1.0))
    here = display.mimebundle(z)
    assert here.keys() == there.keys()
    assert all(here[form] == there[form] for form in here if form != "text/plain")
    assert here["text/plain"] == there["text/plain"].replace(f", device='{kind.place}'", "")
    assert there["text/plain"].count(str(kind.place)) == 2 * 5
    assert repr(count(z, *recorded)) == repr(count(away, *recorded))


@pytest.mark.parametrize("kind", [Far, FarMps])
def test_the_debugger_finds_the_same_wherever_tensors_are(recorded, kind):
    found = []
    for make in (lambda entries: far(entries, kind), torch.tensor):
        a = Leaf(make([[1.0, -2.0], [0.5, 3.0]]), "a")
        z = (a * a + a).sum()
        recorded[0](z)
        assigns(z, one=make(1.0))
        found.append(debug(z, assigns))
    assert found[0].kind == "combination"
    assert [finding.words for finding in found] == [found[1].words] * 2
    assert found[0].equation == found[1].equation


@pytest.mark.parametrize("kind", [Far, FarMps])
def test_what_a_node_keeps_goes_with_it_where_the_debugger_computes(recorded, own_registry, kind):  # noqa: ARG001
    class Dropout(ComputationNode):
        def __init__(self, x, kept):
            super().__init__(x)
            self.kept = kept

        def forward(self):
            self.result = self.input(0) * self.kept

        def backward(self):
            return [self.gradient * self.kept]

    x = Leaf(far([[1.0, -2.0], [0.5, 3.0]], kind), "x")
    z = Dropout(x, far([[True, False], [True, True]], kind)).sum()
    recorded[1](recorded[0](z), one=far(1.0, kind))
    finding = debug(z, recorded[1])
    assert finding.right
    assert "to tell" not in finding.words  # nothing was left open


@pytest.mark.parametrize("value", [1 + 2j, torch.tensor(1 + 2j), torch.tensor([1 + 2j])])
def test_the_debugger_does_not_look_at_half_of_a_complex_number(recorded, value):
    z = 3 * Leaf(1.0, "x") * value
    recorded[1](recorded[0](z), one=1 + 0 * value)
    with pytest.raises(GraphError, match=r"(number|tensor) .* is complex"):
        debug(z)
