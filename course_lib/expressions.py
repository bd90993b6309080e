r"""Answers worked out on paper: `log 2`, `-1/2 e^{-c}`, `\frac12`, … become exact values, without `eval`.

An answer may be text or a number. Text may use the names of nodes whose values are known. `e^…` is Euler's number to a
power and a bare `e` is the node e, so that `e^d/2` and `e/2` both mean what they mean on paper.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from course_lib.exact import LARGEST, Evaluator, decimal, is_zero
from course_lib.formula import Formula, Negative, Number, Quotient, latex, plain
from course_lib.formula_reading import read_formula
from course_lib.unreadable import Unreadable

if TYPE_CHECKING:
    import sympy

# A number given as a float with more decimals than anybody writes by hand has been rounded by a machine.
_DECIMALS_BY_HAND = 6


@dataclass(frozen=True)
class Reading:
    """An answer as it was read.

    Attributes:
        written: What the student wrote.
        formula: How it was understood, step by step.
        exact_value: Its exact value, a sympy number.
        rounded: It stands on a float that a machine rounded, such as `math.log(2)`, and so cannot be exact.
    """

    written: str
    formula: Formula
    exact_value: "sympy.Expr"
    rounded: bool = False

    @property
    def value(self) -> float:
        """The nearest float."""
        return float(self.exact_value)

    @property
    def text(self) -> str:
        """How it was read, in plain notation: `(1/2)·exp(−c)`."""
        return plain(self.formula)

    @property
    def latex(self) -> str:
        """How it was read, in LaTeX, without the dollars."""
        return latex(self.formula)

    def echo(self) -> str:
        """Return the line that a student sees: `log 2 = 0.6931…`, `e/2 = 0.25`, or just `2`."""
        value = decimal(self.exact_value)
        return self.text if self.text == value else f"{self.text} = {value}"


def read(answer: object, names: Mapping[str, Reading] | None = None) -> Reading:
    """Read one answer.

    Args:
        answer: Text, or a number: an int, a float, a Fraction, or a scalar of numpy or torch.
        names: The values of the nodes that the text may name.

    Returns:
        The reading, with its exact value.

    Raises:
        Unreadable: The message tells the student what could be read and where it stopped.
    """
    known = names or {}
    if isinstance(answer, str):
        formula = read_formula(answer)
        evaluator = Evaluator(answer, {name: reading.exact_value for name, reading in known.items()})
        value = evaluator.value(formula)
        return Reading(answer, formula, value, any(known[name].rounded for name in evaluator.used))
    formula, rounded = _number(answer)
    return Reading(str(answer), formula, Evaluator(plain(formula), {}).value(formula), rounded)


def same(first: Reading, second: Reading) -> bool:
    """Whether two answers are exactly the same real number, however they are written."""
    return is_zero(first.exact_value - second.exact_value)


def close(first: Reading, second: Reading, digits: int = 3) -> bool:
    """Whether two answers agree to so many significant digits, within half a unit of the last."""
    larger = max(abs(first.value), abs(second.value))
    if larger == 0:
        return True
    unit = 10.0 ** (math.floor(math.log10(larger)) - digits + 1)
    return abs(first.value - second.value) <= unit / 2


def _number(answer: object) -> tuple[Formula, bool]:
    """Read an answer that is not text: its formula, and whether a machine rounded it."""
    if answer is None or answer is ...:
        raise Unreadable("There is no answer here yet.", missing=True)
    number, single_precision = _scalar(answer)
    if isinstance(number, bool) or not isinstance(number, int | Fraction | float):
        kind = type(number).__name__
        raise Unreadable(f'I expected a number, or text in quotes such as "log 2", but this is of type {kind}.')
    if not -LARGEST <= number <= LARGEST:  # put this way round, it catches what is not a number, too
        raise Unreadable("I expected a finite number of a sensible size.")
    if not isinstance(number, float):
        return _fraction(Fraction(number)), False
    # The fewest digits that the number's own precision tells apart: 0.1 in single precision is 0.1 here.
    exact = Decimal(str(np.float32(number)) if single_precision else repr(number))
    digits = format(abs(exact), "f").removesuffix(".0")
    return _signed(Number(digits), below_zero=exact < 0), len(digits.partition(".")[2]) > _DECIMALS_BY_HAND


def _scalar(answer: object) -> tuple[object, bool]:
    """Take a number out of numpy's or torch's hands, and say whether it has less than double precision."""
    if not (hasattr(answer, "item") and hasattr(answer, "dtype")):
        return answer, False
    shape = tuple(getattr(answer, "shape", ()))
    if shape:
        raise Unreadable(f"I expected one number, but this is an array of shape {shape}.")
    number = answer.item()
    return number, isinstance(number, float) and "64" not in str(answer.dtype)


def _fraction(number: Fraction) -> Formula:
    """Write a whole number or a fraction."""
    top, bottom = Number(str(abs(number.numerator))), Number(str(number.denominator))
    return _signed(top if number.denominator == 1 else Quotient(top, bottom), below_zero=number < 0)


def _signed(formula: Formula, *, below_zero: bool) -> Formula:
    """Put a minus in front of a number below zero."""
    return Negative(formula) if below_zero else formula
