"""What is recorded of a student's calls: in order, with the values of that moment, and never in anybody's way."""

import gc
import weakref

import numpy as np
import pytest
import torch
from runs import cosh

from course_lib import ComputationNode, Exp, Leaf, Negate, recording
from course_lib.trace import Trace, watching


def kinds():
    return [event and event.kind for event in recording.events()]


def test_calls_are_recorded_in_order_with_their_values(recorded):
    forward, backward = recorded
    z = cosh()
    forward(z)
    backward(z)
    calls = [(event.node().title, event.kind, event.given, event.gradient) for event in recording.events()[5:9]]
    assert calls == [
        ("Mean", "backward", [0.5, 0.5], 1.0),
        ("Exp", "accumulate_gradient", 0.5, 0.5),
        ("Exp", "accumulate_gradient", 0.5, 0.5),
        ("Exp", "backward", [0.25], 0.5),
    ]
    assert [event.result for event in recording.events()[:2]] == [z.get("x").result, 2.0]


def test_a_call_to_the_class_above_is_the_same_call(recorded):  # noqa: ARG001
    class Louder(Negate):
        def forward(self):
            super().forward()
            self.result *= 2

    node = Louder(Leaf(1.0))
    node.input_nodes[0].forward()
    node.forward()
    assert kinds() == ["forward", "forward"]
    assert recording.events()[-1].result == -2.0


def test_a_class_that_is_defined_again_is_recorded_too(recorded):  # noqa: ARG001
    for _ in range(2):

        class Twice(ComputationNode):
            def forward(self):
                self.result = 2 * self.input(0)

        x = Leaf(1.0)
        x.forward()
        Twice(x).forward()
    assert kinds() == ["forward"] * 4


def test_a_call_that_fails_is_recorded_as_such(recorded):  # noqa: ARG001
    x = Leaf(1.0)
    x.forward()
    node = Negate(x)
    with pytest.raises(Exception, match="before forward"):
        node.backward()
    node.forward()
    assert [event.state for event in recording.events()] == ["done", "raised", "done"]


@pytest.mark.parametrize("make", [np.array, torch.tensor])
def test_a_tensor_that_changes_later_is_remembered_as_it_was(recorded, make):  # noqa: ARG001
    node = Leaf(make([[1.0, 2.0], [3.0, 4.0]]))
    node.forward()
    node.result *= 0
    assert recording.events()[0].result.entries.tolist() == [[1.0, 2.0], [3.0, 4.0]]


def test_of_a_large_tensor_a_few_entries_are_kept(recorded):  # noqa: ARG001
    Leaf(torch.arange(100.0 * 90 * 3).reshape(3, 100, 90)).forward()
    kept = recording.events()[0].result
    assert kept.shape == (3, 100, 90)
    assert kept.entries.shape[0] <= 8 >= kept.entries.shape[1]


def test_whatever_a_mistake_leaves_behind_is_remembered_by_its_type(recorded):  # noqa: ARG001
    class Odd(ComputationNode):
        def forward(self):
            self.result = [1, 2]

    Odd().forward()
    assert recording.events()[0].result == "list"


def test_nodes_are_not_kept_alive(recorded):  # noqa: ARG001
    node = Leaf(1.0)
    node.forward()
    gone = weakref.ref(node)
    del node
    gc.collect()
    assert gone() is None
    assert recording.events()[0].node() is None


def test_only_the_last_calls_are_kept(recorded):  # noqa: ARG001
    node = Leaf(1.0)
    for _ in range(recording.MOST_EVENTS + 10):
        node.forward()
    assert len(recording.events()) == recording.MOST_EVENTS


def test_while_recording_pauses_and_while_others_watch_nothing_is_recorded(recorded):  # noqa: ARG001
    node = Leaf(1.0)
    with recording.paused():
        node.forward()
        assert not recording.is_on()
    with watching([node], Trace()):
        node.forward()
    assert kinds() == []
    node.forward()
    assert kinds() == ["forward"]


def test_when_it_stops_every_class_is_as_before():
    before = {cls: dict(vars(cls)) for cls in (ComputationNode, Leaf, Exp)}
    recording.start()
    assert vars(Exp)["forward"] is not before[Exp]["forward"]
    recording.start()
    recording.stop()
    assert {cls: dict(vars(cls)) for cls in before} == before
    Leaf(1.0).forward()
    assert recording.events() == []


def test_setup_switches_it_on():
    from course_lib import setup

    try:
        setup()
        assert recording.is_on()
    finally:
        recording.stop()
