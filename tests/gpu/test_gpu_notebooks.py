"""Every solved notebook runs through on a GPU: visible checks are content there, and hidden tests give all points."""

from functools import partial

import pytest

from autograder import rehearsal
from autograder.judge.session import Session
from course_files import ALL_NOTEBOOKS, ROOT


@pytest.mark.parametrize("notebook", ALL_NOTEBOOKS)
def test_a_solved_notebook_runs_through(cuda, monkeypatch, notebook):
    monkeypatch.setenv("BACKPROP_COURSE_DEVICE", cuda)
    monkeypatch.setattr(rehearsal, "Session", partial(Session, device=cuda))
    attempts = rehearsal.rehearse(ROOT / "source" / notebook, draw=True)
    assert {test: attempt.visible or attempt.shown for test, attempt in attempts.items()} == dict.fromkeys(attempts, "")
    judged = [attempt.judged for attempt in attempts.values()]
    assert [found for found in judged if found.points != found.most] == []
