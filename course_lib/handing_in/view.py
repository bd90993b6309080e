"""A notebook beside what the course expects of it and what was run: which cell is what, as the grader would take it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from course_lib.handing_in.code import Code, read_code
from course_lib.handing_in.document import Cell, digest
from course_lib.handing_in.expectation import Expected, Wanted
from course_lib.handing_in.session import Run, Session
from course_lib.handing_in.whereabouts import Found

CALL = "check_submission"


@dataclass(frozen=True)
class View:
    """All that can be looked at.

    Attributes:
        found: the notebook.
        expected: what the course expects of it; None if it is none of the course's.
        session: what was run.
    """

    found: Found
    expected: Expected | None
    session: Session = field(default_factory=Session)

    @property
    def cells(self) -> tuple[Cell, ...]:
        """The notebook's cells."""
        return self.found.document.cells

    @cached_property
    def given(self) -> dict[str, list[int]]:
        """By name, the places of the given cells and checks that are there; without a label, by their text."""
        expected = self.expected
        if expected is None:
            return {}
        there: dict[str, list[int]] = {}
        for place, cell in enumerate(self.cells):
            wanted = expected.by_name.get(cell.name) or (None if cell.name else expected.by_text.get(digest(cell.text)))
            if wanted is not None and not wanted.answer:
                there.setdefault(wanted.name, []).append(place)
        return there

    @cached_property
    def answers(self) -> dict[str, int]:
        """By name, the places of the answers that the grader takes; of copies, the last that was worked on."""
        found = {}
        for wanted in self.expected.answers if self.expected else []:
            copies = [place for place, cell in enumerate(self.cells) if cell.name == wanted.name]
            worked = [place for place in copies if not self.untouched(self.cells[place], wanted)]
            if copies:
                found[wanted.name] = (worked or copies)[-1]
        return found

    @cached_property
    def recognised(self) -> dict[str, int]:
        """By name, the places of answers without a label that one cell alone can be, for the names it defines."""
        absent = [
            wanted for wanted in (self.expected.answers if self.expected else []) if wanted.name not in self.answers
        ]
        found = {}
        for wanted in absent:
            fits = [place for place in self.own if wanted.asks and wanted.asks <= self.code(place).defines]
            if len(fits) == 1 and sum(o.asks <= self.code(fits[0]).defines for o in absent if o.asks) == 1:
                found[wanted.name] = fits[0]
        return found

    @cached_property
    def own(self) -> list[int]:
        """The places of the cells that are the student's own; the grader runs those of code as they are."""
        expected = self.expected
        named = expected.by_name if expected else {}
        other = expected.other if expected else frozenset()
        known = {*self.answers.values(), *(place for places in self.given.values() for place in places)}
        return [
            place
            for place, cell in enumerate(self.cells)
            if cell.text.strip()
            and place not in known
            and digest(cell.text) not in other
            and not (cell.name in named and self.untouched(cell, named[cell.name]))
            and CALL not in cell.text
        ]

    @cached_property
    def students(self) -> list[int]:
        """The places of the code that the student has written: answers and own cells, in order."""
        places = {*self.answers.values(), *self.own}
        return sorted(place for place in places if self.cells[place].kind == "code")

    @cached_property
    def end(self) -> int:
        """The place of the cell that asks for this report, or that behind the last cell."""
        calls = [place for place, cell in enumerate(self.cells) if cell.kind == "code" and CALL in cell.text]
        return calls[-1] if calls else len(self.cells)

    @cached_property
    def _codes(self) -> dict[int, Code]:
        return {}

    def code(self, place: int) -> Code:
        """Return what can be seen of a cell's code."""
        if place not in self._codes:
            cell = self.cells[place]
            self._codes[place] = read_code(cell.text) if cell.kind == "code" else Code()
        return self._codes[place]

    def untouched(self, cell: Cell, wanted: Wanted) -> bool:
        """Return whether a cell has nothing in it but what students got."""
        return not cell.text.strip() or digest(cell.text) == wanted.text

    def section(self, place: int) -> str:
        """Return a few words by which the student finds a cell."""
        return self.cells[place].shown

    # --- What ran ---------------------------------------------------------------------------------------------------

    @cached_property
    def keyed(self) -> bool:
        """Whether it is known of each run which cell it was."""
        return bool({run.key for run in self.session.runs} & {cell.key for cell in self.cells} - {""})

    @cached_property
    def _by_key(self) -> dict[str, Run]:
        return {run.key: run for run in self.session.runs if run.key}

    @cached_property
    def _by_text(self) -> dict[int, Run]:
        """By place, the last run of that text; where a text is there twice, its last runs in order."""
        runs: dict[str, list[Run]] = {}
        for run in self.session.runs:
            if not (self.keyed and run.key):
                runs.setdefault(digest(run.text), []).append(run)
        places: dict[str, list[int]] = {}
        for place, cell in enumerate(self.cells):
            if cell.kind == "code":
                places.setdefault(digest(cell.text), []).append(place)
        found: dict[int, Run] = {}
        for text, same in places.items():
            last = runs.get(text, [])[-len(same) :]
            found.update(zip(same, last, strict=False))
        return found

    @cached_property
    def _keys(self) -> Counter[str]:
        return Counter(cell.key for cell in self.cells)

    def ran(self, place: int) -> Run | None:
        """Return when a cell was last run; its text may have been another one."""
        cell = self.cells[place]
        if self.keyed and cell.key and self._keys[cell.key] == 1 and cell.key in self._by_key:
            return self._by_key[cell.key]
        return self._by_text.get(place)

    def ran_as_it_is(self, place: int) -> Run | None:
        """Return when a cell was last run, if its text has not changed since."""
        run = self.ran(place)
        return run if run and digest(run.text) == digest(self.cells[place].text) else None

    def to_run(self) -> Iterator[int]:
        """Yield the places of the code above the cell that asks."""
        for place, cell in enumerate(self.cells[: self.end]):
            if cell.kind == "code" and cell.text.strip():
                yield place
