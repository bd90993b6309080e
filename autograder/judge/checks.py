"""Checks of a student's engine. Those of one part of a test are asked together, since each question takes its time."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from autograder.judge.description import operand_indices, short_formula
from autograder.judge.engine import Failed
from autograder.judge.evidence import Evidence
from autograder.judge.session import Knowledge, Session
from course_lib.described import Outcome, Task

# So many failures are looked into for a mistake that is not known yet; what they do not show, more of them hardly will.
_MOST_SEARCHES = 8
# What a task showed is kept to tell mistakes apart later; of large graphs it would take much memory.
_MOST_STEPS_KEPT = 100

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Check:
    """A task for the student's engine, and how to judge what comes of it.

    Attributes:
        session: whom to ask.
        task: what to run.
        compare: raises `Failed` if an outcome is not right.
    """

    session: Session
    task: Task
    compare: Callable[[Outcome], None]

    def judge(self, came: Outcome | Failed) -> None:
        """Compare what came. If something is wrong, say which mistake it is, if it is a known one.

        Raises:
            Failed: with the hint for that mistake.
        """
        task, known = self.task, self.session.known
        evidence = None
        try:
            if isinstance(came, Failed):
                known.hangs += came.hung
                raise came
            evidence = Evidence.of(task, came)
            self.compare(came)
            if words := _waste(task, came):
                self.session.found.notes.append(words)
        except Failed as failure:
            if failure.raised:
                evidence = Evidence.of(task, raised=failure.raised)
            if evidence is not None:
                _name(failure, evidence, known)
            raise
        finally:
            if evidence is not None and len(task.steps) <= _MOST_STEPS_KEPT:
                known.evidence.append(evidence)


_noted: ContextVar[list[Check] | None] = ContextVar("noted", default=None)


def carry_out(check: Check) -> None:
    """Ask the student's engine and judge what comes; within a block of checks that are asked together, later.

    Where the engine has hung before, it is asked at once: behind a value that is wrong, nobody has to wait for more.

    Raises:
        Failed: if something is wrong.
    """
    noted = _noted.get()
    if noted is None or check.session.known.hung:
        _carry_out([check])
        return
    if noted and noted[0].session is not check.session:
        settle()
    noted.append(check)


@contextmanager
def together() -> Iterator[None]:
    """Within this block, checks are noted, and asked together: at its end, or before anything else is asked.

    What fails first in the order in which it is written is what fails.
    """
    token = _noted.set([])
    try:
        try:
            yield
        except Exception:
            settle()  # if one of these fails, the block would not have come as far as its error
            raise
        settle()
    finally:
        _noted.reset(token)


def settle() -> None:
    """Carry out the checks that are noted, if there are any.

    Raises:
        Failed: if something is wrong.
    """
    noted = _noted.get()
    if noted:
        checks = noted.copy()
        noted.clear()
        _carry_out(checks)


def _carry_out(checks: list[Check]) -> None:
    """Run the tasks of checks, all of one session, and judge what came of each in order, up to the first that fails."""
    session, tasks = checks[0].session, [check.task for check in checks]
    came = session.asking(lambda engine: engine.run_all(tasks))
    session.known.hung |= isinstance(came[-1], Failed) and came[-1].hung
    for check, outcome in zip(checks, came, strict=True):
        check.judge(outcome)


def _waste(task: Task, outcome: Outcome) -> str:
    """Say that a walk which came out right visits nodes again and again; empty if it does not.

    An order that asks each node's consumers may call a node once for each edge; more than that grows without bound.
    """
    calls = outcome.trace.kinds.count("b")
    if calls <= task.times * len(task.steps):
        return ""
    edges = sum(len(operand_indices(step)) for step in task.steps)
    most = task.times * (len(task.steps) + edges)
    if calls <= most:
        return ""
    return f"Right, but backward() was called {calls} times in a graph of {len(task.steps)} nodes. Is once each enough?"


def _name(failure: Failed, evidence: Evidence, known: Knowledge) -> None:
    """Put into a failure the mistake that explains it, and its hint; or else the truth about the first wrong node."""
    from autograder.judge.diagnosis import explain  # noqa: PLC0415 - it needs torch, which takes seconds to import

    try:
        known.searches += 1
        found = explain(evidence, known.evidence, known.mistakes, search=known.searches <= _MOST_SEARCHES)
    except Exception:  # noqa: BLE001 - points do not hang on it
        _log.exception("A mistake could not be explained.")
        return
    if found is not None:
        failure.hint, failure.mistake = found.hint, found.mistake
        known.mistakes |= {found.mistake} - {""}
        if not found.mistake and not failure.raised:
            failure.args = (f"For {short_formula(evidence.steps, len(evidence.steps) - 1)}: {found.words}",)
