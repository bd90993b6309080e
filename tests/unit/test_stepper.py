"""Stories: what a student's calls become, step by step, and how wrong visits are told."""

import pytest
import torch
from runs import (
    assigns,
    cosh,
    each_visit_sends_on,
    leaves_only_the_first,
    nearest_first,
    never_forgets,
    outputs_first,
    tanh,
)

from course_lib import Leaf, build_graph, recording
from course_lib.stepper.making import story_of


def lines(story):
    """The steps, by the names of their nodes."""
    name = [node.name for node in story.nodes]
    told = []
    for step in story.steps:
        to = name[story.edges[step.edge][0]] if step.edge >= 0 else ""
        told.append((step.kind, name[step.node], to, step.value or step.given or step.gradient, step.after))
    return told


def words(story):
    return [step.words for step in story.steps if step.words]


def test_cosh_is_told_call_by_call(recorded):
    forward, backward = recorded
    z = cosh()
    backward(forward(z))
    assert lines(story_of(z)) == [
        ("forward", "x", "", "0.6931", ""),
        ("forward", "v₁", "", "2", ""),
        ("forward", "v₂", "", "−0.6931", ""),
        ("forward", "v₃", "", "0.5", ""),
        ("forward", "z", "", "1.25", ""),
        ("start", "z", "", "1", ""),
        ("send", "z", "v₁", "0.5", "0.5"),
        ("send", "z", "v₃", "0.5", "0.5"),
        ("send", "v₃", "v₂", "0.25", "0.25"),
        ("send", "v₂", "x", "−0.25", "−0.25"),
        ("send", "v₁", "x", "1", "0.75"),
    ]
    assert story_of(z).steps[-1].terms == ("−0.25", "1")
    assert [step.local for step in story_of(z).steps[6:]] == ["0.5", "0.5", "0.5", "−1", "2"]
    assert words(story_of(z)) == []


def test_names_and_formulas_are_those_of_a_textbook(recorded):  # noqa: ARG001
    a, b = Leaf(1.0, "a"), Leaf(2.0, "b")
    story = story_of((a @ b + 2) ** -3 * a)
    assert [node.formula for node in story.nodes if node.role == ""] == [
        "{0} {1}",
        "{0} + {1}",
        "{0}^[−3]",
        "{0} · {1}",
    ]
    assert [node.name for node in story.nodes] == ["a", "b", "v₁", "2", "v₂", "v₃", "z"]
    assert story.steps == ()


def test_only_the_last_run_is_told(recorded):
    forward, backward = recorded
    z = cosh()
    for _ in range(3):
        backward(forward(z))
    backward(z)
    assert [step.kind for step in story_of(z).steps] == ["forward"] * 5 + ["start"] + ["send"] * 5


def test_another_graph_on_the_same_leaf_does_not_get_into_the_story(recorded):
    forward, backward = recorded
    z = cosh()
    backward(forward(z))
    before = lines(story_of(z))
    backward(forward(z.get("x") * 3))
    assert lines(story_of(z))[:-1] == before
    assert words(story_of(z)) == ["Since then, the gradient of x has changed."]


def test_after_a_new_forward_pass_the_old_backward_pass_is_not_told(recorded):
    forward, backward = recorded
    z = cosh()
    backward(forward(z))
    recording.mark_cell()
    forward(z)
    story = story_of(z)
    assert {step.kind for step in story.steps} == {"forward"}
    assert story.steps[0].gradient == "0.75"  # still there


WRONG = {
    each_visit_sends_on: [
        "Exp v₁ sends before all its consumers have sent to it: v₆ has not sent yet.",
        "Exp v₁ is visited twice: it sends all it has once more.",
    ],
    nearest_first: ["Exp v₁ sends before all its consumers have sent to it: v₆ has not sent yet."],
    leaves_only_the_first: ["Negate v₂ is never visited: it sends nothing. (4 more are marked.)"],
    assigns: ["x got a gradient without accumulate_gradient."],
}


@pytest.mark.parametrize("walk", WRONG, ids=lambda walk: walk.__name__)
def test_wrong_visits_are_seen(walk, recorded):
    z = tanh()
    recorded[0](z)
    walk(z)
    said = " ".join(words(story_of(z)))
    for sentence in WRONG[walk]:
        assert sentence in said


def test_marks_are_at_the_nodes_that_were_visited_wrongly(recorded):
    z = tanh()
    recorded[0](z)
    nearest_first(z)
    story = story_of(z)
    assert [node.name for node in story.nodes if node.fault] == ["v₁"]
    assert [story.nodes[step.blamed].name for step in story.steps if step.words] == ["v₁"]
    assert story.caption == story.nodes[1].fault


def test_what_was_not_forgotten_is_seen_where_it_is_added_to(recorded):
    z = cosh()
    recorded[0](z)
    never_forgets(z)
    never_forgets(z)
    story = story_of(z)
    assert words(story)[0] == "Exp v₁ still held 0.5 from before this pass."
    assert next(step for step in story.steps if step.words).terms == ("0.5", "0.5")


def test_values_that_are_computed_too_early_or_never_are_seen(recorded):
    z = cosh()
    recorded[0](z)
    recording.mark_cell()
    outputs_first(z)
    assert words(story_of(z))[0] == "Mean z is computed before v₁, v₃, which it depends on."
    fresh = cosh()
    for node in fresh.sorted_nodes()[:-1]:
        node.forward()
    assert "Mean z is never computed." in " ".join(words(story_of(fresh)))


def test_an_error_ends_the_story_where_it_was(recorded):  # noqa: ARG001
    z = cosh()
    with pytest.raises(Exception, match="not been computed"):
        z.forward()
    (step,) = [step for step in story_of(z).steps if step.kind != "end"]
    assert (step.kind, step.words) == ("raised", "An error ends the pass here.")


def test_a_sum_that_was_sent_but_never_added_is_seen(recorded):
    forward, _ = recorded
    z = cosh()
    forward(z)
    z.gradient = 1.0
    for node in reversed(z.sorted_nodes()):
        for child, gradient in list(zip(node.input_nodes, node.backward(), strict=True))[-1:]:
            child.accumulate_gradient(gradient) if node.input_nodes else None
            if child.gradient is None:
                child.gradient = 0.0
        for child in node.input_nodes:
            child.gradient = child.gradient or 0.0
    assert "Exp v₁ was sent a gradient that was never added to it." in " ".join(words(story_of(z)))


def test_a_walk_without_end_is_told_up_to_a_bound(recorded):
    forward, _ = recorded
    x = Leaf(1.0, "x")
    h = x
    for _ in range(12):
        h = h + h
    forward(h)
    each_visit_sends_on(h)
    story = story_of(h)
    assert len(story.steps) < 60 + 12 * 13 + 5
    assert "… and so on" in story.steps[-1].words or "… and so on" in story.steps[-2].words


def test_tensors_are_told_by_shape_and_entries(recorded):
    forward, backward = recorded
    w, x = Leaf(torch.tensor([[1.0, -2.0]]), "w"), Leaf(torch.tensor([[3.0], [4.0]]), "x")
    z = (w @ x).sum()
    backward(forward(z), one=torch.tensor(1.0))
    story = story_of(z)
    assert story.tensors[story.nodes[0].value].rows == ((1, -2),)
    assert [tensor.shape for tensor in story.tensors] == ["1×2", "2×1", "1×1", "1×1", "1×2", "2×1"]
    assert story.nodes[-1].value == "−5"


def test_gradients_that_are_graphs_are_told_too(recorded):
    forward, backward = recorded
    x = Leaf(2.0, "x")
    z = x * x
    forward(z)
    with build_graph():
        backward(z, one=Leaf(1.0))
    story = story_of(z)
    assert [step.kind for step in story.steps] == ["forward", "forward", "start", "send", "send"]
    assert story.steps[-1].given.startswith("node")
