"""`configure(c)`: the one line that `nbgrader_config.py` needs."""

from __future__ import annotations

from typing import Any

from nbgrader.converters import Autograde, BaseConverter, GenerateAssignment, GenerateFeedback
from nbgrader.preprocessors import Execute, IncludeHeaderFooter

from autograder.execute import PatientExecute
from autograder.feedback import KeepTestsHidden
from autograder.links import FillLinks
from autograder.repair import Repair


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
    c.GenerateAssignment.preprocessors = generate

    c.Autograde.sanitize_preprocessors = [Repair, *_default(Autograde, "sanitize_preprocessors")]
    c.Autograde.autograde_preprocessors = [
        PatientExecute if preprocessor is Execute else preprocessor
        for preprocessor in _default(Autograde, "autograde_preprocessors")
    ]
    # Feedback tells students what was checked and found, not how: a hidden test may be asked again next year.
    c.GenerateFeedback.preprocessors = [KeepTestsHidden, *_default(GenerateFeedback, "preprocessors")]
    # A kernel has nothing to save: waiting for it to leave would cost a second for each notebook.
    c.Execute.shutdown_kernel = "immediate"


def _default(converter: type[BaseConverter], trait: str) -> list[type]:
    """Return the steps that a converter of nbgrader takes by itself."""
    return list(converter.class_traits()[trait].default())
