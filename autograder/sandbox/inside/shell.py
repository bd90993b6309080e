"""IPython's kernel and shell, without what they do twice for each cell, or for nobody."""

from __future__ import annotations

import threading
from typing import Any

from ipykernel.ipkernel import IPythonKernel
from ipykernel.zmqshell import ZMQInteractiveShell


class Shell(ZMQInteractiveShell):
    """A shell that works out once what a cell becomes, and whether it awaits something.

    IPython asks for both before it decides how to run a cell, and once more as it runs it.
    """

    _transformed: tuple[str | None, str] = (None, "")
    _awaits: tuple[str | None, bool] = (None, False)

    def transform_cell(self, raw_cell: str) -> str:
        """Return the Python code that a cell stands for."""
        if self._transformed[0] is not raw_cell:
            self._transformed = (raw_cell, super().transform_cell(raw_cell))  # type: ignore[no-untyped-call]
        return self._transformed[1]

    def should_run_async(self, raw_cell: str, **known: Any) -> bool:  # noqa: ANN401 - as IPython has it
        """Return whether a cell awaits something at its top level."""
        if self._awaits[0] is not raw_cell:
            # Nothing is awaited without one of these words, and to look for them is no work.
            may = "await" in raw_cell or "async" in raw_cell or raw_cell.lstrip().startswith("%")
            self._awaits = (raw_cell, may and super().should_run_async(raw_cell, **known))
        return self._awaits[1]

    def _format_exception_for_storage(self, *_: object, **__: object) -> dict[str, Any]:
        """Store no second copy of a traceback in a history that ends with the kernel."""
        return {}


class _NoSubshells:
    """Stands where a thread would be that hands requests to subshells; a cell that awaits asks it for its own."""

    def __bool__(self) -> bool:
        return False

    @property
    def parent_thread(self) -> threading.Thread:
        return threading.main_thread()


class Kernel(IPythonKernel):
    """A kernel without subshells, whose one client need not be told what it has asked for."""

    shell_class = Shell
    shell_channel_thread = _NoSubshells()
    _supports_kernel_subshells = False

    def _publish_execute_input(self, *_: object) -> None:
        """Tell nobody what is executed."""

    def _input_request(self, prompt: str, ident: Any, parent: Any, password: bool = False) -> str:  # noqa: ANN401
        """Ask whoever executes this for a line."""
        channel = self.session.channel
        if channel is None:
            return str(super()._input_request(prompt, ident, parent, password))
        channel.say("input_request", {"prompt": prompt}, parent["header"]["msg_id"])
        answer = channel.hear_now()
        if answer is None:
            raise EOFError
        return str(answer["value"])
