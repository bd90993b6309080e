"""The first node at which a student's engine goes wrong: what came there, who sent it, and what should have been.

This is the truth about any wrong engine, whether its mistake is a known one or not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from autograder.judge import reference
from autograder.judge.comparing import difference
from autograder.judge.description import short_formula
from autograder.judge.evidence import Given, Sent
from autograder.judge.hypotheses import Hypothesis, built, predict
from course_lib.described import Array, Step, Task
from course_lib.graph import ComputationNode
from course_lib.plain_data import as_array


@dataclass(frozen=True)
class Places:
    """The nodes of a task's graph, in the places that a record of calls gives them.

    Attributes:
        nodes: the node of each step (None for a number), then the nodes that no step stands for, as they are sorted.
        sorted_nodes: all nodes, inputs first.
    """

    nodes: list[ComputationNode | None]
    sorted_nodes: list[ComputationNode]

    @classmethod
    def of(cls, task: Task) -> Places:
        """Build the graph of a task, and return where its nodes are."""
        steps = [node if isinstance(node, ComputationNode) else None for node in built(task)]
        every = (steps[-1] or ComputationNode()).sorted_nodes()
        known = set(steps)
        return cls([*steps, *(node for node in every if node not in known)], every)

    def consumers(self, index: int) -> list[tuple[int, int]]:
        """Return who takes a node as input: their places, and in which slot."""
        at = self.nodes[index]
        return [
            (place, slot)
            for place, node in enumerate(self.nodes)
            if node is not None
            for slot, child in enumerate(node.input_nodes)
            if child is at
        ]


def in_forward_pass(task: Task, results: Given) -> str:
    """Return which result is the first wrong one, in words; empty if none is."""
    truth = reference.arrays(reference.values(task.steps, task.inputs))
    for index, (given, true) in enumerate(zip(results, truth, strict=True)):
        if task.steps[index][0] == "number":
            continue
        problem = difference(given, true)
        if problem:
            return f"The first node whose result is wrong is {_called(task.steps, index)}: it {problem}."
    return ""


def in_backward_pass(task: Task, gradients: Given, sent: Sent | None) -> str:
    """Return which gradient is the first wrong one on the way back, and who sent what there; empty if none is.

    Args:
        task: what was run.
        gradients: what each step's node had in the end.
        sent: what each node's `backward` returned, by the node's place; None if there is no record.
    """
    truth = reference.gradients(reference.values(task.steps, task.inputs), task.one)
    for index in range(len(task.steps) - 1, -1, -1):
        if task.steps[index][0] == "number":
            continue
        problem = difference(gradients[index], truth[index])
        if problem:
            where = _called(task.steps, index)
            first = f"The first node whose gradient is wrong, on the way back, is {where}: it {problem}."
            worst = _worst(gradients[index], truth[index])
            return " ".join([first, *_received(task, index, sent, worst)])
    return ""


def in_derivative(task: Task, gradients: Given, true: Array | None = None) -> str:
    """Return how a derivative of a higher order is wrong; empty if it is not.

    Args:
        task: what was run.
        gradients: what came, at the first leaf.
        true: the right derivative, if it is known already.
    """
    at = next(i for i, step in enumerate(task.steps) if step[0] == "leaf")
    true = reference.derivative(task.steps, task.inputs, task.order) if true is None else true
    problem = difference(gradients[at], true)
    if not problem:
        return ""
    lower = is_of_order(task, gradients)
    extra = f" That is the derivative of order {lower}." if lower else ""
    return f"The derivative of order {task.order} of {short_formula(task.steps, len(task.steps) - 1)} {problem}.{extra}"


def is_of_order(task: Task, gradients: Given) -> int:
    """Return of which order a derivative is that was meant to be of a higher one; 0 if of none."""
    at = next(i for i, step in enumerate(task.steps) if step[0] == "leaf")
    orders = range(1, task.order)
    right = (k for k in orders if not difference(gradients[at], reference.derivative(task.steps, task.inputs, k)))
    return next(right, 0)


def _received(task: Task, index: int, sent: Sent | None, worst: tuple[int, ...]) -> list[str]:
    """Return, for each node that sends to a step's node, what it sent there and what it should have sent."""
    if index == len(task.steps) - 1:
        return ["It is the output, where the backward pass starts."]
    right = predict(task, Hypothesis()).outcome
    if right is None:
        return []
    places = Places.of(task)
    lines = []
    consumers = places.consumers(index)
    for place, slot in consumers:
        should = _entry(right.trace.sent.get(place), slot, worst)
        sender = _called(task.steps, place) if place < len(task.steps) else _inner(places, task.steps, place)
        if not sent:  # of a large graph there is no record of it
            lines.append(f"{sender} should send {should}.")
            continue
        came = _entry(sent.get(place), slot, worst)
        lines.append(
            f"{sender} sent {came}, which is right."
            if came == should
            else f"{sender} sent {came}; it should be {should}."
        )
    if lines and all(line.endswith("is right.") for line in lines):
        lines.append("What became of " + ("it?" if len(lines) == 1 else "these?"))
    return lines


def _entry(sent: Sequence[Array | None] | None, slot: int, worst: tuple[int, ...]) -> str:
    """Return the entry to look at of what was sent."""
    value = None if sent is None or slot >= len(sent) else as_array(sent[slot])
    if value is None:
        return "nothing"
    if value.ndim == 0:
        return f"{float(value):.4g}"
    if len(worst) != value.ndim or any(i >= n for i, n in zip(worst, value.shape, strict=True)):
        return f"something of shape {value.shape}"
    return f"{float(value[worst]):.4g} at {list(worst)}"


def _worst(given: Array | Fraction | None, true: Array) -> tuple[int, ...]:
    """Return the index of the entry that is wrong most."""
    found = None if given is None else np.asarray(given, dtype=np.float64)
    if found is None or found.shape != true.shape:
        return (0,) * true.ndim
    off = np.nan_to_num(np.abs(found - true), nan=np.inf)
    return tuple(int(i) for i in np.unravel_index(int(np.argmax(off)), true.shape))


def _called(steps: Sequence[Step], index: int) -> str:
    """Return what to call a step's node: its formula."""
    text = short_formula(steps, index)
    return f"{text} (the output)" if index == len(steps) - 1 else text


def _inner(places: Places, steps: Sequence[Step], place: int) -> str:
    """Return what to call a node that no step stands for: its class, and what it takes."""
    node = places.nodes[place]
    inputs = node.input_nodes if node else []
    known = [short_formula(steps, places.nodes.index(child)) for child in inputs if child in places.nodes[: len(steps)]]
    return f"{type(node).__name__}({', '.join(known)})"
