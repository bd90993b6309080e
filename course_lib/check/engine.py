"""Visible checks of the engine: does a node hold what the exercise says it should?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from course_lib.comparison import difference
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
# Wide enough for single precision, narrow enough that no wrong rule fits by accident.
_RELATIVE = 1e-5
# So long a failing check may look for the reason.
_SECONDS = 0.5


def result(node: ComputationNode, expected: Value) -> None:
    """Check that the forward pass left `expected` in `node.result`.

    Args:
        node: usually the output of a graph that was run forward.
        expected: a number, array or tensor of the same shape.

    Raises:
        WrongAnswer: if it did not; the message says what was found and where to look.
    """
    hint = "Has the forward pass visited every node, inputs before outputs?"
    name, words = _compared(node, "result", expected)
    conclude([f"{name} {words}. {hint}"] if words else [], f"✓ {name} is as expected.")


def gradient(node: ComputationNode, expected: Value, of: ComputationNode | None = None) -> None:
    """Check that the backward pass left `expected` in `node.gradient`.

    Args:
        node: usually a leaf of a graph that was run forward and backward.
        expected: a number, array or tensor of the same shape.
        of: the output of that graph. If the gradient is wrong, the first node at which one went wrong is looked for.

    Raises:
        WrongAnswer: if it did not; the message says what was found, and where it first went wrong or where to look.
    """
    name, words = _compared(node, "gradient", expected)
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
    """
    words = _difference(what, found, expected)
    conclude([f"{what} {words}. {hint}".strip()] if words else [], f"✓ {what} is as expected.")


def _compared(node: ComputationNode, what: str, expected: Value) -> tuple[str, str]:
    """Return what to call a node's result or gradient, and how it differs from what is expected, if it does."""
    name, found = f"{node.name or node.title}.{what}", getattr(node, what)
    if found is None:
        return name, f"is still None: no {what} has reached this node"
    return name, _difference(name, found.result if hasattr(found, "input_nodes") else found, expected)


def _difference(what: str, found: Value, expected: Value) -> str:
    right = plain(expected, "the expected value")
    if right is None:
        raise TypeError("There is no expected value to compare with.")
    return difference(plain(found, what), right, _RELATIVE, _RELATIVE)
