"""What a forward pass has left: whether each node holds the value that its inputs make."""

from __future__ import annotations

import itertools
import time
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
# How many times what one rounding changes it may change, when numbers are added in another order.
_MARGIN = 16
_VALUE_HINTS = {"Matmul": "Which index is summed over in a product of matrices?"}


def value_fault(twins: Twins, until: float) -> Finding | None:
    """Return the first node that does not hold what its inputs make, or None if there is none before the time is up."""
    in_time = itertools.takewhile(lambda _: time.thread_time() < until, twins.nodes)
    return next((fault for node in in_time if (fault := _wrong_value(twins, node))), None)


def nothing_computed(nodes: list[ComputationNode], forward_algorithm: Callable[..., object] | None) -> Finding:
    """Return why a forward pass has left nothing.

    Raises:
        GraphError: if it was not run, or is not to blame.
    """
    finding = Rerun.of_forward(nodes, forward_algorithm) if forward_algorithm else None
    if finding:
        return finding
    raise GraphError(f"No node of this graph has a value: run the forward pass on {called(nodes[-1])} first.")


def odd_value(nodes: list[ComputationNode]) -> Finding | None:
    """Return the first node that holds something else than a number or tensor, or None."""
    odd = next((node for node in nodes if not severing.is_value(node.result)), None)
    if odd is None:
        return None
    return Finding("value", f"{called(odd)} holds {odd.result!r:.60}, which is no number or tensor.", odd)


def _computed(twin: ComputationNode) -> Array:
    with severing.restored([twin]):
        twin.forward()
        return severing.array(twin.result)


def _wrong_value(twins: Twins, node: ComputationNode) -> Finding | None:
    """Tell whether a node holds another value than its inputs' values make."""
    try:
        again = _computed(twins.copies[node])
    except Exception as error:  # noqa: BLE001 - a student's method may raise anything
        return Finding("value", f"forward() of {called(node)} went wrong: {first_line(error)}", node)
    if node.result is None:
        words = f"{called(node)} has no value. Does the forward pass visit every node, inputs before outputs?"
        return Finding("no value", words, node)
    held, rounding = twins.value(node), max(1e-9, 64 * severing.rounding_of([node.result]))
    if fault := _wrong_meaning(twins, node):
        return fault
    if close(held, again, rounding) or close(held, exact := _computed(twins.of[node]), rounding):
        return None
    if held.shape == exact.shape and (np.abs(held - exact) <= _blur(twins, node, exact, again)).all():
        return None
    words = (
        f"{called(node)} holds the value {number(held, exact)}, but its inputs make {number(exact, held)} of it. "
        "Has something changed since the forward pass?"
    )
    return Finding("value", words, node)


def _blur(twins: Twins, node: ComputationNode, exact: Array, again: Array) -> Array:
    """Return by how much rounding, in whatever order numbers are added, may change each entry that a node computes."""
    rounding = severing.rounding_of([node.result])
    blur = np.abs(again - exact)
    for slot, child in enumerate(node.input_nodes):
        value = twins.value(child)
        ((_, shaken),) = twins.one_slot(node, slot, np.ones(()))(severing.shaken(value, rounding) - value)
        blur = blur + np.abs(shaken - exact)
    return np.asarray(_MARGIN * blur)


def _wrong_meaning(twins: Twins, node: ComputationNode) -> Finding | None:
    """Tell whether a node that is named after an operation computes something else."""
    meaning = _MEANING.get(type(node).__name__)
    if not meaning or len(node.input_nodes) != 2:  # noqa: PLR2004 - of the two that are added, or multiplied
        return None
    try:
        means = np.asarray(meaning(*(twins.value(child) for child in node.input_nodes)))
    except ValueError:
        return None
    if close(twins.value(node), means, severing.precision_of([node.result])):
        return None
    computes = _computed(twins.of[node])
    if close(computes, means, severing.precision_of([twins.of[node].result])):
        return None
    hint = _VALUE_HINTS.get(type(node).__name__, "What does it make of its inputs' values?")
    words = f"{called(node)} computes {number(computes, means)} where {number(means, computes)} is meant. {hint}"
    return Finding("value", words, node)
