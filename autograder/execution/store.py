"""What the grader remembers on disk: results of notebooks, and which submissions are graded to the end.

Each entry is a file of its own, written under another name first, so that a crash leaves a whole entry or none.
"""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from filelock import FileLock

from autograder.execution.job import Executed
from autograder.judge.hidden import Judged


@dataclass(frozen=True)
class Record:
    """That a submission is graded, and what there was to say about it.

    Attributes:
        digest: of the submission's files.
        problems: what a person should look at, in words.
        repaired: what was done to the submission.
        isolation: how its notebooks were walled in.
        verdicts: what the judge found, by notebook: for each test its points and parts, flags and faults.
        seconds: how long each notebook took to execute and judge.
    """

    digest: str
    problems: list[str] = field(default_factory=list)
    repaired: list[str] = field(default_factory=list)
    isolation: str = ""
    verdicts: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)


class Store:
    """The folder in which a course's grader keeps what it must not forget."""

    def __init__(self, folder: Path) -> None:
        """Use `folder`, which is made when it is first needed."""
        self.folder = folder

    def lock(self, assignment: str) -> FileLock:
        """Return what whoever changes an assignment's points holds meanwhile; it is still to be acquired."""
        self.folder.mkdir(exist_ok=True)
        return FileLock(self.folder / f"{assignment}.lock", thread_local=False)

    def result(self, key: str) -> Executed | None:
        """Return what came of the job with this key, if it is known."""
        found = _read(self._result(key))
        try:
            return Executed(**found | {"judged": list(map(Judged.from_json, found["judged"]))}) if found else None
        except (TypeError, KeyError):  # of an older version of this program
            return None

    def keep_result(self, key: str, executed: Executed) -> None:
        """Remember what came of a job."""
        _write(self._result(key), asdict(executed))

    def record(self, assignment: str, student: str) -> Record | None:
        """Return how a submission was graded, if it was graded to the end."""
        found = _read(self._record(assignment, student))
        try:
            return Record(**found) if found else None
        except TypeError:
            return None

    def keep_record(self, assignment: str, student: str, record: Record) -> None:
        """Remember that a submission is graded to the end."""
        _write(self._record(assignment, student), asdict(record))

    def forget(self, assignment: str, student: str) -> None:
        """Forget that a submission was graded, as it is about to be graded again."""
        self._record(assignment, student).unlink(missing_ok=True)

    def _result(self, key: str) -> Path:
        return self.folder / "results" / key[:2] / f"{key}.json"

    def _record(self, assignment: str, student: str) -> Path:
        return self.folder / "graded" / assignment / f"{student}.json"


def _read(path: Path) -> dict[str, Any] | None:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _write(path: Path, content: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=".", encoding="utf-8", delete=False) as stream:
        json.dump(content, stream)
        stream.flush()
        os.fsync(stream.fileno())
    Path(stream.name).replace(path)
