"""The gradient debugger: where a backward pass first went wrong, what kind of fault that is, and a question about it.

It walks from the output back. What a node should hold is the derivative that edge severing gives it (see `severing`).
The first node that holds something else has been sent something wrong (the *local rule* of a consumer), or something
else than the sum of what it was sent has become of it (the *combination*, or the walk). Nothing is changed meanwhile.

Each rule is held against differences, in double precision (see `slopes`); each sum against what the rules send in the
student's precision, where only rounding may lie between. Where both hold at every node, so does the chain rule.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from course_lib.debugger import severing
from course_lib.debugger.combination import Combinations
from course_lib.debugger.computing import nothing_computed, odd_value, value_fault
from course_lib.debugger.finding import (
    Finding,
    Kind,
    called,
    close,
    number,
    shared_words,
)
from course_lib.debugger.rerun import Rerun
from course_lib.debugger.sending import Senders
from course_lib.debugger.severing import Twins
from course_lib.debugger.slopes import agrees
from course_lib.errors import GraphError
from course_lib.graph import ComputationNode
from course_lib.plain_data import Array
from course_lib.values import Value, require_entries, shape_of

# In a graph of more nodes not every rule is tried: the first ones of each class and shape, and a part of the others.
_SMALL, _ALIKE = 300, 50
# Of so many evaluations of nodes severing as far as the output may make use.
_BUDGET = 10_000
_MOST_NODES = 20_000
# After that processor time (on a busy machine, the finding shall be the same) no more rules are tried; sums are still
# looked at for a while, since that is quick.
SECONDS, _GRACE = 1.2, 0.5


def debug(
    output: ComputationNode,
    backward_algorithm: Callable[..., object] | None = None,
    *,
    forward_algorithm: Callable[..., object] | None = None,
    one: Value = None,
    seconds: float = SECONDS,
) -> Finding:
    """Find the first place where a backward pass went wrong.

    It computes with every entry of every value, in double precision on the CPU. So tensors on a GPU are copied from
    there as a whole, some of them more than once.

    Args:
        output: the node that the passes were run from.
        backward_algorithm: if given, it is run again on a copy of the graph, to see in which order it visits nodes,
            from what it starts, and whether it forgets what an earlier run has left.
        forward_algorithm: likewise, if it has left no results.
        one: what the backward pass was given to start from; if None, whatever the output holds.
        seconds: after that processor time it leaves out what can be left out, and says so.

    Raises:
        TypeError: if `output` is not a node.
        GraphError: if no pass has been run, so that there is nothing to look at; or if values are no real numbers.
    """
    if not isinstance(output, ComputationNode):
        raise TypeError(f"debug() looks at a graph: give it the node at its end, not {type(output).__name__}.")
    with severing.undisturbed():
        finding = _examine(output.sorted_nodes(), backward_algorithm, forward_algorithm, one, seconds)
    return replace(finding, output=output)


def _examine(
    nodes: list[ComputationNode],
    backward_algorithm: Callable[..., object] | None,
    forward_algorithm: Callable[..., object] | None,
    one: Value,
    seconds: float,
) -> Finding:
    until = time.thread_time() + seconds
    if all(node.result is None for node in nodes):
        return nothing_computed(nodes, forward_algorithm)
    for held in nodes:
        require_entries(held.result, f"The value of {called(held)}")
        if "complex" in str(getattr(held.result, "dtype", type(held.result).__name__)):
            raise GraphError(
                f"The value of {called(held)} is complex, and debug() looks at slopes of real numbers only."
            )
    if odd := odd_value(nodes):
        return odd
    twins = Twins(nodes)
    if fault := value_fault(twins, until - seconds / 2):
        return fault
    if all(node.gradient is None for node in nodes):
        raise GraphError(
            f"No node of this graph has a gradient: run the backward pass on {called(nodes[-1])} first, then debug it."
        )
    return _Pass(twins, backward_algorithm, one, until).first_fault()


# --- The backward pass ------------------------------------------------------------------------------------------------


class _Pass:
    """A backward pass that was run, and what is known of it."""

    def __init__(self, twins: Twins, algorithm: Callable[..., object] | None, one: Value, until: float) -> None:
        self.nodes, self.output, self.twins, self.one, self.until = twins.nodes, twins.nodes[-1], twins, one, until
        self.as_nodes = isinstance(self.output.gradient, ComputationNode)
        self.held: dict[ComputationNode, Array] = {}
        values = [value for node in self.nodes for value in (node.result, node.gradient)]
        self.precision, self.coarse = severing.precision_of(values), severing.coarse_type(values)
        self.rerun = Rerun(self.nodes, algorithm, self.as_nodes) if algorithm else None
        self.senders = Senders(self.output, twins, self.held, self.precision)
        self.combinations = Combinations(self.senders, self.rerun, given=one is not None)
        self.alike: Counter[object] = Counter()
        self.unsure = self.untried = 0

    def first_fault(self) -> Finding:
        """Return the first fault on the way back, or that all is right."""
        back = [node for node in self.nodes[::-1] if not getattr(node, "constant", False)][:_MOST_NODES]
        if fault := self._start_fault():
            return fault
        end = max(self.until, time.thread_time()) + _GRACE
        for place, node in enumerate(back[1:], 1):
            if place > _SMALL and time.thread_time() > end:
                back = back[:place]
                break
            if fault := self._unreadable(node) or self._wrong(node):
                return fault
        if self.as_nodes:
            for w in back:
                if self._worth_trying(w, "cut") and (fault := self.senders.cut_fault(w)):
                    return fault
        if self.rerun and (fault := self.rerun.fault_where_values_are_right()):
            return fault
        return Finding("right", self._praise(len(back), self._follow_to_the_output(back)))

    def _worth_trying(self, w: ComputationNode, what: object) -> bool:
        """Tell whether to try something at a node: once for each class and shape, and at others while there is time."""
        kind = (what, type(w), *(shape_of(child.result) for child in w.input_nodes))
        self.alike[kind] += 1
        if self.alike[kind] == 1 or time.thread_time() > self.until:
            return self.alike[kind] == 1
        few = len(self.nodes) <= _SMALL or self.alike[kind] <= _ALIKE
        return few or self.alike[kind] % (len(self.nodes) // _ALIKE) == 0

    def _follow_to_the_output(self, back: list[ComputationNode]) -> int:
        """Return how many gradients, of those that there is time for, are what wiggling makes of the output itself."""
        every = max(1, -(-len(back) * len(self.nodes) // _BUDGET))
        seed = {self.output: self.held[self.output]}
        agreeing = int(back[0] is self.output)
        for node in back[-1:0:-every]:
            if node is not back[-1] and time.thread_time() > self.until:
                break
            response = self.twins.severed(node, self.twins.downstream(node), seed)
            blur = self.precision * np.abs(self.held[node])
            agreeing += bool(agrees(self.held[node], self.twins.value(node), response, blur, directions=1))
        return agreeing

    def _praise(self, looked_at: int, followed: int) -> str:
        far = {node for node in self.nodes if not getattr(node, "constant", False)} - self.held.keys()
        right = "What was looked at is right" if far else "All is right"
        if not self.untried and followed == looked_at:
            words = f"{right}: each of {looked_at:,} gradients is what wiggling its node makes of the output."
        else:
            words = f"{right}: each of {looked_at:,} gradients is the sum of what the nodes that use it send. "
            words += f"{followed:,} of them {'was' if followed == 1 else 'were'} held against the output itself, "
            words += "the others against the nodes that use them."
        if self.untried:
            words += f" Of the rules by which they send, {self.untried:,} were not tried, to save time."
        if far:
            words += f" {len(far):,} nodes far from the output were not looked at, to save time."
        if self.unsure:
            words += (
                f" At {self.unsure} of them the numbers are too large or too far apart to tell, or there is a bend."
            )
        if self.coarse:
            words += (
                f" But what is off by a tenth or less may look like rounding in {self.coarse}: in float32 it does not."
            )
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
        shares = self.combinations.sharing(z) or (self.rerun.sharing if self.rerun else None)
        if shares:
            return Finding("shared", f"{words} {shared_words(z, shares)}", z)
        return Finding("start", f"{words} What becomes of the argument `one`?", z)

    def _plain(self, gradient: Value) -> Value:
        """Return the value of a gradient, which may be a graph."""
        if not isinstance(gradient, ComputationNode):
            return gradient
        for node in gradient.sorted_nodes():
            if node not in self.twins.of:
                self.twins.of[node] = severing.double_of(node, [self.twins.of[n] for n in node.input_nodes])
                self.twins.of[node].forward()
        return self.twins.of[gradient].result

    def _unreadable(self, node: ComputationNode) -> Finding | None:
        """Read what a node holds as its gradient, or say why that cannot be."""
        if node.gradient is None:
            return self._raising() or self._walk_fault(node) or self.combinations.nothing(node)
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

    def _wrong(self, node: ComputationNode) -> Finding | None:
        """Tell whether a node holds the wrong gradient, where all its consumers hold the right one."""
        slots = self.twins.consumers[node]
        added = self._is_the_sum(node)
        obeyed = []
        for w, i in slots:
            tried = added is False or self._worth_trying(w, i)
            self.untried += not tried
            obeyed.append(self.senders.obeys(w, i) if tried else True)
        if added and all(verdict is not False for verdict in obeyed):
            self.unsure += None in obeyed
            return None
        if added is not False or not all(obeyed):
            verdict = self._follows(node)
            self.unsure += verdict is None
            if verdict or (verdict is None and added is not False and False not in obeyed):
                return None
        rule = next((fault for w, i in slots if (fault := self.senders.rule_fault(w, i))), None)
        stopped = self._raising() if any(n.gradient is None for n in self.nodes) else None
        return rule or self._walk_fault(node) or stopped or self.combinations.fault(node)

    def _walk_fault(self, node: ComputationNode) -> Finding | None:
        return self.rerun.fault_above(node) if self.rerun else None

    def _is_the_sum(self, node: ComputationNode) -> bool | None:
        """Tell whether a node holds the sum of what its consumers send; None if they send nothing that can be added."""
        held, slots = self.held[node], self.twins.consumers[node]
        try:
            shares = [severing.array(self.senders.sent(w)[i]) for w, i in slots]
            if any(share.shape != held.shape for share in shares) or not np.isfinite(shares).all():
                return None
            rounding = severing.rounding_of([self._plain(node.gradient), node.result])
            blur = max(1e-9, len(slots) * rounding) * np.abs(shares).sum(axis=0)
            off = np.abs(held - np.sum(shares, axis=0))
            if (off <= blur).all():
                return True
            return bool((off <= blur + np.sum([self.senders.blur(w, i, rounding) for w, i in slots], axis=0)).all())
        except Exception:  # noqa: BLE001 - a student's method may raise anything
            return None

    def _follows(self, node: ComputationNode) -> bool | None:
        """Tell whether what a node holds is what wiggling it makes of its consumers, by what these hold."""
        consumers = list(dict.fromkeys(w for w, _ in self.twins.consumers[node]))
        response = self.twins.severed(node, consumers, {w: self.held[w] for w in consumers})
        held = self.held[node]
        return agrees(held, self.twins.value(node), response, 0.01 * self.precision * np.abs(held))

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

    def _sent_a_number(self, node: ComputationNode) -> Finding:
        hint = "Can it be differentiated again? What of it depends on the inputs?"
        for w, slot in self.twins.consumers[node]:
            if not all(isinstance(sent, ComputationNode) for sent in self.senders.sent_as_nodes(w)[0]):
                words = f"{called(w)} sent a mere number to {called(node)}, where a node was expected. {hint}"
                return Finding("cut", words, w, slot)
        return Finding("cut", f"The gradient of {called(node)} is a mere number, not a node. {hint}", node)
