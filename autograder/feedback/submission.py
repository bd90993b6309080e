"""All that the pages of one submission are made of: its graded notebooks, and what the gradebook says about them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

import nbformat

from autograder.feedback import contents, grades
from autograder.feedback.contents import Contents
from autograder.feedback.grades import SubmissionGrades

_MOST_FIRST = 3


@dataclass(frozen=True)
class Submission:
    """One student's work on one assignment, graded.

    Attributes:
        contents: of the graded notebooks, by name; one that was not handed in is missing.
        state: a digest of all that the pages show, and of how they show it.
    """

    assignment: str
    student: str
    grades: SubmissionGrades
    contents: Mapping[str, Contents]
    state: str

    @property
    def points(self) -> float:
        """What counts."""
        return sum(notebook.points for notebook in self.grades.notebooks.values())

    @property
    def most(self) -> float:
        """What could be had."""
        return sum(notebook.most for notebook in self.grades.notebooks.values())

    @property
    def pending(self) -> float:
        """What somebody has yet to decide about, in points."""
        return sum(notebook.pending for notebook in self.grades.notebooks.values())

    @property
    def penalty(self) -> float:
        """What lateness costs."""
        return sum(notebook.penalty for notebook in self.grades.notebooks.values())

    @property
    def all_right(self) -> bool:
        """Whether there is nothing to mend, and nothing missing."""
        states = {one.state for held in self.contents.values() for one in held.questions}
        return states == {"right"} and self.contents.keys() == self.grades.notebooks.keys()

    @property
    def first(self) -> list[Contents]:
        """The notebooks with something to look at first."""
        return [one for one in self.contents.values() if one.first][:_MOST_FIRST]


def read(folder: Path, assignment: str, student: str, db_url: str) -> Submission:
    """Return a submission.

    Args:
        folder: where its graded notebooks lie.
        assignment: such as `ps1`.
        student: the id.
        db_url: of the gradebook.

    Raises:
        nbgrader.api.MissingEntry: if the gradebook does not know it.
    """
    found = grades.read(db_url, assignment, student)
    digest = hashlib.sha256(_design() + repr(asdict(found)).encode())
    held = {}
    for name, notebook in found.notebooks.items():
        path = folder / f"{name}.ipynb"
        if path.exists():
            written = path.read_bytes()
            digest.update(name.encode() + b"\0" + hashlib.sha256(written).digest())
            held[name] = contents.read(name, nbformat.reads(written.decode(), as_version=4), notebook)
    return Submission(assignment, student, found, held, digest.hexdigest()[:32])


@cache
def _design() -> bytes:
    """Return a digest of the files that decide how a page looks."""
    here = Path(__file__).parent
    files = sorted(path for path in here.rglob("*") if path.suffix in (".py", ".j2", ".css"))
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in files)).digest()
