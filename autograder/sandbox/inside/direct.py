"""A kernel that one grader talks to, on one socket: Jupyter's messages, each a line of JSON.

ZeroMQ's sockets, threads and signatures, and the event loop around them, take more of a small cell's time than the cell
itself, and most of the time in which a kernel starts.
"""

from __future__ import annotations

import asyncio
import codecs
import contextlib
import json
import os
import select
import signal
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from typing import Any, cast

from ipykernel.iostream import IOPubThread, OutStream
from jupyter_client.session import Session

_PIECE = 256 * 1024
_FLUSH_SECONDS = 0.2


class Channel:
    """The kernel's end of the socket."""

    def __init__(self, file: int) -> None:
        """Talk over an open socket, which no other program inherits."""
        os.set_inheritable(file, False)
        self._socket = socket.socket(fileno=file)
        self._heard = bytearray()
        self._searched = 0
        self._saying = threading.Lock()

    def say(self, kind: str, content: Mapping[str, Any], request: str) -> None:
        """Say something that belongs to a request.

        Raises:
            OSError: if nobody is at the other end.
        """
        message = {"kind": kind, "of": request, "content": content}
        line = json.dumps(message, default=str).encode() + b"\n"
        with _whole(), self._saying:
            self._socket.sendall(line)

    async def hear(self) -> dict[str, Any] | None:
        """Return the next thing that is asked; None if nobody is at the other end. Meanwhile, other tasks go on."""
        loop = asyncio.get_running_loop()
        while (message := self._next()) is None:
            there = loop.create_future()
            loop.add_reader(self._socket, _come, there)
            try:
                await there
            finally:
                loop.remove_reader(self._socket)
            if not self._take():
                return None
        return message

    def hear_now(self) -> dict[str, Any] | None:
        """Return the next thing that is asked; None if nobody is at the other end. Meanwhile, nothing else goes on."""
        while (message := self._next()) is None:
            select.select([self._socket], [], [])  # which an interrupt ends, and nothing is lost
            if not self._take():
                return None
        return message

    def _take(self) -> bool:
        piece = self._socket.recv(_PIECE)
        self._heard += piece
        return bool(piece)

    def _next(self) -> dict[str, Any] | None:
        end = self._heard.find(b"\n", self._searched)
        self._searched = len(self._heard)
        if end < 0:
            return None
        line, self._searched = bytes(self._heard[:end]), 0
        del self._heard[: end + 1]
        message: dict[str, Any] = json.loads(line)
        return message


def _come(there: asyncio.Future[None]) -> None:
    if not there.done():
        there.set_result(None)


@contextlib.contextmanager
def _whole() -> Iterator[None]:
    """Have no interrupt come in the middle of a line."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class Voice(Session):
    """Jupyter's session; with a channel, all that a kernel says goes there."""

    channel: Channel | None = None

    def send(self, stream: Any, msg_or_type: Any, *args: Any, **named: Any) -> Any:  # noqa: ANN401 - as Session has it
        """Say a message, or build one from its parts and say it."""
        if self.channel is None:
            return super().send(stream, msg_or_type, *args, **named)
        if isinstance(msg_or_type, str):
            parts = dict(zip(("content", "parent"), args, strict=False)) | named
            content, parent = parts.get("content") or {}, parts.get("parent") or {}
            kind, parent = msg_or_type, parent.get("header", parent)
        else:
            kind, content, parent = msg_or_type["msg_type"], msg_or_type["content"], msg_or_type["parent_header"]
        self.channel.say(kind, content, parent.get("msg_id", ""))
        return msg_or_type


class Publisher(IOPubThread):
    """Stands where a thread would be that publishes: what is published is said at once."""

    io_loop = None  # type: ignore[assignment]
    thread = None  # type: ignore[assignment]

    def __init__(self) -> None:
        """Start no thread but the one that says what a cell that goes on has printed."""
        self.late: list[DirectStream] = []
        self._something = threading.Event()
        threading.Thread(target=self._say_late, name="printing", daemon=True).start()

    def schedule(self, f: Any) -> None:  # noqa: ANN401 - as the base class has it
        """Do it."""
        f()

    def soon(self) -> None:
        """Say what is printed in a moment, unless somebody does before."""
        self._something.set()

    def _say_late(self) -> None:
        while self._something.wait():
            time.sleep(_FLUSH_SECONDS)
            self._something.clear()
            for stream in self.late:
                with contextlib.suppress(OSError, ValueError):
                    stream.flush()


class DirectStream(OutStream):
    """What is printed. All of it has been said before whatever is said next."""

    def __init__(self, session: Voice, publisher: Publisher, name: str, **named: Any) -> None:  # noqa: ANN401
        """Take the place of standard output, or of standard error, and take in what others write there."""
        self._in_order = threading.RLock()
        self._others = True  # whether anybody can write to what is read here
        self._decoded = codecs.getincrementaldecoder("utf-8")("replace").decode
        super().__init__(session, publisher, name, **named)
        self._others &= self._should_watch
        publisher.late.append(self)

    def flush(self) -> None:
        """Say what was printed, if anything was."""
        if self._buffers:
            self._flush()

    def settle(self) -> None:
        """Say what was printed, and what others wrote."""
        self._take_in()
        self.flush()

    def close(self) -> None:
        """Say what was printed, and take in nothing more."""
        self.settle()
        self._others = False  # so that the thread that watches ends, which closing wakes up and waits for
        super().close()

    def _schedule_flush(self) -> None:
        self.pub_thread.soon()

    def _flush(self) -> None:
        with self._in_order:
            if self._is_master_process():
                super()._flush()
                return
            # A process that the kernel has forked: it writes as others do, and the kernel says it.
            for _, text in self._flush_buffers():
                os.write(self._original_stdstream_fd, text.encode(errors="replace"))
            self._subprocess_flush_pending = False

    def write(self, string: str) -> int | None:  # type: ignore[override] # as the base class has it
        """Print, behind what others have written until now."""
        if self._is_master_process():
            self._take_in()
        return super().write(string)

    def _watch_pipe_fd(self) -> None:
        with contextlib.suppress(OSError, ValueError):  # a cell may close anything
            while self._take_in():
                select.select([self._written], [], [])

    def _take_in(self) -> bool:
        """Take in all that is there, which one reading does, as a pipe holds less; return whether more may come."""
        with self._in_order:
            try:
                if self._others and select.select([self._written], [], [], 0)[0]:
                    piece = os.read(self._written, _PIECE)
                    self._others = bool(piece)
                    super().write(self._decoded(piece))
            except (OSError, ValueError):
                self._others = False
        return self._others

    @property
    def _written(self) -> int:
        """Where it is read what others write."""
        return cast("int", self._fid)


class _Loop:
    """What ipykernel asks of tornado's event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        # From a signal's handler, within the loop's own thread, it must be woken up all the same.
        self.add_callback = loop.call_soon_threadsafe
        self.call_later, self.stop = loop.call_later, loop.stop


async def serve(kernel: Any, channel: Channel) -> None:  # noqa: ANN401 - one of ipykernel's
    """Execute what is asked for, until nobody is at the other end, or the code ends its kernel."""
    kernel.io_loop = _Loop(asyncio.get_running_loop())
    channel.say("ready", {}, "")
    while (asked := await channel.hear()) is not None:
        kernel.set_parent([], {"header": {"msg_id": asked["of"]}, "content": {}, "metadata": {}})
        reply: dict[str, Any] = {"status": "error", "ename": "KeyboardInterrupt", "evalue": "", "traceback": []}
        signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            reply = await kernel.do_execute(asked["code"], asked["silent"], not asked["silent"], {}, asked["asks"])
        except KeyboardInterrupt:
            pass  # it came when the cell was over, or had not begun
        except Exception as problem:  # noqa: BLE001 - a cell can break the shell that executes it
            reply |= {"ename": type(problem).__name__, "evalue": str(problem)}
        finally:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
        for stream in (kernel._stdout, kernel._stderr):  # noqa: SLF001 - whatever sys.stdout is by now
            with contextlib.suppress(OSError, ValueError):
                stream.settle()
        channel.say("execute_reply", reply, asked["of"])
        if kernel.shell.exit_now:
            return
