"""Is a student's claim about cost right? If not, sizes at which it shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from autograder.judge.hints import COST
from course_lib.asymptotics import Comparison, Growth, Witness, compare, read_growth
from course_lib.unreadable import Unreadable

_LONGEST = 1e12  # numbers from here on are written with a power of ten


@dataclass(frozen=True)
class Fault:
    """What is wrong with a claim.

    Attributes:
        found: what was found: how it was read, and sizes at which it fails.
        hint: a question or pointer; empty if the mistake is not a known one.
        mistake: its name, as in `hints.COST`; likewise.
    """

    found: str
    hint: str = ""
    mistake: str = ""


def judge(
    given: object, truth: str, slips: Mapping[str, str] | None = None, variables: Sequence[str] = ("n", "b", "d")
) -> Fault | None:
    """Return what is wrong with a claim; None if it is Θ of the truth.

    The words name sizes at which the claim fails, not what would be right.

    Args:
        given: what the student wrote; None where there is nothing.
        truth: a formula that has the right growth.
        slips: wrong claims that students make here, and which mistake (of `hints.COST`) each of them is.
        variables: the sizes that may grow, single letters.
    """
    try:
        claim, right = read_growth(given, variables), read_growth(truth, variables)
        comparison = compare(claim, right)
    except Unreadable as problem:
        return Fault(str(problem))
    if comparison.equal:
        return None
    lines = [f"Read as {claim.text}."]
    if comparison.too_large:
        lines.append(
            f"Too large: {_where(comparison.too_large)} it gives {_figure(comparison.too_large.claim)}, far more."
        )
    if comparison.too_small:
        lines.append(
            f"Too small: {_where(comparison.too_small)} it gives {_figure(comparison.too_small.claim)}, far less."
        )
    lines.append("Work out by hand what is needed at these sizes, up to a constant factor.")
    mistake = _mistake(claim, right, comparison, slips or {})
    return Fault("\n".join(lines), COST.get(mistake, ""), mistake)


def _mistake(claim: Growth, right: Growth, comparison: Comparison, slips: Mapping[str, str]) -> str:
    """Return the name of the mistake that a claim shows; empty if it is none that is known."""
    for wrong, mistake in slips.items():
        if compare(claim, read_growth(wrong, right.variables)).equal:
            return mistake
    if not comparison.too_large and set(claim.terms) < set(right.terms):
        return "a term dropped that another does not dominate"
    return ""


def _figure(number: float) -> str:
    return f"{number:,.0f}" if 1 <= number < _LONGEST else f"{number:.1e}"


def _where(witness: Witness) -> str:
    return "at " + ", ".join(f"{name} = {_figure(size)}" for name, size in witness.sizes.items())
