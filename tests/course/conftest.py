"""A tiny course, made once and copied for each test that needs one."""

import itertools
import subprocess
import sys

import pytest
from fast_nbgrader import Server
from small_course import SmallCourse

from course_files import ROOT


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


@pytest.fixture(scope="session")
def wheel(tmp_path_factory):
    """The wheel that students install, built from the checkout."""
    target = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--outdir", str(target), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (path,) = target.glob("*.whl")
    return path
