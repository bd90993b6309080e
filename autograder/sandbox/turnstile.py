"""A turnstile between the grader and a kernel: it counts what comes out, and closes when it is too much.

The limits of ZeroMQ's own sockets count messages, and a message may have any number of parts; so without this, a kernel
fills the grader's memory.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import threading
from collections.abc import Callable, Mapping

_PIECE = 64 * 1024


class Turnstile:
    """Passes on what a grader and a kernel say over unix sockets, in both directions.

    All of a process share one thread, so that it makes no difference whether whoever talks to the kernel uses asyncio.
    """

    def __init__(self, ways: Mapping[str, str], most: int, close_kernel: Callable[[], None]) -> None:
        """Open it.

        Args:
            ways: where the grader connects to, and where the kernel listens.
            most: how many bytes may come out.
            close_kernel: called when there have been more.
        """
        self._left = most
        self._close_kernel = close_kernel
        self._loop = _loop()
        self._servers: list[asyncio.Server] = []
        asyncio.run_coroutine_threadsafe(self._open(ways), self._loop).result()

    def close(self) -> None:
        """Close it; connections end when their kernel does."""
        for server in self._servers:
            self._loop.call_soon_threadsafe(self._stop, server)

    def _stop(self, server: asyncio.Server) -> None:
        # A server that closes would lose, and leave open, connections that it has accepted a moment ago.
        for listening in server.sockets:
            self._loop.remove_reader(listening.fileno())
        self._loop.call_soon(server.close)

    async def _open(self, ways: Mapping[str, str]) -> None:
        for outside, inside in ways.items():
            self._servers.append(await asyncio.start_unix_server(functools.partial(self._pass, inside), outside))

    async def _pass(self, inside: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            from_kernel, to_kernel = await asyncio.open_unix_connection(inside)
        except OSError:
            writer.close()
            return
        await asyncio.gather(self._pump(reader, to_kernel), self._pump(from_kernel, writer, counted=True))

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, counted: bool = False) -> None:
        with contextlib.suppress(OSError), contextlib.closing(writer):
            while piece := await reader.read(_PIECE):
                self._left -= len(piece) if counted else 0
                if self._left < 0:
                    self._close_kernel()
                    return
                writer.write(piece)
                await writer.drain()


@functools.cache
def _loop() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="turnstile", daemon=True).start()
    return loop
