"""Errors that speak to a student: what was wrong, where in *their* code, and what to look at next."""

import textwrap
import traceback
from pathlib import Path

# Characters in a line, so that a message is not broken inside words by a narrow page.
_WIDTH = 100
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
        return [*self._headline(type(self).__name__), *(["", "It came up here:", *where] if where else [])]

    def _headline(self, title: str) -> list[str]:
        """Return the message below a title in red, in lines that fit a page."""
        first, *more = str(self).splitlines() or [""]
        lines = textwrap.wrap(f"{title}: {first}", _WIDTH)
        for line in more:
            lines += textwrap.wrap(line, _WIDTH, subsequent_indent="    ")
        return [lines[0].replace(title, f"\x1b[1;31m{title}\x1b[0m", 1), *lines[1:]]


class GraphError(CourseError):
    """Something about a computation graph is not as the engine needs it."""


class MissingOperation(GraphError):  # noqa: N818 - the name is the message
    """A formula needs a node class that the student has not written yet."""


class WrongAnswer(CourseError, AssertionError):  # noqa: N818 - what a failed check is; an AssertionError for any grader
    """A visible check did not pass."""

    def _render_traceback_(self) -> list[str]:
        """Return the lines that IPython shows: the words alone, as it is plain which check they come from."""
        return self._headline("Not yet")
