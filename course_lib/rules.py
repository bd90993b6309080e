"""What must hold at each step of a forward or backward pass, and what to say where it does not.

The passes are the student's own loops, so these rules look at single steps: they are wrapped around `forward` and
`backward` of every node class, the given ones and the student's. They cost about a microsecond a call and change no
value.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import TYPE_CHECKING

from course_lib.errors import CourseError, GraphError
from course_lib.values import Value, device_of, shape_of

if TYPE_CHECKING:
    from course_lib.graph import ComputationNode

_ORDINALS = ("first", "second", "third")
_MOVE = (
    "Create each tensor with device=device, as in torch.tensor(…, device=device), or move it with .to(device) before "
    "it becomes a leaf."
)


def checked_forward(forward: Callable[[ComputationNode], None]) -> Callable[[ComputationNode], None]:
    """Wrap a node's `forward`: its inputs must live on one device, and it must leave a result behind."""

    @wraps(forward)
    def step(self: ComputationNode) -> None:
        __tracebackhide__ = True  # Jupyter leaves this frame out: it is not the student's
        _check_devices(self, [node.result for node in self.input_nodes])
        try:
            forward(self)
        except (CourseError, NotImplementedError):
            raise
        except Exception as error:
            _add_place(self, error)
            raise
        if self.result is None:
            raise GraphError(f"{self.title}.forward() left self.result at None: it must set it.")
        if _is_node(self.result):
            raise GraphError(
                f"{self.title}.forward() set self.result to a node, {self.result.title}. "
                "The value of an input is self.input(0), self.input(1), …; self.input_nodes holds the nodes."
            )

    return step


def checked_backward(
    backward: Callable[[ComputationNode], list[Value]],
) -> Callable[[ComputationNode], list[Value]]:
    """Wrap a node's `backward`: it needs a result and a gradient, and must return one gradient per input."""

    @wraps(backward)
    def step(self: ComputationNode) -> list[Value]:
        __tracebackhide__ = True
        if self.result is None:
            raise GraphError(
                f"backward() was called on {self.title} before forward(): it has no result yet. "
                "Run the forward pass on this graph first."
            )
        if self.gradient is None:
            raise GraphError(
                f"backward() was called on {self.title}, but no gradient has arrived there yet. "
                "Which nodes must send theirs first, and is the last node given its own to start from?"
            )
        _check_devices(self, [*(node.result for node in self.input_nodes), self.gradient])
        if isinstance(self.gradient, (int, float)) and hasattr(self.result, "detach"):
            raise GraphError(
                f"{self.title} has a tensor as its value, but the plain number {self.gradient} as its gradient. "
                "From what does your backward pass start: does it use its argument `one`?"
            )
        try:
            sent = backward(self)
        except (CourseError, NotImplementedError):
            raise
        except Exception as error:
            _add_place(self, error)
            raise
        _check_sent(self, sent)
        return sent

    return step


def _check_sent(node: ComputationNode, sent: object) -> None:
    inputs = node.input_nodes
    if not isinstance(sent, (list, tuple)):
        raise GraphError(
            f"{node.title}.backward() returned {type(sent).__name__}, where a list with one gradient for each of its "
            f"{len(inputs)} input{'s' * (len(inputs) != 1)} is expected."
        )
    if len(sent) != len(inputs):
        raise GraphError(
            f"{node.title}.backward() returned {len(sent)} gradient{'s' * (len(sent) != 1)}, but the node has "
            f"{len(inputs)} input{'s' * (len(inputs) != 1)}: one for each, in the order of the inputs."
        )
    for i, (target, gradient) in enumerate(zip(inputs, sent, strict=True)):
        if gradient is None:
            raise GraphError(f"{node.title}.backward() returned None for its {_ordinal(i)} input, {target.title}.")
        if _is_node(gradient) and not _is_node(node.gradient):
            raise GraphError(
                f"{node.title} sent its {_ordinal(i)} input, {target.title}, a node as a gradient, though it received "
                "a value. The value of an input is self.input(0), self.input(1), …; self.input_nodes holds the nodes."
            )
        if not fits(target, gradient):
            raise GraphError(
                f"{node.title} sent its {_ordinal(i)} input, {target.title}, a gradient of shape "
                f"{shape_of(gradient)}; the value there has shape {target.shape}. A gradient has the shape of its "
                "value: write down the shapes. (A value that was copied to fit a larger one gets the sum of what its "
                "copies get.)"
            )
        _check_arrival(target, gradient, node)


def check_contribution(node: ComputationNode, gradient: Value) -> None:
    """Refuse a contribution to `node.gradient` that cannot be one.

    Raises:
        GraphError: if it is None, or does not have the shape of the node's value, or is on another device.
    """
    if gradient is None:
        raise GraphError(f"{node.title} was sent None as a gradient.")
    if not fits(node, gradient):
        raise GraphError(
            f"{node.title} has a value of shape {node.shape}, but was sent a gradient of shape {shape_of(gradient)}. "
            "Did each gradient of the list go to the input that it belongs to?"
        )
    _check_arrival(node, gradient)


def fits(node: ComputationNode, gradient: Value) -> bool:
    """Tell whether a gradient has the shape of the node's value, as far as both are known.

    A gradient that is a node has no shape before it is run; nobody asks for the gradient of a constant.
    """
    return (
        _is_node(gradient)
        or getattr(node, "constant", False)
        or node.result is None
        or shape_of(gradient) == node.shape
    )


def _is_node(value: Value) -> bool:
    return hasattr(value, "input_nodes")


def _check_devices(node: ComputationNode, values: Sequence[Value]) -> None:
    """Refuse tensors on different devices; a tensor that is a single number goes with any, as in torch."""
    if len({device_of(value) for value in values if shape_of(value)} - {None}) > 1:
        inputs = [f"{n.title} is on {device_of(n.result)}{_origin(n)}" for n in node.input_nodes if n.shape]
        seed = f"the gradient it starts from is on {device_of(node.gradient)}"
        where = [*inputs, seed] if shape_of(node.gradient) else inputs
        raise GraphError(f"{node.title} cannot compute with tensors on different devices: {', '.join(where)}. {_MOVE}")


def _origin(node: ComputationNode) -> str:
    """Name the leaves that brought a node's value to the device that it is on; empty if it is one itself."""
    leaves = [n for n in node.sorted_nodes() if not n.input_nodes and device_of(n.result) == device_of(node.result)]
    names = ", ".join(dict.fromkeys(n.title if n.name else "a Leaf without a name" for n in leaves))
    return f" (by {names})" if names and node.input_nodes else ""


def _check_arrival(node: ComputationNode, gradient: Value, sender: ComputationNode | None = None) -> None:
    """Refuse a gradient that is not on the device of the value it belongs to, as its sums and products would fail."""
    value, came = device_of(node.result), device_of(gradient)
    if None in {value, came} or value == came or not shape_of(gradient) or getattr(node, "constant", False):
        return
    sent = f"was sent a gradient on {came}" + (f" by {sender.title}" if sender else "")
    raise GraphError(
        f"{node.title} has a value on the device {value}, but {sent}. Is the tensor `one`, from which the backward "
        f"pass starts, on that device, too? {_MOVE}"
    )


def _add_place(node: ComputationNode, error: Exception) -> None:
    """Say at which node an error of numpy or torch came up."""
    inputs = ", ".join(f"{n.title} of shape {n.shape}" for n in node.input_nodes)
    error.add_note(f"This happened at the node {node.title}, with the inputs {inputs}.")


def _ordinal(i: int) -> str:
    return _ORDINALS[i] if i < len(_ORDINALS) else f"{i + 1}th"
