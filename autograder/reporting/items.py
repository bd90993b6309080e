"""How each question did: how hard it was, and whether it tells those who know much from those who know little."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean

from autograder.reporting.graded_class import GradedClass, Question, Submission

# Below this, the order of a question's points says next to nothing about the rest: Ebel and Frisbie call it poor.
POOR = 0.2
# With fewer students, a correlation is mostly chance: at 20, its standard error is still above 0.2.
FEWEST = 20
_HARD, _EASY = 0.2, 0.95


@dataclass(frozen=True)
class Item:
    """What came of one question.

    Attributes:
        question: which.
        graded: how many students have points for it.
        full, some, none: how many of them have all points, some, or none.
        waiting: how many answers wait for a person.
        mean: the points on average, as a share of what can be had; None if nobody is graded.
        separates: the corrected item-total correlation; None where points do not differ.
        remark: what to think of it, in words; empty if nothing is odd.
    """

    question: Question
    graded: int
    full: int
    some: int
    none: int
    waiting: int
    mean: float | None
    separates: float | None
    remark: str = ""


def items(graded: GradedClass) -> list[Item]:
    """Return what came of each question, in order.

    A question is compared with the rest, which is made of those questions in which nobody waits for points; else it
    would be those with an eager grader who know much.
    """
    complete = [q for q in graded.questions if all(_points(s, q) is not None for s in graded.submissions)]
    return [_item(question, complete, graded.submissions) for question in graded.questions]


def _item(question: Question, complete: Sequence[Question], submissions: Sequence[Submission]) -> Item:
    rest = [other for other in complete if other.key != question.key]
    pairs = [
        (points, sum(_points(submission, other) or 0.0 for other in rest))
        for submission in submissions
        if (points := _points(submission, question)) is not None
    ]
    own = [points for points, _ in pairs]
    full = sum(points >= question.most for points in own)
    none = sum(points <= 0 for points in own)
    mean = fmean(own) / question.most if own and question.most else None
    separates = correlation(pairs) if rest else None
    return Item(
        question,
        graded=len(own),
        full=full,
        some=len(own) - full - none,
        none=none,
        waiting=sum(question.key in submission.waiting for submission in submissions),
        mean=mean,
        separates=separates,
        remark=_remark(len(own), full, none, mean, separates),
    )


def _points(submission: Submission, question: Question) -> float | None:
    """Return points that nobody has to look at again."""
    return None if question.key in submission.waiting else submission.points.get(question.key)


def correlation(pairs: Iterable[tuple[float, float]]) -> float | None:
    """Return the correlation of points for one question with the points for all others.

    This is the corrected item-total correlation (Nunnally and Bernstein, *Psychometric Theory*, 3rd edition, 1994): the
    question itself is left out of the total, with which it would correlate by being a part of it. Where a question is
    all or nothing, it is the point-biserial correlation. For what is poor we take the bounds that Ebel and Frisbie give
    for indices of discrimination (*Essentials of Educational Measurement*, 5th edition, 1991): below 0.2 poor, from 0.4
    on very good.

    Args:
        pairs: for each student, the points for the question and those for the rest.

    Returns:
        A number from -1 to 1; None if one of the two is the same for everybody.
    """
    own, rest = zip(*pairs, strict=True) if (pairs := list(pairs)) else ((), ())
    if len(set(own)) < 2 or len(set(rest)) < 2:  # noqa: PLR2004 - they have to differ
        return None
    own_mean, rest_mean = fmean(own), fmean(rest)
    together = math.fsum((x - own_mean) * (y - rest_mean) for x, y in zip(own, rest, strict=True))
    own_square = math.fsum((x - own_mean) ** 2 for x in own)
    rest_square = math.fsum((y - rest_mean) ** 2 for y in rest)
    return max(-1.0, min(1.0, together / math.sqrt(own_square * rest_square)))


def _remark(graded: int, full: int, none: int, mean: float | None, separates: float | None) -> str:
    if mean is None:
        return ""
    sure = separates if separates is not None and graded >= FEWEST else 1.0
    remarks = [
        (none == graded, "Nobody has a point. Is the question clear, and the test right?"),
        (full == graded, "Everybody has all points."),
        (not full, "Nobody has all points."),
        (mean < _HARD, "Hardly anybody has points."),
        (mean > _EASY, "Nearly everybody has all points, so it cannot separate."),
        (sure < 0, "Those who have points here have fewer elsewhere. Is the test right?"),
        (sure < POOR, "Does not separate: points here say little about points elsewhere."),
    ]
    return next((words for fits, words in remarks if fits), "")
