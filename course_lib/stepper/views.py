"""Which boxes and arrows a story is drawn with: each repeated block as one box, or opened."""

from __future__ import annotations

from dataclasses import dataclass

from course_lib.draw import Diagram, DiagramEdge, DiagramNode
from course_lib.draw.diagram import Entries
from course_lib.stepper.story import Shown, Step, Story

# All repetitions are opened up to so many boxes; beyond that, only the first of each block.
_MOST_OPENED = 40
_MOST_BOXES = 120
_MOST_SIGNS = 4


@dataclass(frozen=True)
class View:
    """A way to draw a story.

    Attributes:
        boxes: the places of the nodes in each box; more than one are a closed block.
        arrows: the places of the edges in each arrow.
        repeats: how often the structure in each box is repeated; 0 for a single node.
    """

    boxes: tuple[tuple[int, ...], ...]
    arrows: tuple[tuple[int, ...], ...]
    repeats: tuple[int, ...]


def closed(story: Story) -> View:
    """Each block is one box."""
    return _view(story, story.blocks)


def opened(story: Story) -> View:
    """All blocks are open, or, if that were too much, the first repetition of each."""
    if len(story.nodes) <= _MOST_OPENED:
        return _view(story, ())
    view = _view(story, tuple(block[1:] for block in story.blocks))
    return view if len(view.boxes) <= _MOST_BOXES else closed(story)


def _view(story: Story, blocks: tuple[tuple[tuple[int, ...], ...], ...]) -> View:
    inside = {place: number for number, block in enumerate(blocks) for repetition in block for place in repetition}
    boxes: list[tuple[int, ...]] = []
    repeats: list[int] = []
    box_of: dict[int, int] = {}
    for place in range(len(story.nodes)):
        if place in box_of:
            continue
        block = blocks[inside[place]] if place in inside else ()
        members = tuple(member for repetition in block for member in repetition) or (place,)
        box_of.update(dict.fromkeys(members, len(boxes)))
        boxes.append(members)
        repeats.append(len(block))
    arrows: dict[tuple[int, ...], list[int]] = {}
    for number, (source, target, _) in enumerate(story.edges):
        ends = box_of[source], box_of[target]
        if ends[0] != ends[1]:
            single = repeats[ends[0]] == repeats[ends[1]] == 0
            arrows.setdefault((*ends, number) if single else ends, []).append(number)
    ordered = sorted(arrows.values(), key=lambda edges: (box_of[story.edges[edges[0]][1]], story.edges[edges[0]][2]))
    return View(tuple(boxes), tuple(map(tuple, ordered)), tuple(repeats))


def to_diagram(story: Story, view: View) -> Diagram:
    """What the still picture shows: how it ended, with what came back along each edge."""
    sent: dict[int, Step] = {step.edge: step for step in story.steps if step.edge >= 0}
    sums: dict[int, tuple[str, ...]] = {
        story.edges[step.edge][0] if step.edge >= 0 else step.node: step.terms
        for step in story.steps
        if step.after != ""
    }
    nodes = tuple(
        _block(story, members, number, repeats)
        if repeats
        else _node(story, members[0], number, to_sum(sums.get(members[0], ())))
        for number, (members, repeats) in enumerate(zip(view.boxes, view.repeats, strict=True))
    )
    box_of = {place: number for number, members in enumerate(view.boxes) for place in members}
    edges = []
    slots: dict[int, int] = {}
    for arrow in view.arrows:
        source, target, _ = story.edges[arrow[0]]
        step = sent.get(arrow[0]) if len(arrow) == 1 else None
        slots[box_of[target]] = slot = slots.get(box_of[target], -1) + 1
        label = f"×{step.local}" if step and step.local else ""
        words = _text(story, step.given) if step else ""
        edges.append(DiagramEdge(f"n{box_of[source]}", f"n{box_of[target]}", slot, label, words))
    return Diagram(nodes, tuple(edges), story.caption)


def to_sum(terms: tuple[str, ...]) -> str:
    """Terms as a sum: `= −0.25 + 1`."""
    if not terms:
        return ""
    rest = "".join(f" − {term[1:]}" if term.startswith("−") else f" + {term}" for term in terms[1:])
    return f"= {terms[0]}{rest}"


def _node(story: Story, place: int, number: int, note: str) -> DiagramNode:
    node = story.nodes[place]
    if node.role == "constant":
        return DiagramNode(f"n{number}", "", "", _text(story, node.value), mark="constant")
    value_map, gradient_map = (_entries(story, shown) for shown in (node.value, node.gradient))
    return DiagramNode(
        f"n{number}",
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


def _block(story: Story, members: tuple[int, ...], number: int, repeats: int) -> DiagramNode:
    nodes = [story.nodes[place] for place in members]
    inner = [node for node in nodes[: len(nodes) // repeats] if node.role == ""]
    signs = list(dict.fromkeys(node.operation for node in inner))
    told = [node for node in nodes if node.role != "constant"]
    all_of = f"{len(told)} of {len(told)}"
    return DiagramNode(
        f"n{number}",
        f"×{repeats}",
        " ".join(signs[:_MOST_SIGNS]) + ("…" if len(signs) > _MOST_SIGNS else ""),
        value=f"{sum(node.value != '' for node in told)} of {len(told)}",
        gradient=f"{count} of {len(told)}" if (count := sum(node.gradient != "" for node in told)) else "",
        mark="warned" if any(node.fault for node in nodes) else "",
        room=(all_of, all_of if any(node.gradient != "" or node.room_gradient for node in told) else ""),
        stacked=True,
    )


def _text(story: Story, shown: Shown) -> str:
    return shown if isinstance(shown, str) else story.tensors[shown].shape


def _entries(story: Story, shown: Shown) -> Entries:
    return () if isinstance(shown, str) else story.tensors[shown].rows
