"""Errors that speak to a student: what was wrong, where in *their* code, and what to look at next."""

import traceback
from pathlib import Path

_HERE = str(Path(__file__).parent)


class CourseError(Exception):
    """An error in the student's words. Jupyter shows its message and the student's own lines, not ours."""

    def _render_traceback_(self) -> list[str]:
        """Return the lines that IPython shows in place of a traceback.

        The frames inside this package are left out: they would point a student at code that is not theirs to mend.
        """
        frames = traceback.extract_tb(self.__traceback__)
        own = [f for f in frames if not f.filename.startswith(_HERE) and "IPython" not in f.filename and f.line]
        where = [f"    line {f.lineno} of {f.name.replace('<module>', 'this cell')}:  {f.line}" for f in own]
        return [f"\x1b[1;31m{type(self).__name__}\x1b[0m: {self}", *(["", "It came up here:", *where] if where else [])]


class GraphError(CourseError):
    """Something about a computation graph is not as the engine needs it."""


class MissingOperation(GraphError):  # noqa: N818 - the name is the message
    """A formula needs a node class that the student has not written yet."""


class WrongAnswer(CourseError, AssertionError):  # noqa: N818 - what a failed check is; an AssertionError for any grader
    """A visible check did not pass."""
