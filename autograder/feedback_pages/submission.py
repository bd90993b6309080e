"""All that the pages of one submission are made of: its graded notebooks, and what the gradebook says about them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import nbformat

from autograder.feedback_pages import contents
from autograder.feedback_pages.contents import Contents
from autograder.feedback_pages.grades import SubmissionGrades

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


def read(folder: Path, assignment: str, student: str, found: SubmissionGrades) -> Submission:
    """Return a submission.

    Args:
        folder: where its graded notebooks lie.
        assignment: such as `ps1`.
        student: the id.
        found: what the gradebook says about it.
    """
    held = {
        name: contents.read(name, nbformat.read(path, as_version=4), found.notebooks[name])
        for name, path in graded(folder, found).items()
    }
    return Submission(assignment, student, found, held, state(folder, found))


def graded(folder: Path, found: SubmissionGrades) -> dict[str, Path]:
    """Return the notebooks of a submission that were handed in and graded, by name."""
    paths = {name: folder / f"{name}.ipynb" for name in found.notebooks}
    return {name: path for name, path in paths.items() if path.exists()}


def state(folder: Path, found: SubmissionGrades) -> str:
    """Return a digest of all that the pages of a submission show, and of how they show it."""
    digest = hashlib.sha256(_design() + repr(found).encode())
    for name, path in graded(folder, found).items():
        digest.update(name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:32]


@cache
def _design() -> bytes:
    """Return a digest of the files that decide how a page looks."""
    here = Path(__file__).parent
    files = sorted(path for path in here.rglob("*") if path.suffix in (".py", ".j2", ".css"))
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in files)).digest()
