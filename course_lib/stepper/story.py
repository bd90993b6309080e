"""What the stepper shows, as plain data: a graph, and what happened to it step by step.

A story is made from a student's run, travels as JSON in the cell's output, and may come back from there: a grader makes
the picture of a feedback page anew from it. So `from_json` believes nothing: it refuses whatever has not the right
types, sizes and indices.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import astuple, dataclass
from typing import Any, Literal, get_args

MIME = "application/vnd.backprop-course.steps+json"

# How a value is shown: by a text, or by the tensor of that number.
Shown = str | int
Role = Literal["", "leaf", "constant"]
StepKind = Literal["forward", "start", "send", "add", "raised", "end"]

_MOST_LETTERS, _MOST_STEPS, _MOST_TENSORS, _MOST_BYTES = 200, 5_000, 8_000, 2_000_000
_MOST_NODES, _MOST_EDGES, _MOST_BOXES, _MOST_BLOCKS = 1_000, 4_000, 120, 50
_MOST_CELLS, _MOST_TERMS, _MOST_SLOTS = 8, 8, 64
_LARGEST, _LEAST_REPEATS = 10**15, 3


class StoryError(ValueError):
    """It is not a story."""


@dataclass(frozen=True)
class StoryNode:
    """A node of the picture.

    Attributes:
        name: what it is called.
        given: whether that name is the student's, rather than a number of ours.
        operation: how it is made, as a word or sign.
        role: whether it is a leaf or a constant.
        formula: its value in terms of its inputs; `^{…}` is a superscript.
        ordered: whether it matters which input comes first.
        undrawn: how many of its inputs are not drawn.
        value: what it holds now.
        gradient: its gradient now.
        room_value: the widest value that it held, if that is another.
        room_gradient: the widest gradient that it held, if that is another.
        fault: what was wrong with the visits to it.
    """

    name: str
    given: bool
    operation: str
    role: Role
    formula: str
    ordered: bool
    undrawn: int
    value: Shown
    gradient: Shown
    room_value: str
    room_gradient: str
    fault: str


@dataclass(frozen=True)
class StoryTensor:
    """A tensor as a small map of its entries.

    Attributes:
        shape: such as `2×3`.
        count: how many entries it has in all.
        rows: some of them, evenly spread over the last two axes; None for one that is not finite.
    """

    shape: str
    count: int
    rows: tuple[tuple[float | None, ...], ...]


@dataclass(frozen=True)
class Step:
    """One thing that happened.

    Attributes:
        kind: a node computes its value, the output gets the gradient to start from, a node sends to an input along an
            edge, a node adds to its gradient what nobody has seen sent, a call raises an error, or the end.
        node: the place of the node that was called.
        edge: the place of the edge along which something was sent, or −1.
        value: the node's value, for a forward step.
        gradient: the gradient that the node had.
        given: what was sent or added.
        local: the local derivative along the edge, as far as it is known.
        after: the receiver's gradient afterwards; nothing if it did not add.
        terms: what the receiver's gradient is the sum of.
        words: what is to be noticed.
        blamed: the place of the node that this is about, or −1.
    """

    kind: StepKind
    node: int
    edge: int = -1
    value: Shown = ""
    gradient: Shown = ""
    given: Shown = ""
    local: str = ""
    after: Shown = ""
    terms: tuple[str, ...] = ()
    words: str = ""
    blamed: int = -1


@dataclass(frozen=True)
class Story:
    """A graph and what happened to it.

    Attributes:
        output: what the graph computes, by name.
        nodes: the boxes, inputs first.
        edges: source, target and slot of each arrow, by place.
        tensors: the tensors that values refer to.
        steps: what happened, in order.
        caption: a line below the picture.
        predict: whether the picture asks to predict each step before it is shown.
        blocks: repeated structure: for each block its repetitions, and for each of these the places of its nodes.
    """

    output: str
    nodes: tuple[StoryNode, ...]
    edges: tuple[tuple[int, int, int], ...]
    tensors: tuple[StoryTensor, ...]
    steps: tuple[Step, ...]
    caption: str = ""
    predict: bool = False
    blocks: tuple[tuple[tuple[int, ...], ...], ...] = ()


def to_json(story: Story) -> str:
    """Return a story as compact JSON: lists, without what is empty at their ends."""
    data = [
        story.output,
        [astuple(node) for node in story.nodes],
        story.edges,
        [astuple(tensor) for tensor in story.tensors],
        [_trimmed([get_args(StepKind).index(step.kind), *astuple(step)[1:]]) for step in story.steps],
        story.caption,
        story.predict,
        story.blocks,
    ]
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def _trimmed(fields: list[Any]) -> list[Any]:
    while fields[-1] in ("", (), -1) and len(fields) > 3:  # noqa: PLR2004 - kind, node and edge stay
        fields.pop()
    return fields


def from_json(text: object) -> Story:
    """Read a story that anybody may have written.

    Raises:
        StoryError: if it is not one in every type, size and index.
    """
    if not isinstance(text, str) or len(text) > _MOST_BYTES:
        raise StoryError
    try:
        output, nodes, edges, tensors, steps, caption, predict, blocks = json.loads(text, parse_constant=_no_number)
        drawn = tuple(_node(node, len(tensors)) for node in _list(nodes, _MOST_NODES))
        arrows = tuple(_edge(edge, len(drawn)) for edge in _list(edges, _MOST_EDGES))
        if len({(target, slot) for _, target, slot in arrows}) < len(arrows) or not drawn:
            raise StoryError
        return Story(
            _text(output),
            drawn,
            arrows,
            tuple(_tensor(tensor) for tensor in _list(tensors, _MOST_TENSORS)),
            tuple(_step(step, len(drawn), len(arrows), len(tensors)) for step in _list(steps, _MOST_STEPS)),
            _text(caption),
            _flag(predict),
            _blocks(blocks, len(drawn)),
        )
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        raise StoryError from error


def _node(fields: object, tensors: int) -> StoryNode:
    name, given, operation, role, formula, ordered, undrawn, value, gradient, *texts = _list(fields, 12)
    if role not in get_args(Role):
        raise StoryError
    room_value, room_gradient, fault = map(_text, texts)
    return StoryNode(
        _text(name), _flag(given), _text(operation), role, _text(formula), _flag(ordered),
        _below(undrawn, _LARGEST), _shown(value, tensors), _shown(gradient, tensors),
        room_value, room_gradient, fault,
    )  # fmt: skip


def _edge(fields: object, nodes: int) -> tuple[int, int, int]:
    source, target, slot = _list(fields, 3)
    return _below(source, nodes), _below(target, nodes), _below(slot, _MOST_SLOTS)


def _tensor(fields: object) -> StoryTensor:
    shape, count, rows = _list(fields, 3)
    return StoryTensor(
        _text(shape),
        _below(count, _LARGEST),
        tuple(tuple(_number(entry) for entry in _list(row, _MOST_CELLS)) for row in _list(rows, _MOST_CELLS)),
    )


def _step(fields: object, nodes: int, edges: int, tensors: int) -> Step:
    kind, node, edge, *rest = _list(fields, 11)
    value, gradient, given, local, after, terms, words, blamed = rest + ["", "", "", "", "", (), "", -1][len(rest) :]
    kinds = get_args(StepKind)
    return Step(
        kinds[_below(kind, len(kinds))],
        _below(node, nodes),
        _below(edge + 1, edges + 1) - 1,
        _shown(value, tensors),
        _shown(gradient, tensors),
        _shown(given, tensors),
        _text(local),
        _shown(after, tensors),
        tuple(_text(term) for term in _list(list(terms), _MOST_TERMS)),
        _text(words),
        _below(blamed + 1, nodes + 1) - 1,
    )


def _blocks(value: object, nodes: int) -> tuple[tuple[tuple[int, ...], ...], ...]:
    """Blocks that have no node in common, and leave few enough boxes to draw."""
    found = tuple(
        tuple(tuple(_below(place, nodes) for place in _list(repetition, nodes)) for repetition in _list(block, nodes))
        for block in _list(value, _MOST_BLOCKS)
    )
    inside = [place for block in found for repetition in block for place in repetition]
    emptied = [block for block in found if len(block) < _LEAST_REPEATS or not all(block)]
    if emptied or len(set(inside)) < len(inside) or nodes - len(inside) + len(found) > _MOST_BOXES:
        raise StoryError
    return found


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise StoryError
    return value


def _list(value: object, most: int) -> list[Any]:
    if not isinstance(value, list) or len(value) > most:
        raise StoryError
    return value


def _text(value: object) -> str:
    if not isinstance(value, str) or len(value) > _MOST_LETTERS:
        raise StoryError
    return value.encode("utf-8", "replace").decode()


def _below(value: object, bound: int) -> int:
    if type(value) is not int or not 0 <= value < bound:
        raise StoryError
    return value


def _shown(value: object, tensors: int) -> Shown:
    return _text(value) if isinstance(value, str) else _below(value, tensors)


def _number(value: object) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise StoryError
    return value


def _no_number(name: str) -> Callable[..., Any]:
    raise StoryError(name)
