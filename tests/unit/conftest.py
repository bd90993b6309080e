"""What tests of pictures need: node classes of their own, and a recording; and a course to collect for."""

import lms_downloads
import pytest

from course_lib import graph, recording


@pytest.fixture
def own_registry(monkeypatch):
    """Node classes that a test defines are forgotten after it."""
    monkeypatch.setattr(graph, "_node_types", dict(graph._node_types))


@pytest.fixture
def recorded(engine):
    """The solution's forward and backward pass, while what nodes do is recorded."""
    recording.start()
    yield engine["forward_algorithm"], engine["backward_algorithm"]
    recording.stop()


@pytest.fixture
def course(tmp_path):
    """A small course that hand-ins are collected for."""
    return lms_downloads.course(tmp_path / "course")


@pytest.fixture
def roster(course):
    """Its class."""
    return lms_downloads.class_list(course)
