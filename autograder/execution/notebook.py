"""Executing one notebook in a walled kernel, within its limits, whatever its cells do."""

from __future__ import annotations

import contextlib
import copy
import gc
import json
import logging
import math
import sys
import time
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import nbformat
from nbclient import NotebookClient

from autograder.execution import verdict
from autograder.execution.conversation import Conversation
from autograder.execution.job import Executed, Job
from autograder.execution.judging import judge_for
from autograder.judge.engine import Engine, Failed, Reply
from autograder.judge.hidden import HiddenTest, Judged
from autograder.judge.session import Session
from autograder.sandbox import provisioner
from autograder.sandbox.direct import DirectKernel, KernelEnded
from autograder.sandbox.plan import CPU

_log = logging.getLogger(__name__)
_TIME_LIMIT = "TimeLimit"
_TOO_LONG = "did not come to an end within {}"
_OUTPUTS = ("stream", "display_data", "execute_result", "error")
# A cell that is stopped may still say so, for so long; once one has been stopped, for less long.
_AFTER_INTERRUPT_SECONDS = {False: 4.0, True: 1.0}
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
    executed = _execute(job)
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


def _execute(job: Job) -> Executed:
    start = time.monotonic()
    attempts, revivals, killed = _ATTEMPTS, _REVIVALS, False
    client: _Client | None = None
    while True:
        client = _Client(job, client if client and client.ended_in_test else None)
        try:
            client.run()
        except KernelEnded:
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


class _Client(NotebookClient):
    """nbclient's client, which knows what becomes of messages; with a patience, and a limit to what it takes in."""

    def __init__(self, job: Job, before: _Client | None = None) -> None:
        """Execute a job's notebook from the start; or from where the kernel of the client before has ended."""
        super().__init__(before.nb if before else nbformat.from_dict(json.loads(job.notebook)))
        self._resumed_at: int = before.finished if before else 0
        self.finished: int = 0  # cells that have come to an end
        self.begun = False
        self.ended_in_test = False
        self.trouble = ""  # what went wrong on this side, whatever the kernel has sent
        self.hung: bool = before.hung if before else False
        self.session: Session = before.session if before else Session(Engine(_nobody), job.seed, job.plan.device)
        self.judged: list[Judged] = before.judged if before else []
        self._kernel: DirectKernel | None = None
        self._job = job
        self._bytes_left = job.plan.limits.output_mib * 2**20

    def run(self) -> None:
        """Execute all cells in a kernel of their own.

        Raises:
            KernelEnded: if the kernel ends before.
            RuntimeError: if the kernel does not start.
            OSError: if the warm process has gone.
        """
        kernel = self._kernel = DirectKernel(self._job.plan, self._job.files)
        with contextlib.closing(kernel):
            kernel.wait_until_ready(self._job.patience.start_seconds)
            self.begun = True
            for index, cell in enumerate(self.nb.cells):
                # What a cell before a new start did to the notebook's names is needed again; what it said is known.
                taken = copy.deepcopy(cell) if index < self._resumed_at else cell
                skipped = self.skip_cells_with_tag in cell.metadata.get("tags", [])
                if cell.cell_type == "code" and cell.source.strip() and not skipped:
                    self._execute(kernel, taken, index)
                if index >= self._resumed_at and (test := self._job.tests.get(index)):
                    self._judge(kernel, test, cell)
                self.finished = index + 1
                if self.ended_in_test:
                    raise KernelEnded

    def _execute(self, kernel: DirectKernel, cell: Any, index: int) -> None:  # noqa: ANN401
        """Execute one cell, and take in what it shows."""
        patience = self._job.patience
        seconds = patience.after_hang_seconds if self.hung else patience.cell_seconds
        cell.outputs = []
        self.clear_before_next_output = False
        request = kernel.execute(cell.source)
        end = math.inf if seconds is None else time.monotonic() + seconds
        late = False
        reply: dict[str, Any] | None = None
        while reply is None:
            message = kernel.hear(end - time.monotonic())
            if message is None and late:
                break
            if message is None:
                kernel.interrupt()
                late, end = True, time.monotonic() + _AFTER_INTERRUPT_SECONDS[self.hung]
            elif message["parent_header"]["msg_id"] != request:
                continue
            elif message["msg_type"] == "execute_reply":
                reply = message["content"]
            else:
                self.process_message(message, cell, index)
        if late:
            reply, self.hung = self._too_long(), True
        if reply:
            _complete(cell, reply)

    def _too_long(self) -> dict[str, Any]:
        """Return what stands in the place of a reply that has not come in time."""
        first, later = self._job.patience.cell_seconds, self._job.patience.after_hang_seconds
        limit = f"{first} s ({later} s, once a cell of this notebook has run into it)"
        words = f"This cell {_TOO_LONG.format(limit)} and was stopped. Is there a loop without an end?"
        return {"status": "error", **{k: v for k, v in _error(_TIME_LIMIT, words).items() if k != "output_type"}}

    def _judge(self, kernel: DirectKernel, test: HiddenTest, cell: Any) -> None:  # noqa: ANN401
        """Run a hidden test on this side, and put into its cell what it found."""
        seconds = self._job.patience.test_seconds
        conversation = Conversation(kernel, _STUDENTS_SHARE * seconds)
        self.session.engine = Engine(conversation)
        judged = judge_for(seconds, test, self.session)
        conversation.end()
        self.ended_in_test = conversation.gone
        self.judged.append(judged)
        cell.outputs = verdict.outputs(cell.outputs, judged)

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
        if cell_index < self._resumed_at:
            return None  # a cell that is only replayed says nothing, and changes nothing that was said
        msg["content"].get("data", {}).pop(verdict.MIME, None)  # only the judge says this
        self._bytes_left -= _size(msg["content"])
        if self._bytes_left < 0:
            if self._kernel:
                self._kernel.end("output_mib")
            return None
        return super().process_message(msg, cell, cell_index)

    @property
    def ended(self) -> str:
        """Why the kernel has ended; "" if by itself, or not yet."""
        return (self._kernel and self._kernel.ended) or ""

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


def _complete(cell: Any, reply: Mapping[str, Any]) -> None:  # noqa: ANN401
    """Make sure that an error is among the outputs, and keep warnings from costing points.

    nbgrader gives no points to a test that wrote anything to stderr, and a warning of torch is enough for that.
    What a test finds, it says by an error or by points.
    """
    if reply["status"] == "error" and not any(
        output.output_type == "error" and output.ename == reply["ename"] for output in cell.outputs
    ):
        trace = list(reply["traceback"]) or ["An error occurred while showing errors was switched off."]
        cell.outputs.append(_error(reply["ename"], reply["evalue"], trace))
    for output in cell.outputs:
        if output.output_type == "stream":
            output.name = "stdout"


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
