"""How many bytes a run holds at most, and how many are kept for a backward pass; an end when there are no more."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

import torch

from course_lib.hardware.alive import key
from course_lib.hardware.devices import known

# How torch says it. There is a class of errors for it, but on the CPU and Apple's GPUs torch raises others.
_USED_UP = ("out of memory", "not enough memory", "can't allocate memory")


def peak_bytes(run: Callable[[], object], device: str = "cpu") -> int:
    """Return the most bytes that tensors made by a run held at any one time.

    On the CPU and on Apple's GPUs they are counted. On an NVIDIA GPU, torch's allocator says what it had given out at
    most. That is more than the count by what operations use within themselves, and by what blocks are larger than the
    tensors in them: they are filled up to 512 bytes, and those for more than 1 MiB may be up to 1 MiB larger than that.

    Args:
        run: what to look at, run twice on an NVIDIA GPU. What it returns is held until its end.
        device: where it computes: `"cpu"`, `"cuda"` or `"mps"`.
    """
    with _no_garbage_collected():
        return known(device).peak(run)


def kept_bytes(run: Callable[[], torch.Tensor]) -> int:
    """Return how many bytes torch keeps for the backward pass when it computes a result, without parameters.

    Args:
        run: computes a tensor from others, some of which require gradients.
    """
    kept: dict[int, torch.UntypedStorage] = {}
    parameters: set[int] = set()

    def note(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        kept[key(storage)] = storage  # held, so that its number is not given to another
        if tensor.is_leaf and tensor.requires_grad:
            parameters.add(key(storage))
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        result = run()
    held = sum(storage.nbytes() for number, storage in kept.items() if number not in parameters)
    del result  # the graph, and what it keeps, lives until here
    return held


class WhileMemoryLasts:
    """A block that ends early, without an error, when no more memory is to be had.

    Attributes:
        used_up: whether it did.
    """

    def __init__(self) -> None:
        """Begin with memory that is not used up."""
        self.used_up = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, where: TracebackType | None
    ) -> bool:
        self.used_up = isinstance(problem, RuntimeError) and any(words in str(problem) for words in _USED_UP)
        return self.used_up


@contextmanager
def _no_garbage_collected() -> Iterator[None]:
    """Within this block, nothing that was garbage before is let go: it would be taken for the run's own doing."""
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()
