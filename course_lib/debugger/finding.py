"""What the gradient debugger says: a finding, and the words for nodes and numbers in it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np

from course_lib.draw import short
from course_lib.errors import CourseError
from course_lib.graph import ComputationNode
from course_lib.plain_data import Array
from course_lib.values import Value, device_of, shape_of

Kind = Literal[
    "right",
    "value",  # a result is not what the node's inputs make
    "no value",  # a result is None
    "start",  # something else than the output alone starts from `one`
    "no gradient",  # nobody sent anything
    "rule",  # a node's own backward() sends something wrong
    "shape",  # or something of a wrong shape
    "combination",  # what was sent is right, what was made of it is not
    "shared",  # two nodes hold one and the same array
    "reset",  # gradients of an earlier pass remain, or those of this one are forgotten
    "walk",  # nodes send too early, again, or never
    "cut",  # the gradient cannot be differentiated again
]

_ORDINALS = ("first", "second", "third")
_MOST_LISTED = 5


@dataclass(frozen=True, eq=False, repr=False)
class Finding:
    """What `debug` found.

    Attributes:
        kind: what sort of fault it is, or "right".
        words: where, what, and a question: for the student.
        node: the node that did it: whose rule, sum, value or turn is wrong. None if all is right.
        slot: for a rule, to which input it sent something wrong.
        equation: the chain rule at this place, with its numbers.
        output: the graph that was looked at.
    """

    kind: Kind
    words: str
    node: ComputationNode | None = None
    slot: int | None = None
    equation: str = ""
    output: ComputationNode | None = field(default=None)

    @property
    def right(self) -> bool:
        """Whether nothing wrong was found."""
        return self.kind == "right"

    def __repr__(self) -> str:
        """Return the words, and the equation below them."""
        text = f"{'✓' if self.right else '✗'} {self.words}"
        return f"{text}\n    {self.equation}" if self.equation else text

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:  # noqa: ARG002
        """Return what Jupyter shows: the words above a picture in which the node is marked."""
        from html import escape  # noqa: PLC0415 - only those who look at a picture pay for it

        lines = "".join(f"<p>{escape(line)}</p>" for line in repr(self).splitlines())
        picture = self.picture()
        if picture is None:
            return {"text/plain": repr(self)}
        bundle = picture._repr_mimebundle_()
        return {"text/html": lines + bundle["text/html"], "text/plain": repr(self)}

    def picture(self) -> Picture | None:
        """Return the graph with the node marked; None where there is no such node, or it lies too far away to draw."""
        if self.output is None or self.node is None:
            return None
        return Picture(self.output, self.node) if Picture.shows(self.output, self.node) else None


@dataclass(frozen=True, eq=False, repr=False)
class Picture:
    """A graph in which one node is marked as wrong. Jupyter shows it; printing gives a line of text."""

    output: ComputationNode
    node: ComputationNode

    @staticmethod
    def shows(output: ComputationNode, node: ComputationNode) -> bool:
        """Tell whether a node is near enough to the output to be drawn."""
        from course_lib import draw  # noqa: PLC0415 - only those who look at a picture pay for it

        return node in draw.nearest_nodes(output)[0]

    def __repr__(self) -> str:
        """Return which node is marked."""
        return f"In the picture of the graph, {called(self.node)} is marked."

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:  # noqa: ARG002
        from course_lib import draw  # noqa: PLC0415 - as above

        key = f"n{draw.nearest_nodes(self.output)[0].index(self.node)}"
        diagram = draw.diagram_of(self.output)
        marked = tuple(replace(box, mark="wrong") if box.key == key else box for box in diagram.nodes)
        return draw.mimebundle(replace(diagram, nodes=marked), text=repr(self))


def called(node: ComputationNode, depth: int = 1) -> str:
    """Return what to call a node: its name, the number that it is, or how it is made: `Mul(x, Exp)`."""
    if node.name:
        return str(node.name)
    if getattr(node, "constant", False):
        return _constant(node.result)
    if not depth or not node.input_nodes:
        return type(node).__name__
    return f"{type(node).__name__}({', '.join(called(child, depth - 1) for child in node.input_nodes)})"


def _constant(value: Value) -> str:
    if shape := shape_of(value):
        return f"the tensor of shape {shape}"
    known = value is not None and device_of(value) != "meta"
    return f"the number {short.value(value)}" if known else "a number"


def called_apart(w: ComputationNode, v: ComputationNode) -> tuple[str, str]:
    """Return what to call two nodes so that they can be told apart: with as much of how they are made as that takes."""
    names = [(called(w, depth), called(v, depth)) for depth in (1, 2, 3)]
    return next((pair for pair in names if pair[0] != pair[1]), names[0])


def name_of(node: ComputationNode) -> str:
    """Return the name of an output."""
    return str(node.name or "z")


def chain(output: ComputationNode, w: ComputationNode, v: ComputationNode) -> str:
    """Return the chain rule along one edge."""
    z, (at, of) = name_of(output), called_apart(w, v)
    at = z if w is output else at
    alone = sum(child is v for node in output.sorted_nodes() for child in node.input_nodes) == 1
    link = " =" if alone else f", through {at}:"
    return f"∂{z}/∂{of}{link} ∂{z}/∂{at} · ∂{at}/∂{of}"


def shared_words(node: ComputationNode, others: list[ComputationNode]) -> str:
    """Say which nodes hold one array."""
    names = listed(dict.fromkeys(called(other) for other in [node, *others]))
    return f"The gradients of {names} are one and the same array. Who adds to it, and who sees that?"


def bare(value: float) -> str:
    """Return a number in four digits."""
    return f"{value:.4g}".replace("-", "−")


def in_parentheses(value: float) -> str:
    """Return a number as it stands within a sum or product."""
    return f"({bare(value)})" if value < 0 else bare(value)


def number(value: Array, other: Array | None) -> str:
    """Return a value in words; of a tensor, the entry that differs most from another."""
    if other is not None and value.shape != other.shape:
        return f"something of shape {value.shape}"
    if value.ndim == 0:
        digits = 12 if other is not None and bare(float(value)) == bare(float(other)) else 4
        return f"{float(value):.{digits}g}".replace("-", "−")
    if other is None:
        return f"a tensor of shape {value.shape}"
    place = worst(value, other)
    return f"{bare(float(value[place]))} at {[int(i) for i in place]}"


def worst(a: Array, b: Array) -> tuple[Any, ...]:
    """Return the index at which two arrays of one shape differ most."""
    return np.unravel_index(int(np.argmax(np.nan_to_num(np.abs(a - b), nan=np.inf))), a.shape)


def close(a: Array, b: Array, precision: float) -> bool:
    """Tell whether two arrays are the same, as far as `precision` goes; what is not a number is like itself."""
    if a.shape != b.shape:
        return False
    if (a == b).all():
        return True
    size = np.abs(b[np.isfinite(b)]).max(initial=0.0)
    return bool(np.isclose(a, b, rtol=precision, atol=precision * size, equal_nan=True).all())


def memory(value: Value) -> int | None:
    """Return where the entries of an array or tensor live; None for a number, which nobody can change."""
    if hasattr(value, "untyped_storage"):
        return int(value.untyped_storage().data_ptr()) or None
    return int(value.__array_interface__["data"][0]) if isinstance(value, np.ndarray) else None


def first_line(error: Exception | None) -> str:
    """Return the first line of an error's message, or its kind too if it is not one of ours."""
    first = (str(error).splitlines() or [""])[0]
    return first if isinstance(error, CourseError) else f"{type(error).__name__}: {first.rstrip('.')}."


def listed(words: Iterable[str]) -> str:
    """Return words as a list in a sentence; of many, the first ones and how many more there are."""
    *most, last = list(words) or [""]
    if len(most) > _MOST_LISTED:
        most, last = most[:_MOST_LISTED], f"{len(most) - _MOST_LISTED + 1} more"
    return f"{', '.join(most)} and {last}" if most else last


def added(terms: Sequence[str]) -> str:
    """Return a sum in symbols; of many terms, the first ones and the last."""
    return " + ".join([*terms[:_MOST_LISTED], "…", terms[-1]] if len(terms) > _MOST_LISTED + 1 else terms)


def count(number: int) -> str:
    """Return a number of things, in words if it is small."""
    return {2: "two", 3: "three", 4: "four"}.get(number, str(number))


def ordinal(slot: int) -> str:
    """Return which input a slot is, in words."""
    return _ORDINALS[slot] if slot < len(_ORDINALS) else f"{slot + 1}th"
