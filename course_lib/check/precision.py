"""How far rounding may take a result or gradient, counted along its graph; and when that is too far to judge.

A sum of numbers of one sign is as precise as the least precise of them; what is multiplied brings all its roundings
along. A gradient has those of the node that sends it, those of the values that are used in sending, and those of
sending and adding up. So it holds for sums in any order, on any device, as long as nothing cancels.

These are numbers of roundings, whatever the rule: how a gradient is computed is not said here.
"""

from __future__ import annotations

from collections import Counter
from math import prod
from typing import TYPE_CHECKING

from course_lib import rounding
from course_lib.errors import CourseError
from course_lib.values import Value, shape_of

if TYPE_CHECKING:
    from course_lib.graph import ComputationNode

# Right and wrong are not told apart where more of the largest entry than this may be rounding: see docs/tolerances.md,
# which says how much the mistakes that are known change.
LIMIT = 1 / 16
# What is compared may have been computed on both sides.
_SIDES = 2
# How often a value was rounded whose graph is not at hand: as often as is within the floor in single precision, and
# through so many products of matrices.
_UNKNOWN, _PRODUCTS = 80, 4
# Roundings of each entry, for the kinds of node that do not multiply; a function, such as exp, has a few.
_ADDING = {"Leaf": 0, "Negate": 0, "Transpose": 0, "Matexpand": 0, "Matsum": 0, "SumTo": 0, "Add": 1, "Mean": 1}
_FUNCTION = 4
# What these send does not depend on any value.
_CONSTANT_SLOPE = {"Negate", "Transpose", "Matexpand", "Matsum", "SumTo", "Mean"}


class NotPreciseEnough(CourseError):  # noqa: N818 - the name is the message
    """Rounding may have changed a value so much that right and wrong cannot be told apart."""


def of_value(found: Value, expected: Value) -> float:
    """Return which part of a value may be rounding, if nothing is known of how it was computed."""
    through_products = max(rounding.product_unit(value) for value in (found, expected))
    return _UNKNOWN * rounding.unit_of([found, expected]) + 2 * _PRODUCTS * through_products


def of_result(node: ComputationNode) -> float:
    """Return which part of a node's result may be rounding."""
    return _forward(node.sorted_nodes())[node]


def of_gradient(node: ComputationNode, output: ComputationNode) -> float:
    """Return which part of a node's gradient may be rounding, after a backward pass from `output`."""
    order = output.sorted_nodes()
    values = _forward(order)
    sent: dict[ComputationNode, float] = {output: 0.0}
    consumers: Counter[ComputationNode] = Counter()
    for sender in reversed(order):
        sent[sender] = sent.get(sender, 0.0) + max(0, consumers[sender] - 1) * _unit(sender)
        used = _used(sender, values)
        for target in sender.input_nodes:
            consumers[target] += 1
            sent[target] = max(sent.get(target, 0.0), sent[sender] + used + _sending(sender, target))
    return sent.get(node, 0.0)


def allowed(part: float, size: float) -> float:
    """Return by how much two numbers may differ that mean the same, if a part of each may be rounding."""
    return _SIDES * rounding.compounded(part) * size


def require_enough(what: str, part: float, found: Value) -> None:
    """Refuse to judge where too much may be rounding.

    Raises:
        NotPreciseEnough: saying that `what` cannot be judged, why, and what to do.
    """
    if allowed(part, 1.0) <= LIMIT:
        return
    kind, unit = rounding.kind_of(found), rounding.unit_of([found])
    if rounding.product_unit(found) > 0:
        name = rounding.product_name(found)
        words = f"products of {kind} matrices are computed in {name} here, and its few digits are not enough"
        advice = 'Say torch.set_float32_matmul_precision("highest") first, and run all again.'
    else:
        digits, times = rounding.digits(unit), round(part / unit)
        words = f"{kind} keeps {digits} binary digits, and after {times} roundings on the way too few of them are sure"
        better = "float64" if kind == "float32" else "float32"
        advice = f"Create the leaves with dtype={better}, and run all again."
    raise NotPreciseEnough(f"{what} cannot be judged: {words} to tell right from wrong. {advice}")


def _forward(order: list[ComputationNode]) -> dict[ComputationNode, float]:
    """Return which part of each node's value may be rounding."""
    values: dict[ComputationNode, float] = {}
    for node in order:
        values[node] = _inherited(node, [values[n] for n in node.input_nodes]) + _own(node)
    return values


def _inherited(node: ComputationNode, parts: list[float]) -> float:
    """Return which part of a node's value may be the roundings of its inputs."""
    if _kind(node) in _ADDING:
        return max(parts, default=0.0)
    if _kind(node) == "Exp":
        return parts[0] * _largest(node.input_nodes[0].result)
    return sum(parts) * abs(int(getattr(node, "int_power", 1)))


def _own(node: ComputationNode) -> float:
    """Return which part of a node's value may be its own roundings."""
    if _kind(node) == "Matmul":
        first = node.input_nodes[0].result
        return (shape_of(first) or (1,))[-1] * _unit(node) + 2 * rounding.product_unit(first)
    added_up = max((_size(n) / max(1, _size(node)) for n in node.input_nodes), default=1.0)
    of_entry = 1 if _kind(node) == "Mul" else _ADDING.get(_kind(node), abs(getattr(node, "int_power", _FUNCTION)))
    return (of_entry + max(0.0, added_up - 1)) * _unit(node)


def _used(sender: ComputationNode, values: dict[ComputationNode, float]) -> float:
    """Return which part of the values that a node multiplies with when it sends may be rounding."""
    if _kind(sender) in _CONSTANT_SLOPE:
        return 0.0
    # The slope of a negative power is a power that is larger still.
    beyond = values[sender.input_nodes[0]] if getattr(sender, "int_power", 1) < 0 else 0.0
    return values[sender] + beyond


def _sending(sender: ComputationNode, target: ComputationNode) -> float:
    """Return which part of what a node sends to an input may be the roundings of sending it."""
    if _kind(sender) == "Matmul":
        return max(sender.shape, default=1) * _unit(sender) + 2 * rounding.product_unit(sender.result)
    copies = max(1.0, _size(sender) / max(1, _size(target)))
    return copies * _unit(sender) + (0.0 if _kind(sender) in _CONSTANT_SLOPE else _own(sender))


def _kind(node: ComputationNode) -> str:
    return type(node).__name__


def _size(node: ComputationNode) -> int:
    return prod(node.shape)


def _unit(node: ComputationNode) -> float:
    return rounding.unit_of([node.result])


def _largest(value: Value) -> float:
    """Return the size of the largest entry; 1 where there is none, or no number."""
    if not hasattr(value, "__abs__") or not prod(shape_of(value)):
        return 1.0
    sizes = abs(value)
    return float(sizes.max() if hasattr(sizes, "max") else sizes)
