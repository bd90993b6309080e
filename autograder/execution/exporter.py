"""nbgrader's way into a run: the exporter that `nbgrader autograde` takes each submitted notebook through, twice."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from nbconvert.exporters import NotebookExporter
from nbgrader.converters import Autograde
from traitlets import Bool

from autograder.execution.run import Run


class CourseExporter(NotebookExporter):  # type: ignore[misc]
    """Hands a whole assignment to a `Run` when nbgrader starts, and each notebook when nbgrader comes to it.

    nbgrader makes the exporter after it has listed the submissions and before it looks at the first one. In the first
    of its two passes a notebook is brought into shape; in the second it is executed and its points are saved.
    """

    optimistic_validation = Bool(True).tag(config=True)  # validate a notebook once, not after each step

    def __init__(self, **kwargs: Any) -> None:  # noqa: ANN401 - as the base class has it
        """Begin a run, if this is for autograding."""
        super().__init__(**kwargs)
        self.run = Run(self.parent) if isinstance(self.parent, Autograde) else None

    def from_filename(self, filename: str, resources: Any = None, **kwargs: Any) -> tuple[str, Any]:  # noqa: ANN401
        """Convert one notebook; `filename` is where nbgrader thinks that it is."""
        where = (resources or {}).get("nbgrader")
        if self.run is None or where is None:
            converted: tuple[str, Any] = super().from_filename(filename, resources, **kwargs)
            return converted
        student, name = where["student"], where["notebook"]
        if self.run.is_submission(Path(filename)):
            # nbgrader writes it to the file that the second pass writes anew.
            return json.dumps(self.run.take_in(student, name)), self._init_resources(resources)
        # Not read back from the file: this is what was written there a moment ago.
        made = self.from_notebook_node(self.run.taken_in(student, name), resources, **kwargs)
        self.run.saved(student, name)
        return made[0], made[1]
