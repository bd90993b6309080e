"""A formula as it was read: a small tree, and how it is written back as plain text or LaTeX.

The tree keeps what the student wrote (`1/2 · exp(−c)` stays a product), so that an echo shows how it was understood.
"""

from dataclasses import dataclass, field
from fractions import Fraction
from typing import TypeAlias

_SUPERSCRIPTS = str.maketrans("−0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True)
class Number:
    """A number in decimal digits, such as `2` or `0.5`."""

    digits: str

    @property
    def value(self) -> Fraction:
        """The exact value of the digits."""
        return Fraction(self.digits)


@dataclass(frozen=True)
class Name:
    """A letter that stands for a value: a node, or a size."""

    name: str
    position: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Negative:
    """A minus in front."""

    operand: "Formula"


@dataclass(frozen=True)
class Sum:
    """Two things added; a difference adds a negative."""

    left: "Formula"
    right: "Formula"


@dataclass(frozen=True)
class Product:
    """Two things multiplied."""

    left: "Formula"
    right: "Formula"


@dataclass(frozen=True)
class Quotient:
    """One thing divided by another."""

    top: "Formula"
    bottom: "Formula"


@dataclass(frozen=True)
class Power:
    """A base and its exponent. A power of Euler's number is `Apply("exp", …)` instead."""

    base: "Formula"
    exponent: "Formula"


@dataclass(frozen=True)
class Apply:
    """A function of one thing, or of several: `log`, `exp`, `max`."""

    function: str
    arguments: tuple["Formula", ...]
    position: int = field(default=0, compare=False)


Formula: TypeAlias = Number | Name | Negative | Sum | Product | Quotient | Power | Apply

# How tightly each form holds together: whatever is looser than its place requires gets brackets.
_SUM, _SIGN, _PRODUCT, _POWER, _WHOLE = range(5)


def plain(formula: Formula, tightness: int = _SUM) -> str:
    """Write a formula as plain text, with brackets wherever two readers might differ: `(1/2)·exp(−c)`."""
    text, own = _plain(formula)
    return f"({text})" if own < tightness else text


def _plain(formula: Formula) -> tuple[str, int]:  # noqa: C901, PLR0911 - a case per form
    """Return the text and how tightly it holds together."""
    match formula:
        case Number(digits):
            return digits, _WHOLE
        case Name(name):
            return name, _WHOLE
        case Negative(operand):
            return f"−{plain(operand, _PRODUCT)}", _SIGN
        case Sum(left, Negative(operand)):
            return f"{plain(left)} − {plain(operand, _PRODUCT)}", _SUM
        case Sum(left, right):
            return f"{plain(left)} + {plain(right, _PRODUCT)}", _SUM
        case Product(left, right):
            return f"{plain(left, _left_of(left, right))}·{plain(right, _right_of(right))}", _PRODUCT
        case Quotient(top, bottom):
            return f"{plain(top, _left_of(top, bottom))}/{plain(bottom, _POWER)}", _PRODUCT
        case Power(base, exponent):
            # A bare `e` under an exponent would be Euler's number.
            return ("(e)" if base == Name("e") else plain(base, _WHOLE)) + _raised(exponent), _POWER
        case Apply("log", (Number() | Name() as argument,)):
            return f"log {plain(argument)}", _PRODUCT
        case Apply(function, arguments):
            return f"{function}({', '.join(map(plain, arguments))})", _WHOLE


def _left_of(formula: Formula, following: Formula) -> int:
    """How tight a left factor must be: products chain, but a quotient, or a `log 2` at the end, gets brackets."""
    chains = isinstance(formula, Product) and (_is_open_log(following) or not _is_open_log(formula.right))
    return _PRODUCT if chains else _POWER


def _right_of(formula: Formula) -> int:
    """How tight a right factor must be: `log 2` needs no brackets there."""
    return _PRODUCT if _is_open_log(formula) else _POWER


def _is_open_log(formula: Formula) -> bool:
    """Whether this is written `log 2`, which seems to reach for whatever comes next."""
    return isinstance(formula, Apply) and formula.function == "log" and isinstance(formula.arguments[0], Number | Name)


def _raised(exponent: Formula) -> str:
    """Write an exponent: raised digits for a whole number, otherwise `^` and brackets."""
    match exponent:
        case Number(digits) | Negative(Number(digits)) if digits.isdigit():
            return plain(exponent).translate(_SUPERSCRIPTS)
        case _:
            return f"^{plain(exponent, _WHOLE)}"


def latex(formula: Formula, tightness: int = _SUM) -> str:
    """Write a formula in LaTeX, without the dollars around it."""
    text, own = _latex(formula)
    return rf"\left({text}\right)" if own < tightness else text


def _latex(formula: Formula) -> tuple[str, int]:  # noqa: C901, PLR0911 - a case per form
    """Return the LaTeX and how tightly it holds together; a fraction or a root holds by itself."""
    match formula:
        case Number(digits):
            return digits, _WHOLE
        case Name(name):
            letter, _, index = name.partition("_")
            return (f"{letter}_{{{index}}}" if index else letter), _WHOLE
        case Negative(operand):
            return f"-{latex(operand, _PRODUCT)}", _SIGN
        case Sum(left, Negative(operand)):
            return f"{latex(left)} - {latex(operand, _PRODUCT)}", _SUM
        case Sum(left, right):
            return f"{latex(left)} + {latex(right, _PRODUCT)}", _SUM
        case Product(left, right):
            return rf"{latex(left, _left_of(left, right))} \cdot {latex(right, _right_of(right))}", _PRODUCT
        case Quotient(top, bottom):
            return rf"\frac{{{latex(top)}}}{{{latex(bottom)}}}", _POWER
        case Power(base, exponent):
            foot = r"\left(e\right)" if base == Name("e") else latex(base, _WHOLE)
            return f"{foot}^{{{latex(exponent)}}}", _POWER
        case Apply("exp", (exponent,)):
            return f"e^{{{latex(exponent)}}}", _POWER
        case Apply("sqrt", (argument,)):
            return rf"\sqrt{{{latex(argument)}}}", _WHOLE
        case Apply("log", (Number() | Name() as argument,)):
            return rf"\log {latex(argument)}", _PRODUCT
        case Apply(function, arguments):
            return rf"\{function}\left({', '.join(map(latex, arguments))}\right)", _WHOLE
