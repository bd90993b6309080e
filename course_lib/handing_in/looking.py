"""All looks at a notebook before it is handed in, one after the other; none can keep the others from theirs."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Iterable
from functools import partial
from typing import TypeVar

from course_lib.handing_in import answers, cells, runs, session, surroundings
from course_lib.handing_in.expectation import all_expected, belonging_to
from course_lib.handing_in.findings import Finding, Report
from course_lib.handing_in.view import View
from course_lib.handing_in.whereabouts import Found, NotFound, find

_T = TypeVar("_T")
_MOST = 12  # findings of one kind
_GRAVEST_FIRST = ("mend", "look", "note")


def look_through(path: str | os.PathLike[str] | None = None) -> Report:
    """Find the notebook, and look at it from all sides; see `check_submission`."""
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
    return report_on(View(found, expected, known), faults)


def report_on(view: View, faults: list[str]) -> Report:
    """Return what there is to say.

    Args:
        view: all that can be looked at.
        faults: what went wrong so far; what goes wrong now is added.
    """
    findings: list[Finding] = []
    for part in (cells, answers, surroundings, runs):
        findings += _tried(partial(_looked, part.look, view), [], faults)
    findings = _shortened(sorted(findings, key=lambda finding: _GRAVEST_FIRST.index(finding.level)))
    return Report(
        notebook=f"{view.expected.name} ({view.expected.assignment})" if view.expected else view.found.name,
        findings=tuple(findings),
        answers=_tried(lambda: answers.states(view), {}, faults),
        checks=_tried(lambda: runs.states(view), {}, faults),
        source=_source(view.found),
        fresh=_tried(lambda: runs.fresh(view), False, faults),
        faults=tuple(faults),
    )


def _shortened(findings: Iterable[Finding]) -> list[Finding]:
    """Return findings with no more of one kind than a person reads, and how many there are."""
    kept, seen = [], Counter[str]()
    for finding in findings:
        seen[finding.code] += 1
        if seen[finding.code] <= _MOST:
            kept.append(finding)
    return [
        *kept,
        *(
            Finding(code, "note", "", f"More of this kind ({code}): {n - _MOST}.")
            for code, n in seen.items()
            if n > _MOST
        ),
    ]


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
    moment = time.localtime(found.saved)
    today = moment[:3] == time.localtime()[:3]
    saved = time.strftime("%H:%M:%S" if today else "%Y-%m-%d %H:%M:%S", moment)
    guess = ", which was taken for this notebook by its cells" if found.guessed else ""
    return f"Looked at: {found.path}{guess}, as saved at {saved}. What you have typed since is not in it: save first."
