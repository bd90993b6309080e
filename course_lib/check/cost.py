"""Visible checks of claims about cost, as in `3_cost`: can they be read, and do they agree with each other?

What the right answers are is not known here. What is known is plain logic: whoever does more needs no less. And what
can be seen is how a claim compares with counts.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from course_lib.asymptotics import Growth, compare, read_growth
from course_lib.counting.claims import beside
from course_lib.counting.layers import costs
from course_lib.draw import Diagram, DiagramEdge, DiagramNode, mimebundle
from course_lib.report import Table, conclude, show
from course_lib.unreadable import Unreadable

TIME = ("T_run", "T_forward", "T_backward", "T_backward_W1")
MEMORY = ("M_run", "M_forward", "M_backward", "M_backward_W1")

# (less, more, why the second cannot grow slower than the first)
_AT_LEAST = (
    ("T_run", "T_forward", "the forward pass for training does all that a mere run does"),
    ("T_backward_W1", "T_backward", "all gradients include that of W₁"),
    ("M_run", "M_forward", "the forward pass for training keeps all that a mere run keeps"),
    ("M_forward", "M_backward", "the forward pass is part of it"),
    ("M_forward", "M_backward_W1", "the forward pass is part of it"),
    ("M_backward_W1", "M_backward", "all gradients include that of W₁"),
)


@dataclass(frozen=True)
class Plots:
    """Claims beside counts: a plot for each, and a sentence."""

    pictures: Sequence[str]
    sentences: Sequence[str]

    def __repr__(self) -> str:
        """Return the sentences alone."""
        return "\n".join(self.sentences)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:  # noqa: ARG002
        lines = "".join(f"<p>{escape(sentence)}</p>" for sentence in self.sentences)
        return {"text/html": f"{' '.join(self.pictures)}{lines}", "text/plain": repr(self)}


class Network:
    """The picture of a network of n layers, which the questions are about."""

    def __repr__(self) -> str:
        """Return the network as formulas."""
        return "z_i = W_i x_i,  x_(i+1) = σ(z_i)  for i = 1 … n;   L = f(x_(n+1))"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:  # noqa: ARG002
        parts = [
            ("x1", "x₁", "input", "d×b"), ("W1", "W₁", "parameter", "d×d"), ("z1", "z₁", "@", "d×b"),
            ("x2", "x₂", "σ", "d×b"), ("W2", "W₂", "parameter", "d×d"), ("z2", "z₂", "@", "d×b"),
            ("dots", "…", "", ""), ("xn", "xₙ", "σ", "d×b"), ("Wn", "Wₙ", "parameter", "d×d"),
            ("zn", "zₙ", "@", "d×b"), ("out", "xₙ₊₁", "σ", "d×b"), ("L", "L", "f", ""),
        ]  # fmt: skip
        arrows = [
            ("W1", "z1"), ("x1", "z1"), ("z1", "x2"), ("W2", "z2"), ("x2", "z2"), ("z2", "dots"), ("dots", "xn"),
            ("Wn", "zn"), ("xn", "zn"), ("zn", "out"), ("out", "L"),
        ]  # fmt: skip
        targets = [target for _, target in arrows]
        diagram = Diagram(
            tuple(DiagramNode(key, title, operation, shape=shape) for key, title, operation, shape in parts),
            tuple(DiagramEdge(s, t, targets[:i].count(t)) for i, (s, t) in enumerate(arrows)),
            caption="n layers, each a matrix product and an activation",
        )
        return mimebundle(diagram, text=repr(self))


def network() -> Network:
    """Return the picture of the network with n layers."""
    return Network()


def time(answers: Mapping[str, object]) -> None:
    """Show how the four claims about time were read, and check that they agree with each other.

    Args:
        answers: the notebook's names, as `globals()` gives them.

    Raises:
        WrongAnswer: if a claim is missing, cannot be read, or contradicts another.
    """
    _check(answers, TIME)


def memory(answers: Mapping[str, object]) -> None:
    """Show how the four claims about memory were read, and check that they agree with each other.

    Args:
        answers: the notebook's names, as `globals()` gives them.

    Raises:
        WrongAnswer: if a claim is missing, cannot be read, or contradicts another.
    """
    _check(answers, MEMORY)


def claims(
    answers: Mapping[str, object],
    names: Sequence[str],
    variables: Sequence[str] = ("n", "b", "d"),
    at_least: Sequence[tuple[str, str, str]] = (),
) -> None:
    """Show how some claims were read, and check that they do not contradict each other.

    Args:
        answers: the notebook's names, as `globals()` gives them.
        names: which of them are claims.
        variables: the sizes that may grow, single letters.
        at_least: pairs of claims of which the second cannot grow slower than the first, and why.

    Raises:
        WrongAnswer: if a claim is missing, cannot be read, or contradicts another.
    """
    _check(answers, names, variables, at_least)


def count_time(answers: Mapping[str, object]) -> None:
    """Show the claims about time beside what was counted, at many sizes. Right or wrong, nothing is graded here.

    Args:
        answers: the notebook's names, as `globals()` gives them.
    """
    _count(answers, TIME)


def count_memory(answers: Mapping[str, object]) -> None:
    """Show the claims about memory beside what was counted, at many sizes. Right or wrong, nothing is graded here.

    Args:
        answers: the notebook's names, as `globals()` gives them.
    """
    _count(answers, MEMORY)


def _count(answers: Mapping[str, object], names: Sequence[str]) -> None:
    if os.environ.get("NBGRADER_EXECUTION") == "autograde":
        print("Nothing is counted while work is graded.")  # noqa: T201
        return
    pictures, sentences = [], []
    for name in names:
        try:
            claim = beside(name, read_growth(answers.get(name)), costs)
        except Unreadable as problem:
            sentences.append(f"{name} has no answer yet." if problem.missing else f"{name}: {problem}")
        else:
            pictures.append(claim.chart.to_html())
            sentences.append(claim.sentence)
    show(Plots(pictures, sentences))


def _check(
    answers: Mapping[str, object],
    names: Sequence[str],
    variables: Sequence[str] = ("n", "b", "d"),
    at_least: Sequence[tuple[str, str, str]] = _AT_LEAST,
) -> None:
    readings: dict[str, Growth] = {}
    problems = []
    for name in names:
        try:
            readings[name] = read_growth(answers.get(name), variables)
        except Unreadable as problem:
            problems.append(f"{name} has no answer yet" if problem.missing else f"{name}: {problem}")
    problems.extend(_contradictions(readings, at_least))
    if readings:
        rows = [(name, str(answers[name]), growth.text, growth.simplified) for name, growth in readings.items()]
        show(Table(("", "you wrote", "read as", "growth"), [_code(row) for row in rows], rows))
    conclude(problems, "✓ All of them can be read, and they do not contradict each other.")


def _contradictions(readings: Mapping[str, Growth], at_least: Sequence[tuple[str, str, str]]) -> Iterator[str]:
    for less, more, why in at_least:
        if less not in readings or more not in readings:
            continue
        try:
            witness = compare(readings[more], readings[less]).too_small
        except Unreadable:  # a sum of logarithms that the theory does not decide: nothing to hold against it
            continue
        if witness:
            sizes = ", ".join(f"{name} = {size:,}" for name, size in witness.sizes.items())
            yield (
                f"{more} cannot be smaller than {less}: {why}. Yet at {sizes} your formulas give "
                f"{witness.claim:,.0f} against {witness.truth:,.0f}"
            )


def _code(row: Sequence[str]) -> Sequence[str]:
    name, *rest = row
    return (f"**{name}**".replace("_", "\\_"), *(f"`{text}`" for text in rest))
