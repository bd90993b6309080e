"""What a second run of a student's passes shows, on a copy of the graph: visits, starts, and what was not forgotten."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sized

import numpy as np

from course_lib.debugger import severing
from course_lib.debugger.finding import Finding, called, close, listed, memory, number
from course_lib.graph import ComputationNode, Leaf, build_graph
from course_lib.limits import TimeLimit, time_limit
from course_lib.plain_data import Array
from course_lib.trace import Trace, watching
from course_lib.values import Value, shape_of

# So long a pass may take; each node of a large graph takes its time, on a busy machine more of it.
_SECONDS, _SECONDS_A_NODE = 2.0, 0.0003
_MOST_CALLS = 100_000
# What the two runs start from. Gradients are linear in it, and powers of two multiply without rounding.
_FIRST, _SECOND = 4.0, -2.0
# Smaller numbers have fewer digits, in single precision.
_TINY = 1e-35
_EARLY = "Had every consumer sent its share?"
AGAIN = "Visit each node once: what has it already sent when it is reached again?"


class Rerun:
    """The student's own backward pass, run twice on a copy of the graph, from other gradients than at first.

    Attributes:
        visits: the nodes whose `backward` was called in the first run, in order; calls right after each other count as
            one, since who asks for each slot anew is slow, but right.
        raised: what ended it.
        started_from: what the output held, and what it was given, in words, if these differ.
        sharing: whose gradients live where the output's does, if that has changed.
        leftover: a node that a second run leaves with something else than a first.
        busiest: the node that was asked most often.
    """

    def __init__(self, nodes: list[ComputationNode], algorithm: Callable[..., object], as_nodes: bool) -> None:
        """Run it, within build_graph() if gradients are to be nodes."""
        self.nodes = nodes
        self.visits: list[ComputationNode] = []
        self.busiest: ComputationNode | None = None
        self.raised: Exception | None = None
        self.started_from: tuple[str, str] | None = None
        self.sharing: list[ComputationNode] = []
        self.leftover: ComputationNode | None = None
        copies = list(severing.copies_of(nodes).values())
        output = copies[-1]
        unit = severing.like(output.result, np.ones(shape_of(output.result)))
        first = self._run(algorithm, copies, unit * _FIRST, as_nodes)
        if self.raised or as_nodes or output.gradient is None:
            return
        self._look_at_start(copies, unit)
        if self.started_from:
            return
        second = self._run(algorithm, copies, unit * _SECOND, as_nodes)
        precision = severing.precision_of([node.result for node in nodes])
        for node, a, b in zip(nodes[::-1], first[::-1], second[::-1], strict=True):
            if a is None or b is None or a.shape != b.shape or np.abs(a).max(initial=0.0) < _TINY:
                continue
            if not close(b, _SECOND / _FIRST * a, precision):
                self.leftover = node
                return

    @staticmethod
    def of_forward(nodes: list[ComputationNode], algorithm: Callable[..., object]) -> Finding | None:
        """Run the student's forward pass on a copy, and return what is wrong with its order."""
        copies, trace = list(severing.copies_of(nodes).values()), Trace(most=_MOST_CALLS)
        for copy in copies:
            copy.result = None
        try:
            with watching(copies, trace), time_limit(_patience(nodes), "forward_algorithm"):
                algorithm(copies[-1])
        except (RecursionError, TimeLimit) as error:
            return _endless(nodes, nodes[-1], error, "forward")
        except Exception:  # noqa: BLE001, S110 - a student's function may raise anything; the order is what counts here
            pass
        done: set[ComputationNode] = set()
        for node in [nodes[place] for kind, place in zip(trace.kinds, trace.nodes, strict=True) if kind == "f"]:
            if waiting := [called(child) for child in node.input_nodes if child not in done]:
                words = f"{called(node)} was computed before its inputs, {listed(dict.fromkeys(waiting))}, were. "
                return Finding("walk", words + "In which order does your forward pass visit the nodes?", node)
            done.add(node)
        return None

    def has_sent(self, nodes: set[ComputationNode]) -> bool:
        """Tell whether all these nodes were asked to send."""
        return nodes <= set(self.visits)

    def fault_above(self, node: ComputationNode) -> Finding | None:
        """Return what is wrong with the order of visits, where `node` holds a wrong gradient."""
        if isinstance(self.raised, RecursionError | TimeLimit):
            return _endless(self.nodes, self.busiest or node, self.raised, "backward")
        consumers: dict[ComputationNode, set[ComputationNode]] = {n: set() for n in self.nodes}
        for w in self.nodes:
            for child in w.input_nodes:
                consumers[child].add(w)
        done: set[ComputationNode] = set()
        early: Finding | None = None
        for w in self.visits:
            if w in done and w.input_nodes:
                return Finding("walk", f"{called(w)} was asked to send more than once. {AGAIN}", w)
            if early is None and (missing := [called(c) for c in self.nodes if c in consumers[w] - done]):
                words = (
                    f"{called(w)} was asked to send before {listed(missing)}, which it gets its gradient from. {_EARLY}"
                )
                early = Finding("walk", words, w)
            done.add(w)
        if early:
            return early
        silent = next((w for w in self.nodes[::-1] if w in consumers[node] - done), None)
        if silent and self.visits and not self.raised:
            words = f"{called(silent)} was never asked to send, so nothing arrived at {called(node)}. "
            return Finding("walk", words + "Which nodes does your walk reach?", silent)
        return None

    def fault_where_values_are_right(self) -> Finding | None:
        """Return what is wrong with a pass that has left the right gradients."""
        if isinstance(self.raised, RecursionError | TimeLimit):
            return _endless(self.nodes, self.busiest or self.nodes[-1], self.raised, "backward")
        if self.leftover:
            words = (
                f"The gradients are right, but run the pass once more: {called(self.leftover)} then holds something "
            )
            words += "else. Yesterday's gradient is still there: what should a node hold when a new pass starts?"
            return Finding("reset", words, self.leftover)
        seen: set[ComputationNode] = set()
        for w in self.visits:
            if w in seen and w.input_nodes:
                words = (
                    f"The gradients are right, but {called(w)} was asked to send again and again: {len(self.visits)} "
                )
                words += f"visits for {len(self.nodes)} nodes. How many will there be in a graph twice as deep?"
                return Finding("walk", words, w)
            seen.add(w)
        return None

    def _run(
        self, algorithm: Callable[..., object], copies: list[ComputationNode], one: Value, as_nodes: bool
    ) -> list[Array | None]:
        trace = Trace(most=_MOST_CALLS)
        start = Leaf(one) if as_nodes else one
        try:
            with build_graph(as_nodes), watching(copies, trace), time_limit(_patience(copies), "backward_algorithm"):
                algorithm(copies[-1], one=start)
        except Exception as error:  # noqa: BLE001 - a student's function may raise anything
            self.raised = error
        if not self.visits:
            called_on = [self.nodes[p] for kind, p in zip(trace.kinds, trace.nodes, strict=True) if kind == "b"]
            self.visits = [n for i, n in enumerate(called_on) if i == 0 or called_on[i - 1] is not n]
            self.busiest = next((n for n, _ in Counter(called_on).most_common(1)), None)
        try:
            return [None if c.gradient is None or as_nodes else severing.array(c.gradient) for c in copies]
        except TypeError:
            return [None] * len(copies)

    def _look_at_start(self, copies: list[ComputationNode], unit: Value) -> None:
        """Note whether the output holds what it was given, and if not, who may have changed it."""
        try:
            holds, given = severing.array(copies[-1].gradient), severing.array(unit * _FIRST)
        except TypeError:
            return
        if holds.shape == given.shape and close(holds, given, 1e-3):
            return
        place = memory(copies[-1].gradient)
        self.started_from = (number(holds, given), number(given, holds))
        self.sharing = [
            n
            for n, c in zip(self.nodes[:-1], copies, strict=False)
            if place is not None and memory(c.gradient) == place
        ]


def _patience(nodes: Sized) -> float:
    return _SECONDS + _SECONDS_A_NODE * len(nodes)


def _endless(nodes: Sized, node: ComputationNode, error: Exception | None, which: str) -> Finding:
    if isinstance(error, RecursionError):
        words = (
            f"The {which} pass calls itself once for each node of a path, and Python lets only about 1,000 calls wait. "
        )
        return Finding("walk", words + "Can a list be your stack?", node)
    words = (
        f"The {which} pass had not come to its end after {_patience(nodes):.0f} s. Does it take every path, or one "
        "without end? "
    )
    return Finding("walk", words + AGAIN, node)
