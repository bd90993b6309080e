"""Visible checks of the engine: does a node hold what the exercise says it should?"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from course_lib.check import precision
from course_lib.comparison import difference, within
from course_lib.debugger import Finding, debug
from course_lib.described import plain
from course_lib.limits import TimeLimit
from course_lib.report import conclude, show

if TYPE_CHECKING:
    from course_lib.graph import ComputationNode
    from course_lib.values import Value

_FOLLOW = (
    "Print the graph and follow the gradients from the output: which is the first one that you would not have "
    "computed by hand? Has every node that uses it sent its share?"
)
# So many digits are asked of any value, as some are typed with five. What rounding may change beyond that is counted.
_FLOOR = 1e-5
# So long a failing check may look for the reason.
_SECONDS = 0.5


def result(node: ComputationNode, expected: Value) -> None:
    """Check that the forward pass left `expected` in `node.result`.

    Args:
        node: usually the output of a graph that was run forward.
        expected: a number, array or tensor of the same shape.

    Raises:
        WrongAnswer: if it did not; the message says what was found and where to look.
        NotPreciseEnough: if so much of it may be rounding that right and wrong cannot be told apart.
    """
    hint = "Has the forward pass visited every node, inputs before outputs?"
    name, words = _compared(node, "result", expected, lambda: precision.of_result(node))
    conclude([f"{name} {words}. {hint}"] if words else [], f"✓ {name} is as expected.")


def gradient(node: ComputationNode, expected: Value, of: ComputationNode | None = None) -> None:
    """Check that the backward pass left `expected` in `node.gradient`.

    Args:
        node: usually a leaf of a graph that was run forward and backward.
        expected: a number, array or tensor of the same shape.
        of: the output of that graph. If the gradient is wrong, the first node at which one went wrong is looked for.

    Raises:
        WrongAnswer: if it did not; the message says what was found, and where it first went wrong or where to look.
        NotPreciseEnough: if so much of it may be rounding that right and wrong cannot be told apart.
    """
    rounded = None if of is None else lambda: precision.of_gradient(node, of)
    name, words = _compared(node, "gradient", expected, rounded)
    finding = _first_fault(of) if words and of else None
    if finding is None:
        conclude([f"{name} {words}. {_FOLLOW}"] if words else [], f"✓ {name} is as expected.")
        return
    if picture := finding.picture():
        show(picture)
    conclude([f"{name} {words}. Where it first went wrong:\n\n{finding!r}"], "")


def _first_fault(output: ComputationNode) -> Finding | None:
    """Return the first fault of a backward pass; None if none is found, for whatever reason."""
    try:
        finding = debug(output, seconds=_SECONDS)
    except TimeLimit:
        raise
    except Exception:  # noqa: BLE001 - the check has its own words, whatever becomes of the search
        return None
    return None if finding.right else finding


def value(what: str, found: Value, expected: Value, hint: str = "") -> None:
    """Check that a number, array or tensor is as expected.

    Args:
        what: what it is, to begin the message with: `"The second derivative"`.
        found: what the student's code gave.
        expected: what it should be, of the same shape.
        hint: a question or pointer that is shown if it is not.

    Raises:
        WrongAnswer: if it is not.
        NotPreciseEnough: if so much of it may be rounding that right and wrong cannot be told apart.
    """
    words = _difference(what, found, expected)
    conclude([f"{what} {words}. {hint}".strip()] if words else [], f"✓ {what} is as expected.")


def _compared(
    node: ComputationNode, what: str, expected: Value, rounded: Callable[[], float] | None
) -> tuple[str, str]:
    """Return what to call a node's result or gradient, and how it differs from what is expected, if it does."""
    name, found = f"{node.name or node.title}.{what}", getattr(node, what)
    if found is None:
        return name, f"is still None: no {what} has reached this node"
    if hasattr(found, "input_nodes"):  # a gradient that is a graph
        return name, _difference(name, found.result, expected, lambda: precision.of_result(found))
    return name, _difference(name, found, expected, rounded)


def _difference(what: str, found: Value, expected: Value, rounded: Callable[[], float] | None = None) -> str:
    """Return how a value differs from what is expected; empty if it does not.

    Args:
        what: what it is.
        found: the value.
        expected: what it should be.
        rounded: returns which part of it may be rounding, if its graph is known.

    Raises:
        NotPreciseEnough: if that is too much.
    """
    ours, right = plain(found, what), plain(expected, "the expected value")
    if right is None:
        raise TypeError("There is no expected value to compare with.")
    size = float(np.abs(right[np.isfinite(right)]).max(initial=0.0))
    # Beside the largest entry, small ones may be what cancelling has left; of what should be zero no size is known.
    floor = _FLOOR * (np.abs(right) + (min(size, 1.0) or 1.0))
    if ours is None or ours.shape != right.shape or not np.isfinite(ours).all() or within(ours, right, floor):
        return difference(ours, right, floor)
    part = rounded() if rounded else precision.of_value(found, expected)
    precision.require_enough(what, part, found)
    return difference(ours, right, np.maximum(floor, precision.allowed(part, size)))
