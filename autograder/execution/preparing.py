"""How a submitted notebook becomes a job: repaired, brought into nbgrader's shape, its hidden tests taken out."""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbconvert.exporters.exporter import Exporter
from nbgrader import utils
from nbgrader.preprocessors import ClearHiddenTests

from autograder import rebuild
from autograder.arrivals import Arrival
from autograder.execution import report
from autograder.execution.job import Job
from autograder.execution.masters import Master
from autograder.execution.settings import Grading, fingerprint
from autograder.judge.session import SEED
from autograder.repair import repair


@dataclass(frozen=True)
class Shaped:
    """A submitted notebook in the shape in which it is executed.

    Attributes:
        notebook: the notebook, with the instructor's copy of what is given, hidden tests too.
        repaired: what was mended, in words.
        problems: what could not be, in words.
    """

    notebook: Any
    repaired: list[str]
    problems: list[str]


class Preparation:
    """Makes jobs of the notebooks of one assignment.

    Attributes:
        markers: what the lines before and after a hidden region contain.
        given: the assignment's own files beside its notebooks, by relative name.
        plan: what kernels are like.
    """

    def __init__(self, converter: Any, masters: Mapping[str, Master], settings: Grading) -> None:  # noqa: ANN401
        """Prepare notebooks as `converter`, nbgrader's `Autograde`, is configured to."""
        self._course = converter.coursedir
        self._masters = masters
        self._settings = settings
        hiding = ClearHiddenTests(config=converter.config)
        self.markers: tuple[str, str] = (hiding.begin_test_delimeter, hiding.end_test_delimeter)
        self._seed = int(os.environ[SEED]) if os.environ.get(SEED) else None
        self.given = self._given_files(converter)
        modules = [module for master in masters.values() for module in master.modules(*self.markers)]
        self.plan = settings.plan(self._secrets(), modules)
        self._shaper = Exporter(config=converter.config, optimistic_validation=True)
        for step in converter.sanitize_preprocessors:
            self._shaper.register_preprocessor(step)

    def shaped(self, student: str, name: str, arrival: Arrival) -> Shaped:
        """Read, repair and sanitise a submitted notebook; one that nobody can read becomes one without answers."""
        master = self._masters[name]
        repaired: list[str] = []
        problems: list[str] = []
        path = arrival.notebooks[name]
        nb, mended = rebuild.read(path) if path.exists() else (None, ["No notebook that could be read was handed in."])
        if nb is None:
            problems += mended
            nb = rebuild.blank(master.cells, " ".join(mended))
        else:
            repaired += mended
        nb.cells = [cell for cell in nb.cells if not report.is_report(cell)]
        found = repair(nb, master.cells)
        master.impose(nb)
        where = {"student": student, "assignment": self._course.assignment_id, "notebook": name}
        nb, _ = self._shaper.from_notebook_node(nb, {"nbgrader": {**where, "db_url": self._course.db_url}})
        return Shaped(nb, [*repaired, *found.done], [*problems, *found.problems])

    def job(self, student: str, name: str, arrival: Arrival, shaped: Shaped, seed: int | None = None) -> Job:
        """Return what is to be executed of a notebook.

        Args:
            student: whose it is.
            name: the notebook's name.
            arrival: what it was handed in with.
            shaped: the notebook.
            seed: where random inputs of its tests start, unless the environment says so; None for a new start.
        """
        stripped = copy.deepcopy(shaped.notebook)
        tests = self._masters[name].take_out_tests(stripped, *self.markers)
        return Job(
            notebook=json.dumps(stripped),  # nbformat would split the lines
            tests=tests,
            seed=seed if self._seed is None else self._seed,
            plan=self.plan,
            files={**{name: path.read_bytes() for name, path in arrival.files.items()}, **self.given},
            patience=self._settings.patience(),
            fingerprint=fingerprint(),
            about=f"{name} of {student}",
        )

    def _secrets(self) -> tuple[Path, ...]:
        """What submissions must not see: the course, and wherever its parts may lie instead."""
        root = Path(self._course.root).resolve()
        names = ("submitted", "autograded", "source", "release", "feedback")
        parts = [root / getattr(self._course, f"{name}_directory") for name in names]
        database = self._course.db_url.partition("sqlite:///")[2]
        found = [root, *parts, *([Path(database)] if database else [])]
        # Also those that are not there yet: what kernels must not see is then the same in the next run.
        return tuple(dict.fromkeys(path.resolve() for path in found))

    def _given_files(self, converter: Any) -> dict[str, bytes]:  # noqa: ANN401
        """The assignment's own files beside its notebooks, which replace what students hand in under their names."""
        assignment = self._course.assignment_id
        source = Path(self._course.format_path(self._course.source_directory, ".", assignment))
        kept = converter.exclude_overwriting.get(assignment, [])
        paths = map(Path, utils.find_all_files(str(source), [*self._course.ignore, "*.ipynb"]))
        named = {path.relative_to(source).as_posix(): path for path in paths}
        return {name: path.read_bytes() for name, path in named.items() if name not in kept}
