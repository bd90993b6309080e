"""nbgrader's commands, each in a process of its own that is there at once."""

from __future__ import annotations

import json
import os
import re
import select
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from autograder import commands

_MOST_SHOWN = 20_000
# nbgrader takes seconds to be imported, so it is done once; each command is a fork, which ends as a command does.
_SERVER = """
import json, os, sys
import autograder.config
from nbgrader.apps import autogradeapp, generateassignmentapp, generatefeedbackapp, nbgraderapp
for line in sys.stdin:
    order = json.loads(line)
    if "wait" in order:
        answer = os.waitstatus_to_exitcode(os.waitpid(order["wait"], 0)[1])
    elif not (answer := os.fork()):
        os.chdir(order["folder"])
        os.environ.update(order["environment"])
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(log, 1), os.dup2(log, 2)
        if "program" in order:
            exec(order["program"], {"__name__": "program"})
            sys.exit()
        sys.argv = ["nbgrader", *order["arguments"]]
        sys.exit(nbgraderapp.main())
    print(answer, flush=True)
"""


class Server:
    """Starts nbgrader's commands."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", _SERVER],
            env=commands.environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def ask(self, **order):
        """Have something done, and return the number that comes back."""
        print(json.dumps(order), file=self._process.stdin, flush=True)
        return int(self._process.stdout.readline())

    def start(self, folder, log, **order):
        """Start a command in a folder, with a log for what it says; `arguments` or a `program` say which."""
        return Command(self.ask(folder=str(folder), log=str(log), **order), self, log)

    def close(self):
        self._process.communicate()


@dataclass
class Command:
    """A command that has been started.

    Attributes:
        process: its number.
    """

    process: int
    _server: Server
    _log: Path

    @property
    def said(self):
        return self._log.read_text(errors="replace")[-_MOST_SHOWN:]

    def wait(self, seconds=240):
        """Return the exit status; a signal that ended it is negative. What takes too long is killed."""
        handle = os.pidfd_open(self.process)
        try:
            ended = select.select([handle], [], [], seconds)[0]
            if not ended:
                signal.pidfd_send_signal(handle, signal.SIGKILL)
        finally:
            os.close(handle)
        status = self._server.ask(wait=self.process)
        assert ended, f"not done after {seconds} s:\n{self.said}"
        return status

    def wait_until_said(self, pattern, seconds=240):
        end = time.monotonic() + seconds
        while not re.search(pattern, self.said):
            assert time.monotonic() < end, f"never said {pattern}:\n{self.said}"
            time.sleep(0.01)
