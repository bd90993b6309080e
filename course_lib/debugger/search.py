"""The gradient debugger: where a backward pass first went wrong, what kind of fault that is, and a question about it.

It walks from the output back. What a node should hold is the derivative that edge severing gives it (see `severing`).
The first node that holds something else has been sent something wrong (the *local rule* of a consumer), or something
else than the sum of what it was sent has become of it (the *combination*, or the walk). Nothing is changed meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from course_lib.debugger import severing
from course_lib.debugger.computing import value_fault
from course_lib.debugger.finding import (
    Finding,
    Kind,
    bare,
    called,
    close,
    count,
    in_parentheses,
    listed,
    memory,
    name_of,
    number,
    shared_words,
    worst,
)
from course_lib.debugger.rerun import Rerun
from course_lib.debugger.sending import Senders
from course_lib.debugger.severing import Twins, agrees
from course_lib.errors import GraphError
from course_lib.graph import ComputationNode
from course_lib.plain_data import Array
from course_lib.values import Value, shape_of

# Of so many evaluations of nodes severing may make use; all nodes of a graph of 300, fewer of larger ones.
_BUDGET = 90_000
_MOST_NODES = 20_000


def debug(
    output: ComputationNode,
    backward_algorithm: Callable[..., object] | None = None,
    *,
    forward_algorithm: Callable[..., object] | None = None,
    one: Value = None,
) -> Finding:
    """Find the first place where a backward pass went wrong.

    Args:
        output: the node that the passes were run from.
        backward_algorithm: if given, it is run again on a copy of the graph, to see in which order it visits nodes,
            from what it starts, and whether it forgets what an earlier run has left.
        forward_algorithm: likewise, if it has left no results.
        one: what the backward pass was given to start from; if None, whatever the output holds.

    Raises:
        TypeError: if `output` is not a node.
        GraphError: if no pass has been run, so that there is nothing to look at.
    """
    if not isinstance(output, ComputationNode):
        raise TypeError(f"debug() looks at a graph: give it the node at its end, not {type(output).__name__}.")
    nodes = output.sorted_nodes()
    with severing.undisturbed():
        finding = value_fault(nodes, forward_algorithm)
        if finding is None and all(node.gradient is None for node in nodes):
            raise GraphError(
                f"No node of this graph has a gradient: run the backward pass on {called(output)} first, then debug it."
            )
        finding = finding or _Pass(nodes, backward_algorithm, one).first_fault()
    return replace(finding, output=output)


# --- The backward pass ------------------------------------------------------------------------------------------------


class _Pass:
    """A backward pass that was run, and what is known of it."""

    def __init__(self, nodes: list[ComputationNode], algorithm: Callable[..., object] | None, one: Value) -> None:
        self.nodes, self.output, self.one = nodes, nodes[-1], one
        self.twins = Twins(nodes)
        self.as_nodes = isinstance(self.output.gradient, ComputationNode)
        self.held: dict[ComputationNode, Array] = {}
        values = [value for node in nodes for value in (node.result, node.gradient)]
        self.precision = severing.precision_of(values)
        self.rerun = Rerun(nodes, algorithm, self.as_nodes) if algorithm else None
        self.senders = Senders(self.output, self.twins, self.held, self.precision)
        self.unsure = 0

    def first_fault(self) -> Finding:
        """Return the first fault on the way back, or that all is right."""
        back = [node for node in self.nodes[::-1] if not getattr(node, "constant", False)][:_MOST_NODES]
        severed = set(back[:: max(1, -(-len(back) * len(self.nodes) // _BUDGET))])
        if fault := self._start_fault():
            return fault
        for node in back[1:]:
            if fault := self._unreadable(node) or self._wrong(node, cut=node in severed):
                return fault
        if self.as_nodes:
            for node in back:
                if fault := self.senders.cut_fault(node):
                    return fault
        if self.rerun and (fault := self.rerun.fault_where_values_are_right()):
            return fault
        return Finding("right", self._praise(len(back), len(severed)))

    def _praise(self, looked_at: int, severed: int) -> str:
        words = f"All is right: each of {looked_at:,} gradients is what wiggling its node makes of the output."
        if severed < looked_at:
            words += f" In so large a graph {severed:,} of them were held against the output itself, the others"
            words += " against the nodes that use them."
        if looked_at == _MOST_NODES:
            words += f" Only the {_MOST_NODES:,} nodes nearest to the output were looked at."
        if self.unsure:
            words += f" At {self.unsure} of them the numbers are too large, or too far apart, to tell."
        return words

    # --- What a node holds

    def _start_fault(self) -> Finding | None:
        z, gradient = self.output, self.output.gradient
        question = "Which node is the last one of the graph, and what does it hold when the walk starts?"
        if gradient is None:
            return Finding("start", f"{called(z)}, the output, holds no gradient. {question}", z)
        if unreadable := self._unreadable(z):
            kind: Kind = "start" if unreadable.kind == "shape" else unreadable.kind
            return replace(unreadable, kind=kind, words=f"{unreadable.words} {question}")
        if hasattr(z.result, "detach") and not self.as_nodes and not hasattr(gradient, "detach"):
            words = f"{called(z)}, the output, is a tensor, but its gradient the plain number {gradient}. "
            return Finding("start", words + "What becomes of the argument `one`?", z)
        given = None if self.one is None else severing.array(self._plain(self.one))
        if given is not None and not close(self.held[z], given, self.precision):
            found = (number(self.held[z], given), number(given, self.held[z]))
        elif self.rerun and self.rerun.started_from:
            found = self.rerun.started_from
        else:
            return None
        words = f"{called(z)}, the output, holds {found[0]}, though the pass was to start from {found[1]}."
        shares = self._sharing(z) or (self.rerun.sharing if self.rerun else None)
        if shares:
            return Finding("shared", f"{words} {shared_words(z, shares)}", z)
        return Finding("start", f"{words} What becomes of the argument `one`?", z)

    def _plain(self, gradient: Value) -> Value:
        """Return the value of a gradient, which may be a graph."""
        if not isinstance(gradient, ComputationNode):
            return gradient
        for node in gradient.sorted_nodes():
            if node not in self.twins.of:
                self.twins.of[node] = severing.twin_of(
                    node, [self.twins.of[n] for n in node.input_nodes], severing.double
                )
                self.twins.of[node].forward()
        return self.twins.of[gradient].result

    def _unreadable(self, node: ComputationNode) -> Finding | None:
        """Read what a node holds as its gradient, or say why that cannot be."""
        if node.gradient is None:
            return self._raising() or self._walk_fault(node) or self._nothing(node)
        try:
            self.held[node] = severing.array(self._plain(node.gradient))
        except Exception as error:  # noqa: BLE001 - anything may stand there
            return Finding("combination", f"The gradient of {called(node)} is no value: {error}.", node)
        if self.held[node].shape != shape_of(node.result):
            words = f"{called(node)} has a value of shape {shape_of(node.result)}, but its gradient has the shape "
            fault = next((f for w, i in self.twins.consumers[node] if (f := self.senders.rule_fault(w, i))), None)
            return fault or Finding("shape", words + f"{self.held[node].shape}. Where did it get that?", node)
        if self.as_nodes and not isinstance(node.gradient, ComputationNode):
            return self._sent_a_number(node)
        return None

    def _wrong(self, node: ComputationNode, *, cut: bool) -> Finding | None:
        """Tell whether a node holds the wrong gradient, where all its consumers hold the right one."""
        held, value = self.held[node], self.twins.value(node)
        consumers = list(dict.fromkeys(w for w, _ in self.twins.consumers[node]))
        if cut:
            seed = {self.output: self.held[self.output]}
            if agrees(held, value, self.twins.severed(node, self.twins.downstream(node), seed), self.precision):
                return None
        # By the chain rule one step downstream tells as much; it is not blurred by what comes after.
        response = self.twins.severed(node, consumers, {w: self.held[w] for w in consumers})
        verdict = agrees(held, value, response, self.precision)
        self.unsure += verdict is None
        if verdict is not False:
            return None
        slots = self.twins.consumers[node]
        rule = next((fault for w, i in slots if (fault := self.senders.rule_fault(w, i))), None)
        return rule or self._walk_fault(node) or self._combination(node)

    def _raising(self) -> Finding | None:
        """Look for the rule at which the pass has stopped, so that what lies behind it never got anything."""
        for w in self.nodes[::-1]:
            if not w.input_nodes or w.gradient is None:
                continue
            try:
                self.held.setdefault(w, severing.array(self._plain(w.gradient)))
                if self.held[w].shape == shape_of(w.result):
                    self.senders.sent(w)
            except TypeError as error:
                if w in self.held:
                    return self.senders.broken_rule(w, 0, error)
            except Exception as error:  # noqa: BLE001 - as above
                return self.senders.broken_rule(w, 0, error)
        return None

    # --- What becomes of what is sent

    def _nothing(self, node: ComputationNode) -> Finding:
        senders = listed(dict.fromkeys(called(w) for w, _ in self.twins.consumers[node]))
        if self.rerun and self.rerun.has_sent({w for w, _ in self.twins.consumers[node]}):
            words = f"{called(node)} holds no gradient, though {senders} sent it one. When is the time to forget?"
            return Finding("reset", words, node)
        words = f"{called(node)} holds no gradient: nothing arrived from {senders}, or it was forgotten. "
        words += "Which nodes must have sent, and what did each of them hold when its turn came?"
        return Finding("no gradient", words, node)

    def _walk_fault(self, node: ComputationNode) -> Finding | None:
        return self.rerun.fault_above(node) if self.rerun else None

    def _combination(self, node: ComputationNode) -> Finding:
        """Say what has become of the right contributions that a node was sent."""
        if broken := any(n.gradient is None for n in self.nodes) and self._raising():
            return broken
        slots = self.twins.consumers[node]
        shares = [severing.array(self.senders.sent(w)[i]) for w, i in slots]
        held, total = self.held[node], np.asarray(sum(shares))
        place = worst(held, total)
        numbers = [bare(float(share[place])) for share in shares]
        here = f" (at {[int(i) for i in place]})" if place else ""
        words = f"{called(node)} received {listed(numbers)} but holds {bare(float(held[place]))}{here}"
        equation = f"∂{name_of(self.output)}/∂{called(node)} = "
        equation += " + ".join([numbers[0], *(in_parentheses(float(s[place])) for s in shares[1:])])
        equation += f" = {bare(float(total[place]))}" if len(shares) > 1 else ""

        kind, story = self._story(node, shares, total)
        if not story:
            senders = listed(dict.fromkeys(called(w) for w, _ in slots))
            words = (
                f"{called(node)} holds {bare(float(held[place]))}{here}, but by what is held at {senders} it should "
            )
            words += f"be {bare(float(total[place]))}"
            story = ". When each of them sent, had it heard from all? And what was here before?"
        return Finding(kind, words + story, node, equation=equation)

    def _story(self, node: ComputationNode, shares: list[Array], total: Array) -> tuple[Kind, str]:
        """Return what may have become of right contributions, and a question; the question is empty if nobody knows."""
        held, shared, one = self.held[node], self._sharing(node), self.held[self.output]
        # Where the output still holds what it was given, nobody has added to that in place.
        untouched = self.one is not None or self.rerun is not None or bool((one == 1).all())
        overwritten = len(shares) > 1 and any(close(held, share, self.precision) for share in shares)
        one_consumer = len({w for w, _ in self.twins.consumers[node]}) == 1
        of_before = node.gradient is self.output or (self.as_nodes and node.gradient in self.nodes)
        seeded = one.ndim == 0 and held.ndim == 0 and close(held, total + one, self.precision)
        extra = bare(float(one.flat[0]))
        forgets = "Yesterday's gradient is still there: what should a node hold when a new pass starts?"
        stories: list[tuple[object, Kind, str]] = [
            (self.rerun and self.rerun.leftover, "reset", f". {forgets}"),
            (self.output in shared and not untouched, "shared", f". {shared_words(node, shared)}"),
            (
                overwritten and one_consumer,
                "combination",
                ": one node, two slots, and each of them sends. How often did it receive?",
            ),
            (
                overwritten,
                "combination",
                f": {count(len(shares))} paths arrive here. What became of what they bring?",
            ),
            (shared, "shared", f". {shared_words(node, shared)}"),
            (of_before, "reset", ": that is the gradient of the pass before. Did the new pass reach this node?"),
            (
                seeded,
                "start",
                f": {extra} too much. Only one gradient is known before the walk starts: what do the others hold then?",
            ),
        ]
        return next(((kind, story) for fits, kind, story in stories if fits), ("combination", ""))

    def _sharing(self, node: ComputationNode) -> list[ComputationNode]:
        """Return the other nodes whose gradients live in the same memory."""
        place = memory(node.gradient)
        return [n for n in self.nodes if n is not node and place is not None and memory(n.gradient) == place]

    def _sent_a_number(self, node: ComputationNode) -> Finding:
        hint = "Can it be differentiated again? What of it depends on the inputs?"
        for w, slot in self.twins.consumers[node]:
            if not all(isinstance(sent, ComputationNode) for sent in self.senders.sent_as_nodes(w)[0]):
                words = f"{called(w)} sent a mere number to {called(node)}, where a node was expected. {hint}"
                return Finding("cut", words, w, slot)
        return Finding("cut", f"The gradient of {called(node)} is a mere number, not a node. {hint}", node)
