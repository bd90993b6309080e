"""Which of the recorded calls belong together: the last forward pass over a graph, and the backward pass after it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from course_lib.recording import Event

# A call, and the place of its node in the graph.
Call = tuple[Event, int]


@dataclass
class Pass:
    """Calls in a row that are one walk over the graph, forward or backward."""

    forward: bool
    calls: list[Call] = field(default_factory=list)
    visited: set[int] = field(default_factory=set)
    received: set[int] = field(default_factory=set)

    def goes_on_with(self, event: Event, place: int, output: int) -> bool:
        """Tell whether a call is still part of this walk, rather than the first of a new one."""
        if self.forward != (event.kind == "forward"):
            return False
        if self.forward:
            return not (place in self.visited and output in self.visited)
        if event.kind == "backward":
            return not (place == output and output in self.visited)
        # A sum that is empty again was forgotten on purpose: a new pass.
        return not (place in self.received and event.before is None)

    def add(self, event: Event, place: int) -> None:
        """Take in one more call."""
        self.calls.append((event, place))
        (self.received if event.kind == "accumulate_gradient" else self.visited).add(place)


def last_passes(
    events: Iterable[Event | None], places: Mapping[int, int], leaves: set[int], output: int
) -> tuple[list[Call], list[Call]]:
    """Return the calls of the last forward pass over a graph, and those of the last backward pass after it.

    Args:
        events: what was recorded, oldest first; None where a cell began.
        places: the place of each node of the graph, by its identity.
        leaves: the places of nodes without inputs, which other graphs may share.
        output: the place of the output.
    """
    passes: list[Pass] = []
    new_cell = True
    for event in events:
        if event is None:
            new_cell = True
            continue
        place = places.get(id(event.node()), -1)
        if place < 0:
            continue
        if new_cell or not passes[-1].goes_on_with(event, place, output):
            passes.append(Pass(event.kind == "forward"))
            new_cell = False
        passes[-1].add(event, place)
    forward = _last([one for one in passes if one.forward], leaves, output)
    after = passes[passes.index(forward) + 1 :] if forward else passes
    backward = _last([one for one in after if not one.forward], leaves, output)
    return forward.calls if forward else [], backward.calls if backward else []


def _last(passes: Sequence[Pass], leaves: set[int], output: int) -> Pass | None:
    """Return the last pass that visits the output, or else the last that visits more than leaves."""
    whole = [one for one in passes if output in one.visited]
    partial = [one for one in passes if one.visited - leaves]
    found = whole or partial
    return found[-1] if found else None
