"""Executing many notebooks at a time: in processes on this machine, or on the workers of a Dask cluster.

A process that dies takes one notebook with it, which is tried again elsewhere; if it dies again, the notebook is what
kills it, and gets a verdict.
"""

from __future__ import annotations

import atexit
import contextlib
import multiprocessing
import os
import select
import signal
import socket
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.util import Finalize
from typing import TypeVar

from autograder.execution import notebook
from autograder.execution.job import Executed, Job
from autograder.sandbox import provisioner
from autograder.sandbox.plan import Plan

_ATTEMPTS = 2
_GAVE_UP = "The cluster gave up its work: has its scheduler gone?"
_OF_ALL = ("autograder.execution.preloading", notebook.__name__)
# Where notebooks need torch, so do the hidden tests that are compared with it.
_TORCH = "torch"
_OF_THE_JUDGE = (
    "sympy",
    *(
        f"autograder.judge.{name}"
        for name in ("reference", "exact_reference", "on_paper", "growth", "diagnosis", "first_wrong")
    ),
)

_Given = TypeVar("_Given")
_Result = TypeVar("_Result")
_CONNECT_SECONDS = 20
_LOCAL: dict[tuple[int, int], LocalWorkers] = {}


class LocalWorkers:
    """Processes on this machine, which share one warm process, and stay for the next run.

    A thread each waits for one process; so when a process dies, everybody knows which notebook it had.
    """

    def __init__(self, count: int) -> None:
        """Make room for `count` processes; each starts when it first has something to do."""
        self.count = count
        self._threads = ThreadPoolExecutor(count, thread_name_prefix="grading")
        self._mine = threading.local()
        self._processes: dict[ProcessPoolExecutor, int] = {}  # with the number that the system gives each
        self._stopped = False
        self._preloaded: tuple[str, ...] = _OF_ALL

    def submit(self, job: Job) -> Future[Executed]:
        """Execute a notebook as soon as a process is free."""
        return self._threads.submit(self._run, job)

    def close(self) -> None:
        """End the processes, and whatever they have running."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        for process in self._processes:
            process.shutdown(wait=False, cancel_futures=True)

    def stop(self) -> None:
        """End the processes now, in the middle of what they do; there will be no others."""
        self._stopped = True
        for key in [key for key, value in _LOCAL.items() if value is self]:
            del _LOCAL[key]
        for number in self._processes.values():
            with contextlib.suppress(ProcessLookupError):
                os.kill(number, signal.SIGTERM)

    def isolation(self, plan: Plan) -> str:
        """Get warm behind walls that are tried, and return how strong they are, in words.

        Raises:
            NoSandbox: if there are none to be had.
            Unprepared: if what kernels are to import fails.
        """
        if _TORCH in plan.imports:
            # What hidden tests compare with is imported once, before the processes are forked.
            self._preloaded = (*_OF_ALL, *_OF_THE_JUDGE)
        for _ in range(self.count):  # they start meanwhile
            self._threads.submit(self._process)
        return isolation_of(plan)

    def device(self, plan: Plan) -> tuple[str, str]:
        """Return what the plan's device is called, or why kernels cannot use it; see `Line.try_device`."""
        return device_of(plan)

    def _run(self, job: Job) -> Executed:
        for _ in range(_ATTEMPTS):
            with contextlib.suppress(BrokenProcessPool):
                self._share(job.plan)
                return self._call(notebook.execute, job)
        return lost(job)

    def _share(self, plan: Plan) -> None:
        """Give this thread's process a line to the warm process, if it has none yet.

        Raises:
            BrokenProcessPool: if either process dies.
            NoSandbox: if there is no warm process any more, and none to be had.
        """
        source = provisioner.warm(plan)
        if getattr(self._mine, "source", None) is source:
            return
        try:
            line = source.another()
        except OSError as error:
            raise BrokenProcessPool(str(error)) from None
        with contextlib.closing(line):  # the process gets a copy of its own
            self._call(provisioner.share, line)
        self._mine.source = source

    def _call(self, function: Callable[[_Given], _Result], given: _Given) -> _Result:
        """Call a function in this thread's process.

        Raises:
            BrokenProcessPool: if the process dies; the next call starts another one.
        """
        process = self._process()
        try:
            return process.submit(function, given).result()
        except BrokenProcessPool:
            self._processes.pop(process, None)  # its number may be another's by now
            self._mine.process = self._mine.source = None
            raise

    def _process(self) -> ProcessPoolExecutor:
        """Return this thread's process; start it, if there is none.

        Raises:
            BrokenProcessPool: if there are to be no others, or it does not start.
        """
        if self._stopped:
            raise BrokenProcessPool("The run was stopped.")
        process: ProcessPoolExecutor | None = getattr(self._mine, "process", None)
        if process is None:
            context = multiprocessing.get_context("forkserver")
            context.set_forkserver_preload(list(self._preloaded))
            process = ProcessPoolExecutor(1, context, initializer=_end_with, initargs=(os.getpid(),))
            self._mine.process = process
            self._processes[process] = process.submit(os.getpid).result()
        return process


class DaskWorkers:
    """The workers of a Dask cluster. Notebooks and results travel; nothing else does."""

    def __init__(self, scheduler: str) -> None:
        """Connect to a scheduler, such as `tcp://host:8786`.

        Raises:
            CannotExecute: if Dask is not installed, or nothing answers there.
        """
        try:
            from distributed import Client  # noqa: PLC0415 - only where a cluster is asked for
            from distributed.comm.addressing import parse_address, parse_host_port  # noqa: PLC0415
        except ImportError:
            raise notebook.CannotExecute(
                "To execute on a cluster, install Dask: pip install 'backprop-course-autograder[cluster]'"
            ) from None
        try:
            # Asked first, as a client that fails to connect stays half made, and can block the next one as it goes.
            socket.create_connection(parse_host_port(parse_address(scheduler)[1]), timeout=_CONNECT_SECONDS).close()
            self._client = Client(scheduler, timeout=_CONNECT_SECONDS, set_as_default=False)
        except (OSError, ValueError) as problem:
            raise notebook.CannotExecute(f"No Dask scheduler answers at {scheduler}: {problem}") from None
        self._count = 1
        self._executor: Executor = self._client.get_executor(pure=False, retries=_ATTEMPTS)

    @property
    def count(self) -> int:
        """How many notebooks can be executed at a time, as of now, or as was last known; at least one."""
        with contextlib.suppress(OSError):  # gone; the notebooks that wait for it say so
            threads: dict[str, int] = self._client.nthreads()
            self._count = max(1, sum(threads.values()))
        return self._count

    def submit(self, job: Job) -> Future[Executed]:
        """Execute a notebook as soon as a worker is free."""
        try:
            done: Future[Executed] = self._executor.submit(execute_remotely, job)
        except (OSError, RuntimeError):
            done = Future()
            done.cancel()
        return _in_words(done, job)

    def isolation(self, plan: Plan) -> str:
        """Have a worker put up walls and try them, and return how strong they are, in words.

        Raises:
            NoSandbox: if there are none to be had.
            Unprepared: if what kernels are to import fails.
        """
        return str(self._executor.submit(isolation_of, plan).result())

    def device(self, plan: Plan) -> tuple[str, str]:
        """Have a worker try the plan's device; see `Line.try_device`. The others are taken to have the same."""
        name, lack = self._executor.submit(device_of, plan).result()
        return str(name), str(lack)

    def close(self) -> None:
        """Leave the cluster; it goes on without us."""
        self._client.close()


Workers = LocalWorkers | DaskWorkers


def workers(count: int, scheduler: str) -> Workers:
    """Return where to execute: a cluster, if one is named, or processes on this machine, kept for later runs."""
    if scheduler:
        return DaskWorkers(scheduler)
    here = (os.getpid(), count)
    if here not in _LOCAL:
        while _LOCAL:
            _LOCAL.popitem()[1].close()
        _LOCAL[here] = LocalWorkers(count)
    return _LOCAL[here]


def leave(used: Workers) -> None:
    """Say that a run needs its workers no more. Those on this machine stay for the next one, those of a cluster not."""
    if isinstance(used, DaskWorkers):
        used.close()


def isolation_of(plan: Plan) -> str:
    """Return how strong the walls are where this runs."""
    return provisioner.warm(plan).level.words


def device_of(plan: Plan) -> tuple[str, str]:
    """Try the plan's device where this runs; the warm process of a device that cannot be used ends."""
    name, lack = provisioner.warm(plan).try_device(plan.device)
    if lack:
        provisioner.drop(plan)
    return name, lack


def execute_remotely(job: Job) -> Executed:
    """Execute a notebook on a worker of a cluster, if that has the same versions and code as the grader.

    Raises:
        CannotExecute: if it has not.
    """
    from autograder.execution.settings import fingerprint  # noqa: PLC0415 - it imports what the grader itself needs

    if fingerprint() != job.fingerprint:
        raise notebook.CannotExecute(
            "This worker has other versions of the course or of its packages than the grader. "
            "Install the same commit and constraints.txt on both."
        )
    return notebook.execute(job)


def lost(job: Job) -> Executed:
    """Return a verdict on a notebook that no process survived."""
    words = f"The process that executed the notebook died {_ATTEMPTS} times, perhaps for want of memory."
    return notebook.not_executed(job, words)


def _in_words(done: Future[Executed], job: Job) -> Future[Executed]:
    """Turn a cluster's own words for workers that died into a verdict."""
    told: Future[Executed] = Future()

    def tell(_: object) -> None:
        problem = None if done.cancelled() else done.exception()
        if done.cancelled() or isinstance(problem, OSError):
            told.set_exception(notebook.CannotExecute(_GAVE_UP))
            return
        if problem is None:
            told.set_result(done.result())
        elif type(problem).__name__ == "KilledWorker":
            told.set_result(lost(job))
        else:
            told.set_exception(problem)

    done.add_done_callback(tell)
    return told


def _end_with(grader: int) -> None:
    """End this process, and what it has warm, when the grader ends in any way; Ctrl-C is the grader's to answer."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: _end_now())
    # Such a process does not come to what `atexit` would call.
    Finalize(None, provisioner.cool_down, exitpriority=1)

    def wait() -> None:
        with contextlib.suppress(OSError):
            select.select([os.pidfd_open(grader)], [], [])
        _end_now()

    threading.Thread(target=wait, daemon=True).start()


def _end_now() -> None:
    with contextlib.suppress(Exception):
        provisioner.cool_down(clear=True)
    os._exit(1)


@atexit.register
def _close_all() -> None:
    for local in _LOCAL.values():
        local.close()
    provisioner.cool_down()
