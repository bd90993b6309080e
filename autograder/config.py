"""`configure(c)`: the one line that `nbgrader_config.py` needs."""

from __future__ import annotations

from typing import Any

from nbgrader.converters import Autograde, BaseConverter, GenerateAssignment
from nbgrader.preprocessors import (
    CheckCellMetadata,
    ClearOutput,
    DeduplicateIds,
    Execute,
    IncludeHeaderFooter,
    SaveAutoGrades,
)

from autograder.cleaning import CleanPages, markdown_to_html
from autograder.due_dates import DueDates
from autograder.execution.exporter import CourseExporter
from autograder.execution.preprocessors import CheckCellMetadataOnce, ExecuteInRun, SaveGradesAtOnce
from autograder.feedback_pages.exporter import FeedbackExporter
from autograder.feedback_pages.hiding import KeepTestsHidden
from autograder.links import FillLinks


def configure(c: Any, *, repository: str, ref: str = "main", course_id: str = "backprop") -> None:  # noqa: ANN401
    """Set up nbgrader for this course. What is set afterwards, in `nbgrader_config.py`, takes precedence.

    Args:
        c: the object that `get_config()` returns.
        repository: where the course lies on GitHub, as `"owner/name"`. The Colab badges and the setup cell of the
            released notebooks point there; a lecturer who forks the course changes it here and nowhere else.
        ref: the branch or tag that they point to.
        course_id: nbgrader's name for the course.
    """
    c.CourseDirectory.course_id = course_id
    c.IncludeHeaderFooter.header = "source/header.ipynb"
    c.FillLinks.repository = repository
    c.FillLinks.ref = ref

    generate = _default(GenerateAssignment, "preprocessors")
    generate.insert(generate.index(IncludeHeaderFooter) + 1, FillLinks)
    c.GenerateAssignment.preprocessors = [*generate, DueDates]
    # As formgrader's button does. Where release/ is there but not in this gradebook, nbgrader would do nothing.
    c.GenerateAssignment.force = True

    # The exporter repairs each notebook and imposes the gradebook's copy on it, once for both of nbgrader's passes.
    c.Autograde.exporter_class = CourseExporter
    c.Autograde.sanitize_preprocessors = [ClearOutput, DeduplicateIds, CheckCellMetadataOnce]
    ours = {Execute: ExecuteInRun, SaveAutoGrades: SaveGradesAtOnce}
    c.Autograde.autograde_preprocessors = [
        ours.get(step, step) for step in _default(Autograde, "autograde_preprocessors") if step is not CheckCellMetadata
    ]
    # Feedback tells students what was checked and found, not how: a hidden test may be asked again next year.
    c.GenerateFeedback.exporter_class = FeedbackExporter
    c.GenerateFeedback.preprocessors = [KeepTestsHidden]
    # Formgrader's pages show what student code made, as feedback does.
    c.HTMLExporter.preprocessors = [CleanPages]
    c.HTMLExporter.filters = {"markdown2html": markdown_to_html}


def _default(converter: type[BaseConverter], trait: str) -> list[type]:
    """Return the steps that a converter of nbgrader takes by itself."""
    return list(converter.class_traits()[trait].default())
