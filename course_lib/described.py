"""Run a graph that is described by plain data, with the engine that a student wrote.

A description is a list of steps in the order in which they are computed, as JSON could hold it:
`[["leaf", "x"], ["exp", 0], ["-x", 0], ["exp", 2], ["mean", 1, 3]]`. A step names an operation and the steps that it
takes; the last step is the output. So a test can ask for a graph without its own code being where the engine runs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from course_lib import recording
from course_lib.errors import GraphError
from course_lib.graph import ComputationNode, Leaf, build_graph
from course_lib.limits import time_limit
from course_lib.nodes import Mean
from course_lib.plain_data import as_array
from course_lib.trace import Trace, watching
from course_lib.values import Value, require_entries

Array = npt.NDArray[np.float64]
Step = Sequence[Any]
Kind = Literal["float", "numpy", "torch", "fraction"]

# Of what a walk does with each node, so many calls are kept for the record.
_MOST_CALLS = 12
_LARGEST_DENOMINATOR = 1000

OPERATIONS: dict[str, Callable[..., ComputationNode]] = {
    "-x": lambda x: -x,
    "exp": lambda x: x.exp(),
    "sum": lambda x: x.sum(),
    "T": lambda x: x.T,
    "mean": Mean,
    "+": lambda x, y: x + y,
    "-": lambda x, y: x - y,
    "*": lambda x, y: x * y,
    "/": lambda x, y: x / y,
    "@": lambda x, y: x @ y,
}


@dataclass(frozen=True)
class Task:
    """What to run.

    Attributes:
        steps: the description of the graph.
        inputs: the value of each leaf, by name.
        kind: what the leaves hold: Python floats, numpy arrays, or torch tensors (all in double precision); or
            fractions, which neither round nor can be computed with by torch.
        backward: whether to run the backward pass too.
        one: the gradient to start from; None for one of the same kind as the inputs.
        times: how often to run the passes over the same graph.
        order: which derivative to return; above 1, with respect to the first leaf.
        device: where torch tensors live.
        seconds: the time that each call of the student's functions may take.
    """

    steps: Sequence[Step]
    inputs: Mapping[str, Array]
    kind: Kind = "torch"
    backward: bool = True
    one: Array | None = None
    times: int = 1
    order: int = 1
    device: str = "cpu"
    seconds: float = 5.0


@dataclass(frozen=True)
class Outcome:
    """What came of it: a result and a gradient for each step, None where there was none.

    For a derivative of a higher order, `gradients` holds that derivative at the step of the first leaf, and that alone.

    Attributes:
        results: after the passes, the result of each step's node.
        gradients: likewise.
        trace: what the student's functions called on the nodes; a node's place is its step, or lies behind all steps if
            no step stands for it, as for the `-y` within `x - y`.
    """

    results: list[Any]
    gradients: list[Any]
    trace: Trace = field(default_factory=Trace)


def run(task: Task, engine: Mapping[str, Any]) -> Outcome:
    """Build the described graph and run it with `engine["forward_algorithm"]` and `engine["backward_algorithm"]`.

    Raises:
        GraphError: if a function is missing, or a result or gradient is not a number, array or tensor.
        TimeLimit: if a function does not come back in time.
        Exception: whatever the student's code raises.
    """
    forward, backward = (_function(engine, name, task.seconds) for name in ("forward_algorithm", "backward_algorithm"))
    nodes = build(task)
    output = nodes[-1]
    if task.order > 1:
        with recording.paused():
            return _higher_order(task, nodes, forward, backward)
    trace = Trace(most=_MOST_CALLS * len(nodes) * task.times + _MOST_CALLS)
    with watching(_places(nodes), trace):
        for _ in range(task.times):
            forward(output)
            if task.backward and task.one is None and task.kind == "float":
                backward(output)
            elif task.backward:
                backward(output, one=_as_kind(np.array(1.0) if task.one is None else task.one, task))
    return Outcome(
        [_value(n, n.result, "result", task) if isinstance(n, ComputationNode) else None for n in nodes],
        [_value(n, n.gradient, "gradient", task) if isinstance(n, ComputationNode) else None for n in nodes],
        trace,
    )


def build(task: Task) -> list[Any]:
    """Return the node of each step; operators look up the student's own classes. A number stays a number."""
    nodes: list[Any] = []
    for operation, *operands in task.steps:
        if operation == "leaf":
            name = operands[0]
            nodes.append(Leaf(_as_kind(task.inputs[name], task), name))
        elif operation == "number":
            nodes.append(Fraction(operands[0]) if task.kind == "fraction" else operands[0])
        elif operation == "**":
            nodes.append(nodes[operands[0]] ** operands[1])
        else:
            nodes.append(OPERATIONS[operation](*(nodes[i] for i in operands)))
    return nodes


def plain(value: Value, what: str) -> Array | None:
    """Return a value as an array of doubles, whatever it was kept in.

    Raises:
        GraphError: if it is not a number, array or tensor, or one without numbers: `what` says whose value it is.
    """
    if value is None:
        return None
    if isinstance(value, ComputationNode):
        raise GraphError(f"{what} is a node, {value.title}, where a number or tensor is expected.")
    require_entries(value, what)
    array = as_array(value)
    if array is None:
        raise GraphError(f"{what} is {value!r:.60} ({type(value).__name__}), where a number or tensor is expected.")
    return array


def _value(node: ComputationNode, value: Value, what: str, task: Task) -> Array | Fraction | None:
    """Return a value of a node as plain data: an array, or where fractions were put in, a fraction."""
    if task.kind == "fraction" and value is not None:
        if type(value) not in (int, Fraction):
            raise GraphError(f"{node.title}.{what} is {value!r:.60}, where an exact fraction is expected.")
        return Fraction(value)
    if type(value) is float:  # as in most graphs, and nothing can be wrong with it
        return np.array(value)
    return plain(value, f"{node.title}.{what}")


def as_fraction(value: Array) -> Fraction:
    """Return the fraction that stands for a number where fractions are put in: near it, with a small denominator."""
    return Fraction(float(value)).limit_denominator(_LARGEST_DENOMINATOR)


def _places(nodes: list[Any]) -> list[ComputationNode]:
    """Return the node of each step, and after these the nodes that no step stands for."""
    known = [node if isinstance(node, ComputationNode) else Leaf(node, constant=True) for node in nodes]
    ours = set(known)
    return [*known, *(node for node in nodes[-1].sorted_nodes() if node not in ours)]


def _higher_order(
    task: Task, nodes: list[Any], forward: Callable[..., object], backward: Callable[..., object]
) -> Outcome:
    """Differentiate again and again with respect to the first leaf, as the notebook's Step 5 does."""
    at, x = next((i, node) for i, node in enumerate(nodes) if isinstance(node, Leaf))
    output, derivative = nodes[-1], None
    forward(output)
    for order in range(1, task.order + 1):
        with build_graph():
            backward(output, one=Leaf(_as_kind(np.array(1.0), task)))
        derivative = x.gradient
        if not isinstance(derivative, ComputationNode):
            raise GraphError(
                f"With build_graph(), the derivative of order {order} came as a {type(derivative).__name__}, not as a "
                "node, so it cannot be differentiated again. Does every gradient come from self.gradient, "
                "self.input(i) and self.output()?"
            )
        output = derivative.sum() if task.inputs[str(x.name)].shape else derivative
        forward(output)
    gradients: list[Array | None] = [None] * len(nodes)
    gradients[at] = plain(derivative.result if derivative else None, f"the derivative of order {task.order}")
    return Outcome([None] * len(nodes), gradients)


def _function(engine: Mapping[str, Any], name: str, seconds: float) -> Callable[..., object]:
    function = engine.get(name)
    if not callable(function):
        raise GraphError(f"There is no function called {name}. Has the cell that defines it been run?")

    def limited(*args: object, **options: object) -> object:
        with time_limit(seconds, name):
            return function(*args, **options)

    return limited


def _as_kind(value: Array, task: Task) -> Value:
    if task.kind == "torch":
        import torch  # noqa: PLC0415 - only where tensors are asked for

        return torch.tensor(value, dtype=torch.float64, device=task.device)
    if task.kind == "fraction":
        return as_fraction(value)
    return float(value) if task.kind == "float" else value
