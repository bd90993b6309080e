"""The process beside each kernel that holds its limits, and ends it with all that it started."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import subprocess
import tarfile
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from . import landlock, limits, linux, walls, wire

_OUT_OF_MEMORY = 71  # how a process ends that was refused memory
_POLL_SECONDS, _DISK_SECONDS, _KILL_SECONDS = 0.1, 0.5, 5.0


@dataclass(frozen=True)
class Charge:
    """One forked process to run and to watch.

    Attributes:
        limit: what it may use up.
        inner: whether to put up the inner walls.
        scratch: without inner walls, the folder that it may write to.
        readable: without outer walls, what it may read.
        walled: whether to put up any walls at all.
        devices: those of a GPU, if it may be used.
    """

    limit: limits.Limits
    inner: bool
    scratch: str
    readable: tuple[str, ...]
    walled: bool = True
    devices: tuple[str, ...] = ()

    @property
    def home(self) -> Path:
        """The folder in which the notebook runs."""
        return walls.HOME if self.inner else Path(self.scratch)


def watch(
    charge: Charge,
    line: socket.socket,
    files: int,
    prepare: Callable[[], Callable[[], Any]],
    only_theirs: Sequence[int] = (),
) -> NoReturn:
    """Fork a process for foreign code, and stay until it ends, oversteps a limit, or nobody listens any more.

    Over `line` come `{"interrupt": …}` and, when it closes, the end; over it goes how it ended.

    Args:
        charge: the limits and walls.
        line: the line to the grader.
        files: an open tar archive with the submission's files.
        prepare: called behind the walls; returns what then runs there, when the line is out of reach.
        only_theirs: open files that only what runs there is to hold; so they close when it ends.
    """
    with contextlib.suppress(OSError):
        try:
            linux.prctl(linux.PR_SET_CHILD_SUBREAPER, 1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            if charge.inner:
                linux.prctl(linux.PR_SET_PDEATHSIG, signal.SIGKILL)  # the kernel's process namespace ends with it
                walls.put_up_inner(charge.limit, given=os.fstat(files).st_size)
            else:
                charge.home.mkdir(mode=0o700, exist_ok=True)
            _unpack(files, charge.home)
            signals_stay_in = charge.walled and not charge.inner and landlock.keep_signals_in()
            child = os.fork()
            if child == 0:
                _become(charge, line, prepare)
            for file in only_theirs:
                os.close(file)
            wire.send(line, {"started": True})
            wire.send(line, {"ended": _follow(child, charge, line, signals_stay_in=signals_stay_in)})
        except Exception:  # noqa: BLE001 - whatever it is, the grader has to hear of it
            wire.send(line, {"failed": traceback.format_exc(limit=-3)})
    os._exit(0)


def _become(charge: Charge, line: socket.socket, prepare: Callable[[], Callable[[], Any]]) -> NoReturn:
    """Turn this fresh fork into the process that runs foreign code."""
    try:
        nowhere = os.open(os.devnull, os.O_RDWR)
        for standard in (0, 1, 2):
            os.dup2(nowhere, standard)
        os.close(nowhere)
        home = str(charge.home)
        os.environ.update(HOME=home, IPYTHONDIR=f"{home}/.ipython", MPLCONFIGDIR=f"{home}/.matplotlib")
        os.chdir(home)
        if charge.walled:
            scratch = walls.scratch_folders() if charge.inner else [charge.home]
            os.environ["TMPDIR"] = "/tmp" if Path("/tmp") in scratch else home  # noqa: S108
            walls.lock_in(
                charge.limit, inner=charge.inner, scratch=scratch, readable=charge.readable, devices=charge.devices
            )
        else:
            os.setsid()
            linux.prctl(linux.PR_SET_PDEATHSIG, signal.SIGKILL)
            limits.apply(charge.limit, own_user=False, gpu=bool(charge.devices))
        run = prepare()
    except BaseException:  # noqa: BLE001 - the fork must not run on as a copy of its parent
        with contextlib.suppress(OSError):
            wire.send(line, {"failed": traceback.format_exc(limit=-4)})
        os._exit(1)
    line.close()
    with contextlib.suppress(BaseException):
        try:
            run()
        except MemoryError:  # a cell's own is an error like others; this is the kernel's, which cannot go on
            os._exit(_OUT_OF_MEMORY)
    os._exit(0)


def _unpack(files: int, home: Path) -> None:
    if not os.fstat(files).st_size:
        os.close(files)
        return
    with os.fdopen(files, "rb") as stream, tarfile.open(fileobj=stream) as archive:
        archive.extractall(home, filter="data")


def _follow(child: int, charge: Charge, line: socket.socket, *, signals_stay_in: bool) -> str:
    """Wait for the end of a process, and return why it ended: "" if by itself."""
    try:
        reason = _wait(child, charge, line)
    finally:
        if charge.inner:
            _end_namespace(child)
        _end_all(child, signals_stay_in=signals_stay_in)
        if not charge.inner:
            # Not Python's own way, which folders in folders in folders are too much for.
            subprocess.run(["rm", "-rf", "--", charge.home], check=False)  # noqa: S607
    _, status, used = os.wait4(child, 0)
    if not reason and os.WIFSIGNALED(status):
        # The first process of a process namespace is not ended by the limit's own signal, but by the one that follows.
        by = os.WTERMSIG(status)
        spent = used.ru_utime + used.ru_stime >= charge.limit.cpu_seconds
        over = by == signal.SIGXCPU or (by == signal.SIGKILL and spent)
        reason = "cpu_seconds" if over else f"signal {signal.Signals(by).name}"
    if not reason and os.WIFEXITED(status) and os.WEXITSTATUS(status) == _OUT_OF_MEMORY:
        reason = "memory_mib"
    return reason


def _wait(child: int, charge: Charge, line: socket.socket) -> str:
    """Wait until a process has ended, or is to be ended; then return why."""
    end, parent = time.monotonic() + charge.limit.wall_seconds, os.getppid()
    gone = os.pidfd_open(child)
    waiting = select.poll()
    waiting.register(gone, select.POLLIN)
    waiting.register(line, select.POLLIN)
    overstepped = _Overstepped(child, charge)
    while True:
        ready = {descriptor for descriptor, _ in waiting.poll(_POLL_SECONDS * 1000)}
        if gone in ready:
            return ""
        if line.fileno() in ready:
            message, _ = wire.receive(line)
            if message is None:
                return "released"
            if "interrupt" in message:
                os.kill(child, signal.SIGINT)
        elif os.getppid() != parent:
            return "released"
        elif time.monotonic() > end:
            return "wall_seconds"
        elif reason := overstepped():
            return reason


class _Overstepped:
    """Looks whether a limit is overstepped that the kernel does not watch over itself."""

    def __init__(self, child: int, charge: Charge) -> None:
        self._charge = charge
        self._memory_before = limits.resident_of([child])
        self._disk_before = 0.0 if charge.inner else limits.disk_of(charge.home)
        self._look_at_disk = time.monotonic() + _DISK_SECONDS

    def __call__(self) -> str:
        """Return the limit's name; "" for none."""
        limit = self._charge.limit
        # Also those that have cut loose: they come back to their watcher.
        family = limits.family(os.getpid(), limit.processes + 1)[1:]
        if len(family) > limit.processes or limits.threads_of(family) > limit.processes:
            return "processes"
        memory = limit.memory_mib * 2**20
        if limits.resident_of(family) - self._memory_before > memory and limits.memory_of(family) > memory:
            return "memory_mib"
        if not self._charge.inner and time.monotonic() > self._look_at_disk:
            self._look_at_disk = time.monotonic() + _DISK_SECONDS
            disk = self._disk_before + limit.disk_mib * 2**20
            if limits.disk_of(self._charge.home, disk) > disk:
                return "disk_mib"
        return ""


def _end_namespace(child: int) -> None:
    """Kill the first process of a process namespace, and wait: Linux ends all others before it."""
    gone = os.pidfd_open(child)
    with contextlib.suppress(ProcessLookupError):
        signal.pidfd_send_signal(gone, signal.SIGKILL)
    select.select([gone], [], [], _KILL_SECONDS)
    os.close(gone)


def _end_all(child: int, *, signals_stay_in: bool) -> None:
    """Kill a process and all its descendants, also those that have cut loose: they come back to their watcher."""
    everybody = -1
    while left := [process for process in limits.family(os.getpid())[1:] if not _is_over(process)]:
        # All at once, where nobody else can be hit: no fork is fast enough to slip away.
        for process in [everybody] if signals_stay_in and not _can_signal(os.getppid()) else left:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(process, signal.SIGKILL)
        _reap_orphans(child)
        time.sleep(0.001)


def _can_signal(process: int) -> bool:
    try:
        os.kill(process, 0)
    except OSError as problem:
        return not isinstance(problem, PermissionError)
    return True


def _reap_orphans(child: int) -> None:
    """Take note of the end of those who came back; the end of `child` itself is taken note of by its follower."""
    for process in limits.family(os.getpid())[1:]:
        if process != child:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(process, os.WNOHANG)


def _is_over(process: int) -> bool:
    try:
        about = Path(f"/proc/{process}/stat").read_bytes()
    except OSError:
        return True
    # A first thread that has ended waits for the others.
    return about.rpartition(b")")[2].split()[0] in b"ZX" and limits.threads_of([process]) <= 1
