"""A test's expression, traced into a plain description of its graph (see `course_lib.described`)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from course_lib.described import Step

_MOST_LETTERS = 90


class Symbol:
    """A value that does not exist yet: arithmetic with it is written down instead of done."""

    def __init__(self, steps: list[Step], step: Step) -> None:
        """Write `step` down as the next one."""
        self._steps = steps
        self.index = len(steps)
        steps.append(step)

    def _then(self, operation: str, *operands: Symbol | float) -> Symbol:
        symbols = [s if isinstance(s, Symbol) else Symbol(self._steps, ("number", s)) for s in operands]
        return Symbol(self._steps, (operation, *(symbol.index for symbol in symbols)))

    def exp(self) -> Symbol:
        return self._then("exp", self)

    def sum(self) -> Symbol:
        return self._then("sum", self)

    @property
    def T(self) -> Symbol:  # noqa: N802 - as numpy and torch call it
        return self._then("T", self)

    def __neg__(self) -> Symbol:
        return self._then("-x", self)

    def __pow__(self, power: int) -> Symbol:
        return Symbol(self._steps, ("**", self.index, power))

    def __add__(self, other: Symbol | float) -> Symbol:
        return self._then("+", self, other)

    def __radd__(self, other: float) -> Symbol:
        return self._then("+", other, self)

    def __sub__(self, other: Symbol | float) -> Symbol:
        return self._then("-", self, other)

    def __rsub__(self, other: float) -> Symbol:
        return self._then("-", other, self)

    def __mul__(self, other: Symbol | float) -> Symbol:
        return self._then("*", self, other)

    def __rmul__(self, other: float) -> Symbol:
        return self._then("*", other, self)

    def __truediv__(self, other: Symbol | float) -> Symbol:
        return self._then("/", self, other)

    def __rtruediv__(self, other: float) -> Symbol:
        return self._then("/", other, self)

    def __matmul__(self, other: Symbol) -> Symbol:
        return self._then("@", self, other)


def mean(first: Symbol, second: Symbol) -> Symbol:
    """Return the mean of two values, for the node type `Mean`."""
    return first._then("mean", first, second)  # noqa: SLF001 - it is this file's own class


def describe(expression: Callable[..., Symbol], names: Iterable[str]) -> list[Step]:
    """Return the steps that `expression` takes when called with the named leaves.

    Steps that the output does not depend on are left out.

    Raises:
        TypeError: if the expression is not a formula in these names (a mistake in the test, not the student's).
    """
    steps: list[Step] = []
    leaves = {name: Symbol(steps, ("leaf", name)) for name in names}
    output = expression(**leaves)
    if not isinstance(output, Symbol):
        raise TypeError(f"A test's expression must be a formula in {', '.join(leaves)}, not {output!r}.")
    return _needed(steps, output.index)


def _needed(steps: list[Step], output: int) -> list[Step]:
    """Return the steps that `output` depends on, renumbered."""
    needed = {output}
    for index in range(output, -1, -1):  # operands come before what takes them
        if index in needed:
            needed.update(operand_indices(steps[index]))
    if len(needed) == len(steps):
        return steps
    new_index = {old: new for new, old in enumerate(sorted(needed))}
    return [_renumbered(steps[old], new_index) for old in sorted(needed)]


def operand_indices(step: Step) -> Step:
    """Return which steps a step takes as its operands."""
    operation, *operands = step
    if operation in ("leaf", "number"):
        return ()
    return operands[:1] if operation == "**" else operands


def _renumbered(step: Step, new_index: dict[int, int]) -> Step:
    operation, *operands = step
    if operation in ("leaf", "number"):
        return step
    kept = operand_indices(step)
    return (operation, *(new_index[i] for i in kept), *operands[len(kept) :])


def formula(steps: Sequence[Step], index: int, depth: int = 4) -> str:
    """Return what a step computes, as a formula to show to a person; deep parts become `…`."""
    operation, *operands = steps[index]
    if operation in ("leaf", "number"):
        return str(operands[0])
    if depth == 0:
        return "…"
    shown = [formula(steps, i, depth - 1) for i in operand_indices(steps[index])]
    pattern = {"-x": "(−{0})", "**": "{0}**{power}", "T": "{0}.T", "exp": "exp({0})", "sum": "sum({0})"}.get(operation)
    pattern = pattern or ("mean({0}, {1})" if operation == "mean" else "({0} {operation} {1})")
    return pattern.format(*shown, operation=operation, power=operands[-1])


def short_formula(steps: Sequence[Step], index: int) -> str:
    """Return what a step computes as a formula that fits in a sentence, without brackets around the whole of it."""
    shown = (formula(steps, index, depth) for depth in (4, 3, 2, 1))
    text = next((text for text in shown if len(text) <= _MOST_LETTERS), formula(steps, index, 0))
    return text[1:-1] if _is_bracketed(text) else text


def _is_bracketed(text: str) -> bool:
    """Tell whether the first bracket is closed by the last one: `(x + y)`, and not `(x) + (y)`."""
    depth = 0
    for position, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if depth == 0:
            return letter == ")" and position == len(text) - 1
    return False
