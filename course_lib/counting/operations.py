"""How many operations on single numbers were done, by kind; and for whom they were done."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

MULTIPLICATION, ADDITION, DIVISION, FUNCTION = 0, 1, 2, 3


@dataclass(frozen=True)
class Operations:
    """Numbers of operations, by kind."""

    multiplications: int = 0
    additions: int = 0
    divisions: int = 0
    functions: int = 0

    @property
    def total(self) -> int:
        """All of them together."""
        return self.multiplications + self.additions + self.divisions + self.functions

    @property
    def by_kind(self) -> tuple[int, int, int, int]:
        """The numbers alone."""
        return self.multiplications, self.additions, self.divisions, self.functions

    def __add__(self, other: Operations) -> Operations:
        return Operations(*(mine + its for mine, its in zip(self.by_kind, other.by_kind, strict=True)))


class Tally:
    """What is spent while it is open, each operation on the account that is in charge at the time.

    Attributes:
        products: how many products of matrices there were, of whatever size.
    """

    def __init__(self) -> None:
        """Begin with nothing spent, on an account called None."""
        self.products = 0
        self._spent: dict[Hashable, list[int]] = {}
        self.charge(None)

    def charge(self, account: Hashable) -> None:
        """From now on, write what is spent on this account."""
        self._current = self._spent.setdefault(account, [0, 0, 0, 0])

    def add(self, kind: int, number: int) -> None:
        """Write down some operations of a kind."""
        self._current[kind] += number

    def of(self, account: Hashable) -> Operations:
        """Return what was spent on an account."""
        return Operations(*self._spent.get(account, ()))

    @property
    def total(self) -> Operations:
        """What was spent on all accounts together."""
        return sum((Operations(*spent) for spent in self._spent.values()), Operations())


_open: list[Tally] = []


@contextmanager
def counting() -> Iterator[Tally]:
    """Within this block, count what is computed with `Counted` arrays.

    Yields:
        The tally; its `total` holds what has been counted so far.
    """
    tally = Tally()
    _open.append(tally)
    try:
        yield tally
    finally:
        _open.remove(tally)


def note_product() -> None:
    """Count one product of matrices, wherever anyone is counting; the operations in it are spent besides."""
    for tally in _open:
        tally.products += 1


def spend(kind: int, number: int) -> None:
    """Count some operations of a kind, wherever anyone is counting."""
    for tally in _open:
        tally.add(kind, number)
