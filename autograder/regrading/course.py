"""A course, opened for grading again: nbgrader's configuration, the instructor's copy, and what is graded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from filelock import Timeout
from sqlalchemy.exc import SQLAlchemyError
from traitlets import TraitError

from autograder import lateness
from autograder.execution import masters
from autograder.execution.masters import Master
from autograder.execution.preparing import Preparation
from autograder.execution.run import STATE
from autograder.execution.settings import Grading
from autograder.execution.store import Store
from autograder.lms.refusal import Refused
from autograder.regrading import tests
from autograder.regrading.tests import Test
from autograder.repair import MasterCell


@dataclass(frozen=True)
class Opened:
    """A course and one of its assignments.

    Attributes:
        assignment: its name.
        converter: nbgrader's `Autograde`, configured as for `nbgrader autograde`.
        settings: `c.Grading`.
        store: what the grader remembers.
        masters: the instructor's copy of the notebooks, by name.
        prepare: makes jobs of submitted notebooks.
    """

    assignment: str
    converter: Any
    settings: Grading
    store: Store
    masters: dict[str, Master]
    prepare: Preparation

    @property
    def tests(self) -> dict[tuple[str, str], Test]:
        """The tests of the assignment, by notebook and `grade_id`."""
        found = [tests.of_master(name, master, self.prepare.markers) for name, master in sorted(self.masters.items())]
        return {(test.notebook, test.name): test for of_one in found for test in of_one.values()}

    def with_tests(self, new: Sequence[Test]) -> Opened:
        """Return the same course with other tests, which its gradebook does not have yet."""
        changed = {(test.notebook, test.name): test for test in new}

        def renewed(notebook: str, cell: MasterCell) -> MasterCell:
            test = changed.get((notebook, cell.name))
            return replace(cell, source=test.cell, points=test.points) if test else cell

        known = {
            name: replace(master, cells=[renewed(name, cell) for cell in master.cells])
            for name, master in self.masters.items()
        }
        return replace(self, masters=known, prepare=Preparation(self.converter, known, self.settings))

    @property
    def source(self) -> Path:
        """Where the assignment's source lies."""
        course = self.converter.coursedir
        return Path(course.format_path(course.source_directory, ".", self.assignment))

    @property
    def db_url(self) -> str:
        """The gradebook."""
        return str(self.converter.coursedir.db_url)


def open_course(course: Path, assignment: str) -> Opened:
    """Open a course as `nbgrader autograde` does. The current folder must be the course's.

    Raises:
        Refused: if its configuration or its gradebook cannot be read, or does not know the assignment.
    """
    configured = lateness.converter(course, assignment)
    try:
        settings = Grading(config=configured.config)
    except TraitError as problem:
        raise Refused(f"nbgrader_config.py cannot be used: {problem}") from problem
    try:
        known = masters.read(configured.coursedir.db_url, assignment)
    except SQLAlchemyError as problem:
        raise Refused(f"The gradebook cannot be read: {problem}") from problem
    if not known:
        raise Refused(
            f"The gradebook does not know {assignment}. First run: nbgrader generate_assignment {assignment}, "
            f"and then: nbgrader autograde {assignment}"
        )
    store = Store(Path(configured.coursedir.root).resolve() / STATE)
    return Opened(assignment, configured, settings, store, known, Preparation(configured, known, settings))


@contextmanager
def alone(opened: Opened) -> Iterator[None]:
    """Within this block, nobody else grades the assignment.

    Raises:
        Refused: if somebody does.
    """
    lock = opened.store.lock(opened.assignment)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise Refused(
            f"{opened.assignment} is being graded, by nbgrader autograde, by formgrader or by another regrade. "
            "Wait until that is done, then run this again."
        ) from None
    try:
        yield
    finally:
        lock.release()
