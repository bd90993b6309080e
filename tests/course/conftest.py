"""A tiny course, made once and copied for each test that needs one."""

import itertools

import pytest
from fast_nbgrader import Server
from small_course import SmallCourse


@pytest.fixture(scope="session")
def new_course(tmp_path_factory):
    """Return a function that makes a course of its own."""
    server = Server()
    first = SmallCourse.new(tmp_path_factory.mktemp("template"), server)
    number = itertools.count()
    yield lambda: first.copy(tmp_path_factory.mktemp("course") / str(next(number)))
    server.close()


@pytest.fixture
def course(new_course):
    return new_course()
