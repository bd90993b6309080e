"""From the output of a graph to its story: which nodes are drawn, what they hold, and what was done to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from course_lib import recording
from course_lib.draw import nearest_nodes
from course_lib.draw.graph import MOST_DRAWN, is_ordered, operation
from course_lib.draw.lettering import text_width
from course_lib.graph import ComputationNode
from course_lib.stepper import naming
from course_lib.stepper.blocks import Block, blocks
from course_lib.stepper.passes import last_passes
from course_lib.stepper.story import Shown, Step, Story, StoryNode
from course_lib.stepper.telling import Teller
from course_lib.stepper.values import Showing

_LONGEST, _MOST_TOLD, _MOST_FLAT = 180, 1_000, 30


def story_of(output: ComputationNode, *, predict: bool = False) -> Story:
    """Tell what was recorded of the graph that ends in `output`."""
    nodes, omitted, repeated = _drawn(output)
    names = naming.names(nodes)
    place = {id(node): number for number, node in enumerate(nodes)}
    edges = tuple(
        (place[id(child)], target, slot)
        for target, node in enumerate(nodes)
        for slot, child in enumerate(node.input_nodes)
        if id(child) in place
    )
    showing = Showing()
    teller = Teller(nodes, names, {(target, slot): number for number, (_, target, slot) in enumerate(edges)}, showing)
    leaves = {number for number, node in enumerate(nodes) if not node.input_nodes}
    forward, backward = last_passes(recording.events(), place, leaves, len(nodes) - 1)
    teller.forward(forward)
    teller.backward(backward)
    boxes = [_box(node, name, place, teller, showing) for node, name in zip(nodes, names, strict=True)]
    steps = _with_the_end(teller, boxes, edges)
    boxes = _with_room(boxes, steps, edges)
    return Story(
        names[-1],
        tuple(boxes),
        edges,
        tuple(showing.tensors),
        tuple(replace(step, words=step.words[:_LONGEST]) for step in steps),
        _caption(omitted, teller),
        predict,
        repeated,
    )


def _drawn(output: ComputationNode) -> tuple[list[ComputationNode], int, tuple[Block, ...]]:
    """The nodes to be drawn, how many are left out, and which of those that are drawn are repeated blocks."""
    nodes, omitted = nearest_nodes(output, _MOST_TOLD)
    if not omitted and len(nodes) > _MOST_FLAT:
        repeated = blocks(nodes)
        boxes = len(nodes) - sum(len(block) * len(block[0]) - 1 for block in repeated)
        if repeated and boxes <= MOST_DRAWN:
            return nodes, omitted, repeated
    if not omitted and len(nodes) <= MOST_DRAWN:
        return nodes, omitted, ()
    return *nearest_nodes(output), ()


def _box(node: ComputationNode, name: str, place: dict[int, int], teller: Teller, showing: Showing) -> StoryNode:
    constant = getattr(node, "constant", False)
    result = getattr(node, "value", None) if node.result is None else node.result
    return StoryNode(
        name=name,
        given=bool(node.name),
        operation=operation(node),
        role="constant" if constant else "" if node.input_nodes else "leaf",
        formula=naming.formula(node),
        ordered=is_ordered(node),
        undrawn=sum(id(child) not in place for child in node.input_nodes),
        value=showing.now(result),
        gradient="" if constant else showing.now(node.gradient),
        room_value="",
        room_gradient="",
        fault=teller.faults.get(place[id(node)], "")[:_LONGEST],
    )


def _with_the_end(teller: Teller, boxes: Sequence[StoryNode], edges: Sequence[tuple[int, int, int]]) -> list[Step]:
    """The steps, and a last one if something is to be said of the whole, or if nodes hold something else by now."""
    gradients: dict[int, Shown] = {}
    for step in teller.steps:
        if step.kind in ("start", "send"):
            gradients[step.node] = step.gradient
        if step.after != "":
            gradients[_receiver(step, edges)] = step.after
    told = {step.words for step in teller.steps}
    words = [fault for fault in teller.faults.values() if fault not in told]
    if len(words) > 1:
        words = [words[0], f"({len(words) - 1} more {'is' if len(words) == 2 else 'are'} marked.)"]  # noqa: PLR2004
    if gradients and not teller.faults:
        other = [box.name for i, box in enumerate(boxes) if i in gradients and gradients[i] != box.gradient]
        unseen = [box.name for i, box in enumerate(boxes) if i not in gradients and box.gradient != ""]
        words += [f"Since then, the gradient of {', '.join(other[:3])} has changed."] if other else []
        words += [f"{', '.join(unseen[:3])} got a gradient without accumulate_gradient."] if unseen else []
    return [*teller.steps, Step("end", len(boxes) - 1, words=" ".join(words))] if words else teller.steps


def _receiver(step: Step, edges: Sequence[tuple[int, int, int]]) -> int:
    return edges[step.edge][0] if step.edge >= 0 else step.node


def _with_room(
    boxes: Sequence[StoryNode], steps: Sequence[Step], edges: Sequence[tuple[int, int, int]]
) -> list[StoryNode]:
    """The boxes, with the widest text that each of them will hold, if it is not what it holds in the end."""
    widest = [[shown if isinstance(shown, str) else "" for shown in (box.value, box.gradient)] for box in boxes]

    def widen(place: int, which: int, shown: Shown) -> None:
        if isinstance(shown, str) and text_width(shown, 1) > text_width(widest[place][which], 1):
            widest[place][which] = shown

    for step in steps:
        widen(step.node, 0, step.value)
        widen(step.node, 1, step.gradient)
        widen(_receiver(step, edges), 1, step.after)
    return [
        replace(box, room_value=v if v != box.value else "", room_gradient=g if g != box.gradient else "")
        for box, (v, g) in zip(boxes, widest, strict=True)
    ]


def _caption(omitted: int, teller: Teller) -> str:
    fault = next(iter(teller.faults.values()), "")
    more = f"… and {omitted:,} more node{'' if omitted == 1 else 's'}" if omitted else ""
    return fault or more
