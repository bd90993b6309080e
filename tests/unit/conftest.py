"""What tests of pictures need: node classes of their own, and a recording."""

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
