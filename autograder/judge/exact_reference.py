"""What the gradients of a described graph of numbers truly are, in exact fractions, by dual numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from course_lib.described import Array, Step, as_fraction

_Number = tuple[Fraction, Fraction]  # a value, and its derivative


def gradients(steps: Sequence[Step], inputs: Mapping[str, Array]) -> list[Fraction]:
    """Return the derivative of the last step with respect to each step.

    Raises:
        ValueError: if a step is not a sum, product, quotient, negation, power or mean.
    """
    return [_derivative(steps, inputs, at) for at in range(len(steps))]


def _derivative(steps: Sequence[Step], inputs: Mapping[str, Array], at: int) -> Fraction:
    computed: list[_Number] = []
    for index, (operation, *operands) in enumerate(steps):
        if operation in ("leaf", "number"):
            value = as_fraction(inputs[operands[0]]) if operation == "leaf" else Fraction(operands[0])
            made = value, Fraction(0)
        elif operation == "**":
            value, slope = computed[operands[0]]
            made = value ** operands[1], operands[1] * value ** (operands[1] - 1) * slope
        else:
            made = _step(operation, *(computed[i] for i in operands))
        computed.append((made[0], Fraction(1)) if index == at else made)
    return computed[-1][1]


def _step(operation: str, x: _Number, y: _Number = (Fraction(0), Fraction(0))) -> _Number:
    match operation:
        case "-x":
            return -x[0], -x[1]
        case "mean":
            return (x[0] + y[0]) / 2, (x[1] + y[1]) / 2
        case "+":
            return x[0] + y[0], x[1] + y[1]
        case "-":
            return x[0] - y[0], x[1] - y[1]
        case "*":
            return x[0] * y[0], x[1] * y[0] + x[0] * y[1]
        case "/":
            return x[0] / y[0], (x[1] * y[0] - x[0] * y[1]) / y[0] ** 2
    raise ValueError(f"{operation} of fractions is no fraction.")
