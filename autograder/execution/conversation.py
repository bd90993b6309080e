"""Asking the code in a student's kernel, by the way that Jupyter has for asking a user.

The kernel is told to answer requests (`course_lib.answering`): it asks for input, with its last reply as the prompt,
and what it gets is the next request. So a whole test takes one execution, and whatever speaks Jupyter can do it.
"""

from __future__ import annotations

import contextlib
import time

from autograder.judge.engine import Failed, Reply
from autograder.sandbox.direct import DirectKernel, KernelEnded

# Nothing in it is secret, and nothing of it stays in the notebook's names or history.
_ANSWER = "__import__('course_lib.answering').answering.serve(globals(), get_ipython().kernel.raw_input)"
_AFTER_INTERRUPT_SECONDS = 2.0
_GONE = "The notebook's kernel ended while this was tested."


class Conversation:
    """An `Exchange` with a kernel. While it lasts, nobody else talks to it."""

    def __init__(self, kernel: DirectKernel, seconds: float) -> None:
        """Ask a kernel.

        Args:
            kernel: the one.
            seconds: how long all replies together may take.
        """
        self._kernel = kernel
        self._seconds_left = seconds
        self._execution = ""  # what marks the kernel's answers; "" if it does not answer
        self.gone = False

    def __call__(self, request: str, callback: Reply, seconds: float) -> str:
        """Return the kernel's reply to a request.

        Raises:
            Failed: if there is none: the kernel has ended, or the time is up.
        """
        start = time.monotonic()
        end = start + min(seconds, self._seconds_left)
        if self.gone:
            raise Failed(_GONE)
        if self._seconds_left <= 0:
            raise Failed("Not tried: what was asked before has taken all the time that there is for this test.")
        try:
            if not self._execution:
                self._execution = self._kernel.execute(_ANSWER, silent=True, asks=True)
                self._next_prompt(end)
            reply = self._asked(request, end)
            while reply.startswith('{"callback"'):
                reply = self._asked(callback(reply), end)
            return reply
        finally:
            self._seconds_left -= time.monotonic() - start

    def end(self) -> None:
        """Have the kernel do other things again. If it does not, it is `gone`."""
        if not self._execution or self.gone:
            return
        self._kernel.answer("")
        self._await_end()
        if self._execution and not self.gone:
            self._stop()

    def _asked(self, request: str, end: float) -> str:
        self._kernel.answer(request)
        return self._next_prompt(end)

    def _next_prompt(self, end: float, *, only_end: bool = False) -> str:
        """Wait for what the kernel says next.

        Raises:
            Failed: if the kernel ends, or ends the conversation, or the time is up.
        """
        while (left := end - time.monotonic()) > 0:
            try:
                message = self._kernel.hear(left)
            except KernelEnded:
                self.gone, self._execution = True, ""
                raise Failed(_GONE) from None
            if message is None or message["parent_header"]["msg_id"] != self._execution:
                continue  # what is printed now is not looked at
            if message["msg_type"] == "input_request" and not only_end:
                prompt: str = message["content"]["prompt"]
                return prompt
            if message["msg_type"] == "execute_reply":
                self._execution = ""
                raise Failed("Your code broke off the test, as an interrupt does.")
        if not only_end:
            self._stop()
        raise Failed("Your code did not come to an end in time and was stopped.", hung=True)

    def _stop(self) -> None:
        self._kernel.interrupt()
        self._await_end()
        self.gone = self.gone or bool(self._execution)

    def _await_end(self) -> None:
        with contextlib.suppress(Failed):
            self._next_prompt(time.monotonic() + _AFTER_INTERRUPT_SECONDS, only_end=True)
