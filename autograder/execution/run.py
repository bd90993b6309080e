"""One run of `nbgrader autograde` over an assignment: what is to be graded, executed ahead, and graded to the end."""

from __future__ import annotations

import contextlib
import gc
import signal
import threading
import time
import weakref
from collections import deque
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

from filelock import FileLock, Timeout
from nbgrader.converters.base import NbGraderException

from autograder.execution import masters, progress, report, workers
from autograder.execution.gradebooks import one_engine
from autograder.execution.intake import Submission, take_stock
from autograder.execution.job import Executed
from autograder.execution.notebook import CannotExecute
from autograder.execution.preparing import Preparation, Shaped
from autograder.execution.preprocessors import flag_missing
from autograder.execution.readiness import get_ready
from autograder.execution.settings import Grading
from autograder.execution.store import Record, Store
from autograder.judge.hidden import Judged
from autograder.judge.suspicion import remarks
from autograder.sandbox.levels import NoSandbox
from autograder.sandbox.view import Exposed
from autograder.sandbox.zygote import Unprepared

STATE = ".grading"
# Notebooks for each worker that wait to be executed: enough to keep it busy, few enough to keep in memory.
_AHEAD = 3
_CANNOT = (NoSandbox, Unprepared, Exposed, CannotExecute)


@dataclass
class _Taken:
    """A notebook that has been brought into shape and is being executed."""

    shaped: Shaped
    remarks: list[str]  # for the instructor alone
    result: Future[Executed]


class Run:
    """Grades what needs to be graded of one assignment. nbgrader asks for one notebook at a time; this works ahead."""

    def __init__(self, converter: Any) -> None:  # noqa: ANN401 - nbgrader's `Autograde`
        """Look through the submissions, and leave nbgrader those that are to be graded.

        Raises:
            NbGraderException: if another run is grading the assignment, or notebooks cannot be executed safely.
        """
        # No reference to the converter is kept: its end is what closes a run that did not come to its own.
        self.settings = Grading(config=converter.config)
        self._course = converter.coursedir
        self._assignment: str = self._course.assignment_id
        self._root = Path(self._course.root).resolve()
        self._force = bool(converter.force)
        self.store = Store(self._root / STATE)
        self._masters = masters.read(self._course.db_url, self._assignment)
        if not self._masters:
            a = self._assignment
            raise _refusal(converter, f"The gradebook does not know {a}. First run: nbgrader generate_assignment {a}")
        try:
            self._lock = self._locked()
        except Timeout:
            words = "by another nbgrader autograde or by formgrader. Wait until that is done."
            raise _refusal(converter, f"{self._assignment} is being graded already, {words}") from None
        self._prepare = Preparation(converter, self._masters, self.settings)
        stock = take_stock(converter, self._masters, self.store, list(self._prepare.given))
        self._submissions = stock.submissions
        converter.assignments = {
            str(s.folder): [str(s.folder / f"{name}.ipynb") for name in s.notebooks] for s in self._submissions.values()
        }
        self._taken: dict[tuple[str, str], _Taken] = {}
        self._restore = contextlib.ExitStack()
        self._ahead = deque((s, name) for s in self._submissions.values() for name in s.notebooks)
        self._workers: workers.Workers = workers.LocalWorkers(1)  # idle until it is known what is needed
        self._show = progress.Show(progress.log_of(converter), self._assignment, len(self._submissions))
        for student, problem in stock.refused.items():
            self._show.problem(student, problem)
        exposed = [name for m in self._masters.values() for name in m.without_hidden_test(self._prepare.markers[0])]
        if exposed and self._submissions:
            self._show.say("Decided in the student's own kernel, for want of hidden tests: %s.", ", ".join(exposed))
        if stock.done:
            self._show.say("%d submissions are graded already, and have not changed.", stock.done)
        self._opened = contextlib.ExitStack()
        self._opened.enter_context(one_engine())
        self._conclude_once = weakref.finalize(converter, self._conclude)
        if not self._submissions:
            self._conclude_once()
            return
        try:
            plan = self._prepare.plan
            self._workers = workers.workers(self.settings.count(plan.device), self.settings.scheduler)
            self._stop_at_interrupt()
            ready = get_ready(self._workers, self.settings, plan)
            self._workers, self._prepare.plan = ready.workers, ready.plan
            for words in ready.words:
                self._show.say("%s", words)
        except _CANNOT as problem:
            self._submissions.clear()
            self._conclude_once()
            raise _refusal(converter, str(problem)) from None

    def is_submission(self, path: Path) -> bool:
        """Return whether a path is among the submitted files, rather than among the autograded ones."""
        return any(path.parent == submission.folder for submission in self._submissions.values())

    def take_in(self, student: str, name: str) -> Any:  # noqa: ANN401 - nbformat is not typed
        """Return a submitted notebook in the shape in which it is executed, and have the next ones executed."""
        submission = self._submissions[student]
        if not submission.start:
            submission.start = time.monotonic()
            self.store.forget(self._assignment, student)
        taken = self._take(submission, name)
        self._work_ahead()
        return taken.shaped.notebook

    def taken_in(self, student: str, name: str) -> Any:  # noqa: ANN401
        """Return what `take_in` has returned."""
        return self._taken[student, name].shaped.notebook

    def executed(self, student: str, name: str) -> report.Graded:
        """Wait for a notebook to be executed, and return what came of it.

        Raises:
            NbGraderException: if notebooks cannot be executed, through no fault of the submission.
        """
        taken = self._taken[student, name]
        try:
            executed = taken.result.result()
        except _CANNOT as problem:
            raise NbGraderException(str(problem)) from None
        submission = self._submissions[student]
        submission.isolation = executed.isolation
        verdict = [words for words in (executed.verdict, executed.hung) if words]
        found = [problem for judged in executed.judged for problem in filter(None, [judged.fault, *judged.flags])]
        shaped = taken.shaped
        submission.problems += [
            f"{name}: {problem}" for problem in [*shaped.problems, *verdict, *found, *taken.remarks]
        ]
        submission.seconds[name] = executed.seconds
        submission.verdicts[name] = [judged.to_json() for judged in executed.judged]
        submission.repaired += [f"{name}: {done}" for done in shaped.repaired]
        return report.Graded(executed, [*submission.arrival.repaired, *shaped.repaired], shaped.problems)

    def judged(self, student: str, name: str) -> list[Judged]:
        """Return what the judge found in a notebook that has been executed."""
        return self._taken[student, name].result.result().judged

    def saved(self, student: str, name: str) -> None:
        """Note that a notebook's points are in the gradebook; with the last one, the submission is graded."""
        del self._taken[student, name]
        submission = self._submissions[student]
        submission.left.remove(name)
        if submission.left:
            return
        if self._course.notebook_id == "*":
            if missing := set(self._masters) - set(submission.notebooks):
                flag_missing(self._course.db_url, self._assignment, student, missing)
            record = Record(
                submission.arrival.digest,
                submission.problems,
                submission.repaired,
                submission.isolation,
                submission.verdicts,
                submission.seconds,
            )
            self.store.keep_record(self._assignment, student, record)
        seconds = time.monotonic() - submission.start
        self._show.student(student, len(submission.notebooks), seconds, submission.problems)
        del self._submissions[student]
        if not self._submissions:
            self._conclude_once()

    # --- Working ahead --------------------------------------------------------------------------------------------

    def _work_ahead(self) -> None:
        """Keep the workers supplied with the notebooks that nbgrader will ask for next."""
        waiting = sum(not taken.result.done() for taken in self._taken.values())
        most = _AHEAD * self._workers.count
        while self._ahead and waiting < most and len(self._taken) < 2 * most:
            submission, name = self._ahead.popleft()
            if submission.student in self._submissions and name in submission.left:
                # What fails here fails again when its turn comes, and is that student's alone.
                with contextlib.suppress(Exception):
                    waiting += not self._take(submission, name).result.done()

    def _take(self, submission: Submission, name: str) -> _Taken:
        """Bring a notebook into shape and have it executed, unless that has been done."""
        place = submission.student, name
        if place not in self._taken:
            shaped = self._prepare.shaped(submission.student, name, submission.arrival)
            job = self._prepare.job(submission.student, name, submission.arrival, shaped)
            key = job.key() if self.settings.cache else ""
            known = self.store.result(key) if key and not self._force else None
            result = _settled(known) if known else self._workers.submit(job)
            if key and not known:
                result.add_done_callback(partial(self._keep, key))
            own = self._masters[name].own_work(shaped.notebook)
            seen = [f"{whose}, {remark}" for whose, source in own for remark in remarks(source)]
            self._taken[place] = _Taken(shaped, seen, result)
        return self._taken[place]

    def _keep(self, key: str, result: Future[Executed]) -> None:
        """Keep a result as soon as it is there: should the grader be killed, it need not be executed again."""
        if not result.cancelled() and not result.exception() and result.result().steady:
            self.store.keep_result(key, result.result())

    # --- Before and after -----------------------------------------------------------------------------------------

    def _locked(self) -> FileLock:
        lock = self.store.lock(self._assignment)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            gc.collect()  # formgrader may still hold on to a run that broke off
            lock.acquire(timeout=0)
        return lock

    def _stop_at_interrupt(self) -> None:
        """Have Ctrl-C end what the workers are doing, too: Python would wait for it before it ends."""
        if threading.current_thread() is not threading.main_thread() or not isinstance(
            self._workers, workers.LocalWorkers
        ):
            return
        before = signal.getsignal(signal.SIGINT)

        def stop(number: int, frame: FrameType | None) -> None:
            if isinstance(self._workers, workers.LocalWorkers):
                self._workers.stop()
            signal.signal(signal.SIGINT, before)
            (before if callable(before) else signal.default_int_handler)(number, frame)

        signal.signal(signal.SIGINT, stop)
        self._restore.callback(signal.signal, signal.SIGINT, before)

    def _conclude(self) -> None:
        """Sum up, and let others grade."""
        for taken in self._taken.values():
            taken.result.cancel()
        workers.leave(self._workers)
        if threading.current_thread() is threading.main_thread():
            self._restore.close()
        self._opened.close()
        self._show.end(self._assignment, left=list(self._submissions))
        self._lock.release()


def _refusal(converter: Any, words: str) -> NbGraderException:  # noqa: ANN401
    """Say why nothing is graded; nbgrader itself ends on this exception without a word."""
    converter.log.error(words)
    return NbGraderException(words)


def _settled(executed: Executed) -> Future[Executed]:
    done: Future[Executed] = Future()
    done.set_result(executed)
    return done
