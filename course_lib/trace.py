"""A record of what a student's own code did with a graph: each forward, backward and accumulate, in order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from inspect import isfunction
from typing import Any

from course_lib import recording
from course_lib.graph import ComputationNode

# What is recorded, and the letter for it.
METHODS = {"forward": "f", "backward": "b", "accumulate_gradient": "a"}


@dataclass
class Trace:
    """What was called, in order.

    Attributes:
        kinds: a letter for each call: `f`orward, `b`ackward or `a`ccumulate_gradient.
        nodes: the node of each call, as its place among those that were watched.
        calls: how many calls there were; only the first `most` of them are kept.
        sent: what each node's `backward` returned when it was first called, by the node's place.
    """

    most: int = 100_000
    kinds: list[str] = field(default_factory=list)
    nodes: list[int] = field(default_factory=list)
    calls: int = 0
    sent: dict[int, list[Any]] = field(default_factory=dict)

    def note(self, kind: str, place: int) -> None:
        """Write down one call."""
        self.calls += 1
        if self.calls <= self.most:
            self.kinds.append(kind)
            self.nodes.append(place)


@contextmanager
def watching(nodes: Sequence[ComputationNode], trace: Trace) -> Iterator[None]:
    """Within this block, write down what is called on these nodes.

    For that time their classes have methods that note the call, if it is for one of these nodes, and pass it on. A walk
    that goes on without end is noted up to a bound, and passed on all the same. It is somebody else's run, not one that
    the student asked for, so the recording of the notebook does not see it.
    """
    places = {id(node): place for place, node in enumerate(nodes)}
    own = []
    for node_class in {type(node) for node in nodes}:
        for name, letter in METHODS.items():
            method = next(vars(base)[name] for base in node_class.__mro__ if name in vars(base))
            if isfunction(method):
                own.append((node_class, name, vars(node_class).get(name)))
                setattr(node_class, name, _noting(method, letter, places, trace))
    try:
        with recording.paused():
            yield
    finally:
        for node_class, name, before in own:
            if before is None:
                delattr(node_class, name)
            else:
                setattr(node_class, name, before)


def _noting(method: Callable[..., Any], letter: str, places: Mapping[int, int], trace: Trace) -> Callable[..., Any]:
    def noted(node: ComputationNode, *arguments: Any, **options: Any) -> Any:  # noqa: ANN401 - passed on
        place = places.get(id(node))
        if place is None:
            return method(node, *arguments, **options)
        trace.note(letter, place)
        result = method(node, *arguments, **options)
        if letter == "b" and isinstance(result, list):
            trace.sent.setdefault(place, list(result))
        return result

    return noted
