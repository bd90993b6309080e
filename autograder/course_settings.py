"""What a course's `nbgrader_config.py` says, read as nbgrader reads it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nbgrader.coursedir import CourseDirectory
from traitlets.config.loader import PyFileConfigLoader

from autograder.lms.refusal import Refused

FILE = "nbgrader_config.py"


def load(course: Path) -> Any:  # noqa: ANN401 - traitlets is not typed
    """Return the configuration of a course.

    Raises:
        Refused: if the file cannot be carried out; the message says where it breaks.
    """
    try:
        return PyFileConfigLoader(FILE, path=str(course)).load_config()
    except Exception as problem:  # noqa: BLE001 - whatever a lecturer may have written
        line = _line(problem, str(course / FILE))
        raise Refused(f"{course / FILE}{line} cannot be read: {type(problem).__name__}: {problem}") from None


def folders(course: Path, config: Any) -> CourseDirectory:  # noqa: ANN401
    """Return where nbgrader looks for this course's files."""
    return CourseDirectory(config=config, **({} if "root" in config.CourseDirectory else {"root": str(course)}))


def _line(problem: Exception, path: str) -> str:
    """Return which line of a file an error came from, in words."""
    if isinstance(problem, SyntaxError):
        return f", line {problem.lineno},"
    number, frame = 0, problem.__traceback__
    while frame:
        number = frame.tb_lineno if frame.tb_frame.f_code.co_filename == path else number
        frame = frame.tb_next
    return f", line {number}," if number else ""
