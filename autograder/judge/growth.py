"""Is a student's claim about cost right? If not, sizes at which it shows."""

from __future__ import annotations

from course_lib.asymptotics import Witness, compare, read_growth
from course_lib.unreadable import Unreadable

_LONGEST = 1e12  # numbers from here on are written with a power of ten


def fault(given: object, truth: str) -> str:
    """Return what is wrong with a claim, in words; empty if it is Θ of the truth.

    The words name sizes at which the claim fails, not what would be right.

    Args:
        given: what the student wrote; None where there is nothing.
        truth: a formula that has the right growth.
    """
    try:
        claim = read_growth(given)
        comparison = compare(claim, read_growth(truth))
    except Unreadable as problem:
        return str(problem)
    if comparison.equal:
        return ""
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
    return "\n".join(lines)


def _figure(number: float) -> str:
    return f"{number:,.0f}" if 1 <= number < _LONGEST else f"{number:.1e}"


def _where(witness: Witness) -> str:
    return "at " + ", ".join(f"{name} = {_figure(size)}" for name, size in witness.sizes.items())
