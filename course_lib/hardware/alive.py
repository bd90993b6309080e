"""The memory of tensors, counted from when an operation makes it until nobody holds it any longer."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode


class Alive(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Within it, each operation's results count from when they are made until nobody holds their memory any longer.

    On any device: what is counted is what tensors say of themselves.

    Attributes:
        live: bytes that are held now.
        peak: bytes that were held at most.
    """

    def __init__(self) -> None:
        """Begin with nothing held."""
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
            if key(storage) not in self._made:
                self._given[key(storage)] = storage
        result = func(*args, **options)
        for storage in _storages(result):
            if key(storage) not in self._made and key(storage) not in self._given:
                self._hold(storage)
        return result

    def _hold(self, storage: torch.UntypedStorage) -> None:
        number, size = key(storage), storage.nbytes()

        def release(_: object) -> None:
            self.live -= size
            del self._made[number]

        self._made[number] = weakref.ref(storage, release)
        self.live += size
        self.peak = max(self.peak, self.live)


def key(storage: torch.UntypedStorage) -> int:
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
