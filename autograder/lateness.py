"""What lateness costs, by the course's own policy: kept in step with points that are given by hand or regraded."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.apps.autogradeapp import AutogradeApp
from nbgrader.converters import Autograde
from nbgrader.preprocessors import AssignLatePenalties
from sqlalchemy.exc import SQLAlchemyError
from traitlets import TraitError
from traitlets.config.loader import ConfigError

from autograder.lms.refusal import Refused

# Takes the student, a notebook's points and the seconds that it is late; returns what that costs.
Policy = Callable[[str, float, float], float | None]


def converter(course: Path, assignment: str) -> Autograde:
    """Return nbgrader's `Autograde`, configured as for `nbgrader autograde`. The current folder must be the course's.

    Raises:
        Refused: if the course's configuration cannot be used.
    """
    app = AutogradeApp()
    app.log_level = logging.ERROR
    try:
        app.initialize(["--log-level=ERROR", assignment], root=str(course))
        app.coursedir.assignment_id = assignment
        return Autograde(coursedir=app.coursedir, parent=app)
    except (SystemExit, ConfigError, TraitError) as problem:
        raise Refused(f"nbgrader_config.py cannot be used: {problem}") from problem


def policy_of(configured: Autograde) -> Policy | None:
    """Return the course's policy for late submissions; None if it has none."""
    for step in configured.autograde_preprocessors:
        if isinstance(step, type) and issubclass(step, AssignLatePenalties):
            made = step(parent=configured)
            made.init_plugin()
            policy: Policy = made.plugin_inst.late_submission_penalty
            return policy
    return None


def settle(submission: Any, notebook: Any, policy: Policy | None) -> bool:  # noqa: ANN401 - SQLAlchemy's
    """Take off what lateness costs at the notebook's points, as `nbgrader autograde` does; return whether it changed.

    Where the policy takes nothing, what somebody may have taken off otherwise stays.

    Args:
        submission: a student's row of the gradebook.
        notebook: one of its notebooks.
        policy: the course's.
    """
    if policy is None or submission.total_seconds_late <= 0:
        return False
    cost = policy(submission.student.id, notebook.score, submission.total_seconds_late)
    if cost is None:
        return False
    before, after = notebook.late_submission_penalty, min(max(0.0, cost), notebook.score)
    notebook.late_submission_penalty = after
    return bool((before or 0) != after)


def settle_class(course: Path, assignment: str) -> list[str]:
    """Bring what lateness costs in step with the points that there are now.

    nbgrader works it out when it autogrades, and not again when somebody gives points by hand afterwards.

    Returns:
        The students for whom it changed; the gradebook holds it.

    Raises:
        Refused: if the configuration or the gradebook cannot be used.
    """
    gradebook = course / "gradebook.db"
    if not gradebook.exists():
        return []
    try:
        with Gradebook(f"sqlite:///{gradebook}") as book:
            late = [one for one in book.assignment_submissions(assignment) if one.total_seconds_late > 0]
            if not late:
                return []
            with contextlib.chdir(course):
                policy = policy_of(converter(course, assignment))
            changed = [one for one in late if sum(settle(one, notebook, policy) for notebook in one.notebooks)]
            book.db.commit()
            return sorted(one.student.id for one in changed)
    except MissingEntry:
        return []
    except SQLAlchemyError as problem:
        raise Refused(f"{gradebook} cannot be used: {problem}") from problem
