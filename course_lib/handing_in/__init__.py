"""`check_submission()`: what a student should know before handing in, and what would be lost.

It looks at the notebook as it is saved, at what was run in this session, and at the list of cells that the course
expects. It knows no solution and no hidden test.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from functools import partial
from typing import TypeVar

from course_lib.handing_in import answers, cells, runs, session, surroundings
from course_lib.handing_in.expectation import all_expected, belonging_to
from course_lib.handing_in.findings import Finding, Report
from course_lib.handing_in.view import View
from course_lib.handing_in.whereabouts import Found, NotFound, find

__all__ = ["Finding", "Report", "check_submission"]

_T = TypeVar("_T")
_GRAVEST_FIRST = ("mend", "look", "note")


def check_submission(path: str | os.PathLike[str] | None = None) -> Report:
    """Look at this notebook before it is handed in: what is missing, what would be lost, what was not run.

    Save the notebook first: except in Colab, it is the saved file that is looked at. While work is graded this does
    nothing.

    Args:
        path: where the notebook's file is, if that cannot be found out.

    Returns:
        A report, which Jupyter shows as a table.
    """
    if session.graded():
        return Report(graded=True)
    faults: list[str] = []
    known = _tried(session.current, session.Session(), faults)
    try:
        found = find(path, known.names or {}, [run.text for run in known.runs])
    except NotFound as problem:
        return Report(findings=(Finding("not found", "mend", "", str(problem), problem.todo),), faults=tuple(faults))
    except Exception as problem:  # noqa: BLE001 - an odd notebook must not end in a traceback
        faults.append(_said(problem))
        return Report(faults=tuple(faults))
    expected = _tried(lambda: belonging_to(found.document, found.name, all_expected()), None, faults)
    return _report(View(found, expected, known), faults)


def _report(view: View, faults: list[str]) -> Report:
    findings: list[Finding] = []
    for part in (cells, answers, surroundings, runs):
        findings += _tried(partial(_looked, part.look, view), [], faults)
    findings.sort(key=lambda finding: _GRAVEST_FIRST.index(finding.level))
    return Report(
        notebook=f"{view.expected.name} ({view.expected.assignment})" if view.expected else view.found.name,
        findings=tuple(findings),
        answers=_tried(lambda: answers.states(view), {}, faults),
        checks=_tried(lambda: runs.states(view), {}, faults),
        source=_source(view.found),
        fresh=_tried(lambda: runs.fresh(view), False, faults),
        faults=tuple(faults),
    )


def _looked(look: Callable[[View], Iterable[Finding]], view: View) -> list[Finding]:
    return list(look(view))


def _tried(look: Callable[[], _T], otherwise: _T, faults: list[str]) -> _T:
    """Return what a look gives; if it fails, something else, and note the fault."""
    try:
        return look()
    except Exception as problem:  # noqa: BLE001 - a student's notebook may be anything
        faults.append(_said(problem))
        return otherwise


def _said(problem: Exception) -> str:
    return f"{type(problem).__name__}: {problem}"[:200]


def _source(found: Found) -> str:
    if found.saved is None:
        return "Looked at: the notebook as it stands in Colab."
    saved = time.strftime("%H:%M:%S", time.localtime(found.saved))
    guess = ", which was taken for this notebook by its cells" if found.guessed else ""
    return f"Looked at: {found.path}{guess}, as saved at {saved}. What you have typed since then is not in it."
