"""Which products of powers and logarithms outgrow which sums of them, decided exactly.

A term such as n·d²·log n is its exponents, one pair (power, power of the logarithm) for each variable. With x = exp(t),
t >= 0, a sum of such terms grows like the largest of its exponent vectors in the direction t. So a term stays below a
sum, up to a constant, exactly when it lies below some weighted mean of the sum's terms, coordinate by coordinate: a
small linear programme, solved here in fractions. (sympy's exact solver was tried, and did not end on some of these.)

Logarithms compare after powers: where the mean's power is strictly larger, any logarithms are absorbed. This is always
sound, and complete for sums without logarithms.
"""

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import combinations
from typing import TypeAlias

Exponents: TypeAlias = tuple[tuple[Fraction, Fraction], ...]


def dominated(term: Exponents, others: Sequence[Exponents]) -> bool:
    """Whether a term stays below a constant times the sum of the others, for all sizes of at least 2."""
    if any(all(mine <= its for mine, its in zip(term, other, strict=True)) for other in others):
        return True
    with_logs = {i for row in (term, *others) for i, (_, logs) in enumerate(row) if logs}
    return any(_below_a_mean(term, others, strict, set()) for strict in _subsets(with_logs))


def vanishes_beside(term: Exponents, others: Sequence[Exponents]) -> bool:
    """Whether a term becomes negligible beside the sum of the others as some variable grows: it may be subtracted."""
    variables = set(range(len(term)))
    return any(
        _below_a_mean(term, others, strict, log_strict)
        for strict in _subsets(variables)
        for log_strict in _subsets(variables - strict)
        if strict or log_strict
    )


def without_dominated(terms: Iterable[Exponents]) -> tuple[Exponents, ...]:
    """Leave out the terms that the rest dominates; what remains does not depend on the order."""
    kept = sorted(set(terms), key=lambda term: (sum(power for power, _ in term), term), reverse=True)
    for term in reversed(kept.copy()):
        rest = [other for other in kept if other != term]
        if rest and dominated(term, rest):
            kept = rest
    return tuple(kept)


def steepest(term: Exponents, others: Sequence[Exponents]) -> tuple[Fraction, ...] | None:
    """Find the direction in which the powers of a term exceed those of all the others by most, if there is one."""
    rows = [[Fraction(1), *(its[0] - mine[0] for mine, its in zip(term, other, strict=True))] for other in others]
    rows.append([Fraction(0), *[Fraction(1)] * len(term)])
    best, direction = maximise([1] + [0] * len(term), rows, [0] * len(others) + [1])
    return tuple(direction[1:]) if best > 0 else None


def _below_a_mean(term: Exponents, others: Sequence[Exponents], strict: set[int], log_strict: set[int]) -> bool:
    """Whether some weighted mean of the others lies above a term.

    Args:
        term: The term in question.
        others: The terms whose weights are sought.
        strict: The variables in which the mean's power must be larger; there, logarithms do not matter.
        log_strict: The variables in which the power may be equal, and then the logarithm's must be larger.
    """
    rows = []
    for variable, (power, logs) in enumerate(term):
        gain = Fraction(variable in strict)
        rows.append([power - other[variable][0] for other in others] + [gain])
        if variable not in strict:
            gain = Fraction(variable in log_strict)
            rows.append([logs - other[variable][1] for other in others] + [gain])
    weights = [Fraction(1)] * len(others)
    rows.append([*weights, Fraction(0)])
    # Any positive multiple of a solution is one, so the weights need no fixed sum, and all zero is a place to start.
    objective = [0] * len(others) + [1] if strict or log_strict else [1] * len(others) + [0]
    return maximise(objective, rows, [0] * (len(rows) - 1) + [1])[0] > 0


def _subsets(items: set[int]) -> Iterator[set[int]]:
    """Go through all subsets, the small ones first."""
    return (set(chosen) for size in range(len(items) + 1) for chosen in combinations(sorted(items), size))


def maximise(
    objective: Sequence[int], rows: Sequence[Sequence[Fraction]], limits: Sequence[int]
) -> tuple[Fraction, list[Fraction]]:
    """Solve a linear programme exactly: the largest objective·x with rows·x <= limits and x >= 0.

    The limits must not be negative, so that x = 0 is a start, and must leave the objective bounded. Bland's rule (take
    the first column that helps, and the first row among equals) keeps the simplex method from going round in circles.

    Returns:
        The largest value, and the x that attains it.
    """
    width = len(objective)
    table = [
        [*row, *(Fraction(i == j) for j in range(len(rows))), Fraction(limit)]
        for i, (row, limit) in enumerate(zip(rows, limits, strict=True))
    ]
    costs = [Fraction(-c) for c in objective] + [Fraction(0)] * (len(rows) + 1)
    basis = list(range(width, width + len(rows)))
    while (column := next((j for j, cost in enumerate(costs[:-1]) if cost < 0), None)) is not None:
        _, _, pivot = min((row[-1] / row[column], basis[i], i) for i, row in enumerate(table) if row[column] > 0)
        table[pivot] = [entry / table[pivot][column] for entry in table[pivot]]
        for i, row in enumerate(table):
            if i != pivot and row[column]:
                table[i] = _eliminated(row, table[pivot], column)
        costs = _eliminated(costs, table[pivot], column)
        basis[pivot] = column
    point = [Fraction(0)] * (width + len(rows))
    for variable, row in zip(basis, table, strict=True):
        point[variable] = row[-1]
    return costs[-1], point[:width]


def _eliminated(row: list[Fraction], pivot: list[Fraction], column: int) -> list[Fraction]:
    """Subtract as much of the pivot row as makes the column zero."""
    factor = row[column]
    return [entry - factor * other for entry, other in zip(row, pivot, strict=True)]
