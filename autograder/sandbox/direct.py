"""A walled kernel for one grader, which talks to it on one socket and believes nothing that it says.

Anything that speaks Jupyter can have the same kernel from `provisioner`; this one answers sooner.
"""

from __future__ import annotations

import contextlib
import json
import math
import select
import socket
import time
from collections.abc import Mapping
from secrets import token_hex
from typing import Any

from autograder.sandbox import messages
from autograder.sandbox.plan import Plan
from autograder.sandbox.provisioner import Fork, most_bytes, warm

_PIECE = 256 * 1024
_BYTES_OF_A_LINE = 512  # a line takes time as well as room, were it empty; so it counts for more than it holds
_LOOK_SECONDS = 0.5  # so often it is looked whether the kernel is still there, and whoever waits can be called off
_LAST_WORDS_SECONDS = 0.05  # what it said before it ended may be on the way for so long
_SEND_SECONDS = 5.0
# After the end of its socket a kernel should end so soon; what it leaves behind may take so long to clear away.
_LIVES_ON_SECONDS, _CLEARED_SECONDS, _A_MOMENT = 0.5, 60.0, 0.001


class KernelEnded(Exception):  # noqa: N818 - the name is the message
    """There is no kernel any more."""


class DirectKernel:
    """A kernel, forked behind walls."""

    def __init__(self, plan: Plan, files: Mapping[str, bytes] | None = None, seed: int | None = None) -> None:
        """Fork it.

        Args:
            plan: what it imports, may see, and may use up.
            files: what its folder holds at first, by relative name.
            seed: where random numbers start; None: anywhere.

        Raises:
            NoSandbox: if no walls can be put up.
            OSError: if the warm process has gone.
        """
        self._socket, inside = socket.socketpair()
        with inside:
            try:
                self._fork = Fork(warm(plan).fork(files, sockets=(inside,), seed=seed))
            except BaseException:
                self._socket.close()
                raise
        self._poller, self._both_ways = select.poll(), select.poll()
        self._poller.register(self._socket, select.POLLIN)
        self._both_ways.register(self._socket, select.POLLIN | select.POLLOUT)
        self._heard = bytearray()
        self._searched = 0
        self._bytes_left = most_bytes(plan)
        self._look_at = time.monotonic() + _LOOK_SECONDS
        self._over_at: float | None = None  # once it has ended

    @property
    def ended(self) -> str | None:
        """Why it has ended: "" if by itself; None if it has not."""
        return self._fork.ended

    def wait_until_ready(self, seconds: float) -> None:
        """Wait until it can execute something.

        Raises:
            RuntimeError: if it ends before that, or takes longer.
        """
        end = time.monotonic() + seconds
        try:
            while message := self.hear(end - time.monotonic()):
                if message["msg_type"] == "ready":
                    return
        except KernelEnded:
            raise RuntimeError(f"The kernel ended before it was ready: {self.ended}") from None
        raise RuntimeError(f"The kernel was not ready after {seconds} s.")

    def execute(self, code: str, *, silent: bool = False, asks: bool = False) -> str:
        """Have code executed, and return what marks all that belongs to it.

        Args:
            code: a cell.
            silent: whether it is kept out of the history.
            asks: whether it may ask for input.
        """
        request = token_hex(8)  # a cell must not be able to answer for one that is still to come
        self._say({"of": request, "code": code, "silent": silent, "asks": asks})
        return request

    def answer(self, value: str) -> None:
        """Give it the input that it has asked for."""
        self._say({"value": value})

    def interrupt(self) -> None:
        """Interrupt what it is executing."""
        self._fork.interrupt()

    def end(self, reason: str) -> None:
        """End it, and all that it started, for a reason."""
        self._fork.end(reason)

    def close(self) -> None:
        """End it, if it has not, with all that it started."""
        self._fork.close()
        self._socket.close()

    def hear(self, seconds: float = math.inf) -> dict[str, Any] | None:
        """Return what it says next, as nbclient has messages; None if it says nothing for `seconds`.

        Raises:
            KernelEnded: if it has ended, and what it said before has been heard.
        """
        end = time.monotonic() + seconds
        while True:
            if (line := self._line()) is not None:
                self._count(_BYTES_OF_A_LINE)
                if (message := messages.read(line)) is not None:
                    return message
                continue
            left = end - time.monotonic()
            if left <= 0:
                return None
            if self._something_comes(left):
                self._take()

    def _something_comes(self, seconds: float) -> bool:
        """Wait for a moment; return whether there is something to hear.

        Raises:
            KernelEnded: if it has ended, and nothing more comes, or somebody that it has left behind goes on talking.
        """
        longest = _LOOK_SECONDS if self._over_at is None else _LAST_WORDS_SECONDS
        ready = bool(self._poller.poll(1000 * min(seconds, longest)))
        now = time.monotonic()
        if self._over_at is not None:
            if not ready or now > self._over_at:
                raise KernelEnded
        elif not ready or now > self._look_at:
            self._look_at = now + _LOOK_SECONDS
            if not self._fork.look():
                self._over_at = self._look_at
        return ready

    def _line(self) -> bytes | None:
        """Return the next line that has arrived whole."""
        end = self._heard.find(b"\n", self._searched)
        if end < 0:
            self._searched = len(self._heard)
            return None
        line, self._searched = bytes(self._heard[:end]), 0
        del self._heard[: end + 1]
        return line

    def _take(self) -> None:
        try:
            piece = self._socket.recv(_PIECE)
        except ConnectionError:
            piece = b""
        self._count(len(piece))
        if not piece:
            self._learn_why()
            raise KernelEnded
        self._heard += piece

    def _count(self, size: int) -> None:
        """Take note of so many more bytes.

        Raises:
            KernelEnded: if it has ended, as they were too many.
        """
        self._bytes_left -= size
        if self._bytes_left < 0:
            self.end("output_mib")
            raise KernelEnded

    def _learn_why(self) -> None:
        """Wait for its watcher to say why it has ended; what closes its socket and lives on is ended from here."""
        start, released = time.monotonic(), False
        while self._fork.look():
            waited = time.monotonic() - start
            if waited > _LIVES_ON_SECONDS and not released:
                self._fork.release()
                released = True
            if waited > _CLEARED_SECONDS:
                self._fork.end("")
            time.sleep(_A_MOMENT)
        if released and self._fork.ended == "released":
            self._fork.ended = ""

    def _say(self, message: dict[str, Any]) -> None:
        """Say something. A kernel that does not listen is ended, as it would take half of it for the whole."""
        left = memoryview(json.dumps(message).encode() + b"\n")
        end = time.monotonic() + _SEND_SECONDS
        # Where nobody listens any more, no answer will come either, and `hear` finds out why.
        with contextlib.suppress(ConnectionError, KernelEnded):
            while left:
                ready = self._both_ways.poll(max(0, 1000 * (end - time.monotonic())))
                if not ready:
                    self.end("it no longer listened")
                    return
                if ready[0][1] & select.POLLOUT:
                    left = left[self._socket.send(left, socket.MSG_DONTWAIT) :]
                else:
                    self._take()  # it may be waiting to be heard first
