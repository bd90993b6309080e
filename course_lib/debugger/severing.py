"""What an inner derivative means, in numbers: cut a node's inputs, wiggle its value, and look what comes of it.

∂z/∂v asks how z changes with v, though v is no input that one could change. *Edge severing* gives it a meaning: cut the
edges into v, hold it as an input, and evaluate all that lies downstream anew (the lecture's "Intermediate partials with
edge severing"). Here this is done with twins of the student's nodes, in double precision, by their own `forward`; the
nodes themselves are never touched. (What is made of the numbers that come back: see `slopes`.)
"""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from course_lib import recording, rounding
from course_lib.graph import ComputationNode, Leaf, build_graph
from course_lib.plain_data import Array, as_array
from course_lib.values import Value

Slots = list[tuple[ComputationNode, int]]
# How much a displaced value makes of something: pairs of what it is weighed with, and what it is.
Response = Callable[[Array], list[tuple[Array, Array]]]

# How alike numbers are that mean the same: some roundings are always there, and of few digits not much is left. Of a
# product of matrices whose entries are shortened before, both of them, seven eighths of what is added may cancel.
_ALWAYS, _ROUNDINGS, _MOST, _CANCELLING = 1e-6, 2e4, 0.1, 2 * 8


class Twins:
    """Copies of the nodes of a graph, with the same values in double precision, free to be moved about.

    Attributes:
        nodes: the student's nodes, inputs first.
        of: the twin of each.
        copies: a copy of each in its own precision, to see what exactly its methods make.
        consumers: who takes a node as input, and in which slot.
    """

    def __init__(self, nodes: Sequence[ComputationNode]) -> None:
        """Copy `nodes`, which must come inputs first."""
        self.nodes = list(nodes)
        self.of: dict[ComputationNode, ComputationNode] = {}
        self.copies = copies_of(nodes)
        self.consumers: dict[ComputationNode, Slots] = {node: [] for node in nodes}
        for original in nodes:
            self.of[original] = double_of(original, [self.of[child] for child in original.input_nodes])
            for slot, child in enumerate(original.input_nodes):
                self.consumers[child].append((original, slot))

    def value(self, node: ComputationNode) -> Array:
        """Return a node's value."""
        return array(self.of[node].result)

    def downstream(self, start: ComputationNode) -> list[ComputationNode]:
        """Return the nodes that depend on `start`, in the order in which to compute them."""
        reached = {start}
        for node in self.nodes[self.nodes.index(start) + 1 :]:
            if any(child in reached for child in node.input_nodes):
                reached.add(node)
        reached.remove(start)
        return [node for node in self.nodes if node in reached]

    def severed(
        self, start: ComputationNode, along: Sequence[ComputationNode], weights: Mapping[ComputationNode, Array]
    ) -> Response:
        """Return how the weighed nodes respond when `start`, cut off from its inputs, is displaced.

        Args:
            start: the node.
            along: what is computed anew, in order; all other values stay.
            weights: by node, what multiplies it.
        """
        at, value = self.of[start], self.value(start)

        def respond(displacement: Array) -> list[tuple[Array, Array]]:
            with restored([at, *(self.of[node] for node in along)]):
                at.result = like(at.result, value + displacement)
                for node in along:
                    compute(self.of[node])
                return [(weight, self.value(node)) for node, weight in weights.items()]

        return respond

    def one_slot(self, node: ComputationNode, slot: int, weight: Array) -> Response:
        """Return how one node responds when what it finds in one slot is displaced, even if it stands in others too."""
        value, at = self.of[node].input_nodes[slot].result, array(self.of[node].input_nodes[slot].result)

        def respond(displacement: Array) -> list[tuple[Array, Array]]:
            stand_in = Leaf(like(value, at + displacement))
            stand_in.forward()
            inputs = [*self.of[node].input_nodes]
            inputs[slot] = stand_in
            twin = twin_of(self.of[node], inputs, lambda kept: kept)
            compute(twin)
            return [(weight, array(twin.result))]

        return respond


def twin_of(
    node: ComputationNode, inputs: Sequence[ComputationNode], convert: Callable[[Value], Value]
) -> ComputationNode:
    """Return a copy of a node with other inputs and no gradient, its value and what else it keeps converted."""
    twin: ComputationNode = object.__new__(type(node))
    instead = dict(zip(map(id, node.input_nodes), inputs, strict=True))  # a student may keep inputs elsewhere, too
    for name, kept in vars(node).items():
        if name == "gradient":
            continue
        converted = convert(kept) if name in ("result", "value") or _is_floating(kept) else kept
        vars(twin)[name] = instead.get(id(kept), converted)
    twin.input_nodes, twin.gradient = list(inputs), None
    return twin


def double_of(node: ComputationNode, inputs: Sequence[ComputationNode]) -> ComputationNode:
    """Return a copy of a node in double precision; what else it keeps, such as a mask, comes to the CPU with it."""
    twin = twin_of(node, inputs, double)
    vars(twin).update({name: kept.cpu() for name, kept in vars(twin).items() if hasattr(kept, "detach")})
    return twin


def compute(twin: ComputationNode) -> None:
    """Call a twin's `forward`, without the checks that it has passed before."""
    method = type(twin).forward
    getattr(method, "__wrapped__", method)(twin)


def copies_of(nodes: Sequence[ComputationNode]) -> dict[ComputationNode, ComputationNode]:
    """Return nodes like these, in their own precision, that share nothing with them."""
    made: dict[ComputationNode, ComputationNode] = {}
    for theirs in nodes:
        made[theirs] = twin_of(theirs, [made[child] for child in theirs.input_nodes], own)
    return made


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """Within this block values are numbers, and what a student's methods print or warn of is not shown again."""
    quiet = io.StringIO()
    with (
        build_graph(False),
        recording.paused(),
        np.errstate(all="ignore"),
        contextlib.redirect_stdout(quiet),
        contextlib.redirect_stderr(quiet),
        _one_thread(),
    ):
        yield


@contextlib.contextmanager
def _one_thread() -> Iterator[None]:
    """Within this block torch computes in one thread: for small tensors, waiting for others takes longest."""
    torch = sys.modules.get("torch")
    threads = torch.get_num_threads() if torch else 1
    if torch is None or threads == 1:
        yield
        return
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


@contextlib.contextmanager
def restored(twins: Iterable[ComputationNode]) -> Iterator[None]:
    """Give the nodes back all that they held before the block, which a student's `forward` may add to."""
    before = [(twin, dict(vars(twin))) for twin in twins]
    try:
        yield
    finally:
        for twin, kept in before:
            vars(twin).clear()
            vars(twin).update(kept)


# --- Values of all kinds ----------------------------------------------------------------------------------------------


def double(value: Value) -> Value:
    """Return a copy of a value in double precision, where the student's operations can work with it as before."""
    if hasattr(value, "detach"):
        return value.detach().cpu().double().clone()
    if isinstance(value, np.ndarray):
        return value.astype(np.float64)
    if isinstance(value, np.generic):
        return np.float64(value)
    return value if value is None else float(value)


def own(value: Value) -> Value:
    """Return a copy of a value in its own precision and on its own device."""
    if hasattr(value, "detach"):
        return value.detach().clone()
    return value.copy(order="K") if isinstance(value, np.ndarray) else value


def like(value: Value, entries: Array) -> Value:
    """Return `entries` as the same kind of thing as `value`, and in its precision."""
    if hasattr(value, "new_tensor"):
        return value.new_tensor(entries)
    if isinstance(value, np.ndarray):
        return np.asarray(entries, dtype=value.dtype)
    return type(value)(float(entries)) if isinstance(value, np.generic) else float(entries)


def array(value: Value) -> Array:
    """Return a value as an array of doubles.

    Raises:
        TypeError: if it is not a number, array or tensor.
    """
    found = as_array(value.detach().cpu().double() if hasattr(value, "detach") else value)  # numpy knows no bfloat16
    if found is None:
        try:
            return np.array(float(value))  # fractions
        except (TypeError, ValueError, OverflowError):
            raise TypeError(f"{type(value).__name__} is not a number, array or tensor") from None
    return found


def is_value(value: Value) -> bool:
    """Tell whether something is None, or can be computed with."""
    try:
        return value is None or bool(array(double(value)).size >= 0)
    except (TypeError, ValueError):
        return False


def rounding_of(values: Iterable[Value]) -> float:
    """Return what one rounding changes, as a part of the number, in the least precise of `values`."""
    return 2 * rounding.unit_of(values)


def shaken(entries: Array, part: float) -> Array:
    """Return the entries, each changed by a part of itself."""
    return np.asarray(entries * (1 + part * np.random.default_rng(entries.size).choice([-1.0, 1.0], entries.shape)))


def precision_of(values: Iterable[Value]) -> float:
    """Return how alike two numbers are that mean the same, if they were computed with such `values`."""
    known = list(values)
    through_products = _CANCELLING * max(map(rounding.product_unit, known), default=0.0)
    return max(_ALWAYS, min(_MOST, max(_ROUNDINGS * rounding_of(known), through_products)))


def coarse_type(values: Iterable[Value]) -> str:
    """Return the name of a type with so few digits that a small fault looks like rounding; empty if none has."""
    names = {rounding.kind_of(value) for value in values} & {"float16", "bfloat16"}
    return min(names, default="")


def _is_floating(value: Any) -> bool:  # noqa: ANN401 - anything that a student keeps in a node
    """Tell whether something is an array or tensor of floating point numbers (not a mask, or indices)."""
    return "float" in str(getattr(value, "dtype", "")) and (isinstance(value, np.ndarray) or hasattr(value, "detach"))
