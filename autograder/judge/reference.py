"""What a described graph's values and gradients truly are, by torch in double precision."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch

from course_lib.described import Array, Step

_OPERATIONS: dict[str, Callable[..., torch.Tensor]] = {
    "-x": torch.neg,
    "exp": torch.exp,
    "sum": torch.sum,
    "T": torch.t,
    "mean": lambda x, y: (x + y) / 2,
    "+": torch.add,
    "-": torch.sub,
    "*": torch.mul,
    "/": torch.div,
    "@": torch.matmul,
}


def values(steps: Sequence[Step], inputs: Mapping[str, Array]) -> list[torch.Tensor]:
    """Return the value of every step, as tensors of doubles that autograd has recorded."""
    computed: list[torch.Tensor] = []
    for operation, *operands in steps:
        match operation:
            case "leaf":
                computed.append(torch.tensor(inputs[operands[0]], dtype=torch.float64, requires_grad=True))
            case "number":
                computed.append(torch.tensor(operands[0], dtype=torch.float64, requires_grad=True))
            case "**":
                computed.append(computed[operands[0]] ** operands[1])
            case _:
                computed.append(_OPERATIONS[operation](*[computed[i] for i in operands]))
    return computed


def gradients(computed: Sequence[torch.Tensor], one: Array | None = None) -> list[Array]:
    """Return the derivative of the last value with respect to every value, times `one`."""
    output = computed[-1]
    seed = torch.ones_like(output) if one is None else torch.as_tensor(one, dtype=torch.float64).expand_as(output)
    return [as_array(g) for g in torch.autograd.grad(output, list(computed), seed)]


def derivative(steps: Sequence[Step], inputs: Mapping[str, Array], order: int) -> Array:
    """Return the derivative of the given order of the output with respect to the first leaf, entry by entry."""
    computed = values(steps, inputs)
    x = computed[next(i for i, step in enumerate(steps) if step[0] == "leaf")]
    current = computed[-1]
    for _ in range(order):
        (current,) = torch.autograd.grad(current.sum(), x, create_graph=True)
    return as_array(current)


def arrays(computed: Sequence[torch.Tensor]) -> list[Array]:
    """Return values as numpy arrays of doubles."""
    return [as_array(value) for value in computed]


def as_array(tensor: torch.Tensor) -> Array:
    """Return a tensor as a numpy array of doubles."""
    plain: np.ndarray[Any, np.dtype[np.float64]] = tensor.numpy(force=True)
    return plain
