"""One notebook to execute, and what came of it: plain data, that can go to another process or another machine."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from autograder.judge.hidden import HiddenTest, Judged
from autograder.sandbox.plan import Plan


@dataclass(frozen=True)
class Patience:
    """How long cells are waited for.

    Attributes:
        cell_seconds: for each cell; None for as long as the whole notebook may take.
        after_hang_seconds: for each cell of a notebook in which one has run out of time.
        start_seconds: for the kernel to answer.
        test_seconds: for each hidden test, with all that it asks the student's code to do.
    """

    cell_seconds: int | None = 30
    after_hang_seconds: int = 2
    start_seconds: int = 60
    test_seconds: int = 120


@dataclass(frozen=True)
class Job:
    """One notebook to execute.

    Attributes:
        notebook: the notebook, as JSON, without any hidden test.
        tests: the hidden tests, by the places of their cells.
        seed: where the tests' random inputs start; None for a start of their own in each run.
        files: what lies beside it, by relative name.
        plan: what its kernel is like.
        patience: how long its cells are waited for.
        fingerprint: what else decides the result: versions, and our own code.
        about: whose it is, for messages.
    """

    notebook: str
    plan: Plan
    files: Mapping[str, bytes] = field(default_factory=dict)
    patience: Patience = field(default_factory=Patience)
    fingerprint: str = ""
    about: str = ""
    tests: Mapping[int, HiddenTest] = field(default_factory=dict)
    seed: int | None = None

    def key(self) -> str:
        """Return a digest of all that decides the result: two jobs with the same key need to be done only once."""
        cells = [[c["cell_type"], c["source"]] for c in json.loads(self.notebook)["cells"]]
        plan = replace(self.plan, secret=())  # where the course lies makes no difference
        files = {name: hashlib.sha256(content).hexdigest() for name, content in sorted(self.files.items())}
        data = [[str(p), p.stat().st_size, p.stat().st_mtime_ns] for top in plan.shown for p in _files(top)]
        tests = [[place, repr(test)] for place, test in sorted(self.tests.items())]
        decisive = [cells, tests, self.seed, files, data, repr(plan), repr(self.patience), self.fingerprint]
        return hashlib.sha256(json.dumps(decisive, sort_keys=True).encode()).hexdigest()


def _files(top: Path) -> list[Path]:
    return sorted(path for path in [top, *top.rglob("*")] if path.is_file())


@dataclass(frozen=True)
class Executed:
    """What came of a notebook.

    Attributes:
        outputs: the outputs of each cell, none for those that are not code.
        isolation: how the kernel was walled in, in words; "" if there was none.
        verdict: why it was stopped before its end, in words; "" if it came to its end.
        seconds: how long it took.
        steady: whether it would come out the same again; what ran out of time might not.
        judged: what the judge found in each test cell that it came to.
        hung: that a cell had to be stopped, in words; "" if none had. It may be that the machine was slow.
    """

    outputs: list[list[dict[str, Any]]]
    isolation: str
    verdict: str = ""
    seconds: float = 0.0
    steady: bool = True
    judged: list[Judged] = field(default_factory=list)
    hung: str = ""
