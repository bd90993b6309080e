"""What a forward pass has left: whether each node holds the value that its inputs make."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from course_lib.debugger import severing
from course_lib.debugger.finding import Finding, called, close, first_line, number
from course_lib.debugger.rerun import Rerun
from course_lib.debugger.severing import Twins
from course_lib.errors import GraphError
from course_lib.graph import ComputationNode
from course_lib.plain_data import Array

_MEANING: dict[str, Callable[[Array, Array], Array]] = {"Add": np.add, "Mul": np.multiply, "Matmul": np.matmul}
_VALUE_HINTS = {"Matmul": "Which index is summed over in a product of matrices?"}


def value_fault(nodes: list[ComputationNode], forward_algorithm: Callable[..., object] | None) -> Finding | None:
    """Return the first node that does not hold what its inputs make, or None.

    Raises:
        GraphError: if no node has a value, and the forward pass is not there or is not to blame.
    """
    if all(node.result is None for node in nodes):
        finding = Rerun.of_forward(nodes, forward_algorithm) if forward_algorithm else None
        if finding:
            return finding
        raise GraphError(f"No node of this graph has a value: run the forward pass on {called(nodes[-1])} first.")
    try:
        twins = Twins(nodes)
    except (TypeError, ValueError):
        odd = next(node for node in nodes if not severing.is_value(node.result))
        return Finding("value", f"{called(odd)} holds {odd.result!r:.60}, which is no number or tensor.", odd)
    precision = 10 * severing.precision_of(node.result for node in nodes)
    return next((fault for node in nodes if (fault := _wrong_value(twins, node, precision))), None)


def _wrong_value(twins: Twins, node: ComputationNode, precision: float) -> Finding | None:
    """Tell whether a node holds another value than its inputs' values make."""
    twin = twins.of[node]
    with severing.restored([twin]):
        try:
            twin.forward()
            again = severing.array(twin.result)
        except Exception as error:  # noqa: BLE001 - a student's method may raise anything
            return Finding("value", f"forward() of {called(node)} went wrong: {first_line(error)}", node)
    if node.result is None:
        words = f"{called(node)} has no value. Does the forward pass visit every node, inputs before outputs?"
        return Finding("no value", words, node)
    held = twins.value(node)
    meaning = _MEANING.get(type(node).__name__)
    if meaning and len(node.input_nodes) == 2:  # noqa: PLR2004 - of the two that are added, or multiplied
        try:
            means = np.asarray(meaning(*(twins.value(child) for child in node.input_nodes)))
        except ValueError:
            means = again
        if not close(again, means, precision):
            hint = _VALUE_HINTS.get(type(node).__name__, "What does it make of its inputs' values?")
            words = f"{called(node)} computes {number(again, means)} where {number(means, again)} is meant. {hint}"
            return Finding("value", words, node)
    if close(held, again, precision):
        return None
    words = (
        f"{called(node)} holds the value {number(held, again)}, but its inputs make {number(again, held)} of it. "
        "Has something changed since the forward pass?"
    )
    return Finding("value", words, node)
