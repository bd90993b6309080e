"""Visible checks of `1_by_hand`: the graph of cosh on paper, and whether a student's answers agree with each other.

Nothing here knows a value but x, which the exercise gives. Each answer is compared with what follows from the
student's own answers before it, and the last one with sinh x.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from course_lib.draw import Diagram, DiagramEdge, DiagramNode, mimebundle
from course_lib.expressions import Reading, close, read, same
from course_lib.report import Table, conclude, show
from course_lib.unreadable import Unreadable

X = "log 2"
_FITS = 10  # characters of a value in the picture
_OPERATIONS = {"x": "input", "a": "copy", "c": "copy", "b": "exp", "d": "negate", "e": "exp", "z": "mean"}
_EDGES = [("x", "a"), ("x", "c"), ("a", "b"), ("c", "d"), ("d", "e"), ("b", "z"), ("e", "z")]


@dataclass(frozen=True)
class _Rule:
    """How one answer follows from earlier ones, and what to say where it does not."""

    follows: str
    words: str


_FORWARD = {
    "a": _Rule("x", "a is a copy of x, but your a and the given x = log 2 differ"),
    "b": _Rule("exp(a)", "your b is not the exponential of your a"),
    "c": _Rule("x", "c is a copy of x, but your c and the given x = log 2 differ"),
    "d": _Rule("-c", "your d is not the negative of your c"),
    "e": _Rule("exp(d)", "your e is not the exponential of your d"),
    "z": _Rule("(b + e)/2", "your z is not the mean of your b and your e"),
}
_BACKWARD = {
    "dz_dz": _Rule("", ""),  # nothing comes before it that it could be compared with
    "dz_de": _Rule("dz_dz/2", "your dz_de: wiggle e a little. How much of it arrives in z, the mean of b and e?"),
    "dz_dd": _Rule("dz_de*e", "your dz_dd does not follow from your dz_de: it is upstream times the slope of exp at d"),
    "dz_dc": _Rule("-dz_dd", "your dz_dc does not follow from your dz_dd: what does d do to c?"),
    "dz_db": _Rule("dz_dz/2", "your dz_db: wiggle b a little. How much of it arrives in z, the mean of b and e?"),
    "dz_da": _Rule("dz_db*b", "your dz_da does not follow from your dz_db: it is upstream times the slope of exp at a"),
    "dz_dx": _Rule("dz_da + dz_dc", "your dz_dx does not follow from your dz_da and dz_dc: x is copied to both"),
}


class Picture:
    """The graph of cosh, with whatever has been filled in so far. Jupyter shows it; printing gives text."""

    def __init__(self, values: Mapping[str, str], gradients: Mapping[str, str]) -> None:
        """Take the texts to show above (values) and below (gradients), by the node's letter."""
        self._values, self._gradients = values, gradients

    def __repr__(self) -> str:
        """Return the graph as lines of text."""
        return "\n".join(
            f"{name} ({operation}): value {self._values.get(name, '…')}, gradient {self._gradients.get(name, '…')}"
            for name, operation in _OPERATIONS.items()
        )

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:  # noqa: ARG002
        nodes = tuple(
            DiagramNode(n, n, operation, self._values.get(n, "…"), self._gradients.get(n, "…"))
            for n, operation in _OPERATIONS.items()
        )
        targets = [target for _, target in _EDGES]
        edges = tuple(DiagramEdge(s, t, targets[:i].count(t)) for i, (s, t) in enumerate(_EDGES))
        return mimebundle(Diagram(nodes, edges, caption="z = cosh x at x = log 2"), text=repr(self))


def graph() -> Picture:
    """Return the computation graph of cosh, with nothing filled in but x."""
    return Picture({"x": X}, {})


def forward(answers: Mapping[str, object]) -> None:
    """Show how a … z were read, fill them into the picture, and check that they agree with each other.

    Args:
        answers: the notebook's names, as `globals()` gives them.

    Raises:
        WrongAnswer: if an answer is missing, cannot be read, or does not follow from those before it.
    """
    readings, problems = _read_all(answers, _FORWARD, {})
    _echo(readings, answers)
    show(Picture({"x": X} | {n: _short(reading) for n, reading in readings.items()}, {}))
    conclude(problems, "✓ Your values follow from x and from each other.")


def backward(answers: Mapping[str, object]) -> None:
    """Show how dz_dz … dz_dx were read, fill them into the picture, and check that they agree with each other.

    Args:
        answers: the notebook's names, as `globals()` gives them; those of the forward pass are used too.

    Raises:
        WrongAnswer: if an answer is missing, cannot be read, does not follow from those before it, or if the last one
            is not sinh x.
    """
    values, _ = _read_all(answers, _FORWARD, {})
    readings, problems = _read_all(answers, _BACKWARD, values)
    if not problems and not close(readings["dz_dx"], read("sinh(x)", {"x": read(X)})):
        problems.append("your dz_dx is not sinh(log 2). Put x = log 2 into (e^x − e^(−x))/2 and compare")
    _echo(readings, answers)
    gradients = {name.removeprefix("dz_d"): _short(reading) for name, reading in readings.items()}
    show(Picture({"x": X} | {n: _short(value) for n, value in values.items()}, gradients))
    conclude(problems, "✓ Your derivatives agree with each other, and the last one with sinh.")


def _read_all(
    answers: Mapping[str, object], rules: Mapping[str, _Rule], letters: Mapping[str, Reading]
) -> tuple[dict[str, Reading], list[str]]:
    """Read answers, which may use `letters`, and compare each with what follows from x, the letters, and the others."""
    x = read(X)
    usable = {"x": x, **letters} if letters else {}
    names = {"x": x, **letters}
    readings: dict[str, Reading] = {}
    problems = []
    for name, rule in rules.items():
        try:
            readings[name] = read(answers.get(name), usable)
        except Unreadable as problem:
            problems.append(f"{name} has no answer yet" if problem.missing else f"{name}: {problem}")
            continue
        problems.extend(_disagreement(rule, readings[name], names))
        names[name] = readings[name]
    return readings, problems


def _disagreement(rule: _Rule, reading: Reading, names: Mapping[str, Reading]) -> list[str]:
    try:
        expected = read(rule.follows, names)
    except Unreadable:  # an earlier answer is missing: there is nothing to compare with
        return []
    if rule.follows == "x" and close(reading, expected) and not same(reading, expected):
        return [f"{reading.text} is close to x, but rounded. An exact value is asked for: leave the logarithm as it is"]
    return [] if close(reading, expected) else [rule.words]


def _short(reading: Reading) -> str:
    """Return an answer as a node of the picture shows it: as it was read, or what it comes to; rounded if too long."""
    text = reading.text
    if any(letter.isalpha() for letter in text.replace("log", "")):  # a formula in other names: show what it comes to
        text = str(reading.exact_value) if reading.exact_value.is_Rational else f"{reading.value:.4g}"
    return (text if len(text) <= _FITS else f"{reading.value:.4g}").replace("-", "−")


def _echo(readings: Mapping[str, Reading], answers: Mapping[str, object]) -> None:
    if readings:
        cell: Callable[[object], str] = lambda given: f"`{given}`".replace("|", "\\|")  # noqa: E731
        show(
            Table(
                ("", "you wrote", "read as", "value"),
                [(f"**{n}**", cell(answers[n]), f"${r.latex}$", f"{r.value:.4g}") for n, r in readings.items()],
                [(n, str(answers[n]), r.text, f"{r.value:.4g}") for n, r in readings.items()],
            )
        )
