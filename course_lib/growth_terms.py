"""From a formula to the terms that decide how it grows: products of powers and logarithms, with their coefficients.

Some steps keep the growth but not the value: (n + d)^1.5 becomes n^1.5 + d^1.5, a maximum a sum, and log(n d + b) the
sum log n + log d + log b. What comes out is only known up to a constant factor, and must not cancel against anything.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from typing import NoReturn

from course_lib.dominance import Exponents, vanishes_beside
from course_lib.formula import Apply, Formula, Name, Negative, Number, Power, Product, Quotient, Sum, plain
from course_lib.unreadable import Unreadable

_MOST_TERMS = 40
_LARGEST_POWER = 100
_LARGEST_EXPANDED = 3
_COVERED = "Write a cost as a sum of products of powers, such as n b d^2 + n d."


@dataclass(frozen=True)
class Terms:
    """A sum of terms, each with its coefficient; `exact` unless a constant factor was lost on the way."""

    coefficients: dict[Exponents, Fraction]
    exact: bool = True


class Expander:
    """Multiplies a formula out."""

    def __init__(self, text: str, variables: Sequence[str]) -> None:
        """Keep the student's text, to point at, and the letters that may occur."""
        self.text = text
        self.variables = variables
        self.one: Exponents = tuple((Fraction(0), Fraction(0)) for _ in variables)

    def terms(self, formula: Formula) -> tuple[Exponents, ...]:
        """Return the terms of a formula that is positive when its sizes are large."""
        return tuple(self._settled(self._expand(formula), formula).coefficients)

    def _expand(self, formula: Formula) -> Terms:  # noqa: PLR0911 - a case per form
        """Multiply out one formula."""
        match formula:
            case Number():
                return Terms({self.one: formula.value} if formula.value else {})
            case Name(name, position):
                if name not in self.variables:
                    raise Unreadable.unknown(self.text, position, name, self.variables)
                return self._variable(self.variables.index(name), (Fraction(1), Fraction(0)))
            case Negative(operand):
                inside = self._expand(operand)
                return Terms({term: -c for term, c in inside.coefficients.items()}, inside.exact)
            case Sum(left, right):
                return self._sum(self._expand(left), self._expand(right), formula)
            case Product(left, right):
                return self._product(self._expand(left), self._expand(right), formula)
            case Quotient(top, bottom):
                return self._product(self._expand(top), self._power(bottom, Fraction(-1), formula), formula)
            case Power(base, exponent):
                return self._power(base, self._constant(exponent, formula), formula)
            case Apply():
                return self._apply(formula)

    def _variable(self, index: int, exponents: tuple[Fraction, Fraction]) -> Terms:
        """Return one variable, or its logarithm, alone."""
        return Terms({(*self.one[:index], exponents, *self.one[index + 1 :]): Fraction(1)})

    def _sum(self, left: Terms, right: Terms, formula: Formula) -> Terms:
        """Add; equal terms may only cancel if both coefficients are exact."""
        total = dict(left.coefficients)
        exact = left.exact and right.exact
        for term, coefficient in right.coefficients.items():
            before = total.pop(term, Fraction(0))
            if not exact and before * coefficient < 0:
                self._refuse(formula, "What is subtracted may be as large as what it is subtracted from.")
            if before + coefficient:
                total[term] = before + coefficient
        return self._checked(Terms(total, exact), formula)

    def _product(self, left: Terms, right: Terms, formula: Formula) -> Terms:
        """Multiply every term by every term."""
        product: dict[Exponents, Fraction] = {}
        if len(left.coefficients) * len(right.coefficients) > _MOST_TERMS**2:
            self._refuse(formula, "It has too many terms.")
        for first, c in left.coefficients.items():
            for second, d in right.coefficients.items():
                term = tuple((p + r, q + s) for (p, q), (r, s) in zip(first, second, strict=True))
                product[term] = product.get(term, Fraction(0)) + c * d
        nonzero = {term: c for term, c in product.items() if c}
        return self._checked(Terms(nonzero, left.exact and right.exact), formula)

    def _power(self, base: Formula, exponent: Fraction, formula: Formula) -> Terms:
        """Raise to a constant power."""
        inside = self._expand(base)
        if exponent.denominator == 1 and 0 <= exponent <= _LARGEST_EXPANDED:
            one = Terms({self.one: Fraction(1)})
            return reduce(lambda done, _: self._product(done, inside, base), range(int(exponent)), one)
        positive = self._settled(inside, formula).coefficients
        if exponent < 0 and len(positive) > 1:
            self._refuse(formula, "I cannot divide by a sum.")
        exact = inside.exact and exponent == -1
        powers = {
            tuple((p * exponent, q * exponent) for p, q in term): 1 / c if exact else Fraction(1)
            for term, c in positive.items()
        }
        return self._checked(Terms(powers, exact), base)

    def _constant(self, exponent: Formula, formula: Formula) -> Fraction:
        """Return the value of an exponent, which may not grow."""
        inside = self._expand(exponent)
        if set(inside.coefficients) - {self.one}:
            self._refuse(formula, "An exponent that grows makes an exponential, which outgrows all powers.")
        value = inside.coefficients.get(self.one, Fraction(0))
        if not inside.exact or abs(value) > _LARGEST_POWER or value.denominator > _LARGEST_POWER:
            self._refuse(formula, f"As an exponent I expected a plain number up to {_LARGEST_POWER}, such as 2 or 1.5.")
        return value

    def _apply(self, formula: Apply) -> Terms:
        """Apply a function."""
        one_argument: dict[str, Callable[[Formula], Terms]] = {
            "log": self._log,
            "sqrt": lambda argument: self._power(argument, Fraction(1, 2), formula),
            "O": self._expand,
        }
        if formula.function == "max":
            parts = [self._settled(self._expand(part), part) for part in formula.arguments]
            return Terms({term: Fraction(1) for part in parts for term in part.coefficients}, exact=False)
        if formula.function in one_argument and len(formula.arguments) == 1:
            inside = one_argument[formula.function](formula.arguments[0])
            return Terms(inside.coefficients, exact=False) if formula.function == "O" else inside
        reasons = {
            "exp": "An exponential outgrows all powers.",
            "min": "I cannot compare a minimum.",
            "O": "O(…) takes one formula.",
        }
        reason = reasons.get(formula.function, f"Of functions I know log, sqrt and max here, not {formula.function}.")
        return self._refuse(formula, reason)

    def _log(self, argument: Formula) -> Terms:
        """Take a logarithm: the sum of the logarithms of whatever grows inside."""
        inside = self._settled(self._expand(argument), argument).coefficients
        total = Terms({}, exact=isinstance(argument, Name))
        for index in range(len(self.variables)):
            powers = [term[index] for term in inside]
            if any(power < 0 for power, _ in powers):
                self._refuse(argument, "I cannot take the logarithm of a quotient.")
            if any(power > 0 for power, _ in powers):
                total = self._sum(total, self._variable(index, (Fraction(0), Fraction(1))), argument)
            elif any(logs for _, logs in powers):
                self._refuse(argument, "I cannot compare the logarithm of a logarithm.")
        # The logarithm of a constant is a constant.
        return total if total.coefficients else Terms({self.one: Fraction(1)}, exact=False)

    def _settled(self, terms: Terms, formula: Formula) -> Terms:
        """Drop negative terms that vanish beside the positive ones; refuse others."""
        positive = [term for term, c in terms.coefficients.items() if c > 0]
        negative = [term for term, c in terms.coefficients.items() if c < 0]
        if not positive:
            self._refuse(formula, "I expected something that grows." if negative else "It comes to zero.")
        for term in negative:
            if not vanishes_beside(term, positive):
                self._refuse(formula, "What is subtracted may be as large as what it is subtracted from.")
        return Terms({term: terms.coefficients[term] for term in positive}, terms.exact)

    def _checked(self, terms: Terms, formula: Formula) -> Terms:
        """Refuse what is too large for an answer."""
        if len(terms.coefficients) > _MOST_TERMS:
            self._refuse(formula, "It has too many terms.")
        if any(abs(exponent) > _LARGEST_POWER for term in terms.coefficients for pair in term for exponent in pair):
            self._refuse(formula, "Its powers are too large for an answer.")
        return terms

    def _refuse(self, formula: Formula, reason: str) -> NoReturn:
        """Say which part is not covered, and what to write instead."""
        raise Unreadable(f"I can read `{plain(formula)}`, but not compare how it grows. {reason} {_COVERED}", self.text)
