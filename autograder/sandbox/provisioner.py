"""Walled kernels for anything that speaks Jupyter: a kernel provisioner, with the kernelspec `walled`.

The kernelspec's own command starts nothing. So where this package is missing, or no walls can be put up, nothing runs.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import stat
import tempfile
import threading
from functools import partial
from pathlib import Path
from typing import Any, cast

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning.provisioner_base import KernelProvisionerBase
from traitlets import Instance, Integer

from autograder.sandbox import zygote
from autograder.sandbox.inside import wire
from autograder.sandbox.inside.zygote import CHANNELS
from autograder.sandbox.line import Line
from autograder.sandbox.plan import Plan
from autograder.sandbox.turnstile import Turnstile

KERNEL = "walled"
GONE, KILLED = "its warm process has gone", "signal SIGKILL"  # how a kernel may end through no fault of its own
_BACKLOG = 16
_MOST_BYTES_OF_FILES = 100 * 2**20
_MOST_BYTES_BESIDE_OUTPUT = 8 * 2**20

_shared: dict[Plan, Line] = {}
_starting = threading.Lock()


def warm(plan: Plan) -> Line:
    """Return this process's line to a warm process for a plan; start one, behind tried walls, if there is none.

    Raises:
        NoSandbox: if no walls can be put up.
    """
    with _starting:
        found = _shared.get(plan)
        if found is None or not found.running:
            if found is not None:
                found.close()
            found = _shared[plan] = zygote.start(plan)
        return found


def share(line: Line) -> None:
    """Have this process use a warm process that another one has started."""
    with _starting:
        if before := _shared.get(line.plan):
            before.close()
        _shared[line.plan] = line


def drop(plan: Plan) -> None:
    """End this process's warm process for a plan, and all kernels that it has forked."""
    with _starting:
        if line := _shared.pop(plan, None):
            line.close()


def cool_down(*, clear: bool = False) -> None:
    """End this process's warm processes, and all kernels that it has had forked.

    Args:
        clear: remove the files of warm processes that others have started, too, as those may not be there to do it.
    """
    with _starting:
        while _shared:
            line = _shared.popitem()[1]
            line.close()
            if clear:
                line.clear()


class Fork:
    """A forked kernel, at the other end of its watcher's line.

    Attributes:
        ended: why it ended, once it has: "" if by itself.
    """

    def __init__(self, line: socket.socket) -> None:
        """Take over the line."""
        self.ended: str | None = None
        self._line: socket.socket | None = line
        line.setblocking(False)

    def look(self) -> bool:
        """Return whether the kernel runs; if it has ended, `ended` says why."""
        while self.ended is None and self._line is not None:
            try:
                message, _ = wire.receive(self._line)
            except BlockingIOError:
                return True
            except OSError:
                message = None
            if message is None:
                self.ended = self.ended or GONE
            elif "ended" in message or "failed" in message:
                self.ended = message.get("ended", message.get("failed"))
        return False

    def interrupt(self) -> None:
        """Interrupt what the kernel is executing."""
        if self._line is not None:
            with contextlib.suppress(OSError):
                wire.send(self._line, {"interrupt": True})

    def release(self) -> None:
        """Have its watcher end it, and say that this was why, or what else has been."""
        if self._line is not None:
            with contextlib.suppress(OSError):
                self._line.shutdown(socket.SHUT_WR)

    def end(self, reason: str | None = None) -> None:
        """End the kernel, and all that it started, for a reason; from any thread."""
        if self.ended is None:
            self.ended = reason
        if self._line is not None:
            with contextlib.suppress(OSError):
                self._line.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """End the kernel, if it has not, and use the line no more."""
        if self._line is not None:
            self._line.close()
            self._line = None


def most_bytes(plan: Plan) -> int:
    """Return how much a kernel may say: what is printed takes more on the way than its own bytes."""
    return 2 * plan.limits.output_mib * 2**20 + _MOST_BYTES_BESIDE_OUTPUT


class WalledProvisioner(KernelProvisionerBase):
    """Starts a kernel by a fork behind walls, and ends it with all that it started.

    The kernel works in a scratch folder that holds, at first, the regular files of the folder it is started in, but no
    notebooks.
    """

    plan = Instance(Plan, args=(), help="What kernels import, may see, and may use up.").tag(config=True)
    seed = Integer(None, allow_none=True, help="Where random numbers start; None: anywhere.").tag(config=True)

    _fork: Fork | None = None
    _sockets: tempfile.TemporaryDirectory[str] | None = None
    _turnstile: Turnstile | None = None

    @property
    def has_process(self) -> bool:
        """Whether there is a kernel."""
        return self._fork is not None

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:  # noqa: ANN401 - as the base class has it
        """Choose where the kernel's sockets are: in a folder of the grader's own."""
        kwargs = await super().pre_launch(**kwargs)
        self._sockets = tempfile.TemporaryDirectory(prefix="k-")
        manager = self.parent
        manager.transport, manager.ip = "ipc", f"{self._sockets.name}/s"
        for number, channel in enumerate(CHANNELS, 1):
            setattr(manager, f"{channel}_port", number)
        kwargs["cmd"] = []
        return kwargs

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:  # noqa: ANN401, ARG002
        """Fork a kernel.

        Raises:
            NoSandbox: if no walls can be put up.
            OSError: if the warm process has gone.
        """
        source = _shared.get(self.plan)
        if source is None or not source.running:  # it takes seconds to get warm; others may go on meanwhile
            source = await asyncio.get_running_loop().run_in_executor(None, warm, self.plan)
        connection: dict[str, Any] = dict(self.parent.get_connection_info())
        outside = {channel: f"{self.parent.ip}-{connection[f'{channel}_port']}" for channel in CHANNELS}
        listening = {}
        try:
            for channel in CHANNELS:
                listening[channel] = socket.socket(socket.AF_UNIX)
                listening[channel].bind(f"{outside[channel]}-inside")
                listening[channel].listen(_BACKLOG)
            plain = {k: v.decode() if isinstance(v, bytes) else v for k, v in connection.items()}
            files = data_files(Path(kwargs.get("cwd") or "."))
            self._fork = Fork(source.fork(files, sockets=tuple(listening.values()), connection=plain, seed=self.seed))
        finally:
            for opened in listening.values():
                opened.close()
        ways = {path: f"{path}-inside" for path in outside.values()}
        self._turnstile = Turnstile(ways, most_bytes(self.plan), partial(self._fork.end, "output_mib"))
        return cast("KernelConnectionInfo", connection)

    async def poll(self) -> int | None:
        """Return None while the kernel runs, and a number when it has ended."""
        if self._fork is None:
            return 0
        return None if self._fork.look() else int(bool(self._fork.ended))

    async def wait(self) -> int | None:
        """Wait until the kernel has ended."""
        while await self.poll() is None:  # noqa: ASYNC110 - what is waited for is another process
            await asyncio.sleep(0.01)
        return await self.poll()

    async def send_signal(self, signum: int) -> None:
        """Interrupt the kernel, or end it; other signals are not passed on."""
        if self._fork is None:
            return
        if signum == signal.SIGINT:
            self._fork.interrupt()
        elif signum in (signal.SIGTERM, signal.SIGKILL):
            await self.kill()

    async def kill(self, restart: bool = False) -> None:  # noqa: ARG002
        """End the kernel, and all that it started."""
        if self._fork is not None:
            self._fork.close()
            self._fork = None

    async def terminate(self, restart: bool = False) -> None:
        """End the kernel: it has nothing to save."""
        await self.kill(restart)

    async def cleanup(self, restart: bool = False) -> None:  # noqa: ARG002
        """Remove the sockets, and whatever is left."""
        await self.kill()
        if self._turnstile is not None:
            self._turnstile.close()
            self._turnstile = None
        if self._sockets is not None:
            self._sockets.cleanup()
            self._sockets = None


def data_files(folder: Path) -> dict[str, bytes]:
    """Return the regular files in a folder, but for notebooks, links, and what is hidden, by relative name.

    Raises:
        ValueError: if they are more than 100 MiB.
    """
    found: dict[str, bytes] = {}
    size = 0
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith((".", "__pycache__")))
        for path in sorted(Path(place, name) for name in names if not name.startswith(".")):
            # `lstat`, as a link is not followed, and anything else that is not a plain file may never end.
            about = path.lstat()
            if path.suffix == ".ipynb" or not stat.S_ISREG(about.st_mode):
                continue
            size += about.st_size
            if size > _MOST_BYTES_OF_FILES:
                raise ValueError(f"The files in {folder} are more than {_MOST_BYTES_OF_FILES >> 20} MiB.")
            found[path.relative_to(folder).as_posix()] = path.read_bytes()
    return found
