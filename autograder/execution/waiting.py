"""nbclient's client, whose thread waits for what becomes of a cell."""

from __future__ import annotations

import asyncio
import math
import time
from typing import Any, cast

from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionComplete, DeadKernelError

from autograder.execution.hearing import LOOK_SECONDS, Hearing


class WaitingClient(NotebookClient):
    """Hears a cell's reply and its outputs in one place.

    nbclient has a task for each, and one for whether the kernel lives. To wake these up for the few messages of a cell
    takes more processor time than the messages themselves; and there is nothing else to do meanwhile.
    """

    def alive(self) -> bool:
        """Return whether the kernel is still there."""
        raise NotImplementedError

    async def _async_poll_kernel_alive(self) -> None:
        """Leave it to whoever hears the kernel."""

    async def _async_poll_for_reply(
        self,
        msg_id: str,  # noqa: ARG002 - these are nbclient's own
        cell: Any,  # noqa: ANN401, ARG002
        timeout: int | None,  # noqa: ARG002, ASYNC109
        task_poll_output_msg: asyncio.Future[Any],
        task_poll_kernel_alive: asyncio.Future[Any],  # noqa: ARG002
    ) -> dict[str, Any]:
        """Return what is heard with the outputs."""
        return cast("dict[str, Any]", await task_poll_output_msg)

    async def _async_poll_output_msg(self, parent_msg_id: str, cell: Any, cell_index: int) -> Any:  # noqa: ANN401
        """Take in what a cell shows until it is done, and return the reply to it.

        Raises:
            DeadKernelError: if the kernel ends before.
        """
        kc: Any = self.kc
        timeout: Any = self._get_timeout(cell)
        end = math.inf if timeout is None else time.monotonic() + timeout
        hearing = Hearing([kc.shell_channel, kc.iopub_channel], self.alive)
        reply: Any = None
        pause_at = time.monotonic() + LOOK_SECONDS
        while hearing.channels:
            now = time.monotonic()
            if now > pause_at:
                pause_at = now + LOOK_SECONDS
                await asyncio.sleep(0)  # so that a signal to end it all is answered
                if self.kc is None:
                    raise DeadKernelError("The kernel was ended from here.")
            if now >= end and reply is not None:
                self.log.warning("Timeout waiting for IOPub output")
                break
            if now >= end:
                await self._async_check_alive()
                reply = await self._async_handle_timeout(timeout, cell)
                # If the kernel ends of it, the next cell says so.
                hearing = Hearing([c for c in hearing.channels.values() if c is kc.iopub_channel], lambda: True)
                end = now + self.iopub_timeout
            for channel in hearing.wait(end - now):
                message = channel.take()
                if message is None or message["parent_header"].get("msg_id") != parent_msg_id:
                    continue
                if channel is kc.shell_channel:
                    reply = message
                    end = time.monotonic() + self.iopub_timeout
                    hearing.leave(channel)
                    continue
                try:
                    self.process_message(message, cell, cell_index)
                except CellExecutionComplete:
                    hearing.leave(channel)
        return reply
