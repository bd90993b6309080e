"""Executing one notebook in a walled kernel, within its limits, whatever its cells do."""

from __future__ import annotations

import asyncio
import json
import tempfile
import time
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import DeadKernelError
from traitlets.config import Config

from autograder.execution.job import Executed, Job
from autograder.sandbox import provisioner

_KERNELS = Path(provisioner.__file__).parent / "kernels"
_TIME_LIMIT = "TimeLimit"
_ATTEMPTS = 3


class CannotExecute(RuntimeError):  # noqa: N818 - the name is the message
    """Something on the grader's side keeps notebooks from being executed; it is not about a submission."""


def execute(job: Job) -> Executed:
    """Execute a notebook.

    Whatever its cells do, something comes back: a cell that fails has an error among its outputs, and so has each cell
    that was not reached, as one without outputs would pass for a test that found nothing wrong.

    Raises:
        NoSandbox: if kernels cannot be isolated here.
        CannotExecute: if kernels do not start.
    """
    provisioner.warm(job.plan)
    return asyncio.run(_execute(job))


async def _execute(job: Job) -> Executed:
    start = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="files-") as folder:
        _write(job.files, Path(folder))
        for attempt in range(1, _ATTEMPTS + 1):
            notebook = nbformat.from_dict(json.loads(job.notebook))
            client = _Client(notebook, job, folder)
            try:
                await client.async_execute()
            except DeadKernelError:
                # What the submission did to its kernel is its own affair; that the warm process has gone is not.
                if client.ended != provisioner.GONE or attempt == _ATTEMPTS:
                    break
            except (RuntimeError, OSError) as problem:
                if client.begun:
                    raise
                if attempt == _ATTEMPTS:
                    raise CannotExecute(f"No kernel starts: {problem}") from problem
            else:
                break
    verdict = client.verdict()
    if verdict:
        _explain(notebook.cells[client.finished :], verdict)
    return Executed(
        outputs=[list(cell.get("outputs", [])) for cell in notebook.cells],
        isolation=provisioner.warm(job.plan).level.words,
        verdict=verdict,
        seconds=time.monotonic() - start,
        steady=not verdict and not client.hung,
    )


def _write(files: Mapping[str, bytes], folder: Path) -> None:
    for name, content in files.items():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)


def not_executed(job: Job, verdict: str) -> Executed:
    """Return a verdict on a notebook of which no cell was executed."""
    notebook = nbformat.from_dict(json.loads(job.notebook))
    _explain(notebook.cells, verdict)
    return Executed([list(cell.get("outputs", [])) for cell in notebook.cells], "", verdict, steady=False)


def _explain(cells: Sequence[Any], verdict: str) -> None:
    """Say in each code cell why it did not come to its end; the first one was under way."""
    for index, cell in enumerate(cells):
        if cell.cell_type == "code":
            cell.outputs.append(
                _error("NotExecuted", f"Not executed. {verdict}") if index else _error("Stopped", verdict)
            )


class _Client(NotebookClient):
    """nbclient's client, with a patience that comes to an end, and a limit to what it takes in."""

    def __init__(self, notebook: Any, job: Job, folder: str) -> None:  # noqa: ANN401
        self.finished = 0  # cells that have come to an end
        self.begun = False
        self.hung = False
        self.provisioner: provisioner.WalledProvisioner | None = None
        self._job = job
        self._bytes_left = job.plan.limits.output_mib * 2**20
        config = Config()
        config.WalledProvisioner.plan = job.plan
        manager = AsyncKernelManager(
            kernel_name=provisioner.KERNEL,
            kernel_spec_manager=kernelspecs(),
            client_class="autograder.sandbox.client.PromptClient",
            config=config,
        )
        patience = job.patience
        first, later = patience.cell_seconds, patience.after_hang_seconds
        limit = f"{first or patience.start_seconds} s ({later} s, once a cell of this notebook has run into it)"
        words = f"This cell did not come to an end within {limit} and was stopped. Is there a loop without an end?"
        super().__init__(
            notebook,
            km=manager,
            resources={"metadata": {"path": folder}},
            allow_errors=True,
            interrupt_on_timeout=True,
            startup_timeout=patience.start_seconds,
            shutdown_kernel="immediate",
            timeout=first,
            timeout_func=lambda _cell: later if self.hung else first,
            error_on_timeout={k: v for k, v in _error(_TIME_LIMIT, words).items() if k != "output_type"},
        )
        self.owns_km = True  # so that it ends the kernel, too

    async def async_start_new_kernel_client(self, **kwargs: Any) -> Any:  # noqa: ANN401 - nbclient's own
        """Connect, and note that the kernel is there."""
        self.provisioner = self.km.provisioner if self.km else None
        client = await super().async_start_new_kernel_client(**kwargs)
        self.begun = True
        return client

    async def async_execute_cell(self, cell: Any, cell_index: int, *more: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        """Execute one cell, and count it."""
        executed = await super().async_execute_cell(cell, cell_index, *more, **kwargs)
        self.finished = cell_index + 1
        return executed

    def process_message(self, msg: dict[str, Any], cell: Any, cell_index: int) -> Any:  # noqa: ANN401
        """Take in one message, unless there have been too many bytes of them; then the kernel ends."""
        self._bytes_left -= _size(msg["content"])
        if self._bytes_left < 0:
            if self.provisioner and self.provisioner.ended is None:
                self.provisioner.ended = "output_mib"
                asyncio.get_running_loop().create_task(self.provisioner.kill())
            return None
        return super().process_message(msg, cell, cell_index)

    def on_cell_executed(self, *, cell: Any, execute_reply: dict[str, Any], **_: Any) -> None:  # noqa: ANN401
        """Make sure that an error is among the outputs, and keep warnings from costing points.

        nbgrader gives no points to a test that wrote anything to stderr, and a warning of torch is enough for that.
        What a test finds, it says by an error or by points.
        """
        reply = execute_reply["content"]
        if reply["status"] == "error" and not any(
            output.output_type == "error" and output.ename == reply["ename"] for output in cell.outputs
        ):
            trace = list(reply["traceback"]) or ["An error occurred while showing errors was switched off."]
            cell.outputs.append(_error(reply["ename"], reply["evalue"], trace))
        for output in cell.outputs:
            if output.output_type == "stream":
                output.name = "stdout"
        if reply.get("ename") == _TIME_LIMIT:
            self.hung = True
            self.iopub_timeout = 1  # nothing more will come from there

    @property
    def ended(self) -> str:
        """Why the kernel has ended; "" if by itself, or not yet."""
        return (self.provisioner and self.provisioner.ended) or ""

    def verdict(self) -> str:
        """Return why the notebook was stopped before its end, in words; "" if it was not."""
        if self.finished == len(self.nb.cells):
            return ""
        limits = self._job.plan.limits
        return {
            "wall_seconds": f"The notebook took more than {limits.wall_seconds:g} s in all and was stopped.",
            "cpu_seconds": f"A process used more than {limits.cpu_seconds} s of processor time and was stopped.",
            "memory_mib": f"The notebook used more than {limits.memory_mib} MiB of memory and was stopped.",
            "processes": f"The notebook started more than {limits.processes} processes and was stopped.",
            "output_mib": f"The notebook printed more than {limits.output_mib} MiB and was stopped.",
            "": "The code ended its own kernel, as exit() and os._exit() do.",
        }.get(self.ended, f"The kernel died: {self.ended}.")


@cache
def kernelspecs() -> KernelSpecManager:
    """Return what knows the walled kernel, whether it is installed for others to find or not."""
    return KernelSpecManager(kernel_dirs=[str(_KERNELS)])


def _error(name: str, words: str, traceback: list[str] | None = None) -> Any:  # noqa: ANN401
    return nbformat.v4.new_output(
        "error", ename=name, evalue=words, traceback=traceback or [f"\x1b[1;31m{name}\x1b[0m: {words}"]
    )


def _size(content: Any) -> int:  # noqa: ANN401 - JSON
    """Return about how many bytes a message's content takes."""
    if isinstance(content, str):
        return len(content)
    if isinstance(content, dict):
        return sum(map(_size, content.values())) + 16
    if isinstance(content, list):
        return sum(map(_size, content)) + 16
    return 8
