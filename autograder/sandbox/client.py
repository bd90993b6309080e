"""A client that talks to a kernel as soon as it answers, and believes nothing that it says."""

from __future__ import annotations

import asyncio
import contextlib
import time
from queue import Empty
from typing import Any

import zmq
from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.channels import AsyncZMQSocketChannel
from traitlets import Type

from autograder.sandbox import messages

_PATIENCE_SECONDS = 0.5
_MOST_WAITING_MESSAGES = 200
_SEND_MILLISECONDS = 1000
_MOST_IN_A_ROW = 8


class _Channel(AsyncZMQSocketChannel):
    """One of a kernel's channels, of which only messages that make sense arrive.

    Attributes:
        plain: its socket, for a thread that waits without an event loop.
    """

    def __init__(self, socket: Any, session: Any, loop: Any = None) -> None:  # noqa: ANN401 - as the base class has it
        """Talk over a socket, which nobody waits for when it takes nothing."""
        super().__init__(socket, session, loop)
        socket.setsockopt(zmq.SNDTIMEO, _SEND_MILLISECONDS)
        self.plain: zmq.Socket[bytes] = zmq.Socket.shadow(socket.underlying)
        self._in_a_row = 0

    async def get_msg(self, timeout: float | None = None) -> dict[str, Any]:  # type: ignore[override] # noqa: ASYNC109
        """Wait for a message.

        Raises:
            Empty: if none comes for `timeout` seconds.
        """
        end = None if timeout is None else time.monotonic() + timeout
        while True:
            self._in_a_row += 1
            if self._in_a_row % _MOST_IN_A_ROW == 0:
                await asyncio.sleep(0)  # a kernel that talks without end must not keep others from being heard
            try:
                message = self.take()
            except zmq.Again:
                left = None if end is None else max(0, int(1000 * (end - time.monotonic())))
                if not await self.socket.poll(left):
                    raise Empty from None
                continue
            if message is not None:
                return message

    def take(self) -> dict[str, Any] | None:
        """Return the message that is there; None if it is not one that matters.

        Raises:
            zmq.Again: if there is none.
        """
        return messages.read(self.plain.recv_multipart(zmq.NOBLOCK))

    def send(self, msg: dict[str, Any]) -> None:
        """Send a message, unless the kernel has broken the connection; then no answer will come either."""
        with contextlib.suppress(zmq.Again):
            super().send(msg)


class PromptClient(AsyncKernelClient):
    """Jupyter's client, without the fifth of a second that it waits to make sure that nothing more comes.

    A kernel that floods has to wait.
    """

    shell_channel_class = Type(_Channel)
    iopub_channel_class = Type(_Channel)
    stdin_channel_class = Type(_Channel)
    control_channel_class = Type(_Channel)

    def __init__(self, **kwargs: Any) -> None:  # noqa: ANN401 - as the base class has it
        """Set what every socket of this client keeps to."""
        super().__init__(**kwargs)
        self.context.setsockopt(zmq.RCVHWM, _MOST_WAITING_MESSAGES)

    def start_channels(
        self, shell: bool = True, iopub: bool = True, stdin: bool = True, hb: bool = False, control: bool = True
    ) -> None:
        """Open the channels, but for the heartbeat: whether the kernel lives, its provisioner knows better."""
        super().start_channels(shell, iopub, stdin, hb, control)

    async def _async_wait_for_ready(self, timeout: float | None = None) -> None:  # noqa: ASYNC109 - as the base class has it
        """Wait until the kernel has answered a request on both channels.

        Raises:
            RuntimeError: if it ends before that, or takes longer than `timeout` seconds.
        """
        end = time.monotonic() + (timeout or float("inf"))
        while time.monotonic() < end:
            asked = self.kernel_info()
            try:
                self._handle_kernel_info_reply(await self.get_shell_msg(timeout=_PATIENCE_SECONDS))
                while True:
                    message = await self.get_iopub_msg(timeout=_PATIENCE_SECONDS)
                    mine = message["parent_header"].get("msg_id") == asked
                    if mine and message["content"].get("execution_state") == "idle":
                        return
            except Empty:
                # Not up yet, or it spoke before our ear was open; ask again.
                if not await self._async_is_alive():
                    raise RuntimeError("The kernel ended before it was ready.") from None
        raise RuntimeError(f"The kernel was not ready after {timeout} s.")

    wait_for_ready = _async_wait_for_ready
