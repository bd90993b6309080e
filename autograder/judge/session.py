"""One grading run of one notebook, as its hidden tests share it: whom they ask, what was drawn, what was found."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

import numpy as np

from autograder.judge.engine import Engine, Failed, InThisProcess

SEED = "BACKPROP_COURSE_SEED"
# A loop without an end hangs in every test; so many are waited for before the rest is given up.
_MOST_HANGS = 3

_Given = TypeVar("_Given")


@dataclass
class Findings:
    """What the test that is under way has found.

    Attributes:
        parts: what has been checked.
        flags: what a person should look at, in words.
        notes: what there is to say about a part that is right, in words.
        seen: values of the student that were handed to the test as they are, for a message if it cannot take them.
    """

    parts: list[Any] = field(default_factory=list)
    flags: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)


@dataclass
class Knowledge:
    """What all tests so far showed of the student's engine.

    Attributes:
        evidence: the tasks, and what came of them.
        mistakes: the names of those that have been found.
        searches: how many failures have been looked into.
        hangs: how often the student's code has not come to an end, where that was looked at.
        hung: whether it has ever not come to an end.
    """

    evidence: list[Any] = field(default_factory=list)
    mistakes: set[str] = field(default_factory=set)
    searches: int = 0
    hangs: int = 0
    hung: bool = False


@dataclass
class Session:
    """What the hidden tests of a notebook have in common.

    Attributes:
        engine: whom they ask.
        given_seed: where random inputs start; None for `BACKPROP_COURSE_SEED`, or if there is none, for a new one.
        device: what the student's torch computes on.
        found: by the test that is under way.
        known: of the student's engine, from all tests so far.
    """

    engine: Engine
    given_seed: int | None = None
    device: str = "cpu"
    found: Findings = field(default_factory=Findings)
    known: Knowledge = field(default_factory=Knowledge)

    @cached_property
    def seed(self) -> int:
        """Where the random inputs start. Chosen when it is first needed: a process may be forked before that."""
        return chosen_seed() if self.given_seed is None else self.given_seed

    @cached_property
    def random(self) -> np.random.Generator:
        """Where random inputs come from."""
        return np.random.default_rng(self.seed)

    def asking(self, ask: Callable[[Engine], _Given]) -> _Given:
        """Return what the engine gives, unless it has been waited for in vain too often.

        Raises:
            Failed: then, or if asking fails.
        """
        known = self.known
        if known.hangs >= _MOST_HANGS:
            raise Failed(f"Not tried, since {known.hangs} tests before it did not come to an end.")
        try:
            return ask(self.engine)
        except Failed as failure:
            known.hangs += failure.hung
            known.hung |= failure.hung
            raise


def chosen_seed() -> int:
    """Return the seed that `BACKPROP_COURSE_SEED` asks for, or a new one."""
    text = os.environ.get(SEED)
    return int(text) if text else secrets.randbits(32)


_current: ContextVar[Session] = ContextVar("session")


def current() -> Session:
    """Return the session that a hidden test belongs to: the judge's, or else one with the notebook it runs in."""
    try:
        return _current.get()
    except LookupError:
        return _here


def report(parts: Sequence[Any]) -> bool:
    """Hand the parts of a test to the judge; return whether there is one."""
    session = _current.get(None)
    if session is not None:
        session.found.parts.extend(parts)
    return session is not None


def take_notes() -> str:
    """Return what was noted since the last time."""
    notes = current().found.notes
    words = "\n".join(dict.fromkeys(notes))
    notes.clear()
    return words


@contextmanager
def taking_part(session: Session) -> Iterator[None]:
    """Within this block, and what it calls, hidden tests belong to this session."""
    token = _current.set(session)
    try:
        yield
    finally:
        _current.reset(token)


def _main_module() -> dict[str, Any]:
    """Return the names of the notebook that this runs in."""
    import __main__  # noqa: PLC0415 - only in a kernel does it hold a student's names

    return vars(__main__)


_here = Session(Engine(InThisProcess(_main_module)))
