"""The kinds of node that the course gives: forward above backward, in the symbols of the notebooks.

Each `backward` returns a list with one entry per input: upstream gradient times local derivative. Everything that it
multiplies comes from `self.gradient`, `self.input(i)` and `self.output()`, never from `self.result`; so it can be
differentiated again (see `build_graph`).
"""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Number

import numpy as np

from course_lib import values
from course_lib.errors import GraphError
from course_lib.graph import ComputationNode
from course_lib.values import Value


class Negate(ComputationNode):
    """z = −x, dz/dx = −1."""

    def forward(self) -> None:
        self.result = -self.input(0)

    def backward(self) -> list[Value]:
        return [-self.gradient]


class Exp(ComputationNode):
    """z = eˣ, dz/dx = eˣ = z."""

    def forward(self) -> None:
        self.result = values.exp(self.input(0))

    def backward(self) -> list[Value]:
        return [self.gradient * self.output()]


class Mean(ComputationNode):
    """z = (x + y) / 2, dz/dx = dz/dy = 1/2."""

    def forward(self) -> None:
        self.result = (self.input(0) + self.input(1)) / 2

    def backward(self) -> list[Value]:
        half = self.gradient / 2
        return [values.sum_to(half, node.shape) for node in self.input_nodes]


class IntPow(ComputationNode):
    """z = xⁿ for a constant integer n, dz/dx = n xⁿ⁻¹."""

    def __init__(self, base: Value, int_power: int) -> None:
        """Connect to the base; the power is a plain integer, not a node."""
        if not isinstance(int_power, int):
            raise GraphError(f"x ** p is given for integers p that are constant, not for {int_power!r:.40}.")
        super().__init__(base)
        self.int_power = int_power

    def forward(self) -> None:
        x, n = self.input(0), self.int_power
        self.result = x**n if n >= 0 else 1 / x**-n  # x**-n directly is an error for integer arrays

    def backward(self) -> list[Value]:
        n = self.int_power
        if n == 0:  # the formula below would ask for x⁻¹, which is infinite at 0
            return [_zeros_like(self.gradient)]
        if n == 1:  # x¹ costs nothing, and so should its gradient
            return [self.gradient]
        return [self.gradient * n * self.input(0) ** (n - 1)]


def _zeros_like(value: Value) -> Value:
    """Return zeros in the form of a value. Numbers are made, where `value * 0` would compute them."""
    if isinstance(value, ComputationNode):
        return value * 0
    if isinstance(value, Number):
        return type(value)(0)  # type: ignore[call-arg]
    return value.new_zeros(value.shape) if hasattr(value, "new_zeros") else np.zeros_like(value)


class Matsum(ComputationNode):
    """z = the sum of all entries of x: every entry has the derivative 1, so the gradient is copied to each."""

    def forward(self) -> None:
        self.result = values.total(self.input(0))

    def backward(self) -> list[Value]:
        return [values.expand(self.gradient, self.input_nodes[0].shape)]


class Matexpand(ComputationNode):
    """z = x, copied to a larger shape: each entry of x gets the sum of what its copies get."""

    def __init__(self, inp: Value, target_shape: Sequence[int]) -> None:
        """Connect to the input; the shape to reach is a tuple of plain integers."""
        super().__init__(inp)
        self.target_shape = tuple(target_shape)

    def forward(self) -> None:
        self.result = values.expand(self.input(0), self.target_shape)

    def backward(self) -> list[Value]:
        return [values.sum_to(self.gradient, self.input_nodes[0].shape)]


class SumTo(ComputationNode):
    """z = x, summed back to a smaller shape: the opposite of `Matexpand`."""

    def __init__(self, inp: Value, target_shape: Sequence[int]) -> None:
        """Connect to the input; the shape to return to is a tuple of plain integers."""
        super().__init__(inp)
        self.target_shape = tuple(target_shape)

    def forward(self) -> None:
        self.result = values.sum_to(self.input(0), self.target_shape)

    def backward(self) -> list[Value]:
        return [values.expand(self.gradient, self.input_nodes[0].shape)]


class Transpose(ComputationNode):
    """z = xᵀ."""

    def forward(self) -> None:
        self.result = values.transpose(self.input(0))

    def backward(self) -> list[Value]:
        return [self.gradient.T]
