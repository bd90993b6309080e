"""A record of what a student's own code did with a graph: each forward, backward and accumulate, in order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

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

    Each node gets methods of its own that note the call and pass it on, so that neither its class nor other graphs
    are touched. A walk that goes on without end is noted up to a bound, and passed on all the same.
    """
    for place, node in enumerate(nodes):
        for method, letter in METHODS.items():
            vars(node)[method] = _noting(getattr(node, method), letter, place, trace)
    try:
        yield
    finally:
        for node in nodes:
            for method in METHODS:
                vars(node).pop(method, None)


def _noting(method: Callable[..., Any], letter: str, place: int, trace: Trace) -> Callable[..., Any]:
    if letter != "b":

        def noted(*arguments: Any, **options: Any) -> Any:  # noqa: ANN401 - passed on
            trace.note(letter, place)
            return method(*arguments, **options)

        return noted

    def noted_backward(*arguments: Any, **options: Any) -> Any:  # noqa: ANN401
        trace.note(letter, place)
        sent = method(*arguments, **options)
        if isinstance(sent, list):
            trace.sent.setdefault(place, list(sent))
        return sent

    return noted_backward
