"""What became of what a node was sent: right contributions, of which something else than their sum was made."""

from __future__ import annotations

import numpy as np

from course_lib.debugger import severing
from course_lib.debugger.finding import (
    Finding,
    Kind,
    added,
    bare,
    called,
    close,
    count,
    in_parentheses,
    listed,
    memory,
    name_of,
    shared_words,
    worst,
)
from course_lib.debugger.rerun import Rerun
from course_lib.debugger.sending import Senders
from course_lib.graph import ComputationNode
from course_lib.plain_data import Array

_FORGETS = "Yesterday's gradient is still there: what should a node hold when a new pass starts?"


class Combinations:
    """The nodes of a graph, with the gradients that they hold, as those who receive."""

    def __init__(self, senders: Senders, rerun: Rerun | None, *, given: bool) -> None:
        """Look at what is sent, and at a second run if there was one; `given` is whether it is known what z holds."""
        self.senders, self.rerun, self.given = senders, rerun, given
        self.nodes, self.output = senders.twins.nodes, senders.output
        self.held, self.consumers, self.precision = senders.held, senders.twins.consumers, senders.precision

    def nothing(self, node: ComputationNode) -> Finding:
        """Say why a node may hold no gradient."""
        senders = listed(dict.fromkeys(called(w) for w, _ in self.consumers[node]))
        if self.rerun and self.rerun.has_sent({w for w, _ in self.consumers[node]}):
            words = f"{called(node)} holds no gradient, though {senders} sent it one. When is the time to forget?"
            return Finding("reset", words, node)
        words = f"{called(node)} holds no gradient: nothing arrived from {senders}, or it was forgotten. "
        words += "Which nodes must have sent, and what did each of them hold when its turn came?"
        return Finding("no gradient", words, node)

    def fault(self, node: ComputationNode) -> Finding:
        """Say what has become of the right contributions that a node was sent."""
        slots = self.consumers[node]
        shares = [severing.array(self.senders.sent(w)[i]) for w, i in slots]
        held, total = self.held[node], np.asarray(sum(shares))
        place = worst(held, total)
        numbers = [bare(float(share[place])) for share in shares]
        here = f" (at {[int(i) for i in place]})" if place else ""
        words = f"{called(node)} received {listed(numbers)} but holds {bare(float(held[place]))}{here}"
        equation = f"∂{name_of(self.output)}/∂{called(node)} = "
        equation += added([numbers[0], *(in_parentheses(float(s[place])) for s in shares[1:])])
        equation += f" = {bare(float(total[place]))}" if len(shares) > 1 else ""
        kind, story = self._story(node, shares, total)
        if not story:
            senders = listed(dict.fromkeys(called(w) for w, _ in slots))
            words = f"{called(node)} holds {bare(float(held[place]))}{here}, but by what is held at {senders} it should"
            words += f" be {bare(float(total[place]))}"
            story = ". When each of them sent, had it heard from all? And what was here before?"
        return Finding(kind, words + story, node, equation=equation)

    def _story(self, node: ComputationNode, shares: list[Array], total: Array) -> tuple[Kind, str]:
        """Return what may have become of right contributions, and a question; the question is empty if nobody knows."""
        held, shared, one = self.held[node], self.sharing(node), self.held[self.output]
        # Where the output still holds what it was given, nobody has added to that in place.
        untouched = self.given or self.rerun is not None or bool((one == 1).all())
        overwritten = len(shares) > 1 and any(close(held, share, self.precision) for share in shares)
        one_consumer = len({w for w, _ in self.consumers[node]}) == 1
        of_before = isinstance(node.gradient, ComputationNode) and node.gradient in self.nodes
        seeded = one.ndim == 0 and held.ndim == 0 and close(held, total + one, self.precision)
        too_much = f": {bare(float(one.flat[0]))} too much. Only one gradient is known before the walk starts: "
        twice = ": one node, two slots, and each of them sends. How often did it receive?"
        paths = f": {count(len(shares))} paths arrive here. What became of what they bring?"
        stories: list[tuple[object, Kind, str]] = [
            (self.rerun and self.rerun.leftover, "reset", f". {_FORGETS}"),
            (self.output in shared and not untouched, "shared", f". {shared_words(node, shared)}"),
            (overwritten and one_consumer, "combination", twice),
            (overwritten, "combination", paths),
            (shared, "shared", f". {shared_words(node, shared)}"),
            (of_before, "reset", ": that is the gradient of the pass before. Did the new pass reach this node?"),
            (seeded, "start", f"{too_much}what do the others hold then?"),
        ]
        return next(((kind, story) for fits, kind, story in stories if fits), ("combination", ""))

    def sharing(self, node: ComputationNode) -> list[ComputationNode]:
        """Return the other nodes whose gradients live in the same memory."""
        place = memory(node.gradient)
        return [n for n in self.nodes if n is not node and place is not None and memory(n.gradient) == place]
