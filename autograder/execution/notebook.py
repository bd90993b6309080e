"""Executing one notebook in a walled kernel, within its limits, whatever its cells do."""

from __future__ import annotations

import asyncio
import copy
import gc
import json
import logging
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
import zmq.asyncio
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient.exceptions import DeadKernelError
from traitlets.config import Config

from autograder.execution import verdict
from autograder.execution.conversation import Conversation
from autograder.execution.job import Executed, Job
from autograder.execution.judging import judge_for
from autograder.execution.waiting import WaitingClient
from autograder.judge.engine import Engine, Failed, Reply
from autograder.judge.hidden import HiddenTest, Judged
from autograder.judge.session import Session
from autograder.sandbox import provisioner
from autograder.sandbox.plan import CPU

_log = logging.getLogger(__name__)
_KERNELS = Path(provisioner.__file__).parent / "kernels"
_TIME_LIMIT = "TimeLimit"
_TOO_LONG = "did not come to an end within {}"
_OUTPUTS = ("stream", "display_data", "execute_result", "error")
_ATTEMPTS = 3
# A test in which the kernel ends is lost; for those after it, so many new kernels are brought to where the old one was.
_REVIVALS = 2
# Of the time for a test, what the student's code may use of it: who is slow on purpose must not make the test look so.
_STUDENTS_SHARE = 0.8


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
    executed = asyncio.run(_execute(job))
    _settle()
    return executed


@cache
def _settle() -> None:
    """Leave what is in memory after the first notebook out of garbage collections: it stays, and it is a lot.

    And have torch compute in one thread, as there are as many notebooks at a time as there are cores.
    """
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)
    gc.collect()
    gc.freeze()


async def _execute(job: Job) -> Executed:
    start = time.monotonic()
    attempts, revivals, killed = _ATTEMPTS, _REVIVALS, False
    client: _Client | None = None
    with tempfile.TemporaryDirectory(prefix="files-") as folder:
        _write(job.files, Path(folder))
        while True:
            client = _Client(job, folder, client if client and client.ended_in_test else None)
            try:
                await client.async_execute()
            except DeadKernelError:
                # What the submission did to its kernel is its own affair; that the warm process has gone is not, and
                # once it is believed that somebody else, short of memory, has killed the kernel.
                blameless = client.ended == provisioner.GONE or (client.ended == provisioner.KILLED and not killed)
                killed |= client.ended == provisioner.KILLED
                attempts -= blameless
                revivals -= client.ended_in_test
                over = client.ended == "wall_seconds"  # which is for the whole notebook
                if (blameless and attempts) or (client.ended_in_test and revivals >= 0 and not over):
                    continue
            except Exception as problem:
                if client.begun:
                    _log.exception("%s could not be taken in.", job.about)
                    client.trouble = type(problem).__name__
                    break
                if not isinstance(problem, (RuntimeError, OSError)):
                    raise
                attempts -= 1
                if not attempts:
                    raise CannotExecute(f"No kernel starts: {problem}") from problem
                continue
            break
    words = client.why_stopped()
    notebook = client.nb
    if words:
        _explain(notebook.cells[client.finished :], words)
    return Executed(
        outputs=[list(cell.get("outputs", [])) for cell in notebook.cells],
        isolation=provisioner.warm(job.plan).level.words
        + ("" if job.plan.device == CPU else f"; on {job.plan.device}"),
        verdict=words,
        seconds=time.monotonic() - start,
        steady=not words and not client.hung and not client.session.known.hangs and revivals == _REVIVALS,
        judged=client.judged,
        hung=f"A cell {_TOO_LONG.format(f'{job.patience.cell_seconds} s')} and was stopped." if client.hung else "",
    )


def _write(files: Mapping[str, bytes], folder: Path) -> None:
    for name, content in files.items():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)


def not_executed(job: Job, words: str) -> Executed:
    """Return what there is of a notebook of which no cell was executed, with words that say why."""
    notebook = nbformat.from_dict(json.loads(job.notebook))
    _explain(notebook.cells, words)
    return Executed([list(cell.get("outputs", [])) for cell in notebook.cells], "", words, steady=False)


def _nobody(request: str, callback: Reply, seconds: float) -> str:  # noqa: ARG001
    raise Failed("There is no kernel yet.")


def _explain(cells: Sequence[Any], words: str) -> None:
    """Say in each code cell why it did not come to its end; the first one was under way."""
    for index, cell in enumerate(cells):
        if cell.cell_type == "code":
            # First of all, as nbgrader reads no points behind an error; whatever the cell itself showed may follow.
            cell.outputs.insert(
                0, _error("NotExecuted", f"Not executed. {words}") if index else _error("Stopped", words)
            )


class _Client(WaitingClient):
    """nbclient's client, with a patience that comes to an end, and a limit to what it takes in."""

    def __init__(self, job: Job, folder: str, before: _Client | None = None) -> None:
        """Execute a job's notebook from the start; or from where the kernel of the client before has ended."""
        notebook = before.nb if before else nbformat.from_dict(json.loads(job.notebook))
        self._resumed_at: int = before.finished if before else 0
        self.finished: int = 0  # cells that have come to an end
        self.begun = False
        self.ended_in_test = False
        self.trouble = ""  # what went wrong on this side, whatever the kernel has sent
        self.hung: bool = before.hung if before else False
        self.session: Session = before.session if before else Session(Engine(_nobody), job.seed, job.plan.device)
        self.judged: list[Judged] = before.judged if before else []
        self.provisioner: provisioner.WalledProvisioner | None = None
        self._job = job
        self._bytes_left = job.plan.limits.output_mib * 2**20
        config = Config()
        config.WalledProvisioner.plan = job.plan
        manager = AsyncKernelManager(
            kernel_name=provisioner.KERNEL,
            kernel_spec_manager=kernelspecs(),
            client_class="autograder.sandbox.client.PromptClient",
            context=_context(),
            config=config,
        )
        patience = job.patience
        first, later = patience.cell_seconds, patience.after_hang_seconds
        limit = f"{first or patience.start_seconds} s ({later} s, once a cell of this notebook has run into it)"
        words = f"This cell {_TOO_LONG.format(limit)} and was stopped. Is there a loop without an end?"
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
            record_timing=False,
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
        """Execute one cell, count it, and have the judge look if it is a test."""
        if cell_index < self._resumed_at:
            # What it did to the notebook's names is needed again; what it said is known.
            await super().async_execute_cell(copy.deepcopy(cell), cell_index, *more, **kwargs)
            self.nb.cells[cell_index] = cell
            self.finished = cell_index + 1
            return cell
        executed = await super().async_execute_cell(cell, cell_index, *more, **kwargs)
        if test := self._job.tests.get(cell_index):
            self._judge(test, cell)
        self.finished = cell_index + 1
        if self.ended_in_test:
            raise DeadKernelError("The kernel ended in a test.")
        return executed

    def _judge(self, test: HiddenTest, cell: Any) -> None:  # noqa: ANN401
        """Run a hidden test on this side, and put into its cell what it found."""
        seconds = self._job.patience.test_seconds
        conversation = Conversation(self.kc, self._interrupt, self.alive, _STUDENTS_SHARE * seconds)
        self.session.engine = Engine(conversation)
        judged = judge_for(seconds, test, self.session)
        conversation.end()
        self.ended_in_test = conversation.gone
        self.judged.append(judged)
        cell.outputs = verdict.outputs(cell.outputs, judged)

    def _interrupt(self) -> None:
        if self.provisioner:
            self.provisioner.interrupt()

    def alive(self) -> bool:
        """Return whether the kernel is still there."""
        return self.provisioner is not None and self.provisioner.look()

    def output(self, outs: list[Any], msg: dict[str, Any], display_id: str | None, cell_index: int) -> Any:  # noqa: ANN401
        """Append one output, as nbclient does, but for widgets, and for validating what `messages` has just built."""
        if msg["msg_type"] not in _OUTPUTS:
            return None
        if self.clear_before_next_output:
            outs[:] = []
            self.clear_display_id_mapping(cell_index)
            self.clear_before_next_output = False
        if display_id:
            self._display_id_map.setdefault(display_id, {}).setdefault(cell_index, []).append(len(outs))
        content = {name: value for name, value in msg["content"].items() if name != "transient"}
        outs.append(nbformat.from_dict({"output_type": msg["msg_type"], **content}))
        return outs[-1]

    def process_message(self, msg: dict[str, Any], cell: Any, cell_index: int) -> Any:  # noqa: ANN401
        """Take in one message, unless there have been too many bytes of them; then the kernel ends."""
        if cell_index < self._resumed_at and msg["msg_type"] != "status":
            return None  # a cell that is only replayed says nothing, and changes nothing that was said
        msg["content"].get("data", {}).pop(verdict.MIME, None)  # only the judge says this
        self._bytes_left -= _size(msg["content"])
        if self._bytes_left < 0:
            if self.provisioner and self.provisioner.ended is None:
                self.provisioner.ended = "output_mib"
                self.provisioner.end()
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

    def why_stopped(self) -> str:
        """Return why the notebook was stopped before its end, in words; "" if it was not."""
        if self.finished == len(self.nb.cells):
            return ""
        if self.trouble:
            return f"What the notebook's kernel sent could not be taken in ({self.trouble})."
        if self.ended_in_test and not self.ended:
            return "Its kernel ended or could not be stopped while it was tested, time after time."
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
def _context() -> zmq.asyncio.Context:
    """Return what all clients in this process open their sockets in."""
    return zmq.asyncio.Context()


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
