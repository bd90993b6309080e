"""Hidden tests stay hidden: they are cut out of cells and tracebacks before a page is made."""

from __future__ import annotations

import re
from typing import Any

from nbgrader.preprocessors import ClearHiddenTests
from nbgrader.utils import is_locked
from traitlets import List

from autograder.judge.hidden import split

_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
# Where a traceback turns from one frame to the next.
_FRAME = re.compile(r"^(?:File |Cell In|~?/|<ipython|[A-Za-z]:\\)")


class KeepTestsHidden(ClearHiddenTests):  # type: ignore[misc]
    """Remove hidden tests from the cells of a feedback page, and from the tracebacks below them.

    Markers in a student's own cell are a comment of theirs, and stay; nbgrader's own step stops at them.
    """

    display_data_priority = List()  # nbconvert sets it on every step of a conversion to HTML

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:  # noqa: ANN401 - as nbgrader hands them over
        """Clean one graded notebook."""
        for cell in nb.cells:
            if cell.cell_type != "code" or not is_locked(cell) or self.begin_test_delimeter not in cell.source:
                continue
            cell.source, _ = split(cell.source, self.begin_test_delimeter, self.end_test_delimeter)
            for output in cell.outputs:
                if output.output_type == "error":
                    output.traceback = without_tests(output.traceback, self.begin_test_delimeter)
        return nb, resources


def without_tests(traceback: list[str], marker: str) -> list[str]:
    """Return a traceback without what follows the marker of hidden tests, but for the message at its end.

    A frame of the test itself, or of the judge, shows the test's source, and so does the context of the last visible
    line. So each frame ends at the marker, and frames that begin in hidden code are left out whole.
    """
    lines = "\n".join(traceback).splitlines()
    frames: list[list[str]] = [[]]
    for line in lines[:-1]:
        if _FRAME.match(_COLOURS.sub("", line)):
            frames.append([])
        frames[-1].append(line)
    cut = [_until(frame, marker) for frame in frames]
    return [*(line for frame in cut if not _is_ours("\n".join(frame)) for line in frame), *lines[-1:]]


def _until(frame: list[str], marker: str) -> list[str]:
    end = next((i for i, line in enumerate(frame) if marker in line), len(frame))
    return frame[:end]


def _is_ours(frame: str) -> bool:
    plain = _COLOURS.sub("", frame)
    return "_hidden_tests" in plain or re.search(r"autograder[/\\]", plain.splitlines()[0] if plain else "") is not None
