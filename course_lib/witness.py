"""Sizes at which one sum of terms visibly outgrows another: the counterexample that a student can check by hand.

Each size grows at a rate: 0 stays put, 1, 2 and 3 grow like L, L² and L³, and infinity like 2^L, which only matters for
logarithms. Simple ways to grow are tried first, so that d alone grows wherever that is enough.
"""

import math
from collections.abc import Iterable, Sequence
from fractions import Fraction
from functools import cache
from itertools import product
from typing import TypeAlias

from course_lib.dominance import Exponents, steepest

Rates: TypeAlias = tuple[float, ...]

_PLAINLY = 5.0
_MANY_VARIABLES = 4
_LADDER = (1000, 10**6, 10**9, 10**12, 10**24, 10**48, 10**96, 10**192, 10**300)
_EXPONENTIAL_LADDER = (20, 50, 100, 200, 400, 800)


def outgrowing_rates(terms: Sequence[Exponents], others: Sequence[Exponents]) -> Rates | None:
    """Find rates at which some of the terms outgrow all the others, the simplest that there are."""
    steady, exponential = _simplest_first(len(terms[0]))
    return _first_that_outgrows(terms, others, steady) or (
        _steepest_rates(terms, others) or _first_that_outgrows(terms, others, exponential)
    )


def _first_that_outgrows(
    terms: Sequence[Exponents], others: Sequence[Exponents], ways: Iterable[Rates]
) -> Rates | None:
    """Find the first of several ways to grow at which some of the terms outgrow all the others."""

    def fastest(some: Sequence[Exponents], rates: Rates) -> tuple[Fraction, Fraction, Fraction]:
        return max(_order(term, rates) for term in some)

    return next((rates for rates in ways if fastest(terms, rates) > fastest(others, rates)), None)


def _steepest_rates(terms: Sequence[Exponents], others: Sequence[Exponents]) -> Rates | None:
    """Find whole rates that no short list contains, by their powers alone."""
    direction = next(filter(None, (steepest(term, others) for term in terms)), None)
    if direction is None:
        return None
    scale = math.lcm(*(rate.denominator for rate in direction))
    return tuple(int(rate * scale) for rate in direction)


def telling_sizes(terms: Sequence[Exponents], others: Sequence[Exponents], rates: Rates) -> tuple[int, ...]:
    """Choose sizes along the rates, large enough that the terms are plainly larger, and no larger than that."""
    with_logs = [any(term[i][1] for term in (*terms, *others)) for i in range(len(rates))]
    best, best_ratio = None, 0.0
    for base in _EXPONENTIAL_LADDER if math.inf in rates else _LADDER:
        sizes = tuple(_size(base, rate, logs) for rate, logs in zip(rates, with_logs, strict=True))
        try:
            ratio = total(terms, sizes) / total(others, sizes)
        except (OverflowError, ZeroDivisionError):
            break
        if not math.isfinite(ratio):
            break
        if best is None or ratio > best_ratio:
            best, best_ratio = sizes, ratio
        if ratio >= _PLAINLY:
            break
    return best or (1,) * len(rates)


def total(terms: Iterable[Exponents], sizes: Sequence[float]) -> float:
    """Return the value of a sum of terms at given sizes; the logarithm is the natural one."""
    return math.fsum(math.prod(_factor(size, *pair) for size, pair in zip(sizes, term, strict=True)) for term in terms)


def _factor(size: float, power: Fraction, logs: Fraction) -> float:
    """Return size^power · (log size)^logs; whole powers of whole sizes come out exact."""
    whole = int(power) if power.denominator == 1 else float(power)
    return float(size**whole) * (math.log(size) ** float(logs) if logs else 1.0)


def _size(base: int, rate: float, logs: bool) -> int:
    """Return the size at a rate; one that stays put is 1, unless its logarithm would then be zero."""
    if rate == 0:
        return 2 if logs else 1
    return int(2**base if rate == math.inf else base ** int(rate))


def _order(term: Exponents, rates: Rates) -> tuple[Fraction, Fraction, Fraction]:
    """Say how a term grows along the rates: the powers of 2^L, of L, and of log L, which compare in this order."""
    moving = [(rate, *pair) for rate, pair in zip(rates, term, strict=True) if rate]
    steady = [(int(rate), power, logs) for rate, power, logs in moving if rate != math.inf]
    exponential = [(power, logs) for rate, power, logs in moving if rate == math.inf]
    return (
        sum((power for power, _ in exponential), Fraction(0)),
        sum((rate * power for rate, power, _ in steady), sum((logs for _, logs in exponential), Fraction(0))),
        sum((logs for _, _, logs in steady), Fraction(0)),
    )


@cache
def _simplest_first(variables: int) -> tuple[tuple[Rates, ...], tuple[Rates, ...]]:
    """List ways to grow, those without and those with exponentials; few variables and low rates come first."""
    single = (0.0, 1.0, 2.0, 3.0, math.inf) if variables <= _MANY_VARIABLES else (0.0, 1.0, math.inf)

    def effort(way: Rates) -> tuple[int, int, float]:
        return way.count(math.inf), sum(map(bool, way)), sum(way)

    ways = sorted(product(single, repeat=variables), key=effort)
    return tuple(way for way in ways if math.inf not in way), tuple(way for way in ways if math.inf in way)
