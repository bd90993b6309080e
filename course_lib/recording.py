"""What a student's own code did with its nodes, always on in a notebook: the last calls, with their values.

While recording is on, every node class has methods that note a call and pass it on. While it is off, nothing at all is
different. Nodes are held weakly, numbers and the corners of tensors are copied, and only the last calls are kept, so
that nothing leaks and a long training loop costs no memory.

What is kept of a tensor is a copy on its own device, since the run of a student shall not wait until a GPU has
finished. It comes to the host when somebody looks at it: so many entries as a picture shows, each once.
"""

from __future__ import annotations

import weakref
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, wraps
from inspect import isfunction
from typing import Any, Literal

from course_lib import graph
from course_lib.graph import ComputationNode
from course_lib.values import Value, device_of, shape_of

# How many calls are remembered, and how many rows and columns of a tensor.
MOST_EVENTS, MOST_CELLS = 20_000, 8

Kind = Literal["forward", "backward", "accumulate_gradient"]
KINDS: tuple[Kind, ...] = ("forward", "backward", "accumulate_gradient")


@dataclass(frozen=True)
class Corner:
    """A tensor as it was: its shape, and some of its entries, evenly spread over its last two axes.

    Attributes:
        shape: the shape of the whole tensor.
        entries: those entries, on the tensor's own device.
        device: that device; None for an array.
    """

    shape: tuple[int, ...]
    entries: Any
    device: str | None = None

    @cached_property
    def on_host(self) -> Any:  # noqa: ANN401 - a number, or lists of numbers
        """The entries as a number or as lists, brought from their device when first asked for; None if that fails."""
        try:
            return self.entries.tolist()
        except Exception:  # noqa: BLE001 - a device without memory, one that has failed, …: there is at least a shape
            return None


@dataclass(slots=True)
class Event:
    """One call.

    Attributes:
        kind: which method was called.
        node: on which node; it may be gone by now.
        state: whether the call is still open, is done, or raised an error.
        result: the node's value after the call.
        gradient: the node's gradient: after the call if it accumulates, else before it.
        before: for a call that accumulates, the gradient before it.
        given: what was accumulated, or the list of what `backward` returned.
    """

    kind: Kind
    node: weakref.ref[ComputationNode]
    state: Literal["open", "done", "raised"] = "open"
    result: Value = None
    gradient: Value = None
    before: Value = None
    given: Value = None


# None stands for the start of a cell.
_events: deque[Event | None] = deque(maxlen=MOST_EVENTS)
_original: dict[tuple[type, str], Callable[..., Any]] = {}
_pauses = 0


def start() -> None:
    """Begin to record; nothing happens if it is on already."""
    if not _original:
        for node_class in _all_classes(ComputationNode):
            _wrap(node_class)
        graph.on_new_class.append(_wrap)


def stop() -> None:
    """Record no more, and forget what was recorded."""
    if _original:
        graph.on_new_class.remove(_wrap)
    for (node_class, name), method in _original.items():
        setattr(node_class, name, method)
    _original.clear()
    _events.clear()


@contextmanager
def paused() -> Iterator[None]:
    """Within this block nothing is recorded: what happens there is not the student's doing."""
    global _pauses  # noqa: PLW0603 - one recording for the whole session
    _pauses += 1
    try:
        yield
    finally:
        _pauses -= 1


def is_on() -> bool:
    """Tell whether calls are being recorded."""
    return bool(_original) and not _pauses


def mark_cell(*_: object) -> None:
    """Note that a new cell begins."""
    if is_on() and _events and _events[-1] is not None:
        _events.append(None)


def events() -> list[Event | None]:
    """Return what was recorded, oldest first; None where a cell began."""
    return list(_events)


def _all_classes(node_class: type[ComputationNode]) -> Iterator[type[ComputationNode]]:
    yield node_class
    for subclass in node_class.__subclasses__():
        yield from _all_classes(subclass)


def _wrap(node_class: type[ComputationNode]) -> None:
    for kind in KINDS:
        method = vars(node_class).get(kind)
        if isfunction(method):
            _original[node_class, kind] = method
            setattr(node_class, kind, _noting(method, kind))


def _noting(method: Callable[..., Any], kind: Kind) -> Callable[..., Any]:
    @wraps(method)
    def noted(node: ComputationNode, *arguments: Any, **options: Any) -> Any:  # noqa: ANN401 - passed on
        __tracebackhide__ = True
        if _pauses:
            return method(node, *arguments, **options)
        last = _events[-1] if _events else None
        if last is not None and last.state == "open" and last.kind == kind and last.node() is node:  # super()
            return method(node, *arguments, **options)
        event = Event(kind, weakref.ref(node))
        _events.append(event)
        before = node.gradient
        try:
            result = method(node, *arguments, **options)
        except BaseException:
            event.state = "raised"
            raise
        event.state = "done"
        if kind == "forward":
            event.result, event.gradient = snapshot(node.result), snapshot(before)
        elif kind == "backward":
            event.gradient = snapshot(before)
            event.given = [snapshot(sent) for sent in result] if isinstance(result, (list, tuple)) else []
        else:
            given = arguments[0] if arguments else next(iter(options.values()), None)
            event.before, event.gradient = snapshot(before), snapshot(node.gradient)
            event.given = event.gradient if given is node.gradient else snapshot(given)
        return result

    return noted


def snapshot(value: Value) -> Value:
    """Return a value as it is now: a number itself, a corner of a tensor, a node weakly, anything else by its type."""
    kind = type(value)
    if kind is float or value is None or kind in (int, bool, complex):
        return value
    if isinstance(value, ComputationNode):
        return weakref.ref(value)
    try:
        return _corner(value) if hasattr(value, "shape") else float(value)
    except Exception:  # noqa: BLE001 - whatever a student's mistake has left there, and however it fails
        return type(value).__name__


def _corner(value: Value) -> Corner:
    shape = shape_of(value)
    value = value.detach() if hasattr(value, "detach") else value
    outer, last = shape[:-2], shape[-2:]
    part = value[(0,) * len(outer)] if outer else value
    if any(length > MOST_CELLS for length in last):
        part = part[tuple(slice(None, None, -(-length // MOST_CELLS) or 1) for length in last)]
    return Corner(shape, part.clone() if hasattr(part, "clone") else part.copy(), device_of(part))
