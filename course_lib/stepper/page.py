"""A story as a cell's output: a still picture of how it ended, and a script that makes the picture step through it.

The picture is an `<img>`, as all pictures of the course are: it is there without scripts, in an untrusted notebook, in
print. Where scripts run, ours takes the drawing out of the image and puts it, with controls around it, into a shadow
root of its own, so that neither the page's style sheet nor another picture can disturb it.
"""

from __future__ import annotations

import hashlib
import json
import re
from functools import cache
from importlib.resources import files

from course_lib.draw import Diagram, DiagramEdge, DiagramNode, layout, still
from course_lib.draw.diagram import Entries
from course_lib.stepper.story import Shown, Step, Story, StoryNode, to_json


def to_html(story: Story) -> str:
    """The story as an HTML fragment that needs nothing else."""
    diagram = to_diagram(story)
    picture = still(diagram, layout(diagram))
    if not story.steps:
        return picture
    data = to_json(story).replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    name = hashlib.sha256(data.encode()).hexdigest()[:12]
    script = f'{_packed("stepper.js")}("{name}",{json.dumps(_packed("stepper.css"))},{data})'
    return f'<div class="backprop-steps" data-story="{name}">{picture}</div><script>{script}</script>'


def to_diagram(story: Story) -> Diagram:
    """What the still picture shows: how it ended, with what came back along each edge."""
    sent: dict[int, Step] = {step.edge: step for step in story.steps if step.edge >= 0}
    sums: dict[int, tuple[str, ...]] = {
        story.edges[step.edge][0] if step.edge >= 0 else step.node: step.terms
        for step in story.steps
        if step.after != ""
    }
    nodes = tuple(
        _node(story, node, f"n{place}", to_sum(sums.get(place, ()))) for place, node in enumerate(story.nodes)
    )
    edges = tuple(
        DiagramEdge(
            f"n{source}",
            f"n{target}",
            slot,
            label=f"×{sent[place].local}" if place in sent and sent[place].local else "",
            sent=_text(story, sent[place].given) if place in sent else "",
        )
        for place, (source, target, slot) in enumerate(story.edges)
    )
    return Diagram(nodes, edges, story.caption)


def to_sum(terms: tuple[str, ...]) -> str:
    """Terms as a sum: `= −0.25 + 1`."""
    if not terms:
        return ""
    rest = "".join(f" − {term[1:]}" if term.startswith("−") else f" + {term}" for term in terms[1:])
    return f"= {terms[0]}{rest}"


def _node(story: Story, node: StoryNode, key: str, note: str) -> DiagramNode:
    if node.role == "constant":
        return DiagramNode(key, "", "", _text(story, node.value), mark="constant")
    value_map, gradient_map = (_entries(story, shown) for shown in (node.value, node.gradient))
    return DiagramNode(
        key,
        node.name,
        node.operation,
        value="" if value_map else _text(story, node.value),
        gradient="" if gradient_map else _text(story, node.gradient),
        shape=_text(story, node.value) if value_map else "",
        mark="warned" if node.fault else "",
        ordered=node.ordered,
        undrawn_inputs=node.undrawn,
        numbered=not node.given,
        value_map=value_map,
        gradient_map=gradient_map,
        room=(node.room_value, node.room_gradient),
        note=note,
    )


def _text(story: Story, shown: Shown) -> str:
    return shown if isinstance(shown, str) else story.tensors[shown].shape


def _entries(story: Story, shown: Shown) -> Entries:
    return () if isinstance(shown, str) else story.tensors[shown].rows


@cache
def _packed(name: str) -> str:
    """One of our two files without what only its readers need: comments on lines of their own, and indentation."""
    text = (files("course_lib.stepper") / name).read_text(encoding="utf-8")
    text = re.sub(r"^\s*(//.*|/\*.*\*/)$", "", text, flags=re.MULTILINE)
    return "\n".join(line.strip() for line in text.strip().splitlines() if line.strip())
