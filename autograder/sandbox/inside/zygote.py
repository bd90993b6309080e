"""A process that has imported what notebooks need, once, and forks a kernel whenever it is asked to.

It never runs a student's code. It has one thread, and computes nothing in parallel before a fork: a fork inherits the
locks of threads that it does not have.
"""

from __future__ import annotations

import contextlib
import fcntl
import gc
import importlib
import json
import os
import select
import signal
import socket
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from . import canaries, gpu, landlock, limits, linux, walls, watcher, wire

_MOST_WORDS = 4000
_STRAY_SECONDS = 1.0
CHANNELS = ("shell", "iopub", "stdin", "control", "hb")


def serve(line: socket.socket, settings: dict[str, Any]) -> None:
    """Import, warm up, and fork on demand until the other end of the line closes.

    Args:
        line: where requests come from; one of them may be for a further line, where requests come from as well.
        settings: `imports` (modules), `warm_up` (code), `rehearsal` (cells), `inner`, `walled`, `scratch`, `readable`,
            `device`, `devices`.
    """
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # forks are not waited for, and leave nothing behind
    linux.prctl(linux.PR_SET_CHILD_SUBREAPER, 1)
    try:
        with _ending_with(line):
            _make_warm(settings)
    except Exception as error:  # noqa: BLE001 - whatever keeps it from getting warm, the grader has to hear of it
        wire.send(line, {"unprepared": "".join(traceback.format_exception(error)[-3:])[-_MOST_WORDS:]})
        return
    gc.collect()
    gc.freeze()  # what lives now lives on; a collection in a fork must not touch, and so copy, all of it
    linux.gather_memory()
    wire.send(line, {"ready": True, "landlock": landlock.version()})
    watchers: set[int] = set()
    lines = [line]
    while True:
        asking = select.select(lines, [], [], _STRAY_SECONDS)[0]
        if not asking:
            _end_strays(watchers)
        for one in asking:
            request, files = wire.receive(one)
            if request is None:
                if one is line:
                    return
                lines.remove(one)
                one.close()
            elif "line" in request:
                lines.append(socket.socket(fileno=files[0]))
            else:
                watchers.add(_forked(request, files, settings, lines))


def _forked(request: dict[str, Any], files: list[int], settings: dict[str, Any], lines: list[socket.socket]) -> int:
    """Fork a watcher, which has none of the lines on which forks can be asked for, and return its number."""
    forked = os.fork()
    if forked == 0:
        for line in lines:
            line.close()
        _fork(request, files, settings)
    for file in files:
        os.close(file)
    return forked


def _end_strays(watchers: set[int]) -> None:
    """End what has come to this process since its watcher is no more, if somebody has killed that."""
    mine = set(limits.children(os.getpid()))
    watchers &= mine
    for stray in mine - watchers:
        for process in limits.family(stray):
            with contextlib.suppress(OSError):
                os.kill(process, signal.SIGKILL)


@contextlib.contextmanager
def _ending_with(line: socket.socket) -> Iterator[None]:
    """Within this block, which takes seconds, end at once if the other end of the line does.

    The system sends SIGIO when anything happens on the line; nothing is said on it meanwhile.
    """
    signal.signal(signal.SIGIO, lambda *_: os._exit(1))
    fcntl.fcntl(line, fcntl.F_SETOWN, os.getpid())
    flags = fcntl.fcntl(line, fcntl.F_GETFL)
    fcntl.fcntl(line, fcntl.F_SETFL, flags | os.O_ASYNC)
    if select.select([line], [], [], 0)[0]:  # it has ended already
        os._exit(1)
    try:
        yield
    finally:
        fcntl.fcntl(line, fcntl.F_SETFL, flags)
        signal.signal(signal.SIGIO, signal.SIG_DFL)


def _make_warm(settings: dict[str, Any]) -> None:
    # ipykernel takes a debugger along if there is one, for a tenth of a second in each kernel.
    sys.modules["debugpy"] = None  # type: ignore[assignment]
    for name in settings["imports"]:
        importlib.import_module(name)
    for code in settings["warm_up"]:
        exec(code, {})  # noqa: S102 - the instructor's own, from the configuration
    if settings["rehearsal"]:
        for name in _rehearse(settings["rehearsal"]):
            # Some modules load only where they were first asked for; they can wait until they are again.
            with contextlib.suppress(Exception):
                importlib.import_module(name)
        from . import kernel  # noqa: PLC0415 - it imports ipykernel, which a plan for canaries alone does without

        kernel.prepare(settings["rehearsal"])
    gpu.require_unused()


def _rehearse(cells: list[str]) -> list[str]:
    """Run a kernel's whole life in a fork, and return the modules that it imported."""
    reading, writing = os.pipe()
    if os.fork() == 0:
        with contextlib.suppress(BaseException):
            from . import kernel  # noqa: PLC0415 - see `_fork`

            names = kernel.rehearse(cells, CHANNELS)
            with os.fdopen(writing, "w") as stream:
                json.dump(names, stream)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as stream:
        text = stream.read()
    return list(json.loads(text)) if text else []


def _fork(request: dict[str, Any], files: list[int], settings: dict[str, Any]) -> None:
    """Be the watcher of a new kernel, or of the canaries; does not return."""
    line = socket.socket(fileno=files[0])
    charge = watcher.Charge(
        limits.Limits(**request["limits"]),
        inner=settings["inner"],
        scratch=request.get("scratch", ""),
        readable=tuple(settings["readable"]),
        walled=settings["walled"],
        devices=tuple(settings["devices"]),
    )
    if "canaries" in request:
        report = line.dup()  # the watcher closes its own

        def try_all() -> None:
            outside = json.loads(Path(canaries.OUTSIDE).read_text())
            wire.send(report, {"canaries": canaries.tried(outside)})

        watcher.watch(charge, line, files[1], lambda: try_all)
    if "device" in request:
        answer = line.dup()

        def try_device() -> None:
            wire.send(answer, gpu.tried(request["device"], charge.limit.gpu_memory_mib))

        watcher.watch(charge, line, files[1], lambda: try_device)

    def prepare() -> Callable[[], Any]:
        from . import kernel  # noqa: PLC0415 - imported by now; canaries go without

        if settings["device"] == gpu.CUDA:
            gpu.bound(charge.limit.gpu_memory_mib)
        threads, seed, connection = charge.limit.threads, request.get("seed"), request.get("connection")
        if connection is None:
            return kernel.start_directly(files[2], threads, seed)
        listening = {connection[f"{name}_port"]: fd for name, fd in zip(CHANNELS, files[2:], strict=True)}
        return kernel.start(connection, listening, threads, seed).start

    watcher.watch(charge, line, files[1], prepare, files[2:])


def main() -> None:
    """Be the zygote behind walls that stand already, or put up the outer ones first.

    The command line is the number of the open line; the first message on it brings a file with the settings.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the grader's to answer
    line = socket.socket(fileno=int(sys.argv[1]))
    _, files = wire.receive(line)
    if not files:
        return
    with os.fdopen(files[0], encoding="utf-8") as stream:
        settings = json.load(stream)
    if settings["outer"]:
        try:
            base = Path(settings["base"])
            seen = (tuple(settings[name]) for name in ("shown", "hidden", "devices"))
            walls.put_up_outer(walls.View(*seen), base)
        except OSError as error:
            wire.send(line, {"failed": str(error)})
            return
        inside = os.fork()
        if inside:
            line.close()
            os.waitpid(inside, 0)
            return
        linux.prctl(linux.PR_SET_PDEATHSIG, signal.SIGKILL)
        walls.settle(base)
    serve(line, settings)
