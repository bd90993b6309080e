"""What students really get wrong in the engine, as engines that can be run: each predicts what would come of it.

If a student's wrong gradients are those that a hypothesis predicts, at all nodes, that is the mistake.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from autograder.judge import wrong_rules, wrong_walks
from autograder.judge.description import operand_indices
from autograder.judge.orders import (
    AS_DISCOVERED,
    TOPOLOGICAL,
    Node,
    Order,
    forward_order,
    forward_order_without_output,
    without_output,
)
from autograder.judge.wrong_rules import RIGHT, Rule
from autograder.judge.wrong_walks import Walk
from course_lib import graph, nodes
from course_lib.described import Outcome, Task, build, run
from course_lib.values import Value

Backward = Callable[[Node, Value], None]

# In graphs larger than this one, only the order that `sorted_nodes` gives is tried of those that are right.
_SMALL = 200


@dataclass(frozen=True)
class Hypothesis:
    """An engine that differs from the right one in one thing.

    Attributes:
        mistake: the name of the mistake; empty for the right engine.
        backward: the backward pass.
        forward: the forward pass.
        rules: node classes that are not the right ones.
    """

    mistake: str = ""
    backward: Backward = field(default_factory=Walk)
    forward: Callable[[Node], None] = wrong_walks.forward
    rules: Mapping[str, Rule] = field(default_factory=dict)


@dataclass(frozen=True)
class Recorded:
    """The order in which a student's nodes were seen to send.

    Attributes:
        order: that order.
        again: whether some node sent more than once.
        whole: whether the output was among them.
    """

    order: Order
    again: bool
    whole: bool


@dataclass(frozen=True)
class Prediction:
    """What comes of running an engine: an outcome, or the type and message of what it raised."""

    outcome: Outcome | None
    raised: tuple[str, str] | None = None


def predict(task: Task, hypothesis: Hypothesis) -> Prediction:
    """Run the task with the engine of a hypothesis."""

    def backward(output: Node, one: Value = 1.0) -> None:
        hypothesis.backward(output, one)

    engine = {"forward_algorithm": hypothesis.forward, "backward_algorithm": backward}
    with _node_classes({**RIGHT, **hypothesis.rules}):
        try:
            return Prediction(run(task, engine))
        except Exception as error:  # noqa: BLE001 - whatever a wrong engine raises is what it predicts
            return Prediction(None, (type(error).__name__, str(error)))


def built(task: Task) -> list[Any]:
    """Return the node of each step of a task, made of right node classes; a number stays a number."""
    with _node_classes(RIGHT):
        return build(task)


_one_at_a_time = threading.RLock()


@contextmanager
def _node_classes(rules: Mapping[str, Rule]) -> Iterator[None]:
    """Let formulas use the course's node classes and these, and then again what they used before.

    The judge may live in the process of the student whose classes these are, and there may be several at a time.
    """
    with _one_at_a_time, _swapped(rules):
        yield


@contextmanager
def _swapped(rules: Mapping[str, Rule]) -> Iterator[None]:
    before = dict(graph._node_types)  # noqa: SLF001 - the one place where more than the newest class is of interest
    given = {name: c for name, c in vars(nodes).items() if isinstance(c, type) and issubclass(c, Node)}
    try:
        graph._node_types.clear()  # noqa: SLF001
        graph._node_types.update(given)  # noqa: SLF001
        for name, rule in rules.items():
            rule.node_class(name)
        yield
    finally:
        graph._node_types.clear()  # noqa: SLF001
        graph._node_types.update(before)  # noqa: SLF001


def hypotheses(task: Task, recorded: Recorded | None = None) -> Iterator[Hypothesis]:
    """Return the hypotheses that could matter for a task, the more telling ones first.

    Args:
        task: what was run.
        recorded: the order in which the student's nodes were seen to send.
    """
    operations = {step[0] for step in task.steps}
    orders = TOPOLOGICAL if len(task.steps) <= _SMALL else TOPOLOGICAL[:1]
    if recorded:
        orders = (recorded.order, *orders)
    if task.order > 1 or operations & {"*", "/", "+", "-"}:
        yield from _with_rules(wrong_rules.MUL_AND_ADD)
    if "@" in operations:
        yield from _with_rules(wrong_rules.MATMUL)
    # Where no two paths meet, it makes no difference how a node adds up what it gets.
    meeting = task.order > 1 or len(taken := [i for step in task.steps for i in operand_indices(step)]) > len(
        set(taken)
    )
    yield from _starts(task, orders)
    yield from _walks()
    if meeting:
        yield from _early(recorded)
    if task.times > 1 or task.order > 1:
        for reset in (wrong_walks.forget_nothing, wrong_walks.forget_all_but_leaves, wrong_walks.forget_leaves):
            yield Hypothesis("gradients never reset", Walk(reset=reset))
    if meeting:
        yield from _deliveries(orders)
    yield from _resets(orders)
    if task.order > 1:
        yield from _with_rules(wrong_rules.HIGHER_ORDER)
        yield Hypothesis("stale gradient returned", wrong_walks.leaves_stay_as_they_are)


def _with_rules(mistakes: Sequence[tuple[str, Mapping[str, Rule]]]) -> Iterator[Hypothesis]:
    for mistake, rules in mistakes:
        yield Hypothesis(mistake, rules=rules)


def _starts(task: Task, orders: Sequence[Order]) -> Iterator[Hypothesis]:
    if task.one is not None or task.kind == "torch" or task.order > 1:
        for start in (wrong_walks.from_number, wrong_walks.from_ones, wrong_walks.from_unit):
            yield Hypothesis("hard-coded 1.0 instead of one", Walk(start=start))
    yield Hypothesis("every node seeded with one", Walk(reset=wrong_walks.all_are_one))
    yield Hypothesis("every node seeded with one", Walk(reset=wrong_walks.all_are_ones))
    for order in orders:
        yield Hypothesis("the wrong node seeded", Walk(order, start=wrong_walks.from_last_in_line))


def _walks() -> Iterator[Hypothesis]:
    for forward in (
        wrong_walks.forward_backwards,
        wrong_walks.forward_breadth_first,
        wrong_walks.forward_preorder,
    ):
        yield Hypothesis("forward pass not in order", forward=forward)
    yield Hypothesis("forward order used for the backward pass", Walk(forward_order))
    yield Hypothesis("output node dropped from the list", Walk(without_output))
    yield Hypothesis("output node dropped from the list", Walk(forward_order_without_output))


def _early(recorded: Recorded | None) -> Iterator[Hypothesis]:
    """Return walks in which some node sends before it has heard from all its consumers."""
    early, again = (
        "breadth-first instead of topological order",
        "recursion that pushes a node's total again on every visit",
    )
    for order in AS_DISCOVERED:
        yield Hypothesis(early, Walk(order))
    yield Hypothesis(early, wrong_walks.on_first_visit)
    yield Hypothesis(again, wrong_walks.on_every_visit)
    yield Hypothesis(again, wrong_walks.on_every_visit_breadth_first)
    if recorded and recorded.again:
        yield Hypothesis(again, Walk(recorded.order))
    elif recorded and recorded.whole:
        yield Hypothesis(early, Walk(recorded.order))


def _deliveries(orders: Sequence[Order]) -> Iterator[Hypothesis]:
    deliveries: tuple[tuple[str, Callable[[Node], None]], ...] = (
        ("the same input used twice counted once", wrong_walks.once_the_last),
        ("the same input used twice counted once", wrong_walks.once_the_first),
        ("= where += is meant", wrong_walks.overwrite),
        ("= where += is meant", wrong_walks.overwrite_leaves),
        ("overwriting only at inner nodes", wrong_walks.overwrite_inner),
        ("adding in place to a tensor that another node holds too", wrong_walks.add_in_place),
    )
    for mistake, deliver in deliveries:
        for order in orders:
            yield Hypothesis(mistake, Walk(order, deliver=deliver))


def _resets(orders: Sequence[Order]) -> Iterator[Hypothesis]:
    yield Hypothesis("reset inside the loop", Walk(deliver=wrong_walks.forget_after_sending))
    for order in orders:
        for walk in (wrong_walks.resetting_in_the_loop, wrong_walks.resetting_after_the_start):
            yield Hypothesis("reset inside the loop", partial(walk, order=order))
