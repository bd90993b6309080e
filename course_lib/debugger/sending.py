"""What a node sends: whether its own `backward` obeys the chain rule, in numbers and as a graph."""

from __future__ import annotations

from typing import Any

import numpy as np

from course_lib.debugger import severing
from course_lib.debugger.finding import (
    Finding,
    Kind,
    bare,
    called,
    called_apart,
    chain,
    close,
    first_line,
    in_parentheses,
    number,
    ordinal,
)
from course_lib.debugger.severing import Twins
from course_lib.debugger.slopes import agrees, gradient
from course_lib.graph import ComputationNode, Leaf, build_graph
from course_lib.plain_data import Array
from course_lib.values import Value, shape_of

_RULE_HINTS = {
    "Add": "A sum passes on what it receives. What did it receive?",
    "Mul": "Wiggle that input: what multiplies it?",
    "Matmul": "Write down the shapes. From which side was this matrix multiplied, and what must be turned?",
}


# How many times what rounding has changed it may change, when numbers are added in another order.
_MARGIN = 8


class Senders:
    """The nodes of a graph, with the gradients that they hold, as those who send."""

    def __init__(
        self, output: ComputationNode, twins: Twins, held: dict[ComputationNode, Array], precision: float
    ) -> None:
        """Look at nodes whose gradients may still be added to `held`."""
        self.output, self.twins, self.held, self.precision = output, twins, held, precision
        self._sent: dict[ComputationNode, list[Value]] = {}

    def sent(self, w: ComputationNode) -> list[Value]:
        """Return what a node's `backward` sends when it has received what it holds; its checks may raise GraphError."""
        if isinstance(w.gradient, ComputationNode):
            return self._sent_in_double(w)
        if w not in self._sent:
            twin = severing.twin_of(self.twins.copies[w], self.twins.copies[w].input_nodes, lambda kept: kept)
            twin.gradient = severing.own(w.gradient)
            self._sent[w] = list(twin.backward())
        return self._sent[w]

    def _sent_in_double(self, w: ComputationNode, *, computed: bool = False, rounding: float = 0.0) -> list[Value]:
        """Return what a node sends in double precision.

        Args:
            w: the node.
            computed: whether its value is computed anew from its inputs, rather than what it has kept.
            rounding: by how much each entry of the gradient that it has received is changed.
        """
        twin = severing.twin_of(self.twins.of[w], self.twins.of[w].input_nodes, lambda kept: kept)
        if computed:
            twin.forward()
        held = severing.shaken(self.held[w], rounding) if rounding else self.held[w]
        twin.gradient = severing.like(self.twins.of[w].result, held)
        return list(twin.backward())

    def blur(self, w: ComputationNode, slot: int, rounding: float) -> Array:
        """Return by how much rounding may have changed what a node sends to one of its inputs."""
        exact = severing.array(self._sent_in_double(w)[slot])
        shaken = severing.array(self._sent_in_double(w, rounding=rounding)[slot])
        return np.asarray(_MARGIN * (np.abs(severing.array(self.sent(w)[slot]) - exact) + np.abs(shaken - exact)))

    def obeys(self, w: ComputationNode, slot: int) -> bool | None:
        """Tell whether what a node sends to one of its inputs is what wiggling that makes of it; None if unclear."""
        try:
            sent = severing.array(self._sent_in_double(w, computed=True)[slot])
        except Exception:  # noqa: BLE001 - a student's method may raise anything
            return None
        value = self.twins.value(w.input_nodes[slot])
        return sent.shape == value.shape and agrees(sent, value, self.twins.one_slot(w, slot, self.held[w]))

    def rule_fault(self, w: ComputationNode, slot: int) -> Finding | None:
        """Return what is wrong with what a node sends to one of its inputs, though it received the right gradient."""
        v = w.input_nodes[slot]
        sender, receiver = called_apart(w, v)
        to = f"to its {ordinal(slot)} input, {receiver}"
        try:
            sent = severing.array(self.sent(w)[slot])
        except Exception as error:  # noqa: BLE001 - a student's method may raise anything
            return self.broken_rule(w, slot, error)
        value, g = self.twins.value(v), self.held[w]
        if sent.shape == value.shape and self.obeys(w, slot) is not False:
            return None
        response = self.twins.one_slot(w, slot, g)
        if sent.shape != value.shape:
            hint = "A gradient has the shape of its value. How often was that value copied?"
            words = f"{sender} sent a gradient of shape {sent.shape} {to}, whose value has the shape {value.shape}."
            return Finding("shape", f"{words} {hint}", w, slot, chain(self.output, w, v))
        should = gradient(value, response)
        if should is None:
            words = f"{sender} sent something wrong {to}. {self._rule_hint(w, slot, sent, None)}"
            return Finding("rule", words, w, slot, chain(self.output, w, v))
        words = f"{sender} sent {number(sent, should)} {to}; it should send {number(should, sent)}. "
        numbers = ""
        if g.ndim == should.ndim == 0 and g != 0:
            numbers = f" = {bare(float(g))} · {in_parentheses(float(should / g))} = {bare(float(should))}"
        equation = chain(self.output, w, v) + numbers
        return Finding("rule", words + self._rule_hint(w, slot, sent, should), w, slot, equation)

    def _rule_hint(self, w: ComputationNode, slot: int, sent: Array, should: Array | None) -> str:
        known = _RULE_HINTS.get(
            type(w).__name__, "Wiggle that input a little: how much does the result move, and which way?"
        )
        if should is None:
            return known
        loose = max(self.precision, 1e-5)
        ones = np.ones_like(self.held[w])
        local = gradient(self.twins.value(w.input_nodes[slot]), self.twins.one_slot(w, slot, ones))
        if type(w).__name__ != "Add" and local is not None and close(sent, local, loose):
            return "That is how this one step depends on its input. What came from upstream, and where do the two meet?"
        if sent.ndim == 2 and sent.shape == should.shape[::-1] and close(sent.T, should, loose):  # noqa: PLR2004
            return "Which way round is it?"
        if close(-sent, should, loose):
            return "Which way does the result move when that input grows?"
        return known

    def broken_rule(self, w: ComputationNode, slot: int, error: Exception) -> Finding:
        """Say what is wrong with a `backward` that does not come to its end, or returns no list of gradients."""
        bare = getattr(type(w).backward, "__wrapped__", None)
        twin = severing.twin_of(self.twins.of[w], self.twins.of[w].input_nodes, lambda kept: kept)
        twin.gradient = severing.like(twin.result, self.held[w])
        try:
            shapes = [shape_of(sent) for sent in bare(twin)] if bare else []
        except Exception:  # noqa: BLE001 - as above
            shapes = []
        inputs = [shape_of(twin_input.result) for twin_input in twin.input_nodes]
        misfit = next((i for i, (a, b) in enumerate(zip(shapes, inputs, strict=False)) if a != b), None)
        misshapen = misfit is not None and len(shapes) == len(inputs)
        hint = _RULE_HINTS["Matmul"] if type(w).__name__ == "Matmul" else ""
        if misshapen:
            slot = misfit or 0
            turned = shapes[slot] == inputs[slot][::-1]
            swapped = sorted(shapes) == sorted(inputs)
            hint = "Are they in the order of the inputs?" if swapped else "Which way round is it?" if turned else ""
        words = f"backward() of {called(w)} went wrong: {first_line(error)} {hint}"
        kind: Kind = "shape" if misshapen else "rule"
        return Finding(kind, words.strip(), w, slot, chain(self.output, w, w.input_nodes[slot]))

    def sent_as_nodes(self, w: ComputationNode) -> tuple[list[Any], ComputationNode]:
        """Return what a node sends within build_graph(), and its copy there, whose inputs are leaves."""
        leaves = [Leaf(self.twins.of[child].result) for child in w.input_nodes]
        for child, leaf in zip(w.input_nodes, leaves, strict=True):
            same = w.input_nodes.index(child)
            leaves[w.input_nodes.index(child, same)] = leaves[same]
            leaf.forward()
        twin = severing.twin_of(self.twins.of[w], leaves, lambda kept: kept)
        twin.gradient = Leaf(severing.like(twin.result, self.held[w]))
        twin.gradient.forward()
        with build_graph():
            return list(twin.backward()), twin

    def cut_fault(self, w: ComputationNode) -> Finding | None:
        """Tell whether what a node sends, as a graph, still follows when the node's inputs move."""
        if not w.input_nodes:
            return None
        try:
            for moved in range(len(w.input_nodes)):
                sent, twin = self.sent_as_nodes(w)
                leaf = twin.input_nodes[moved]
                leaf.value = severing.like(leaf.result, 1.25 * severing.array(leaf.result) + 0.125)  # type: ignore[attr-defined]
                leaf.forward()
                twin.forward()
                graphs = {i: e for i, e in enumerate(sent) if isinstance(e, ComputationNode)}
                for part in dict.fromkeys(n for expression in graphs.values() for n in expression.sorted_nodes()):
                    if part is not twin:
                        part.forward()
                twin.gradient = severing.like(twin.result, self.held[w])
                by_rule = twin.backward()
                precision = 10 * severing.precision_of([twin.result])  # all this is in double precision
                for slot, expression in graphs.items():
                    now = severing.array(expression.result), severing.array(by_rule[slot])
                    if not getattr(w.input_nodes[slot], "constant", False) and not close(*now, precision):
                        return _cut(w, slot, w.input_nodes[moved])
        except Exception:  # noqa: BLE001 - where the moved values have no sense, nothing can be said
            return None
        return None


def _cut(w: ComputationNode, slot: int, on: ComputationNode) -> Finding:
    words = (
        f"What {called(w)} sent to {called(w.input_nodes[slot])} has the right value, but as a graph it does not "
        f"depend on {called(on)} as it should, so it cannot be differentiated again. Which part of it is a mere "
        "number, and does that number depend on an input?"
    )
    return Finding("cut", words, w, slot)
