"""A network of n layers, run and differentiated with `Counted` arrays: what that costs, for any n, b and d.

It is counted by shapes, so it holds no engine: whoever looks here finds how large things are, and not how to
differentiate. The weights are there beforehand, and are not counted as held.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from course_lib.counting.counted import Counted
from course_lib.counting.holding import Holdings
from course_lib.counting.operations import counting


@cache
def costs(n: int, b: int, d: int) -> Mapping[str, int]:
    """Return what each question of the notebook asks for, counted at these sizes, by the name of its answer."""
    found: dict[str, int] = {}
    with counting() as tally:
        held = Holdings()
        _run(held, n, b, d, keep=False)
        found |= {"T_run": tally.total.total, "M_run": held.peak}
    for wanted, backward in ((n, "backward"), (1, "backward_W1")):
        with counting() as tally:
            held = Holdings()
            x = _run(held, n, b, d, keep=True)
            forward = tally.total.total
            found |= {"T_forward": forward, "M_forward": held.peak}
            _back(held, x, n, wanted)
            found |= {f"T_{backward}": tally.total.total - forward, f"M_{backward}": held.peak}
    return found


def _run(held: Holdings, n: int, b: int, d: int, *, keep: bool) -> Counted:
    """Run the network for its loss, and return what it computes that from; keep all values, or those in use."""
    weights, x = Counted(d, d), Counted(d, b)
    held.hold(x)
    for _ in range(n):
        z = weights @ x
        held.hold(z)
        if not keep:
            held.release(x)
        x = z.tanh()
        held.hold(x)
        if not keep:
            held.release(z)
    held.hold((x * x).sum())
    return x


def _back(held: Holdings, output: Counted, n: int, last_wanted: int) -> None:
    """Go back through all layers, for the gradients of the weights up to the last layer that is wanted."""
    d, b = output.shape
    error, inputs, weights = output * 2, Counted(b, d), Counted(d, d)
    held.hold(error)
    for layer in range(n, 0, -1):
        error = _passed_on(held, error, error * output.tanh())
        if layer <= last_wanted:
            held.hold(error @ inputs)
        if layer > 1:
            error = _passed_on(held, error, weights @ error)


def _passed_on(held: Holdings, before: Counted, after: Counted) -> Counted:
    held.hold(after)
    held.release(before)
    return after
