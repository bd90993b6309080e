"""A class in a few numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, median, quantiles

from autograder.reporting.graded_class import GradedClass

_BARS = 16


@dataclass(frozen=True)
class Summary:
    """What there is to say about all together. Points are before what lateness costs.

    Attributes:
        graded: how many students have points.
        ungraded: how many have handed in and have none.
        absent: how many in the gradebook have handed in nothing.
        waiting: how many have an answer that a person has yet to look at.
        unknown: of how many there is no record that says what was found.
        late, penalised: how many were late, and how many lost points by that.
        most: the points that can be had.
        mean, median, lower, upper, worst, best: of the points; lower and upper are the quartiles.
        full: how many have all points.
        problems, repaired: how many have something to look at, and how many were mended before they were graded.
    """

    graded: int
    ungraded: int
    absent: int
    waiting: int
    unknown: int
    late: int
    penalised: int
    most: float
    mean: float
    median: float
    lower: float
    upper: float
    worst: float
    best: float
    full: int
    problems: int
    repaired: int

    @property
    def missing(self) -> list[str]:
        """Return what the numbers leave out, in sentences; none if they are about everybody."""
        found = []
        if self.ungraded:
            found.append(f"{students(self.ungraded)} handed in and not graded: not counted here.")
        if self.absent:
            found.append(f"{students(self.absent)} of the gradebook without a hand-in: not counted here.")
        if self.waiting:
            found.append(f"{students(self.waiting)} with answers that wait for a person: totals may still rise.")
        if self.unknown:
            found.append(
                f"{students(self.unknown)} without a record of what was found, so their mistakes are not counted. "
                "Grading them again makes one."
            )
        return found


@dataclass(frozen=True)
class Bin:
    """How many students have at least `low` and less than `high` points; all points belong to the last one."""

    low: float
    high: float
    count: int


def summary(graded: GradedClass) -> Summary:
    """Return a class in a few numbers. At least one student is graded."""
    all_of_them = graded.submissions
    totals = [submission.total for submission in all_of_them]
    lower, _, upper = quantiles(totals, n=4, method="inclusive") if len(totals) > 1 else totals * 3
    return Summary(
        graded=len(totals),
        ungraded=len(graded.ungraded),
        absent=len(graded.absent),
        waiting=sum(bool(submission.waiting) for submission in all_of_them),
        unknown=sum(not submission.known for submission in all_of_them),
        late=sum(submission.late_by > 0 for submission in all_of_them),
        penalised=sum(submission.penalty > 0 for submission in all_of_them),
        most=graded.most,
        mean=fmean(totals),
        median=median(totals),
        lower=lower,
        upper=upper,
        worst=min(totals),
        best=max(totals),
        full=sum(total >= graded.most for total in totals),
        problems=sum(bool(submission.problems) for submission in all_of_them),
        repaired=sum(bool(submission.repaired) for submission in all_of_them),
    )


def histogram(totals: Sequence[float], most: float) -> list[Bin]:
    """Return how many students have how many points, in steps of a round number.

    Args:
        totals: of each student; more than can be had is possible, with extra credit, and less than none is not.
        most: what can be had.
    """
    top = max(most, *totals, 1e-9)
    rough = top / _BARS
    scale = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * scale for factor in (1, 2, 2.5, 5, 10) if factor * scale >= rough * (1 - 1e-9))
    number = max(1, math.ceil(top / step - 1e-9))
    counts = [0] * number
    for total in totals:
        counts[min(number - 1, max(0, math.floor(total / step + 1e-9)))] += 1
    return [Bin(step * place, step * (place + 1), count) for place, count in enumerate(counts)]


def plain(number: float) -> str:
    """Return a number as people write it: with one digit behind the point, if that is not zero."""
    return f"{number:,.1f}".removesuffix(".0")


def students(number: int) -> str:
    """Return how many students, in words."""
    return f"{number:,} student{'s' * (number != 1)}"
