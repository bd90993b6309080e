r"""Θ of formulas in several variables: read a student's claim, compare it exactly, show sizes that tell two apart.

`O(nbd^2 + nd^2)`, `n b d**2 + 3 n d²` and `\Theta(n d (b d + d))` all grow alike. Constants and dominated terms do not
matter; no variable is taken to be larger than another.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache, reduce

from course_lib.dominance import Exponents, dominated, without_dominated
from course_lib.formula import Apply, Formula, Name, Negative, Number, Power, Product, Quotient, Sum, plain
from course_lib.formula_reading import read_formula
from course_lib.growth_terms import Expander
from course_lib.unreadable import Unreadable
from course_lib.witness import Rates, outgrowing_rates, telling_sizes, total

# The truths that claims are compared with are read again and again.
_REMEMBERED = 256


@dataclass(frozen=True)
class Growth:
    """How a cost grows, as it was read.

    Attributes:
        written: What the student wrote.
        variables: The sizes that may grow.
        formula: How it was understood.
        terms: The exponents of the terms that matter, constants left out.
    """

    written: str
    variables: tuple[str, ...]
    formula: Formula
    terms: tuple[Exponents, ...]

    @property
    def text(self) -> str:
        """How it was read, in plain notation: `2·n·b·d² + n·d`."""
        return plain(self.formula)

    @property
    def simplified(self) -> str:
        """The same growth without constants and dominated terms: `n·b·d²`. Two growths are equal if these are."""
        return plain(reduce(Sum, (_written(term, self.variables) for term in self.terms)))

    def at(self, **sizes: float) -> float:
        """Return the value of the simplified formula at given sizes, such as `at(n=1, b=1, d=1000)`."""
        return total(self.terms, [sizes[variable] for variable in self.variables])


@dataclass(frozen=True)
class Witness:
    """Sizes that tell a claim from the truth.

    Attributes:
        sizes: Small enough to check by hand, such as n=1, b=1, d=1000.
        claim: The value of the simplified claim there.
        truth: The value of the simplified truth there.
        direction: How fast each size grows: 0 stays put, 2 grows as the square of 1, infinity like 2 to the power of 1.
    """

    sizes: dict[str, int]
    claim: float
    truth: float
    direction: dict[str, float]

    @property
    def growing(self) -> tuple[str, ...]:
        """The variables that grow; the others stay put."""
        return tuple(name for name, rate in self.direction.items() if rate)


@dataclass(frozen=True)
class Comparison:
    """How a claim compares with the truth.

    Attributes:
        too_large: Sizes at which the claim outgrows the truth, if there are any.
        too_small: Sizes at which the truth outgrows the claim, if there are any.
    """

    too_large: Witness | None
    too_small: Witness | None

    @property
    def equal(self) -> bool:
        """Whether the two differ by no more than a constant factor, whatever the sizes."""
        return self.too_large is None and self.too_small is None


def read_growth(text: object, variables: Sequence[str] = ("n", "b", "d")) -> Growth:
    """Read how a cost grows.

    Args:
        text: A formula such as `n b d^2`, with or without O(…) or Θ(…) around it, or a number.
        variables: The sizes that may grow, single letters. (`e^…` is always Euler's number.)

    Returns:
        The growth, ready to be compared.

    Raises:
        Unreadable: The message tells the student what could be read, and what to write instead.
    """
    if text is None or text is ...:
        raise Unreadable("There is no answer here yet.", missing=True)
    if isinstance(text, int) and not isinstance(text, bool):
        text = str(text)
    if not isinstance(text, str):
        raise Unreadable(f'I expected text in quotes such as "n b d^2", but this is of type {type(text).__name__}.')
    return _read_text(text, tuple(variables))


@lru_cache(_REMEMBERED)
def _read_text(text: str, variables: tuple[str, ...]) -> Growth:
    formula = read_formula(text)
    terms = without_dominated(Expander(text, variables).terms(formula))
    while isinstance(formula, Apply) and formula.function == "O":
        formula = formula.arguments[0]
    return Growth(text, variables, formula, terms)


def compare(claim: Growth, truth: Growth) -> Comparison:
    """Compare a claim with the truth, exactly, and show where they part."""
    return Comparison(_witness(claim, truth, claim, truth), _witness(truth, claim, claim, truth))


def dominates(first: Growth, second: Growth) -> bool:
    """Whether the second stays below a constant times the first: second = O(first)."""
    return _outgrows(second, first) is None


def _outgrows(first: Growth, second: Growth) -> Rates | None:
    """Find rates at which the first outgrows the second; there are none exactly if it is O(second)."""
    if first.variables != second.variables:
        raise ValueError(f"These growths are in different variables: {first.variables} and {second.variables}.")
    if all(dominated(term, second.terms) for term in first.terms):
        return None
    if (rates := outgrowing_rates(first.terms, second.terms)) is None:
        # Only sums with several logarithms that compete with powers come here; a wrong verdict would be worse.
        both = f"`{first.simplified}` and `{second.simplified}`"
        raise Unreadable(f"I cannot decide which of {both} grows faster: their logarithms are too close.")
    return rates


def _witness(larger: Growth, smaller: Growth, claim: Growth, truth: Growth) -> Witness | None:
    """Find sizes at which one growth plainly outgrows the other, if there are any."""
    if (rates := _outgrows(larger, smaller)) is None:
        return None
    sizes = telling_sizes(larger.terms, smaller.terms, rates)
    return Witness(
        sizes=dict(zip(claim.variables, sizes, strict=True)),
        claim=total(claim.terms, sizes),
        truth=total(truth.terms, sizes),
        direction=dict(zip(claim.variables, rates, strict=True)),
    )


def _written(term: Exponents, variables: Sequence[str]) -> Formula:
    """Write a term as a product of powers and logarithms."""
    factors = [_raised(Name(v), power) for v, (power, _) in zip(variables, term, strict=True) if power]
    logs = [_raised(Apply("log", (Name(v),)), power) for v, (_, power) in zip(variables, term, strict=True) if power]
    return reduce(Product, [*factors, *logs]) if factors or logs else Number("1")


def _raised(base: Formula, power: Fraction) -> Formula:
    """Write a power; the first power is the base itself."""
    if power == 1:
        return base
    size = abs(power)
    top, bottom = Number(str(size.numerator)), Number(str(size.denominator))
    exponent: Formula = top if size.denominator == 1 else Quotient(top, bottom)
    return Power(base, exponent if power > 0 else Negative(exponent))
