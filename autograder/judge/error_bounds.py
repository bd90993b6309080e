"""How far rounding may take a right engine from what is true: a bound for each entry of each value and gradient.

It is the running error analysis of N. J. Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed. 2002, section
3.3: each step hands on the errors of what it computes with, in first order and with absolute values, and adds its own.
A sum of n numbers in any order, or a product of matrices with n terms, adds γₙ of the absolute values, (3.1), (3.13):
so the bound holds for CPU and GPU alike, whose sums differ in their order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from autograder.judge.description import operand_indices
from course_lib.described import Array, Step
from course_lib.rounding import UNITS, gamma
from course_lib.values import sum_to

DOUBLE = UNITS["float64"]
# Roundings in functions: exp is off by two units in the last place at most (CUDA C++ Programming Guide, Mathematical
# Functions), that is by four roundings, and so is a power that is computed as one.
_EXP = _POWER = 4
# A quotient may be computed as a product with a reciprocal, and its derivative as −(g x) (1 / y²) or −(g z) / y.
_QUOTIENT, _ITS_DERIVATIVE = 2, 8
# These hand on what they receive, or halve it, without rounding.
_EXACT = {"leaf", "number", "-x", "T", "sum", "mean", "+", "-"}

Local = tuple[Array, Array]  # a local derivative without its sign, and how far it may be off


def of_values(steps: Sequence[Step], values: Sequence[Array], unit: float = DOUBLE) -> list[Array]:
    """Return by how much each entry of each step's value may be off.

    Args:
        steps: the description of the graph.
        values: the true value of each step; what the leaves hold is exact.
        unit: what one rounding may change, as a part of the number (the unit roundoff).
    """
    errors: list[Array] = []
    for step, value in zip(steps, values, strict=True):
        at = operand_indices(step)
        errors.append(_forward(step, [values[i] for i in at], [errors[i] for i in at], value, unit))
    return errors


def of_gradients(
    steps: Sequence[Step], values: Sequence[Array], gradients: Sequence[Array], unit: float = DOUBLE
) -> list[Array]:
    """Return by how much each entry of each step's gradient may be off.

    Args:
        steps: the description of the graph.
        values: the true value of each step.
        gradients: the true gradient of each step; that of the last is where the pass starts, and is exact.
        unit: the unit roundoff.
    """
    forward = of_values(steps, values, unit)
    errors = [np.zeros(value.shape) for value in values]
    arrived: list[list[_Sent]] = [[] for _ in steps]
    for index in range(len(steps) - 1, -1, -1):
        if index < len(steps) - 1:
            errors[index] = _sum_of(arrived[index], values[index].shape, unit)
        for slot, child in enumerate(operand_indices(steps[index])):
            received = _Received(gradients[index], errors[index], values[index], forward[index])
            operands = [(values[i], forward[i]) for i in operand_indices(steps[index])]
            arrived[child].append(_sent(steps[index], slot, received, operands, unit))
    return errors


# --- Values -----------------------------------------------------------------------------------------------------------


def _forward(  # noqa: C901, PLR0911 - a case for each operation
    step: Step, x: Sequence[Array], e: Sequence[Array], z: Array, unit: float
) -> Array:
    """Return the error of a step's value, from its operands and their errors."""
    match step[0]:
        case "leaf" | "number":
            return np.zeros(z.shape)
        case "-x":
            return e[0]
        case "T":
            return e[0].T
        case "exp":
            return np.asarray(np.abs(z) * (e[0] + _EXP * unit))
        case "sum":
            return np.asarray(e[0].sum() + gamma(x[0].size - 1, unit) * np.abs(x[0]).sum())
        case "mean":
            return (e[0] + e[1]) / 2 + unit * np.abs(z)
        case "+" | "-":
            return e[0] + e[1] + unit * np.abs(z)
        case "*":
            return np.abs(x[0]) * e[1] + e[0] * np.abs(x[1]) + e[0] * e[1] + unit * np.abs(z)
        case "/":
            return (e[0] + np.abs(z) * e[1]) / np.abs(x[1]) + _QUOTIENT * unit * np.abs(z)
        case "**":
            n = step[-1]
            slope = abs(n) * _power(x[0], n - 1)
            return np.asarray(slope * e[0] + (abs(n) + _POWER) * unit * np.abs(z))
    return _product(x[0], e[0], x[1], e[1], unit)


def _product(x: Array, error_x: Array, y: Array, error_y: Array, unit: float) -> Array:
    """Return the error of a product of matrices (Higham, (3.13))."""
    a, b = np.abs(x), np.abs(y)
    return np.asarray(a @ error_y + error_x @ (b + error_y) + gamma(x.shape[-1], unit) * (a @ b))


def _power(x: Array, n: int) -> Array:
    """Return the size of a power, where that has one: the derivative of x⁰ asks for x⁻¹, times zero."""
    size = np.abs(x)
    return np.asarray(size**n if n >= 0 else np.divide(1.0, size**-n, out=np.zeros(size.shape), where=size > 0))


# --- Gradients --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Received:
    """What a step holds when it sends: its gradient and its value, and how far each may be off."""

    gradient: Array
    error: Array
    value: Array
    value_error: Array


@dataclass(frozen=True)
class _Sent:
    """The size of what is sent to an operand, and by how much it may be off."""

    size: Array
    error: Array


def _sent(step: Step, slot: int, z: _Received, x: Sequence[Local], unit: float) -> _Sent:
    """Return what a step sends to one of its operands, in the shape of that operand's value."""
    operation, shape = step[0], x[slot][0].shape
    size, error = np.abs(z.gradient), z.error
    if operation == "T":
        return _Sent(size.T, error.T)
    if operation == "@":
        return _to_factor(slot, size, error, x, unit)
    if operation in _EXACT:
        half = 0.5 if operation == "mean" else 1.0
        sent = _Sent(size * half, error * half)
    else:
        (slope, slope_error), roundings = _slope(step, slot, z, x)
        made = size * slope
        sent = _Sent(made, error * slope + size * slope_error + error * slope_error + roundings * unit * made)
    if operation == "sum":
        return _Sent(np.broadcast_to(sent.size, shape), np.broadcast_to(sent.error, shape))
    whole = np.broadcast_to(sent.size, z.value.shape), np.broadcast_to(sent.error, z.value.shape)
    back, off = (sum_to(entry, shape) for entry in whole)
    copies = z.value.size // max(1, back.size)
    return _Sent(back, off + gamma(copies - 1, unit) * back)


def _slope(step: Step, slot: int, z: _Received, x: Sequence[Local]) -> tuple[Local, int]:
    """Return the size of the local derivative, its error, and how many roundings are made with it."""
    values, errors = [np.abs(value) for value, _ in x], [error for _, error in x]
    match step[0]:
        case "exp":
            return (np.abs(z.value), z.value_error), 1
        case "*":
            return (values[1 - slot], errors[1 - slot]), 1
        case "**":
            n = step[-1]
            off = abs(n * (n - 1)) * _power(values[0], n - 2) * errors[0]
            return (abs(n) * _power(values[0], n - 1), off), abs(n) + _POWER + 2
    y, off = values[1], errors[1]
    if slot == 0:
        return (1 / y, off / y**2), _QUOTIENT
    return (values[0] / y**2, errors[0] / y**2 + 2 * values[0] * off / y**3), _ITS_DERIVATIVE


def _to_factor(slot: int, size: Array, error: Array, x: Sequence[Local], unit: float) -> _Sent:
    """Return what a product of matrices sends to one of its factors."""
    other, off = np.abs(x[1 - slot][0]).T, x[1 - slot][1].T
    if slot == 0:
        return _Sent(size @ other, _product(size, error, other, off, unit))
    return _Sent(other @ size, _product(other, off, size, error, unit))


def _sum_of(arrived: Sequence[_Sent], shape: tuple[int, ...], unit: float) -> Array:
    """Return the error of the sum of what a step was sent."""
    error, size = np.zeros(shape), np.zeros(shape)
    for sent in arrived:
        error, size = error + sent.error, size + sent.size
    return np.asarray(error + gamma(len(arrived) - 1, unit) * size)
