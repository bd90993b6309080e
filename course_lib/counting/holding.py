"""How many scalars are held at a time, by what the nodes of a graph keep."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from course_lib.counting.counted import Counted, Storage
from course_lib.graph import ComputationNode


class Holdings:
    """What is held, each storage once however often it is held.

    Attributes:
        live: how many scalars are held now.
        peak: how many were held at most.
    """

    def __init__(self, given: Iterable[Counted] = ()) -> None:
        """Begin with nothing; what was given beforehand does not count."""
        self.live = self.peak = 0
        self._given = {array.storage for array in given}
        self._holders: dict[Storage, int] = {}

    def hold(self, value: object) -> None:
        """Note that somebody holds a value from now on."""
        if isinstance(value, Counted) and value.storage not in self._given:
            holders = self._holders.get(value.storage, 0)
            self._holders[value.storage] = holders + 1
            if not holders:
                self.live += value.storage.size
                self.peak = max(self.peak, self.live)

    def release(self, value: object) -> None:
        """Note that somebody holds a value no longer."""
        if isinstance(value, Counted) and value.storage in self._holders:
            self._holders[value.storage] -= 1
            if not self._holders[value.storage]:
                del self._holders[value.storage]
                self.live -= value.storage.size


@contextmanager
def kept_by(nodes: Sequence[ComputationNode], holdings: Holdings) -> Iterator[None]:
    """Within this block, note what these nodes keep as attributes: results, gradients, and whatever else."""
    watched = set(nodes)

    def keep(node: ComputationNode, name: str, value: object) -> None:
        if node in watched:
            holdings.release(vars(node).get(name))
            holdings.hold(value)
        object.__setattr__(node, name, value)

    ComputationNode.__setattr__ = keep  # type: ignore[method-assign, assignment]
    try:
        yield
    finally:
        del ComputationNode.__setattr__
