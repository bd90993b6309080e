"""What counts as equal: values and gradients of a student's engine beside those that are true, or predicted."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from autograder.judge import error_bounds
from autograder.judge.description import short_formula
from autograder.judge.engine import Failed
from autograder.judge.evidence import Given
from course_lib import comparison
from course_lib.described import Array, Step

# No wrong rule is right to nine digits, and a right one that loses some of its sixteen is still right.
_RELATIVE, _ABSOLUTE = 1e-9, 1e-12
# The bound is of first order, for one way to compute each step; another way may take a few roundings more.
_MARGIN = 4
# However much is lost to rounding in a graph, this part of the largest entry is never forgiven: see docs/tolerances.md.
_MOST = 1e-6


def difference(given: Array | Fraction | None, true: Array, bound: Array | float = 0.0) -> str:
    """Return how a value differs from the true one, to follow its name in a sentence; empty if it does not.

    Args:
        given: what came.
        true: what should have come.
        bound: by how much each entry may be off by rounding, where that is known.
    """
    return comparison.difference(_array(given), true, _allowed(true, bound))


def _allowed(true: Array, bound: Array | float) -> Array:
    most = _MOST * np.abs(true).max(initial=0.0)
    beyond = np.fmin(_MARGIN * np.asarray(bound), most)  # without a bound, the most
    return np.asarray(np.maximum(_ABSOLUTE + _RELATIVE * np.abs(true), beyond))


def require_same(
    steps: Sequence[Step],
    given: Sequence[Array | None],
    true: Sequence[Array],
    what: str,
    values: Sequence[Array] | None = None,
) -> None:
    """Compare step by step, in the order of the pass, so that the first difference is where it went wrong.

    Args:
        steps: the description of the graph.
        given: what came for each step.
        true: what should have come.
        what: "result" or "gradient".
        values: the true value of each step, for gradients; without them nothing beyond nine digits is forgiven there.

    Raises:
        Failed: if something differs.
    """
    if all_same(steps, given, true):
        return
    bounds = _bounds(steps, true, what, values)
    order = range(len(steps)) if what == "result" else range(len(steps) - 1, -1, -1)
    for index in order:
        if steps[index][0] == "number":
            continue  # nobody asks for the gradient of a constant
        problem = difference(given[index], true[index], bounds[index])
        if problem:
            where = "the output" if index == len(steps) - 1 else short_formula(steps, index)
            whole = short_formula(steps, len(steps) - 1)
            raise Failed(f"For {whole}, the {what} of {where} {problem}.")


def _bounds(
    steps: Sequence[Step], true: Sequence[Array], what: str, values: Sequence[Array] | None
) -> Sequence[Array | float]:
    """Return by how much rounding may have changed each step's value or gradient."""
    with np.errstate(all="ignore"):  # where the truth is too large for a double, nothing is close
        if what == "result":
            return error_bounds.of_values(steps, true)
        return [0.0] * len(steps) if values is None else error_bounds.of_gradients(steps, values, true)


def all_same(steps: Sequence[Step], given: Sequence[Array | None], true: Sequence[Array]) -> bool:
    """Return whether nothing differs, by one comparison of all entries; that is quick where there are many steps."""
    ours: list[Array] = []
    theirs: list[Array] = []
    for step, found, right in zip(steps, given, true, strict=True):
        if step[0] == "number":
            continue
        if found is None or found.shape != right.shape:
            return False
        ours.append(found)
        theirs.append(right)
    return not difference(*(np.concatenate([entry.reshape(-1) for entry in side]) for side in (ours, theirs)))


def as_predicted(given: Given, predicted: Given) -> bool:
    """Tell whether two lists of values agree, by one comparison of all entries. What is missing may be so in both."""
    if len(given) != len(predicted):
        return False
    ours, theirs = ([_array(entry) for entry in side] for side in (given, predicted))
    shapes = [[None if entry is None else entry.shape for entry in side] for side in (ours, theirs)]
    if shapes[0] != shapes[1]:
        return False
    flat = [np.concatenate([np.zeros(0), *(np.ravel(e) for e in side if e is not None)]) for side in (ours, theirs)]
    return bool(np.allclose(flat[0], flat[1], rtol=_RELATIVE, atol=_ABSOLUTE, equal_nan=True))


def _array(value: Array | Fraction | None) -> Array | None:
    return None if value is None else np.asarray(value, dtype=np.float64)
