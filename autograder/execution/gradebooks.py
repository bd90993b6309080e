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
    into compiling the same statements again. It still closes every connection when a visit ends. Whether all tables and
    the course are there, it asks at the first visit only.
    """
    own = {name: getattr(api, name) for name in ("create_engine", "inspect")}
    metadata = api.Base.metadata
    for name, function in own.items():
        setattr(api, name, functools.cache(function))
    metadata.create_all = functools.cache(metadata.create_all)
    check_course, known = api.Gradebook.check_course, set()

    def check_course_once(self: api.Gradebook, course_id: str) -> None:
        if (self.engine, course_id) not in known:
            check_course(self, course_id=course_id)
            known.add((self.engine, course_id))

    api.Gradebook.check_course = check_course_once
    try:
        yield
    finally:
        del metadata.create_all
        api.Gradebook.check_course = check_course
        for name, function in own.items():
            setattr(api, name, function)
