"""What a graded notebook holds, as a student looks at it: questions with what was found, and what stands in between."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from nbgrader import utils

from autograder.execution import report, verdict
from autograder.feedback_pages.grades import Grade, NotebookGrades

_HEADING = re.compile(r"^ {0,3}#{1,6}\s+(.+?)\s*#*$", re.MULTILINE)
_CODE = re.compile(r"^ {0,3}(```|~~~).*?^ {0,3}\1\s*$", re.MULTILINE | re.DOTALL)
_TITLE = re.compile(r"^ {0,3}#\s+(.+?)\s*#*$", re.MULTILINE)
# Between the parts of what the grader reports; a list belongs to the words before it.
_PARTS = re.compile(r"\n\n(?!- )")


@dataclass(frozen=True)
class Part:
    """One thing that was checked.

    Attributes:
        state: "right", "partly" or "wrong".
        hint: empty if the same one stood just before it, which `again` says.
    """

    what: str
    earned: float
    points: float
    words: str
    hint: str
    again: bool = False

    @property
    def state(self) -> str:
        """How it went."""
        return "right" if self.earned >= self.points else "partly" if self.earned > 0 else "wrong"


@dataclass(frozen=True)
class Verdict:
    """What a hidden test found."""

    parts: list[Part]
    words: str = ""


@dataclass(frozen=True)
class Question:
    """What points are given for.

    Attributes:
        name: its `grade_id`.
        title: as the notebook's headings call it.
        anchor: where it is on the page.
        grade: its points.
        verdict: what was checked besides what the student could check.
    """

    name: str
    title: str
    anchor: str
    grade: Grade
    verdict: Verdict | None = None

    @property
    def state(self) -> str:
        """How it went; "open" if somebody has yet to look at it."""
        if self.grade.points is None:
            return "open"
        return Part("", self.grade.points, self.grade.most, "", "").state

    @property
    def first(self) -> Part | None:
        """The first thing in it that went wrong."""
        parts = self.verdict.parts if self.verdict else []
        return next((part for part in parts if part.state != "right"), None)


@dataclass(frozen=True)
class Block:
    """Cells that belong together on the page.

    Attributes:
        kind: "given", "answer", "check", or "task".
        cells: as nbformat has them; of a check the outputs that the student saw, too.
        titles: of given cells, the headings in them; of others, their own.
        question: what points are given for, if there are any.
        comment: a person's, as Markdown.
        untouched: whether the student has left it as it was.
    """

    kind: str
    cells: list[Any] = field(default_factory=list)
    titles: list[str] = field(default_factory=list)
    question: Question | None = None
    comment: str = ""
    untouched: bool = False


@dataclass(frozen=True)
class Contents:
    """A graded notebook.

    Attributes:
        name: of the notebook.
        title: its first heading.
        notices: what the student should know about how it was graded, as Markdown.
        small_print: the same, if nobody needs to read it.
        blocks: all of it, in order.
        grades: what the gradebook says.
    """

    name: str
    title: str
    notices: list[str]
    small_print: list[str]
    blocks: list[Block]
    grades: NotebookGrades

    @property
    def questions(self) -> list[Question]:
        """Those that points are given for, in order."""
        return [block.question for block in self.blocks if block.question]

    @property
    def first(self) -> Question | None:
        """The first question that is not all right: those after it may follow from it."""
        return next((one for one in self.questions if one.state in ("partly", "wrong")), None)


def read(name: str, notebook: Any, grades: NotebookGrades) -> Contents:  # noqa: ANN401 - nbformat is not typed
    """Return what a graded notebook holds."""
    told = [part for cell in notebook.cells if report.is_report(cell) for part in _PARTS.split(cell.source) if part]
    cells = [cell for cell in notebook.cells if not report.is_report(cell)]
    texts = [_CODE.sub("", cell.source) for cell in cells if cell.cell_type == "markdown"]
    title = next((found[1] for text in texts if (found := _TITLE.search(text))), name)
    return Contents(
        name,
        title,
        [part for part in told if not part.startswith("<small>")],
        [part for part in told if part.startswith("<small>")],
        list(_joined(_blocks(name, title, cells, grades))),
        grades,
    )


def _blocks(name: str, title: str, cells: list[Any], grades: NotebookGrades) -> Iterator[Block]:
    heading = title
    used: Counter[str] = Counter()
    for cell in cells:
        own = cell.metadata.get("nbgrader", {}).get("grade_id", "")
        found = _headings(cell)
        kind = _kind(cell)
        if kind == "given":
            heading = found[-1] if found else heading
            yield Block("given", [cell], found)
            continue
        called = found[0] if found and kind == "task" else heading
        question = None
        if own in grades.grades:
            used[called] += 1
            asked = called if used[called] == 1 else f"{called} · {_spoken(own)}"
            judged = _verdict(cell)
            question = Question(own, asked, f"{name}-{own}", grades.grades[own], judged)
        yield Block(
            kind, [_as_seen(cell)], [called], question, grades.comments.get(own, ""), own in grades.untouched
        )  # fmt: skip


def _kind(cell: Any) -> str:  # noqa: ANN401
    if utils.is_task(cell):
        return "task"
    if utils.is_solution(cell):
        return "answer"
    return "check" if utils.is_grade(cell) else "given"


def _headings(cell: Any) -> list[str]:  # noqa: ANN401
    return _HEADING.findall(_CODE.sub("", cell.source)) if cell.cell_type == "markdown" else []


def _spoken(name: str) -> str:
    return name.removeprefix("test_").replace("_", " ")


def _joined(blocks: Iterator[Block]) -> Iterator[Block]:
    """Put given cells that follow each other together."""
    given: list[Block] = []
    for block in blocks:
        if block.kind == "given":
            given.append(block)
            continue
        yield from _one(given)
        given = []
        yield block
    yield from _one(given)


def _one(given: list[Block]) -> list[Block]:
    if not given:
        return []
    titles = [title for block in given for title in block.titles]
    return [Block("given", [cell for block in given for cell in block.cells], titles)]


# --- What the judge said ----------------------------------------------------------------------------------------------


def _place(cell: Any) -> int | None:  # noqa: ANN401
    """Return which output the verdict is: the last that claims to be, since what a student's code shows comes first."""
    found = [i for i, output in enumerate(cell.get("outputs", [])) if verdict.MIME in output.get("data", {})]
    return found[-1] if found else None


def _verdict(cell: Any) -> Verdict | None:  # noqa: ANN401
    place = _place(cell)
    if place is None:
        return None
    data = cell.outputs[place].data[verdict.MIME]
    try:
        parts = [_part(part) for part in data["parts"]]
        words = str(data.get("words", ""))
    except (TypeError, KeyError, ValueError, AttributeError):
        return None
    for i, part in enumerate(parts):
        if part.hint and any(part.hint == before.hint for before in parts[:i]):
            parts[i] = Part(part.what, part.earned, part.points, part.words, part.hint, again=True)
    return Verdict(parts, words)


def _part(data: Any) -> Part:  # noqa: ANN401
    return Part(
        str(data["what"]), float(data["earned"]), float(data["points"]), str(data["words"]), str(data["hint"])
    )  # fmt: skip


def _as_seen(cell: Any) -> Any:  # noqa: ANN401
    """Return a cell with the outputs that a student saw, without the verdict and the points that nbgrader reads."""
    place = _place(cell)
    if place is None:
        return cell
    seen = type(cell)(cell)
    seen.outputs = cell.outputs[:place]
    return seen
