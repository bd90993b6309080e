"""What Jupyter shows for a node: its graph, stepping through the student's run if one was recorded."""

from __future__ import annotations

from course_lib import recording, report
from course_lib.graph import ComputationNode
from course_lib.stepper.making import story_of
from course_lib.stepper.page import to_html, to_still
from course_lib.stepper.story import MIME, Story, StoryError, to_json


def show(node: ComputationNode, *, predict: bool) -> None:
    """Show the graph that ends in a node in the cell's output; or print it as a table where there is no notebook."""
    report.show(_Picture(story_of(node, predict=predict)))


def mimebundle(node: ComputationNode) -> dict[str, str]:
    """The forms of a node's output: the picture, its tree as text, and the story for whoever makes the picture anew."""
    return {**_bundle(story_of(node)), "text/plain": repr(node)}


def _bundle(story: Story) -> dict[str, str]:
    # JSON as text, since a notebook file gives every entry of a list a line of its own.
    try:
        html, data = to_html(story), {MIME: to_json(story)} if story.steps else {}
    except StoryError:  # too many arrows
        html, data = to_still(story), {}
    return {"text/html": html, "text/plain": table(story), **data}


class _Picture:
    """A story that Jupyter shows as a picture, and a terminal as a table."""

    def __init__(self, story: Story) -> None:
        self._story = story

    def __repr__(self) -> str:
        return table(self._story)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:  # noqa: ARG002
        return _bundle(self._story)


def table(story: Story) -> str:
    """The story as a table for terminals: what each node is, what it holds, and what was wrong with its visits."""
    header = ("node", "operation", "inputs", "value", "gradient", "")
    rows = []
    for place, node in enumerate(story.nodes):
        if node.role == "constant":
            continue
        inputs = sorted((slot, story.nodes[source].name) for source, target, slot in story.edges if target == place)
        value, gradient = (
            shown if isinstance(shown, str) else f"tensor {story.tensors[shown].shape}"
            for shown in (node.value, node.gradient)
        )
        remark = f"! {node.fault}" if node.fault else ""
        rows.append((node.name, node.operation, ", ".join(name for _, name in inputs), value, gradient, remark))
    lines = repr(report.Table(header, rows, rows)).splitlines()
    if not story.steps and not recording.is_on():
        lines.append("(No steps were recorded: course_lib.setup() switches that on.)")
    return "\n".join([*lines, *([story.caption] if story.caption else [])])
