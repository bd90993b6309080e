"""What torch itself counts, for graphs of torch: the operations of its matrix products, forward and backward."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass

from course_lib.values import Value


@dataclass(frozen=True)
class Flops:
    """Floating point operations of matrix products and convolutions; torch's counter leaves out all others.

    A product of an m × k with a k × n matrix is counted as 2·m·k·n: m·k·n multiplications, and as many additions.
    """

    forward: int
    backward: int


def torch_flops(loss: Callable[[], Value]) -> Flops:
    """Count what torch does when it computes a loss and its gradients. Tensors on the device "meta" cost no time.

    Args:
        loss: computes a single number from tensors that require gradients.

    Raises:
        ModuleNotFoundError: if torch is not installed.
    """
    mode = importlib.import_module("torch.utils.flop_counter").FlopCounterMode
    with mode(display=False) as forward:
        z = loss()
    with mode(display=False) as backward:
        z.backward()
    return Flops(forward.get_total_flops(), backward.get_total_flops())
