"""How many bytes a run holds at most, and how many are kept for a backward pass."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode


def peak_bytes(run: Callable[[], object], device: str = "cpu") -> int:
    """Return the most bytes that tensors made by a run held at any one time.

    Args:
        run: what to look at. What it returns is held until its end.
        device: where it computes, `"cpu"` or `"cuda"`.
    """
    if device == "cpu":
        alive = _Alive()
        with alive:
            run()
        return alive.peak
    run()  # libraries take room of their own when they are first used
    torch.cuda.synchronize()
    before = torch.cuda.memory_allocated()
    torch.cuda.reset_peak_memory_stats()
    run()
    torch.cuda.synchronize()
    return int(torch.cuda.max_memory_allocated()) - before


def kept_bytes(run: Callable[[], torch.Tensor]) -> int:
    """Return how many bytes torch keeps for the backward pass when it computes a result, without parameters.

    Args:
        run: computes a tensor from others, some of which require gradients.
    """
    kept: dict[int, torch.UntypedStorage] = {}
    parameters: set[int] = set()

    def note(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        kept[_key(storage)] = storage  # held, so that its number is not given to another
        if tensor.is_leaf and tensor.requires_grad:
            parameters.add(_key(storage))
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        result = run()
    held = sum(storage.nbytes() for key, storage in kept.items() if key not in parameters)
    del result  # the graph, and what it keeps, lives until here
    return held


class _Alive(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Within it, each operation's results count from when they are made until nobody holds their memory any longer.

    Attributes:
        live: bytes that are held now.
        peak: bytes that were held at most.
    """

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.live = self.peak = 0
        self._made: dict[int, weakref.ref[torch.UntypedStorage]] = {}
        self._given: dict[int, torch.UntypedStorage] = {}

    def __torch_dispatch__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401 - whatever the operation gives
        options = kwargs or {}
        for storage in _storages([args, options]):
            if _key(storage) not in self._made:
                self._given[_key(storage)] = storage
        result = func(*args, **options)
        for storage in _storages(result):
            if _key(storage) not in self._made and _key(storage) not in self._given:
                self._hold(storage)
        return result

    def _hold(self, storage: torch.UntypedStorage) -> None:
        key, size = _key(storage), storage.nbytes()

        def release(_: object) -> None:
            self.live -= size
            del self._made[key]

        self._made[key] = weakref.ref(storage, release)
        self.live += size
        self.peak = max(self.peak, self.live)


def _key(storage: torch.UntypedStorage) -> int:
    """Return the number by which a piece of memory is known, as long as somebody holds it."""
    number: int = storage._cdata  # noqa: SLF001 - two Python objects may stand for the same memory
    return number


def _storages(value: object) -> Iterator[torch.UntypedStorage]:
    """Yield the memory of all tensors in nested lists, tuples and dicts."""
    if isinstance(value, torch.Tensor):
        yield value.untyped_storage()
    elif isinstance(value, Mapping):
        yield from _storages(list(value.values()))
    elif isinstance(value, list | tuple):
        for entry in value:
            yield from _storages(entry)
