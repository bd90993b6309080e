"""What an inner derivative means, in numbers: cut a node's inputs, wiggle its value, and look what comes of it.

∂z/∂v asks how z changes with v, though v is no input that one could change. *Edge severing* gives it a meaning: cut the
edges into v, hold it as an input, and evaluate all that lies downstream anew (the lecture's "Intermediate partials with
edge severing"). Here this is done with twins of the student's nodes, in double precision, by their own `forward`; the
nodes themselves are never touched.

Derivatives are central differences, extrapolated once (Richardson): (4 D(h/2) − D(h)) / 3 is off by O(h⁴).
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from course_lib.graph import ComputationNode, Leaf, build_graph
from course_lib.plain_data import Array, as_array
from course_lib.values import Value

Slots = list[tuple[ComputationNode, int]]
# How much a displaced value makes of something: pairs of what it is weighed with, and what it is.
Response = Callable[[Array], list[tuple[Array, Array]]]

_STEPS = (1e-3, 1e-5)
_EPSILON = float(np.finfo(np.float64).eps)
# A step whose rounding could be more than this part of the slope decides nothing.
_LARGEST_NOISE = 1e-3
# An error that is allowed is so small where double precision is meant.
_SHARP = 1e-6
# What is asked entry by entry is asked of that many entries at most.
MOST_ENTRIES = 4096


class Twins:
    """Copies of the nodes of a graph, with the same values in double precision, free to be moved about.

    Attributes:
        nodes: the student's nodes, inputs first.
        of: the twin of each.
        consumers: who takes a node as input, and in which slot.
    """

    def __init__(self, nodes: Sequence[ComputationNode]) -> None:
        """Copy `nodes`, which must come inputs first."""
        self.nodes = list(nodes)
        self.of: dict[ComputationNode, ComputationNode] = {}
        self.consumers: dict[ComputationNode, Slots] = {node: [] for node in nodes}
        for node in nodes:
            self.of[node] = twin_of(node, [self.of[child] for child in node.input_nodes], double)
            for slot, child in enumerate(node.input_nodes):
                self.consumers[child].append((node, slot))

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
                    self.of[node].forward()
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
            twin.forward()
            return [(weight, array(twin.result))]

        return respond


def twin_of(
    node: ComputationNode, inputs: Sequence[ComputationNode], convert: Callable[[Value], Value]
) -> ComputationNode:
    """Return a copy of a node with other inputs and no gradient, its value and what else it keeps converted."""
    twin: ComputationNode = object.__new__(type(node))
    instead = dict(zip(map(id, node.input_nodes), inputs, strict=True))  # a student may keep inputs elsewhere, too
    for name, kept in vars(node).items():
        converted = convert(kept) if name in ("result", "value") or _is_floating(kept) else kept
        vars(twin)[name] = instead.get(id(kept), converted)
    twin.input_nodes, twin.gradient = list(inputs), None
    return twin


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """Within this block values are numbers, and what a student's methods print or warn of is not shown again."""
    quiet = io.StringIO()
    with (
        build_graph(False),
        np.errstate(all="ignore"),
        contextlib.redirect_stdout(quiet),
        contextlib.redirect_stderr(quiet),
    ):
        yield


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


def agrees(claimed: Array, value: Array, response: Response, precision: float) -> bool | None:
    """Tell whether `claimed` is the gradient of the weighed sum of the response, along random directions.

    In double precision one direction is enough: a wrong gradient passes with probability zero. In single precision
    errors of several entries may cancel as far as one can see, so that three are tried.

    Args:
        claimed: the gradient, in the shape of `value`.
        value: where the response is asked.
        response: what is differentiated.
        precision: the error that is allowed, as a part of all that is summed.

    Returns:
        None if no step is fit to decide.
    """
    if not np.isfinite(value).all():
        return None
    random = np.random.default_rng(value.size)
    verdict: bool | None = None
    for _ in range(1 if precision <= _SHARP or value.size == 1 else 3):
        signs = random.uniform(0.5, 1.5, value.shape) * random.choice([-1.0, 1.0], value.shape)
        along = _agrees_along(signs, claimed, value, response, precision)
        if along is False:
            return False
        verdict = verdict or along
    return verdict


def _agrees_along(signs: Array, claimed: Array, value: Array, response: Response, precision: float) -> bool | None:
    """Tell the same along one direction.

    Several steps are tried: a large one is spoilt by a bend of the function nearby, and a small one drowns in rounding
    beside large numbers. One that fits is enough.
    """
    decided: bool | None = None
    for direction in (signs * _sizes(value), signs):
        said, weight = (claimed * direction).sum(), np.abs(claimed * direction).sum()
        for step in _STEPS:
            found = _slope(response, direction, step)
            if found is None:
                continue
            slope, size, noise = found
            if slope == said == 0 or (weight == 0 and abs(slope) <= noise):
                return True
            if noise > _LARGEST_NOISE * (size + weight):
                continue
            if abs(said - slope) <= precision * (size + weight) + noise:
                return True
            decided = False
    return decided


def gradient(value: Array, response: Response) -> Array | None:
    """Return the gradient of the weighed sum of the response, entry by entry; None if it is too much, or fails."""
    if value.size > MOST_ENTRIES:
        return None
    found = np.zeros(value.shape)
    sizes = _sizes(value)
    for index in np.ndindex(value.shape):
        direction = np.zeros(value.shape)
        direction[index] = sizes[index]
        slope = _slope(response, direction, _STEPS[0])
        if slope is None:
            return None
        found[index] = slope[0] / sizes[index]
    return found


def _slope(response: Response, direction: Array, step: float) -> tuple[float, float, float] | None:
    """Return the slope along a direction, the size of what was summed for it, and what rounding may have made of it."""
    try:
        sides = [response(s * step * direction) for s in (1.0, -1.0, 0.5, -0.5)]
    except Exception:  # noqa: BLE001 - a student's forward may fail in any way where it was never meant to be evaluated
        return None
    slope = size = noise = 0.0
    for (weight, right), (_, left), (_, near_right), (_, near_left) in zip(*sides, strict=True):
        if not right.shape == left.shape == weight.shape:
            return None
        terms = weight * (8 * (near_right - near_left) - (right - left)) / (6 * step)
        slope += float(terms.sum())
        size += float(np.abs(terms).sum())
        noise += float(np.abs(weight * (np.abs(right) + np.abs(left))).sum()) * 8 * _EPSILON / step
    return (slope, size, noise) if np.isfinite([slope, size, noise]).all() else None


def _sizes(value: Array) -> Array:
    """Return how large each entry is, for steps in proportion to it; where it is zero, as large as the others."""
    sizes = np.abs(value)
    return np.maximum(sizes, 0.01 * sizes.max(initial=0.0)) if sizes.any() else np.ones(value.shape)


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
    return value.copy() if isinstance(value, np.ndarray) else value


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
    found = as_array(value)
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


def precision_of(values: Iterable[Value]) -> float:
    """Return the error to allow, as a part of a sum, where the least precise of `values` was computed with."""
    names = {str(getattr(value, "dtype", "float64")).removeprefix("torch.") for value in values}
    if names & {"float16", "bfloat16"}:
        return 0.1
    return 2e-3 if "float32" in names else _SHARP


def _is_floating(value: Any) -> bool:  # noqa: ANN401 - anything that a student keeps in a node
    """Tell whether something is an array or tensor of floating point numbers (not a mask, or indices)."""
    return "float" in str(getattr(value, "dtype", "")) and (isinstance(value, np.ndarray) or hasattr(value, "detach"))
