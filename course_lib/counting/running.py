"""Count what a student's own forward and backward pass cost, on a copy of the graph."""

from __future__ import annotations

import sys
from collections.abc import Callable

from course_lib.counting.counted import Counted
from course_lib.counting.holding import Holdings, kept_by
from course_lib.counting.operations import Tally, counting
from course_lib.counting.result import Call, Count, NodeCount
from course_lib.debugger import severing
from course_lib.draw import short
from course_lib.draw.graph import operation
from course_lib.errors import GraphError
from course_lib.graph import ComputationNode, Leaf
from course_lib.limits import time_limit
from course_lib.stepper.naming import names
from course_lib.trace import Trace, watching
from course_lib.values import Value, shape_of

Algorithm = Callable[..., object]

SECONDS = 30.0
_STEPS = {"forward_algorithm": "Step 1", "backward_algorithm": "Step 2"}


def count(
    z: ComputationNode, forward_algorithm: Algorithm | None = None, backward_algorithm: Algorithm | None = None
) -> Count:
    """Count what your forward and backward pass cost for the graph that ends in `z`, which stays as it is.

    Your code runs on a copy of the graph, whose leaves hold shapes without entries. (What counts as an operation, and
    what as held in memory: `help(course_lib.counting)`.)

    Args:
        z: the output of the graph. Its leaves may hold `Counted(4096, 4096)` instead of a matrix of that size.
        forward_algorithm: your function; if not given, the one of that name in the notebook.
        backward_algorithm: likewise.

    Returns:
        The counts of each node and of both passes, and how many scalars are held after each call. The notebook shows
        it as a table and a plot.

    Raises:
        GraphError: if `z` is not the output of a graph, a pass is missing or leaves nothing behind, or gradients are
            being built as graphs.
        CannotCount: if your code asks for something that depends on entries.
    """
    if not isinstance(z, ComputationNode):
        raise GraphError(f"count() looks at a graph: give it the node at its end, not {type(z).__name__}.")
    if z.output() is z:  # as nowhere else
        raise GraphError(
            "Within build_graph() nothing is computed, so there is nothing to count. Leave the block, and count the "
            "graph that it has built: count(x.gradient)."
        )
    forward, backward = (
        _found(name, given)
        for name, given in (("forward_algorithm", forward_algorithm), ("backward_algorithm", backward_algorithm))
    )
    nodes = z.sorted_nodes()
    with severing.undisturbed():
        run = _Run(_copies(nodes))
        run.forward(forward)
        run.backward(backward)
    return run.counted(nodes)


def _found(name: str, given: Algorithm | None) -> Algorithm:
    """Return the function that was given, or the notebook's own of that name."""
    found = given if given is not None else getattr(sys.modules["__main__"], name, None)
    if found is None:
        raise GraphError(f"There is no {name} yet, and count() runs yours: {_STEPS[name]} asks for it.")
    if not callable(found):
        raise GraphError(f"{name} must be a function that takes a graph, not {type(found).__name__}.")
    return found


def _copies(nodes: list[ComputationNode]) -> list[ComputationNode]:
    """Return nodes like these, with shapes in place of values, that have not been computed."""
    made: dict[ComputationNode, ComputationNode] = {}
    for theirs in nodes:
        made[theirs] = severing.twin_of(theirs, [made[child] for child in theirs.input_nodes], _shape_alone)
        made[theirs].result = None
    return list(made.values())


def _shape_alone(value: Value) -> Value:
    return value if value is None else Counted(*shape_of(value))


class _Calls(Trace):
    """Whose method is running is who pays. Before each call it is noted what is held since the one before."""

    def __init__(self, tally: Tally, holdings: Holdings) -> None:
        super().__init__()
        self.tally, self._holdings, self._live = tally, holdings, list[int]()

    def note(self, kind: str, place: int) -> None:
        """Write down one call."""
        self._live.append(self._holdings.live)
        self.kinds.append(kind)
        self.nodes.append(place)
        self.tally.charge((kind, place))

    def made(self) -> list[Call]:
        """Return the calls, when all are over."""
        live = [*self._live[1:], self._holdings.live]
        return [Call(*call) for call in zip(self.kinds, self.nodes, live, strict=bool(self.kinds))]


class _Run:
    """Both passes, on a copy of the graph."""

    def __init__(self, copies: list[ComputationNode]) -> None:
        self._copies, self._output = copies, copies[-1]
        self._holdings = Holdings(node.value for node in copies if isinstance(node, Leaf))

    def forward(self, algorithm: Algorithm) -> None:
        self._forward = self._pass("forward_algorithm", lambda: algorithm(self._output))
        if self._output.result is None:
            raise GraphError(
                f"forward_algorithm left {self._output.title}, the output, without a result, so there is nothing to "
                "count. Which nodes does it visit?"
            )

    def backward(self, algorithm: Algorithm) -> None:
        one = Counted(*shape_of(self._output.result))
        self._backward = self._pass("backward_algorithm", lambda: algorithm(self._output, one=one))
        if not isinstance(self._output.gradient, Counted):
            left = self._output.gradient
            holds = "no gradient" if left is None else f"the gradient {short.value(left)}"
            raise GraphError(
                f"{self._output.title}, the output, holds {holds}, though the pass was given `one` to start from. "
                "What becomes of that argument?"
            )

    def _pass(self, name: str, action: Callable[[], object]) -> tuple[Tally, list[Call]]:
        with counting() as tally:
            calls = _Calls(tally, self._holdings)
            with watching(self._copies, calls), kept_by(self._copies, self._holdings), time_limit(SECONDS, name):
                action()
            return tally, calls.made()

    def counted(self, nodes: list[ComputationNode]) -> Count:
        (forward, there), (backward, back) = self._forward, self._backward
        rows = tuple(
            NodeCount(
                name,
                operation(node),
                shape_of(copy.result),
                forward=forward.of(("f", place)) + forward.of(("b", place)) + forward.of(("a", place)),
                sent=backward.of(("b", place)) + backward.of(("f", place)),
                summed=backward.of(("a", place)),
                constant=getattr(node, "constant", False),
            )
            for place, (name, node, copy) in enumerate(zip(names(nodes), nodes, self._copies, strict=True))
        )
        return Count(rows, forward.total, backward.total, (*there, *back), len(there), self._holdings.peak)
