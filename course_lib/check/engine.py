"""Visible checks of the engine: does a node hold what the exercise says it should?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from course_lib.comparison import difference
from course_lib.described import plain
from course_lib.report import conclude

if TYPE_CHECKING:
    from course_lib.graph import ComputationNode
    from course_lib.values import Value

_FOLLOW = (
    "Print the graph and follow the gradients from the output: which is the first one that you would not have "
    "computed by hand? Has every node that uses it sent its share?"
)
# Wide enough for single precision, narrow enough that no wrong rule fits by accident.
_RELATIVE = 1e-5


def result(node: ComputationNode, expected: Value) -> None:
    """Check that the forward pass left `expected` in `node.result`.

    Args:
        node: usually the output of a graph that was run forward.
        expected: a number, array or tensor of the same shape.

    Raises:
        WrongAnswer: if it did not; the message says what was found and where to look.
    """
    _of_node(node, "result", expected, "Has the forward pass visited every node, inputs before outputs?")


def gradient(node: ComputationNode, expected: Value) -> None:
    """Check that the backward pass left `expected` in `node.gradient`.

    Args:
        node: usually a leaf of a graph that was run forward and backward.
        expected: a number, array or tensor of the same shape.

    Raises:
        WrongAnswer: if it did not; the message says what was found and where to look.
    """
    _of_node(node, "gradient", expected, _FOLLOW)


def value(what: str, found: Value, expected: Value, hint: str = "") -> None:
    """Check that a number, array or tensor is as expected.

    Args:
        what: what it is, to begin the message with: `"The second derivative"`.
        found: what the student's code gave.
        expected: what it should be, of the same shape.
        hint: a question or pointer that is shown if it is not.

    Raises:
        WrongAnswer: if it is not.
    """
    right = plain(expected, "the expected value")
    if right is None:
        raise TypeError("There is no expected value to compare with.")
    words = difference(plain(found, what), right, _RELATIVE, _RELATIVE)
    conclude([f"{what} {words}. {hint}".strip()] if words else [], f"✓ {what} is as expected.")


def _of_node(node: ComputationNode, what: str, expected: Value, hint: str) -> None:
    name, found = f"{node.name or node.title}.{what}", getattr(node, what)
    if found is None:
        conclude([f"{name} is still None: no {what} has reached this node. {hint}"], "")
        return
    value(name, found.result if hasattr(found, "input_nodes") else found, expected, hint)
