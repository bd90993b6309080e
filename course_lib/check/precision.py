"""How far rounding may take a result or gradient, counted along its graph; and when that is too far to judge.

What is counted is the longest chain. A step's value has the roundings of its longest input, and its own. A gradient has
those of the node that sends it, those of the values that are used in sending, and those of sending and adding up. So it
holds for sums that are added in any order, on any device, as long as nothing cancels.

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
# Roundings of each entry, for the kinds of node that add up nothing; a function, such as exp, has a few.
_ROUNDINGS = {
    "Leaf": 0,
    "Negate": 0,
    "Transpose": 0,
    "Matexpand": 0,
    "Matsum": 0,
    "SumTo": 0,
    "Add": 1,
    "Mul": 1,
    "Mean": 1,
}
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
        used = 0.0 if _kind(sender) in _CONSTANT_SLOPE else max(values[n] for n in (sender, *sender.input_nodes))
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
    values: dict[ComputationNode, float] = {}
    for node in order:
        values[node] = max((values[n] for n in node.input_nodes), default=0.0) + _computing(node)
    return values


def _computing(node: ComputationNode) -> float:
    """Return which part of a node's value may be its own roundings."""
    if _kind(node) == "Matmul":
        first = node.input_nodes[0].result
        return (shape_of(first) or (1,))[-1] * _unit(node) + 2 * rounding.product_unit(first)
    copies = max((_size(n) / max(1, _size(node)) for n in node.input_nodes), default=1.0)
    own = abs(getattr(node, "int_power", 0)) or _ROUNDINGS.get(_kind(node), _FUNCTION)
    return (own + max(0.0, copies - 1)) * _unit(node)


def _sending(sender: ComputationNode, target: ComputationNode) -> float:
    """Return which part of what a node sends to an input may be the roundings of sending it."""
    if _kind(sender) == "Matmul":
        return max(sender.shape, default=1) * _unit(sender) + 2 * rounding.product_unit(sender.result)
    copies = max(1.0, _size(sender) / max(1, _size(target)))
    own = 0.0 if _kind(sender) in _CONSTANT_SLOPE else _computing(sender)
    return own + copies * _unit(sender)


def _kind(node: ComputationNode) -> str:
    return type(node).__name__


def _size(node: ComputationNode) -> int:
    return prod(node.shape)


def _unit(node: ComputationNode) -> float:
    return rounding.unit_of([node.result])
