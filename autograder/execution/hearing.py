"""Hearing what a kernel says on several channels at once, without an event loop: the thread that listens waits."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import zmq
from nbclient.exceptions import DeadKernelError

# So often it is looked whether the kernel is still there.
LOOK_SECONDS = 0.5
# What a kernel said before it ended may still be on the way, for so long at most.
_LAST_WORDS_SECONDS = 0.05


class Hearing:
    """Waits until a kernel says something on one of a client's channels.

    Attributes:
        channels: those from which something is still awaited.
    """

    def __init__(self, channels: Sequence[Any], alive: Callable[[], bool]) -> None:
        """Begin to listen.

        Args:
            channels: channels of a `PromptClient`.
            alive: returns whether the kernel is still there.
        """
        self.channels = {channel.plain: channel for channel in channels}
        self._alive = alive
        self._poller = zmq.Poller()
        for plain in self.channels:
            self._poller.register(plain, zmq.POLLIN)
        self._look_at = time.monotonic() + LOOK_SECONDS
        self._over_at: float | None = None  # once the kernel has ended

    def leave(self, channel: Any) -> None:  # noqa: ANN401 - jupyter_client is not typed
        """Await nothing more from a channel."""
        del self.channels[channel.plain]
        self._poller.unregister(channel.plain)

    def wait(self, seconds: float) -> list[Any]:
        """Return the channels on which there is a message; none if there is none for a while, or for `seconds`.

        Raises:
            DeadKernelError: if the kernel has ended, and what it said before has been heard.
        """
        longest = LOOK_SECONDS if self._over_at is None else _LAST_WORDS_SECONDS
        ready = self._poller.poll(int(1000 * min(seconds, longest)) + 1)
        now = time.monotonic()
        if self._over_at is not None:
            if not ready or now > self._over_at:
                raise DeadKernelError("The kernel has ended.")
        elif not ready or now > self._look_at:
            self._look_at = now + LOOK_SECONDS
            if not self._alive():
                self._over_at = self._look_at
        return [self.channels[plain] for plain, _ in ready]
