"""How often the gradebook is opened, which is nbgrader's way of working, made to cost little."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from contextlib import contextmanager

from nbgrader import api


@contextmanager
def one_engine() -> Iterator[None]:
    """Within this block all visits to a gradebook share one engine of SQLAlchemy, which knows what it has compiled.

    nbgrader opens the gradebook several times for each notebook, with a new engine each time; half of its time went
    into compiling the same statements again. It still closes every connection when a visit ends.
    """
    own = api.create_engine
    api.create_engine = functools.cache(own)
    try:
        yield
    finally:
        api.create_engine = own
