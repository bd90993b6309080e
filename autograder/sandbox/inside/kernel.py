"""A Jupyter kernel in a process that has been forked, with everything imported, from one that is warm.

Most of a kernel is made before the fork, once; what has threads, sockets or secrets is made after it.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import linecache
import logging
import os
import random
import signal
import socket
import sys
import tempfile
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import zmq
from ipykernel.control import ControlThread
from ipykernel.heartbeat import Heartbeat
from ipykernel.iostream import IOPubThread, OutStream
from ipykernel.kernelapp import IPKernelApp
from traitlets.config import Config
from zmq.eventloop.zmqstream import ZMQStream

from . import direct, figures, tracebacks
from .direct import Channel, DirectStream, Publisher, Voice, serve
from .shell import Kernel

_CHANNELS = ("shell", "iopub", "stdin", "hb", "control")


class ForkedKernel(IPKernelApp):
    """IPython's kernel, on sockets that the grader has opened.

    The grader listens, and hands the listening sockets over; so no file and no port of the sandbox is trusted outside,
    and none outside can be seen here.
    """

    kernel_class = Kernel
    listening: dict[int, int]

    def prepare(self) -> None:
        """Make all of the kernel that can be made before the fork."""
        self.session = Voice(parent=self)
        self.initialize([])

    def connect(self, connection: dict[str, Any], listening: dict[int, int]) -> None:
        """Make the rest, in the process that the kernel runs in.

        Args:
            connection: what a connection file would hold.
            listening: the open socket of each port in it.
        """
        self.listening = listening
        self._begin()
        self.session.key = connection["key"].encode()
        self.session.signature_scheme = connection["signature_scheme"]
        for channel in _CHANNELS:
            setattr(self, f"{channel}_port", connection[f"{channel}_port"])
        super().init_sockets()
        self._beat()
        super().log_connection_info()
        super().init_io()
        super().init_signal()
        self._join()
        self._connect_with_client()

    def connect_directly(self, channel: Channel) -> None:
        """Make the rest, for a kernel that answers on one channel only."""
        self._begin()
        self.session.channel = channel
        self.iopub_thread = self.iopub_socket = Publisher()
        self.outstream_class = f"{direct.__name__}.{DirectStream.__name__}"
        super().init_io()
        super().init_signal()
        self._join()

    # --- What `initialize` leaves to `connect` --------------------------------------------------------------------

    def init_sockets(self) -> None:
        """Leave it to `connect`."""

    def init_heartbeat(self) -> None:
        """Leave it to `connect`."""

    def init_io(self) -> None:
        """Leave it to `connect`."""

    def init_signal(self) -> None:
        """Leave it to `connect`."""

    def init_kernel(self) -> None:
        """Make a kernel that nobody can talk to yet."""
        self.kernel = self.kernel_class.instance(
            parent=self, session=self.session, log=self.log, profile_dir=self.profile_dir, user_ns=self.user_ns
        )

    # --- What never happens ---------------------------------------------------------------------------------------

    def parse_command_line(self, argv: object = None) -> None:
        """Take no options."""

    def init_connection_file(self) -> None:
        """Need no file: what it would say has come with the request."""

    def write_connection_file(self, **_kwargs: object) -> None:
        """Write none either."""

    def log_connection_info(self) -> None:
        """Print nothing."""

    # --- What is done otherwise -----------------------------------------------------------------------------------

    def init_control(self, context: zmq.Context[Any]) -> None:
        """Open the control channel; without a debugger, and without the thread and the detour that subshells take."""
        self.control_socket = context.socket(zmq.ROUTER)
        self.control_socket.linger = 1000
        self.control_port = self._bind_socket(self.control_socket, self.control_port)
        self.control_socket.router_handover = 1
        self.control_thread = ControlThread(daemon=True)

    def _try_bind_socket(self, s: Any, port: int) -> int:  # noqa: ANN401 - as ipykernel has it
        s.setsockopt(zmq.USE_FD, self.listening[port])
        bound: int = super()._try_bind_socket(s, port)
        return bound

    def _beat(self) -> None:
        """Answer the client's heartbeat, from a socket that was handed over too."""
        self.heartbeat = _Heartbeat(zmq.Context(), (self.transport, self.ip, self.hb_port))
        self.heartbeat.listening = self.listening[self.hb_port]
        self.heartbeat.start()

    def _begin(self) -> None:
        """Take note of which process this is, and where."""
        self.session.session, self.session.pid = str(uuid.uuid4()), os.getpid()
        self.init_crash_handler()
        tempfile.tempdir = None
        place = os.environ.get("IPYTHONDIR") or str(Path.home() / ".ipython")
        self.shell.starting_dir, self.shell.home_dir = str(Path.cwd()), str(Path.home())
        self.shell.history_manager.dir_hist[:] = [Path.cwd()]
        self.profile_dir._location_isset = False  # noqa: SLF001 - it moves house once
        self.profile_dir.location = f"{place}/profile_default"
        self.ipython_dir = self.shell.ipython_dir = place

    def _join(self) -> None:
        """Have the kernel say what it says where this app does."""
        kernel, shell = self.kernel, self.shell
        kernel.iopub_thread, kernel.iopub_socket = self.iopub_thread, self.iopub_socket
        kernel._stdout, kernel._stderr = sys.stdout, sys.stderr  # noqa: SLF001 - as its own __init__
        kernel.ident = str(uuid.uuid4())
        shell.displayhook.topic = kernel._topic("execute_result")  # noqa: SLF001 - it holds the identity
        shell.displayhook.pub_socket = shell.display_pub.pub_socket = self.iopub_socket
        self.displayhook.get_execution_count = lambda: kernel.execution_count

    def _connect_with_client(self) -> None:
        """Connect the kernel with the sockets on which it is asked."""
        kernel = self.kernel
        kernel.shell_stream = ZMQStream(self.shell_socket)
        kernel.control_stream = ZMQStream(self.control_socket, self.control_thread.io_loop)
        kernel.control_thread, kernel.stdin_socket = self.control_thread, self.stdin_socket
        kernel.record_ports({f"{name}_port": port for name, port in self._ports.items()})
        self.control_thread.start()


class _Heartbeat(Heartbeat):
    listening = -1

    def _try_bind_socket(self) -> None:
        self.socket.setsockopt(zmq.USE_FD, self.listening)
        super()._try_bind_socket()


class PromptStream(OutStream):
    """What is printed. Nothing printed is not waited for, four times in each cell, until another thread has sent it."""

    _sending = False

    def flush(self) -> None:
        """Have all that was printed sent before whatever is sent next."""
        # In this order: text that has just left the buffer is being sent.
        if self._has_text() or self._sending:
            super().flush()

    def _has_text(self) -> bool:
        with self._buffer_lock:
            return any(buffer.tell() for buffer in self._buffers.values())

    def _flush(self) -> None:
        self._sending = True
        try:
            super()._flush()
        finally:
            self._sending = False


class _Nobody:
    """Takes the messages of a kernel that rehearses."""

    def send_multipart(self, *_: object, **__: object) -> None:
        """Take one."""


def prepare(cells: Sequence[str]) -> None:
    """Make what every fork then has: a kernel that lacks its sockets, and that has run these cells and forgotten them.

    What runs for the first time fills caches; what was filled before the fork need not be filled in each one.
    """
    config = Config()
    config.HistoryManager.hist_file = ":memory:"
    # Read on light pages and on dark ones.
    config.InteractiveShell.colors = "nocolor" if os.environ.get("NO_COLOR") else "neutral"
    config.IPKernelApp.outstream_class = f"{__name__}.{PromptStream.__name__}"
    config.IPythonKernel._execute_sleep = 0.0  # noqa: SLF001 - for clients that do not wait for a cell's last message
    ForkedKernel.clear_instance()
    hook = sys.excepthook
    tracebacks.hasten()
    kernel = ForkedKernel.instance(config=config, transport="ipc", ip="kernel", parent_handle=0, log_level=50)
    kernel.prepare()
    # Its handler would drop what is below, too, but only when it has been put into words.
    kernel.log.setLevel(logging.CRITICAL)
    sys.excepthook = hook
    if "matplotlib.pyplot" in sys.modules:
        from matplotlib_inline.backend_inline import _enable_matplotlib_integration  # noqa: PLC0415 - not always there

        # It was imported when there was no shell yet; without this, figures vanish without a word.
        _enable_matplotlib_integration()
        figures.hasten()
    _open_and_close()
    _rehearse(kernel, cells)


def _open_and_close() -> None:
    """Make and end, once, what each fork makes of its own; so the code for it is in memory, and used to being run."""
    context: zmq.Context[Any] = zmq.Context()
    thread = IOPubThread(context.socket(zmq.XPUB), pipe=True)
    thread.start()
    thread.background_socket.send_multipart([b""])
    thread.stop()
    thread.close()
    context.term()


def start(connection: dict[str, Any], listening: dict[int, int], threads: int, seed: int | None) -> ForkedKernel:
    """Make a kernel that answers as soon as its `start()` is called.

    Args:
        connection: what a connection file would hold.
        listening: the open socket of each port in it.
        threads: threads that torch computes with.
        seed: where random numbers start; None for a start of its own.
    """
    kernel = _prepared()
    kernel.connect(connection, listening)
    _make_fresh(threads, seed)
    return kernel


def start_directly(file: int, threads: int, seed: int | None) -> Callable[[], None]:
    """Make a kernel that answers on one open socket as soon as what is returned is called, and until that returns."""
    kernel, channel = _prepared(), Channel(file)
    kernel.connect_directly(channel)
    _make_fresh(threads, seed)
    return lambda: asyncio.new_event_loop().run_until_complete(serve(kernel.kernel, channel))


def _prepared() -> ForkedKernel:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    if not ForkedKernel.initialized():
        prepare(())
    _import_from_the_working_folder()
    kernel: ForkedKernel = ForkedKernel.instance()
    return kernel


def _import_from_the_working_folder() -> None:
    """Have files beside the notebook found, after the standard library, as IPython does.

    It does not where Python itself runs isolated, and the warm process must: nobody's folder is its own.
    """
    if "" not in sys.path:
        installed = [
            place for place, path in enumerate(sys.path) if Path(path).name in {"site-packages", "dist-packages"}
        ]
        sys.path.insert(min(installed, default=0), "")


def rehearse(cells: Sequence[str], channels: Sequence[str]) -> list[str]:
    """Start a kernel that nobody talks to, run the cells in it, and return the names of all modules that are loaded."""
    before = set(sys.modules)
    connection: dict[str, Any] = {"key": "", "signature_scheme": "hmac-sha256"}
    connection |= {f"{channel}_port": number for number, channel in enumerate(channels, 1)}
    opened = [socket.socket(socket.AF_UNIX) for _ in channels]
    for number, one in enumerate(opened, 1):
        one.bind(f"\0rehearsal-{os.getpid()}-{number}")
        one.listen()
    kernel = start(connection, {n: one.fileno() for n, one in enumerate(opened, 1)}, threads=1, seed=0)
    for cell in cells:
        kernel.shell.run_cell(cell)
    return sorted(set(sys.modules) - before)


def _rehearse(kernel: ForkedKernel, cells: Sequence[str]) -> None:
    """Run cells where nobody hears them, and forget them."""
    if not cells:
        return
    shell = kernel.shell
    shell.displayhook.pub_socket = shell.display_pub.pub_socket = kernel.kernel.iopub_socket = _Nobody()
    known = set(linecache.cache)
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        for cell in cells:
            shell.run_cell(cell, store_history=True)
    for name in set(linecache.cache) - known:
        if name in shell.compile._filename_map:  # noqa: SLF001
            del linecache.cache[name]
    shell.compile._filename_map.clear()  # noqa: SLF001
    for name in ("last_type", "last_value", "last_traceback", "last_exc"):
        if hasattr(sys, name):
            delattr(sys, name)
    shell.reset()
    shell.history_manager.close()
    shell.configurables.remove(shell.history_manager)
    shell.init_history()
    shell.init_user_ns()
    shell.payload_manager.clear_payload()


def _make_fresh(threads: int, seed: int | None) -> None:
    """Give the fork what a new process has of its own: random numbers and threads."""
    random.seed(seed)
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed(None if seed is None else seed % 2**32)
    if "torch" in sys.modules:
        torch = sys.modules["torch"]
        torch.set_num_threads(threads)
        if seed is not None:
            torch.manual_seed(seed)
        else:
            torch.seed()
