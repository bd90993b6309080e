"""What students wrote, read from the graded notebooks, and the part of it that shows a mistake."""

from __future__ import annotations

import ast
import json
import re
import warnings
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from rapidfuzz import fuzz

from autograder.samples import notebooks

# A long example is not read, and a page of examples is not scrolled.
MOST_LINES = 30
_MOST_LETTERS = 120  # of a line
_CANDIDATES = 7
_MOST_COMPARED = 5000  # letters: an answer may be as long as a student likes


def solutions(course: Path, assignment: str, student: str, notebook: str) -> dict[str, str]:
    """Return the code that a student wrote in a notebook, by the `grade_id` of the cell; empty if there is none.

    Graded notebooks are read, as what was handed in has been repaired in them.
    """
    path = course / "autograded" / student / assignment / f"{notebook}.ipynb"
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    found = {}
    for cell in cells:
        labels = cell.get("metadata", {}).get("nbgrader", {})
        if labels.get("solution") and cell["cell_type"] == "code":
            found[labels["grade_id"]] = re.sub(r"\r\n?", "\n", "".join(cell["source"]))
    return found


def model(course: Path, assignment: str, notebook: str) -> dict[str, str]:
    """Return the course's own solutions, by the `grade_id` of the cell; empty if there is no source."""
    path = course / "source" / assignment / f"{notebook}.ipynb"
    if not path.exists():
        return {}
    book = notebooks.read(path)
    return {name: notebooks.solution(book, name) for name in notebooks.solution_names(book)}


def candidates(students: Sequence[str], faults: Mapping[str, int]) -> list[str]:
    """Return a few students whose code is likely to show one mistake and no other: those with the fewest.

    Args:
        students: who made it.
        faults: how many kinds of mistakes each student made.
    """
    return sorted(students, key=lambda student: (faults[student], student))[:_CANDIDATES]


def typical(codes: Collection[str]) -> str:
    """Return the code that is most like the others, and of several the shortest; empty if there is none."""
    written = sorted({code for code in codes if code.strip()}, key=lambda code: (len(code), code))
    if not written:
        return ""
    beginnings = [code[:_MOST_COMPARED] for code in written]
    alike = [round(sum(fuzz.ratio(code, other) for other in beginnings), 6) for code in beginnings]
    return written[alike.index(max(alike))]


def excerpt(code: str, right: str) -> str:
    """Return what is worth showing of an answer: without the parts that stand in the course's solution, too, and cut.

    Args:
        code: the student's.
        right: the course's own solution.
    """
    known = set(_statements(right).values())
    own = {lines: text for lines, text in _statements(code).items() if text not in known}
    lines = code.rstrip().split("\n")
    kept = [lines[first - 1 : last] for first, last in own] or [lines]
    shown = [line for part in kept for line in [*part, "…"]][:-1]
    if own and next(iter(own))[0] > 1:
        shown.insert(0, "…")
    cut = [line if len(line) <= _MOST_LETTERS else f"{line[:_MOST_LETTERS]}…" for line in shown[:MOST_LINES]]
    if len(shown) > MOST_LINES:
        cut.append(f"… ({len(shown) - MOST_LINES} more lines)")
    return "\n".join(cut)


def parsed(code: str) -> ast.Module | None:
    """Return code as a tree; None if it is no Python, or more than Python can take."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a student's odd backslash is nobody's concern here
        try:
            return ast.parse(code)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None


def _statements(code: str) -> dict[tuple[int, int], str]:
    """Return the statements at the top of a cell, without comments and spacing, by their first and last lines."""
    tree = parsed(code)
    found = {}
    for part in tree.body if tree else ():
        # A decorator stands above its function's first line.
        first = min([part.lineno, *(above.lineno for above in getattr(part, "decorator_list", ()))])
        try:
            found[first, part.end_lineno or first] = ast.unparse(part)
        except RecursionError:  # what can be parsed can still be too deep for this
            return {}
    return found
