"""What a student's engine was asked to do, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from course_lib.described import Array, Kind, Outcome, Step, Task, as_fraction

Given = Sequence[Array | Fraction | None]
Sent = Mapping[int, Sequence[Array | None]]


@dataclass(frozen=True)
class Evidence:
    """What a student's engine was asked to do, and what came of it.

    Attributes:
        steps: the description of the graph.
        inputs: the value of each leaf, by name.
        kind: what the leaves held.
        one: the gradient to start from, if it was not 1.
        times: how often the passes were run.
        order: which derivative was asked for.
        results: the result of each step; None if an error was raised.
        gradients: the gradient of each step; likewise. For a higher order, the derivative at the first leaf alone.
        raised: the type and message of that error.
        backward: whether the backward pass was run.
        visits: what was called, in order: "f", "b" or "a" for forward, backward or accumulate, and the place of the
            node, which is its step, or lies behind all steps for a node that no step stands for. None if there is no
            record.
        sent: what each node's `backward` returned at its first call, by the node's place.
    """

    steps: Sequence[Step]
    inputs: Mapping[str, Array]
    kind: Kind = "torch"
    one: Array | None = None
    times: int = 1
    order: int = 1
    results: Given | None = None
    gradients: Given | None = None
    raised: tuple[str, str] | None = None
    backward: bool = True
    visits: Sequence[tuple[str, int]] | None = None
    sent: Sent | None = None

    @property
    def task(self) -> Task:
        """What was asked for. Its inputs are copies: a wrong engine may write into them. Fractions are rounded."""
        inputs = {name: np.array(value) for name, value in self.inputs.items()}
        if self.kind == "fraction":
            inputs = {name: np.array(float(as_fraction(value))) for name, value in inputs.items()}
        return Task(self.steps, inputs, self.kind, self.backward, self.one, self.times, self.order)

    @classmethod
    def of(cls, task: Task, outcome: Outcome | None = None, raised: tuple[str, str] | None = None) -> Evidence:
        """Return what came of a task: an outcome, or the type and message of an error."""
        asked = {name: getattr(task, name) for name in ("steps", "inputs", "kind", "one", "times", "order", "backward")}
        if outcome is None:
            return cls(**asked, raised=raised)
        trace = outcome.trace
        return cls(
            **asked,
            results=outcome.results,
            gradients=outcome.gradients,
            visits=list(zip(trace.kinds, trace.nodes, strict=True)) or None,
            sent=trace.sent or None,
        )
