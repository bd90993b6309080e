"""Asking the code in a student's kernel, by the way that Jupyter has for asking a user.

The kernel is told to answer requests (`course_lib.answering`): it asks for input, with its last reply as the prompt,
and what it gets is the next request. So a whole test takes one execution, and whatever speaks Jupyter can do it.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from typing import Any

from nbclient.exceptions import DeadKernelError

from autograder.execution.hearing import Hearing
from autograder.judge.engine import Failed, Reply

# Nothing in it is secret, and nothing of it stays in the notebook's names or history.
_ANSWER = "__import__('course_lib.answering').answering.serve(globals(), get_ipython().kernel.raw_input)"
_ANSWER_REQUEST = {
    "code": _ANSWER,
    "silent": True,
    "store_history": False,
    "user_expressions": {},
    "allow_stdin": True,
    "stop_on_error": False,
}
_AFTER_INTERRUPT_SECONDS = 2.0
_GONE = "The notebook's kernel ended while this was tested."


class Conversation:
    """An `Exchange` with a kernel. While it lasts, nobody else uses the client.

    It uses the client's sockets directly, and the thread of the client's event loop, which waits: a request is answered
    in a few milliseconds, and a hop from thread to thread would take as long.
    """

    def __init__(
        self,
        client: Any,  # noqa: ANN401 - jupyter_client is not typed
        interrupt: Callable[[], None],
        alive: Callable[[], bool],
        seconds: float,
    ) -> None:
        """Ask the kernel that `client` is connected to.

        Args:
            client: a `PromptClient`.
            interrupt: interrupts the kernel.
            alive: returns whether the kernel is still there.
            seconds: how long all replies together may take.
        """
        self._client = client
        self._interrupt = interrupt
        self._seconds_left = seconds
        self._execution = ""  # the message that told the kernel to answer; "" if it does not
        self._stdin, self._shell, self._iopub = client.stdin_channel, client.shell_channel, client.iopub_channel
        self._hearing = Hearing([self._stdin, self._shell, self._iopub], alive)
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
                self._execution = self._say(self._shell, "execute_request", _ANSWER_REQUEST)
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
        self._say(self._stdin, "input_reply", {"value": ""})
        self._await_end()
        if self._execution and not self.gone:
            self._stop()

    def _asked(self, request: str, end: float) -> str:
        self._say(self._stdin, "input_reply", {"value": request})
        return self._next_prompt(end)

    def _say(self, channel: Any, kind: str, content: dict[str, Any]) -> str:  # noqa: ANN401
        """Send a message, and return its id."""
        message = self._client.session.msg(kind, content)
        channel.send(message)
        return str(message["header"]["msg_id"])

    def _next_prompt(self, end: float, *, only_end: bool = False) -> str:
        """Wait for what the kernel says next.

        Raises:
            Failed: if the kernel ends, or ends the conversation, or the time is up.
        """
        while (left := end - time.monotonic()) > 0:
            try:
                ready = self._hearing.wait(left)
            except DeadKernelError:
                self.gone, self._execution = True, ""
                raise Failed(_GONE) from None
            if self._iopub in ready:
                self._iopub.plain.recv_multipart()  # what is printed now is not looked at
            if self._stdin in ready:
                message = self._ours(self._stdin, "input_request")
                if message and not only_end:
                    prompt: str = message["content"]["prompt"]
                    return prompt
            if self._shell in ready and self._ours(self._shell, "execute_reply"):
                self._execution = ""
                raise Failed("Your code broke off the test, as an interrupt does.")
        if not only_end:
            self._stop()
        raise Failed("Your code did not come to an end in time and was stopped.", hung=True)

    def _stop(self) -> None:
        self._interrupt()
        self._await_end()
        self.gone = self.gone or bool(self._execution)

    def _await_end(self) -> None:
        with contextlib.suppress(Failed):
            self._next_prompt(time.monotonic() + _AFTER_INTERRUPT_SECONDS, only_end=True)

    def _ours(self, channel: Any, kind: str) -> dict[str, Any] | None:  # noqa: ANN401
        """Return the next message if it is of that kind and belongs to this conversation."""
        message: dict[str, Any] | None = channel.take()
        if message and message["msg_type"] == kind and message["parent_header"].get("msg_id") == self._execution:
            return message
        return None
