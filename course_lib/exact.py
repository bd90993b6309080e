"""The exact real value of a formula, kept by sympy, which never sees the student's text.

Every step is looked at before and after it is taken, so that `1/0`, `log 0` and `9^9^9^9` are answered with a sentence,
at once.
"""

import math
from decimal import ROUND_DOWN, Context, Decimal
from typing import TYPE_CHECKING, assert_never

from course_lib.formula import Apply, Formula, Name, Negative, Number, Power, Product, Quotient, Sum, plain
from course_lib.unreadable import Unreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import sympy

LARGEST = 10**30
_MOST_BITS = 2000
_WORKING_DIGITS = 400
_ZERO = 1e-250
_SHOWN = 4
_MOST_SHOWN_EXACTLY = 6
_DIGITS = Context(prec=80, rounding=ROUND_DOWN)
_TOO_LARGE = "`{}` is too large to be an answer."
_TOO_SMALL = "`{}` is too near to zero to be an answer."
_LARGEST_LOGARITHM = math.log(LARGEST)


def is_zero(value: "sympy.Expr") -> bool:
    """Whether a number is zero: exactly for fractions, and otherwise to some 250 decimal places.

    No formula that fits into an answer comes that near to zero without being zero, because every step of it stays
    between 10^-30 and 10^30.
    """
    if value.is_Rational:
        return bool(value == 0)
    return bool(abs(value.evalf(30, maxn=_WORKING_DIGITS)) < _ZERO)


def decimal(value: "sympy.Expr") -> str:
    """Write a number in decimals: all of them if they are few, otherwise the first ones and an ellipsis."""
    digits = Decimal(str(value.evalf(_DIGITS.prec, maxn=_WORKING_DIGITS)))
    short = digits.quantize(Decimal(10) ** -_MOST_SHOWN_EXACTLY, context=_DIGITS)
    if value.is_Rational and short == digits:
        text = format(short.normalize(_DIGITS), "f")
    else:
        places = max(_SHOWN, _SHOWN - 1 - digits.adjusted())
        text = format(digits.quantize(Decimal(10) ** -places, context=_DIGITS), "f") + "…"
    return text.replace("-", "−")


class Evaluator:
    """Works out a formula step by step.

    Attributes:
        used: The names that the formula used.
    """

    def __init__(self, text: str, names: "Mapping[str, sympy.Expr]") -> None:
        """Keep the student's text, to point at, and the values of the names."""
        import sympy  # noqa: PLC0415 - importing the course must stay quick

        self.sympy = sympy
        self.text = text
        self.names = names
        self.used: set[str] = set()
        self._functions: dict[str, Callable[[Formula, sympy.Expr], sympy.Expr]] = {
            "log": self._log,
            "exp": self._exp,
            "sqrt": lambda formula, value: self._power(formula, value, sympy.Rational(1, 2)),
            "sinh": lambda formula, value: (self._exp(formula, value) - self._exp(formula, -value)) / 2,
            "cosh": lambda formula, value: (self._exp(formula, value) + self._exp(formula, -value)) / 2,
            "tanh": lambda formula, value: 1 - 2 / (self._exp(formula, 2 * value) + 1),
            "sin": lambda _, value: sympy.sin(value),
            "cos": lambda _, value: sympy.cos(value),
            "tan": lambda _, value: sympy.tan(value),
        }

    def value(self, formula: Formula) -> "sympy.Expr":
        """Return the exact value of a formula, a real number of a sensible size."""
        value = self._step(formula)
        if is_zero(value):
            return self.sympy.Integer(0)
        if value.is_Rational and max(abs(value.p), value.q) >> _MOST_BITS:
            raise self._unreadable(_TOO_LARGE, formula)
        size = abs(value.evalf(15, maxn=_WORKING_DIGITS))
        if size > LARGEST:
            raise self._unreadable(_TOO_LARGE, formula)
        if size * LARGEST < 1:
            raise self._unreadable(_TOO_SMALL, formula)
        return value

    def _step(self, formula: Formula) -> "sympy.Expr":  # noqa: PLR0911 - a case per form
        """Take the last step of a formula, once its parts have their values."""
        match formula:
            case Number(digits):
                return self.sympy.Rational(digits)
            case Name(name, position):
                return self._named(name, position)
            case Negative(operand):
                return -self.value(operand)
            case Sum(left, right):
                return self.value(left) + self.value(right)
            case Product(left, right):
                return self.value(left) * self.value(right)
            case Quotient(top, bottom):
                return self.value(top) / self._divisor(bottom, formula)
            case Power(base, exponent):
                return self._power(formula, self.value(base), self.value(exponent))
            case Apply(function, arguments, position):
                return self._apply(formula, function, arguments, position)
            case _:
                assert_never(formula)

    def _named(self, name: str, position: int) -> "sympy.Expr":
        """Look a name up; say what a bare `e` is, if nothing is called e."""
        if name in self.names:
            self.used.add(name)
            return self.names[name]
        if name == "e":
            raise Unreadable.after(
                self.text,
                position,
                "A bare e is the node e, which has no value here yet; for Euler's number write its power: e^1, e^x.",
            )
        raise Unreadable.unknown(self.text, position, name, self.names)

    def _divisor(self, bottom: Formula, whole: Formula) -> "sympy.Expr":
        """Return what is divided by, which must not be zero."""
        value = self.value(bottom)
        if value == 0:
            raise self._unreadable("`{}` divides by zero.", whole)
        return value

    def _power(self, formula: Formula, base: "sympy.Expr", exponent: "sympy.Expr") -> "sympy.Expr":
        """Raise to a power, after making sure that the result is real and not enormous."""
        if base == 0:
            if float(exponent) <= 0:
                raise self._unreadable("`{}` has no value: zero can only be raised to a positive power.", formula)
            return base
        if float(base) < 0 and not exponent.is_Integer:
            raise self._unreadable("`{}` is not a real number.", formula)
        written = max(abs(base.p), base.q).bit_length() if base.is_Rational else 1
        magnitude = abs(float(exponent) * math.log(abs(float(base))))
        if magnitude > _LARGEST_LOGARITHM or abs(float(exponent)) * written > _MOST_BITS:
            small = (float(exponent) > 0) == (abs(float(base)) < 1)
            raise self._unreadable(_TOO_SMALL if small else _TOO_LARGE, formula)
        return base**exponent

    def _exp(self, formula: Formula, value: "sympy.Expr") -> "sympy.Expr":
        """Raise Euler's number to a power."""
        if abs(float(value)) > _LARGEST_LOGARITHM:
            raise self._unreadable(_TOO_LARGE if float(value) > 0 else _TOO_SMALL, formula)
        return self.sympy.exp(value)

    def _log(self, formula: Formula, value: "sympy.Expr") -> "sympy.Expr":
        """Take the natural logarithm of a positive number."""
        if float(value) <= 0:
            which = "zero" if value == 0 else "a negative number"
            raise self._unreadable(f"`{{}}` has no value: it is the logarithm of {which}.", formula)
        return self.sympy.log(value)

    def _apply(self, formula: Formula, function: str, arguments: tuple[Formula, ...], position: int) -> "sympy.Expr":
        """Apply a function of one argument."""
        if function not in self._functions:
            raise Unreadable.after(
                self.text, position, f"I expected a value here, and {function} is for how costs grow."
            )
        if len(arguments) > 1:
            raise Unreadable.after(
                self.text, position, f"{function} takes one thing; write decimals with a point: 0.5."
            )
        return self._functions[function](formula, self.value(arguments[0]))

    def _unreadable(self, message: str, formula: Formula) -> Unreadable:
        """Name the part of the formula that has no usable value."""
        return Unreadable(message.format(plain(formula)), self.text)
