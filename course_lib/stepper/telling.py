"""From what was recorded to a story: each call as a step, and what was wrong with the order of the calls."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace

from course_lib.draw import short
from course_lib.graph import ComputationNode
from course_lib.recording import Event
from course_lib.stepper.passes import Call
from course_lib.stepper.story import Step
from course_lib.stepper.values import Showing, same, scalar, text
from course_lib.values import Value

_MOST_TERMS, _MOST_NAMED = 6, 3
# A walk that visits nodes again and again is shown up to a bound.
_STEPS_PER_NODE, _STEPS_AT_LEAST = 12, 60


class Teller:
    """Tells a forward pass and a backward pass, call by call.

    Attributes:
        steps: what has been told.
        faults: for each node that was visited wrongly, what to say about it.
    """

    def __init__(
        self,
        nodes: Sequence[ComputationNode],
        names: Sequence[str],
        edges: dict[tuple[int, int], int],
        showing: Showing,
    ) -> None:
        """Get ready to tell of these nodes.

        Args:
            nodes: all nodes of the graph, inputs first.
            names: what they are called.
            edges: the place in the picture of the edge into a node's slot, for those that are drawn.
            showing: turns values into what is shown.
        """
        self._nodes, self._names, self._edges, self._showing = nodes, names, edges, showing
        self._place = place = {id(node): number for number, node in enumerate(nodes)}
        self._inputs = [[place[id(child)] for child in node.input_nodes if id(child) in place] for node in nodes]
        self._consumers: dict[int, set[int]] = defaultdict(set)
        for consumer, inputs in enumerate(self._inputs):
            for child in inputs:
                self._consumers[child].add(consumer)
        self._terms: dict[int, list[str]] = {}
        self.steps: list[Step] = []
        self.faults: dict[int, str] = {}
        self._most = _STEPS_AT_LEAST + _STEPS_PER_NODE * len(nodes)

    def forward(self, calls: Sequence[Call]) -> None:
        """Tell the calls of a forward pass."""
        visits: Counter[int] = Counter()
        for event, place in calls:
            waiting = [i for i in self._inputs[place] if not visits[i]]
            words = ""
            if event.state != "raised" and waiting:
                words = self._fault(place, f"is computed before {self._listed(waiting)}, which it depends on")
            elif visits[place]:
                words = self._fault(place, f"is computed {_times(visits[place] + 1)}")
            visits[place] += 1
            self._tell(
                Step(
                    "raised" if event.state == "raised" else "forward",
                    place,
                    value=self._showing.recorded(event.result),
                    gradient=self._showing.recorded(event.gradient),
                    words=words or ("An error ends the pass here." if event.state == "raised" else ""),
                    blamed=place if words else -1,
                )
            )
        if calls and calls[-1][0].state != "raised":
            for place in range(len(self._nodes)):
                if not visits[place]:
                    self._fault(place, "is never computed")

    def backward(self, calls: Sequence[Call]) -> None:
        """Tell the calls of a backward pass: what each node sends along which edge, and what becomes of it."""
        accumulates = any(event.kind == "accumulate_gradient" for event, _ in calls)
        visits: Counter[int] = Counter()
        sent: list[tuple[int, int, Value, Step]] = []  # target, place in steps, contribution, step: not yet added
        for event, place in calls:
            if event.kind == "accumulate_gradient":
                self._add(event, place, sent)
                continue
            words = self._visit(place, visits)
            if event.state == "raised":
                self._tell(Step("raised", place, words=words or "An error ends the pass here.", blamed=place))
                continue
            if place == len(self._nodes) - 1 and not visits[place]:
                self._tell(Step("start", place, gradient=self._showing.recorded(event.gradient)))
            visits[place] += 1
            for slot, (child, given) in enumerate(zip(self._nodes[place].input_nodes, event.given, strict=False)):
                target = self._place.get(id(child), -1)
                if target < 0 or getattr(child, "constant", False):
                    continue
                step = Step(
                    "send",
                    place,
                    self._edges.get((place, slot), -1),
                    gradient=self._showing.recorded(event.gradient),
                    given=self._showing.recorded(given),
                    local=_local(event.gradient, given),
                    words=words,
                    blamed=place if words else -1,
                )
                sent.append((target, self._tell(step), given, step))
                words = ""
        if calls and calls[-1][0].state != "raised":
            self._missing(visits, [target for target, *_ in sent] if accumulates else [])

    def _add(self, event: Event, place: int, sent: list[tuple[int, int, Value, Step]]) -> None:
        """Tell that a gradient is added to: as part of the step that sent it, if that is the one that is due."""
        if getattr(self._nodes[place], "constant", False):
            return
        words = self._sum(event, place)
        terms = self._shortened(self._terms[place])
        after = self._showing.recorded(event.gradient)
        match = next((one for one in sent if one[0] == place and same(one[2], event.given)), None)
        if match is None:
            given = self._showing.recorded(event.given)
            self._tell(
                Step("add", place, given=given, after=after, terms=terms, words=words, blamed=place if words else -1)
            )
            return
        sent.remove(match)
        _, where, _, step = match
        if where < 0:
            return
        # What was sent before, and waits to be added as well, comes in the order in which it is added.
        told = replace(step, after=after, terms=terms)
        if words and not step.words:
            told = replace(told, words=words, blamed=place)
        waiting = {one[1] for one in sent}
        if all(later in waiting for later in range(where + 1, len(self.steps))):
            self.steps[where] = told
        else:
            self._tell(replace(told, kind="add", local=""))

    def _sum(self, event: Event, place: int) -> str:
        given = text(event.given)
        words = ""
        if event.before is None:
            self._terms[place] = [given]
        elif place not in self._terms:
            self._terms[place] = [text(event.before), given]
            words = self._fault(place, f"still held {text(event.before)} from before this pass")
        else:
            self._terms[place].append(given)
        return words

    @staticmethod
    def _shortened(terms: Sequence[str]) -> tuple[str, ...]:
        """The terms of a sum, as far as there is room for them; nothing if there is only one."""
        if len(terms) < 2:  # noqa: PLR2004
            return ()
        if any(term.startswith(("tensor", "number")) for term in terms):
            return (f"sum of {len(terms)} shares",)
        return ("…", *terms[-_MOST_TERMS:]) if len(terms) > _MOST_TERMS else tuple(terms)

    def _visit(self, place: int, visits: Counter[int]) -> str:
        if not self._inputs[place]:
            return ""
        if visits[place]:
            return self._fault(place, f"is visited {_times(visits[place] + 1)}: it sends all it has once more")
        if missing := [consumer for consumer in sorted(self._consumers[place]) if not visits[consumer]]:
            return self._fault(
                place, f"sends before all its consumers have sent to it: {self._listed(missing)} has not sent yet"
            )
        return ""

    def _missing(self, visits: Counter[int], lost: Sequence[int]) -> None:
        for place, inputs in enumerate(self._inputs):
            if inputs and not visits[place]:
                self._fault(place, "is never visited: it sends nothing")
        for place in lost:
            self._fault(place, "was sent a gradient that was never added to it")

    def _fault(self, place: int, words: str) -> str:
        operation = type(self._nodes[place]).__name__
        name = self._names[place] if operation == "Leaf" else f"{operation} {self._names[place]}"
        sentence = f"{name} {words}."
        self.faults.setdefault(place, sentence)
        return sentence

    def _tell(self, step: Step) -> int:
        """Add a step, up to a bound; return its place."""
        if len(self.steps) < self._most:
            self.steps.append(step)
            return len(self.steps) - 1
        if self.steps[-1].kind != "end":
            self.steps.append(
                Step("end", len(self._nodes) - 1, words="… and so on: there were too many steps to show.")
            )
        return -1

    def _listed(self, places: Sequence[int]) -> str:
        found = [self._names[place] for place in dict.fromkeys(places)]
        more = len(found) - _MOST_NAMED
        return ", ".join(found[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _local(upstream: Value, given: Value) -> str:
    """Return the local derivative that a node has multiplied with, where both are numbers."""
    above, below = scalar(upstream), scalar(given)
    return short.number(below / above) if above and below is not None else ""


def _times(count: int) -> str:
    return "twice" if count == 2 else f"{count} times"  # noqa: PLR2004
