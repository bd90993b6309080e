"""Asking the code in a student's kernel, by the way that Jupyter has for asking a user.

The kernel is told to answer requests (`course_lib.answering`): it asks for input, with its last reply as the prompt,
and what it gets is the next request. So a whole test takes one execution, and whatever speaks Jupyter can do it.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from queue import Empty
from typing import Any

import zmq
import zmq.asyncio

from autograder.judge.engine import Failed, Reply

# Nothing in it is secret, and nothing of it stays in the notebook's names or history.
_ANSWER = "__import__('course_lib.answering').answering.serve(globals(), get_ipython().kernel.raw_input)"
_AFTER_INTERRUPT_SECONDS = 2.0
_LOOK_SECONDS = 0.5

_Deed = Callable[[], Awaitable[None]]
_Question = Callable[[], Awaitable[bool]]
_GONE = "The notebook's kernel ended while this was tested."


class Conversation:
    """An `Exchange` with a kernel. It is called from another thread than that of the event loop."""

    def __init__(
        self,
        client: Any,  # noqa: ANN401 - jupyter_client is not typed
        loop: asyncio.AbstractEventLoop,
        interrupt: _Deed,
        alive: _Question,
        seconds: float = float("inf"),
    ) -> None:
        """Ask the kernel that `client` is connected to.

        Args:
            client: a `PromptClient`.
            loop: where the client lives.
            interrupt: returns an awaitable that interrupts the kernel.
            alive: returns an awaitable of whether the kernel is still there.
            seconds: how long all answers together may take; a test that waits longer would be blamed itself.
        """
        self._client = client
        self._loop = loop
        self._interrupt = interrupt
        self._alive = alive
        self._seconds = self._left = seconds
        self._execution = ""  # the message that told the kernel to answer; "" if it does not
        self.gone = False

    def __call__(self, request: str, callback: Reply, seconds: float) -> str:
        """Return the kernel's reply to a request.

        Raises:
            Failed: if there is none: the kernel has ended, or the time is up.
        """
        if self._left <= 0:
            raise Failed(f"Not tried, as your code has taken more than {self._seconds:g} s in this test.")
        start = time.monotonic()
        end = start + min(seconds, self._left)
        try:
            reply = self._ask(request, end)
            while reply.startswith('{"callback"'):
                reply = self._ask(callback(reply), end)
        finally:
            self._left -= time.monotonic() - start
        return reply

    def _ask(self, request: str, end: float) -> str:
        return asyncio.run_coroutine_threadsafe(self._exchanged(request, end), self._loop).result()

    async def _exchanged(self, request: str, end: float) -> str:
        if self.gone:
            raise Failed(_GONE)
        if not self._execution:
            await self._begin(end)
        self._client.input(request)
        return await self._next_prompt(end)

    async def _begin(self, end: float) -> None:
        self._execution = self._client.execute(_ANSWER, silent=True, store_history=False, allow_stdin=True)
        await self._next_prompt(end)

    async def end(self) -> None:
        """Have the kernel do other things again. If it does not, it is `gone`."""
        if self._execution and not self.gone:
            self._client.input("")
            await self._ended()

    async def _ended(self) -> None:
        for attempt in ("asked", "interrupted"):
            if attempt == "interrupted":
                await self._interrupt()
            with contextlib.suppress(Failed):
                await self._next_prompt(time.monotonic() + _AFTER_INTERRUPT_SECONDS, only_end=True)
            if not self._execution or self.gone:
                return
        self.gone = True

    async def _next_prompt(self, end: float, *, only_end: bool = False) -> str:
        """Wait for what the kernel says next.

        Raises:
            Failed: if the kernel ends, or ends the conversation, or the time is up.
        """
        stdin, shell, iopub = self._client.stdin_channel, self._client.shell_channel, self._client.iopub_channel
        poller = zmq.asyncio.Poller()
        for channel in (stdin, shell, iopub):
            poller.register(channel.socket, zmq.POLLIN)
        while (left := end - time.monotonic()) > 0:
            ready = dict(await poller.poll(int(1000 * min(left, _LOOK_SECONDS)) + 1))
            if not ready and not await self._alive():
                self.gone, self._execution = True, ""
                raise Failed(_GONE)
            if iopub.socket in ready:
                await _message(iopub)  # what is printed now is not looked at
            if stdin.socket in ready:
                message = await _message(stdin)
                if self._is_ours(message, "input_request") and not only_end:
                    prompt: str = message["content"]["prompt"]
                    return prompt
            if shell.socket in ready:
                message = await _message(shell)
                if self._is_ours(message, "execute_reply"):
                    self._execution = ""
                    raise Failed("Your code broke off the test, as an interrupt does.")
        if not only_end:
            await self._stop()
        raise Failed("Your code did not come to an end in time and was stopped.", hung=True)

    async def _stop(self) -> None:
        await self._interrupt()
        with contextlib.suppress(Failed):
            await self._next_prompt(time.monotonic() + _AFTER_INTERRUPT_SECONDS, only_end=True)
        if self._execution:
            self.gone = True

    def _is_ours(self, message: dict[str, Any] | None, kind: str) -> bool:
        return (
            message is not None
            and message["msg_type"] == kind
            and message["parent_header"].get("msg_id") == self._execution
        )


async def _message(channel: Any) -> Any:  # noqa: ANN401 - jupyter_client is not typed
    try:
        return await channel.get_msg(timeout=0)
    except Empty:
        return None
