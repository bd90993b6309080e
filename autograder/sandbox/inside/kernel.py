"""A Jupyter kernel in a process that has been forked, with everything imported, from one that is warm."""

from __future__ import annotations

import os
import random
import signal
import socket
import sys
from collections.abc import Sequence
from typing import Any

import zmq
from ipykernel.heartbeat import Heartbeat
from ipykernel.kernelapp import IPKernelApp
from traitlets.config import Config


class ForkedKernel(IPKernelApp):
    """IPython's kernel, on sockets that the grader has opened.

    The grader listens, and hands the listening sockets over; so no file and no port of the sandbox is trusted outside,
    and none outside can be seen here.
    """

    listening: dict[int, int]

    def _try_bind_socket(self, s: Any, port: int) -> int:  # noqa: ANN401 - as ipykernel has it
        s.setsockopt(zmq.USE_FD, self.listening[port])
        bound: int = super()._try_bind_socket(s, port)
        return bound

    def init_heartbeat(self) -> None:
        """Answer the client's heartbeat, from a socket that was handed over too."""
        self.heartbeat = _Heartbeat(zmq.Context(), (self.transport, self.ip, self.hb_port))
        self.heartbeat.listening = self.listening[self.hb_port]
        self.heartbeat.start()

    def parse_command_line(self, argv: object = None) -> None:
        """Take no options."""

    def init_connection_file(self) -> None:
        """Need no file: what it would say has come with the request."""

    def write_connection_file(self, **_kwargs: object) -> None:
        """Write none either."""

    def log_connection_info(self) -> None:
        """Keep the ports for those that ask, and print nothing."""
        channels = ("shell", "iopub", "stdin", "hb", "control")
        self._ports = {channel: getattr(self, f"{channel}_port") for channel in channels}


class _Heartbeat(Heartbeat):
    listening = -1

    def _try_bind_socket(self) -> None:
        self.socket.setsockopt(zmq.USE_FD, self.listening)
        super()._try_bind_socket()


def start(connection: dict[str, Any], listening: dict[int, int], threads: int, seed: int | None) -> ForkedKernel:
    """Make a kernel that answers as soon as its `start()` is called.

    Args:
        connection: what a connection file would hold.
        listening: the open socket of each port in it.
        threads: threads that torch computes with.
        seed: where random numbers start; None for a start of its own.
    """
    config = Config()
    config.Session.key = connection["key"].encode()
    config.Session.signature_scheme = connection["signature_scheme"]
    config.HistoryManager.hist_file = ":memory:"
    config.InteractiveShell.colors = "nocolor" if os.environ.get("NO_COLOR") else "linux"
    ForkedKernel.clear_instance()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    kernel = ForkedKernel.instance(config=config, transport="ipc", ip="kernel", parent_handle=0, log_level=50)
    kernel.listening = listening
    for channel in ("shell", "iopub", "stdin", "hb", "control"):
        setattr(kernel, f"{channel}_port", connection[f"{channel}_port"])
    kernel.initialize([])
    _make_fresh(threads, seed)
    return kernel


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


def _make_fresh(threads: int, seed: int | None) -> None:
    """Give the fork what a new process has of its own: random numbers, threads, and a way to show figures."""
    random.seed(seed)
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed(None if seed is None else seed % 2**32)
    if "torch" in sys.modules:
        torch = sys.modules["torch"]
        torch.set_num_threads(threads)
        if seed is None:
            torch.seed()
        else:
            torch.manual_seed(seed)
    if "matplotlib.pyplot" in sys.modules:
        from matplotlib_inline.backend_inline import _enable_matplotlib_integration  # noqa: PLC0415 - not always there

        # It was imported when there was no shell yet; without this, figures vanish without a word.
        _enable_matplotlib_integration()
