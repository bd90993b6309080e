"""What the course expects of a notebook: its cells, and what each of them is, as `course release` writes it down."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources

from course_lib.handing_in.document import Document, digest, located

_COPY = re.compile(r"^copy of |^kopie von |( ?\(\d+\)| ?- ?copy\w*|-copy\d*|_fixed)$", re.IGNORECASE)
_ENDING = re.compile(r"\.ipynb(\.(txt|json))?$", re.IGNORECASE)


@dataclass(frozen=True)
class Wanted:
    """A cell that students got.

    Attributes:
        name: its `grade_id`.
        kind: `code` or `markdown`.
        section: the heading above it.
        text: a digest of its text.
        answer: whether it is for students to write in.
        points: what a check is worth; None for all other cells.
        asks: the names that an answer is asked to define.
        defines: the names that a given cell defines.
    """

    name: str
    kind: str
    section: str
    text: str
    answer: bool = False
    points: float | None = None
    asks: frozenset[str] = frozenset()
    defines: frozenset[str] = frozenset()

    @property
    def check(self) -> bool:
        """Whether it is a check, behind which points stand."""
        return self.points is not None and not self.answer

    @property
    def shown(self) -> str:
        """A few words by which a student knows what is meant."""
        what = ", ".join(sorted(self.asks)[:3]) + ("…" if len(self.asks) > 3 else "")  # noqa: PLR2004
        return located(self.section, what)


@dataclass(frozen=True)
class Expected:
    """A notebook of the course, as students got it.

    Attributes:
        assignment: the problem set.
        name: the notebook's file, without its ending.
        cells: the cells with a `grade_id`, in order.
        other: digests of the texts of all other cells.
        files: what comes beside it.
    """

    assignment: str
    name: str
    cells: tuple[Wanted, ...]
    other: frozenset[str] = frozenset()
    files: frozenset[str] = frozenset()

    @cached_property
    def by_name(self) -> dict[str, Wanted]:
        """The cells by their names."""
        return {cell.name: cell for cell in self.cells}

    @cached_property
    def by_text(self) -> dict[str, Wanted]:
        """The given cells and checks by the digest of their text; a text that is there twice is nobody's."""
        given = [cell for cell in self.cells if not cell.answer]
        texts = [cell.text for cell in given]
        return {cell.text: cell for cell in given if texts.count(cell.text) == 1}

    @property
    def answers(self) -> list[Wanted]:
        """The cells for students to write in."""
        return [cell for cell in self.cells if cell.answer]

    @property
    def checks(self) -> list[Wanted]:
        """The checks."""
        return [cell for cell in self.cells if cell.check]


@cache
def all_expected() -> tuple[Expected, ...]:
    """Return every notebook of the course that is written down."""
    folder = resources.files("course_lib.handing_in") / "expected"
    files = sorted((one for one in folder.iterdir() if one.name.endswith(".json")), key=lambda one: one.name)
    return tuple(found for one in files for found in _read(one.read_text(encoding="utf-8")))


def belonging_to(document: Document, file_name: str, known: Iterable[Expected]) -> Expected | None:
    """Return which notebook of the course this is: by its cells, else by its texts, else by its name."""
    texts = {digest(cell.text) for cell in document.cells if cell.text.strip()}
    shares = [
        ((len(document.names & one.by_name.keys()), len(texts & one.by_text.keys()), len(texts & one.other)), one)
        for one in known
    ]
    most = max((share for share, _ in shares), default=(0, 0, 0))
    best = [one for share, one in shares if share == most]
    if any(most) and len(best) == 1:
        return best[0]
    named = [one for _, one in shares if one.name == plain_name(file_name)]
    return named[0] if len(named) == 1 else None


def plain_name(file_name: str) -> str:
    """Return a notebook's name without its ending, and without what is added to the names of copies."""
    name = _ENDING.sub("", file_name).strip()
    while (shorter := _COPY.sub("", name).strip()) != name:
        name = shorter
    return name


def _read(text: str) -> list[Expected]:
    data = json.loads(text)
    return [
        Expected(
            data["assignment"],
            name,
            tuple(
                Wanted(
                    cell["name"],
                    cell["type"],
                    cell["section"],
                    cell["digest"],
                    cell.get("answer", False),
                    cell.get("points"),
                    frozenset(cell.get("asks", ())),
                    frozenset(cell.get("defines", ())),
                )
                for cell in about["cells"]
            ),
            frozenset(about["other"]),
            frozenset(data["files"]),
        )
        for name, about in data["notebooks"].items()
    ]
