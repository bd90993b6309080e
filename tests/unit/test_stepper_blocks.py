"""Repeated structure is found where it is, and nowhere else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib import Exp, Leaf, Mean, Negate
from course_lib.draw import nearest_nodes
from course_lib.stepper.blocks import blocks
from course_lib.stepper.making import story_of
from course_lib.stepper.views import closed, opened


def found(output):
    """How often what is repeated, as the kinds of the nodes."""
    nodes = nearest_nodes(output, 1000)[0]
    return [(len(block), [type(nodes[i]).__name__ for i in block[0]]) for block in blocks(nodes)]


def test_the_layers_of_a_network(engine):  # noqa: ARG001
    h = Leaf(1.0, "x")
    for i in range(7):
        h = Exp(Leaf(1.0, f"w{i}") * h + Leaf(1.0, f"b{i}"))
    ((times, kinds),) = found(h)
    assert times in (6, 7)
    assert sorted(kinds) == ["Add", "Exp", "Leaf", "Leaf", "Mul"]


def test_the_steps_of_a_loop_that_shares_its_weights(engine):  # noqa: ARG001
    w, h = Leaf(1.0, "w"), Leaf(0.0, "h")
    for i in range(9):
        h = Exp(w * h + Leaf(1.0, f"x{i}"))
    assert found(h) == [(9, ["Mul", "Leaf", "Add", "Exp"])]


def test_two_things_that_repeat_are_two_blocks():
    h = Leaf(1.0, "x")
    for _ in range(8):
        h = Exp(h)
    for _ in range(5):
        h = Mean(Negate(h), h)
    assert found(h) == [(8, ["Exp"]), (5, ["Negate", "Mean"])]


@pytest.mark.parametrize("count", [1, 2])
def test_what_happens_twice_is_no_repetition(count):
    h = Leaf(1.0, "x")
    for _ in range(count):
        h = Mean(Exp(Negate(Exp(Negate(Exp(h))))), h)
    assert all(len(kinds) < 6 for _, kinds in found(h))


def test_what_is_wired_differently_each_time_is_no_repetition():
    nodes = [Leaf(1.0, "x")]
    for i in range(12):
        nodes.append(Mean(nodes[-1], nodes[i // 2]))
    assert found(nodes[-1]) == []


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 6), st.integers(0, 6)), min_size=1, max_size=60))
def test_closed_blocks_leave_a_graph_without_circles(choices):
    nodes = [Leaf(1.0, "x")]
    for kind, back, further in choices:
        a, b = nodes[max(0, len(nodes) - 1 - back)], nodes[max(0, len(nodes) - 1 - further)]
        nodes.append(Mean(a, b) if kind == 2 else [Exp, Negate][kind](a))
    story = story_of(nodes[-1])
    for view in (closed(story), opened(story)):
        assert sorted(place for members in view.boxes for place in members) == list(range(len(story.nodes)))
        box = {place: number for number, members in enumerate(view.boxes) for place in members}
        after = {number: set() for number in range(len(view.boxes))}
        for arrow in view.arrows:
            source, target, _ = story.edges[arrow[0]]
            after[box[source]].add(box[target])
        done = set()
        while ready := [number for number in after if number not in done and after[number] <= done]:
            done.update(ready)
        assert len(done) == len(after)
