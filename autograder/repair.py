"""Submissions as they really arrive, made into what nbgrader can grade.

This runs before nbgrader's own sanitising. What is certain is mended; what is not is left alone and reported.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from nbformat.v4 import new_code_cell, new_markdown_cell, new_raw_cell
from nbgrader import utils
from rapidfuzz import fuzz

# What nbgrader cuts out of the text that students get.
_INSTRUCTORS = re.compile(r"^.*BEGIN (HIDDEN TESTS|MARK SCHEME)[\s\S]*?END \1.*\n?", re.MULTILINE)
# Each part begins with what the one before it cannot hold, so that no text takes long.
_DEFINITION = re.compile(r"^(?:async +)?(?:def|class) +(\w+)|^([^\W\d][^=:\n]*)(?::[^=\n]*)?=(?!=)", re.MULTILINE)
_RUN_TAGS = {"skip-execution", "raises-exception"}
_ALIKE, _AHEAD = 60, 20  # of 100
_SETTINGS = ("grade", "solution", "task", "points")
_KEPT = {"kernelspec": {"name", "display_name"}, "language_info": {"name"}}
_MAKE = {"code": new_code_cell, "markdown": new_markdown_cell, "raw": new_raw_cell}


@dataclass(frozen=True)
class MasterCell:
    """A cell as the instructor's gradebook has it.

    Attributes:
        name: its `grade_id`.
        source: its text; of a test, with the hidden part, and of an answer, what students start from.
        locked: whether students are to leave it as it is.
        points: what it is worth, or None if it is not graded.
        task: whether it only says what is to be done, and is graded by a person.
        checksum: nbgrader's, by which it knows an untouched cell.
    """

    name: str
    cell_type: str
    source: str
    locked: bool
    points: float | None
    task: bool = False
    checksum: str | None = None

    @property
    def answer(self) -> bool:
        """Whether it is for students to write in."""
        return not self.locked and not self.task

    @property
    def released(self) -> str:
        """The text that students got."""
        return _INSTRUCTORS.sub("", self.source)

    def metadata(self) -> dict[str, Any]:
        """Return what nbgrader wants to have in the cell."""
        made = {
            "cell_type": self.cell_type,
            "grade": self.points is not None and not self.task,
            "grade_id": self.name,
            "locked": self.locked,
            "schema_version": 3,
            "solution": self.answer,
            "task": self.task,
        }
        known = {"points": self.points, "checksum": self.checksum}
        return made | {key: value for key, value in known.items() if value is not None}

    def made(self) -> Any:  # noqa: ANN401 - nbformat is not typed
        """Return a new cell as students got it."""
        return _MAKE[self.cell_type](self.released, id=self.name[:64], metadata={"nbgrader": self.metadata()})


Cells = Sequence[Any]
Master = Sequence[MasterCell]
Pairs = Iterable[tuple[MasterCell, Any]]
Way = Callable[[Cells, Master, Master], Pairs]


@dataclass
class Repairs:
    """What was done (for the student's report and the log), and what a person should look at, in words."""

    done: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def master_cells(notebook: Any) -> list[MasterCell]:  # noqa: ANN401
    """Return what a gradebook's notebook holds, in the order in which it stands there."""
    tasks = {cell.name for cell in notebook.task_cells}
    points = {cell.name: float(cell.max_score) for cell in [*notebook.grade_cells, *notebook.task_cells]}
    return [
        MasterCell(c.name, c.cell_type, c.source, bool(c.locked), points.get(c.name), c.name in tasks, c.checksum)
        for c in notebook.source_cells
    ]


def repair(nb: Any, master: Master) -> Repairs:  # noqa: ANN401
    """Repair a valid notebook in place; a second time there is nothing left to do."""
    found = Repairs()
    found.done += undo_colab(nb)
    settle_metadata(nb, master, found)
    found.done += settle_doubled_cells(nb)
    found.done += find_given(nb, master)
    # Places are only asked when all that is given stands there to tell them by.
    found.done += find_answers(nb, master, [_by_names, _by_likeness])
    found.done += put_back(nb, master)
    found.done += find_answers(nb, master, [_by_names, _by_likeness, _by_place])
    lost = ", so there is nothing to grade in it"
    found.problems += [f"the answer cell {cell.name} is missing{lost}" for cell in _absent(nb, master, answer=True)]
    make_cell_ids_unique(nb)
    return found


def undo_colab(nb: Any) -> list[str]:  # noqa: ANN401
    """Remove Colab's badge cell in place; its metadata goes with all the rest. Returns what was done, in words."""
    before = len(nb.cells)
    nb.cells = [cell for cell in nb.cells if cell.metadata.get("id") != "view-in-github"]
    return ["what Colab had added was removed"] if len(nb.cells) < before or "colab" in nb.metadata else []


def settle_metadata(nb: Any, master: Master, found: Repairs) -> None:  # noqa: ANN401
    """Leave no metadata, in place, but what is known to be harmless, and nbgrader's as the instructor has it.

    Odd metadata makes nbgrader give up the whole class, and a tag can keep a cell from being run.
    """
    texts = {key: _texts(nb.metadata.get(key)) for key in _KEPT}
    nb.metadata = {key: text for key, text in texts.items() if _KEPT[key] <= text.keys()}
    known = {cell.name: cell for cell in master}
    for cell in nb.cells:
        old = cell.metadata
        cell.metadata = {key: old[key] for key in ("deletable", "editable") if isinstance(old.get(key), bool)}
        said = old.get("nbgrader") if isinstance(old.get("nbgrader"), dict) else {}
        name = said.get("grade_id")
        if isinstance(name, str) and name in known:
            found.done += _label(cell, known[name], said)
            if isinstance(old.get("tags"), list) and _RUN_TAGS & {str(tag) for tag in old["tags"]}:
                found.problems.append(f"the cell {name} had a tag that changes how it is run; the tag was removed")
        elif any(said.get(key) for key in ("grade", "solution", "locked", "task")):
            shown = re.sub(r"[^\w-]", "?", str(name)[:40], flags=re.ASCII)
            found.problems.append(f"a cell calls itself {shown}, which is unknown here; it is an ordinary one now")


def settle_doubled_cells(nb: Any) -> list[str]:  # noqa: ANN401
    """Leave one graded cell of each `grade_id`, in place. Returns what was done, in words.

    Of a test that is there twice, one copy goes: both will get the instructor's text anyway. Of an answer that is there
    twice, the last one that was worked on counts, as it is the last one to run; the other becomes an ordinary cell, so
    that nothing is lost.
    """
    ids = [_grade_id(cell) for cell in nb.cells]
    doubled = {grade_id for grade_id, count in Counter(ids).items() if grade_id and count > 1}
    done = []
    for grade_id in sorted(doubled):
        copies = [cell for cell in nb.cells if _grade_id(cell) == grade_id]
        kept = ([cell for cell in copies if utils.is_solution(cell) and not _untouched(cell)] or copies)[-1]
        for cell in copies:
            if cell is kept:
                continue
            if utils.is_solution(cell) and not _untouched(cell):
                del cell.metadata["nbgrader"]
            else:
                nb.cells = [other for other in nb.cells if other is not cell]
        done.append(f"the cell {grade_id} was there {len(copies)} times; the last one that was worked on counts")
    return done


def find_given(nb: Any, master: Master) -> list[str]:  # noqa: ANN401
    """Label, in place, the given cells and tests that have lost their labels but not their text. Returns words."""
    wanted: dict[str, list[MasterCell]] = {}
    for known in _absent(nb, master, answer=False):
        wanted.setdefault(" ".join(known.released.split()), []).append(known)
    there: dict[str, list[Any]] = {}
    for cell in filter(_stray, nb.cells):
        there.setdefault(" ".join(cell.source.split()), []).append(cell)
    found = []
    for text, masters in wanted.items():
        # Of copies of a test, the last ones count: they stand below the answers.
        for known, cell in zip(masters, there.get(text, [])[-len(masters) :], strict=False):
            _label(cell, known)
            found.append(known.name)
    return [f"cells had lost their labels, and were recognised by their text: {', '.join(found)}"] if found else []


def find_answers(nb: Any, master: Master, ways: Sequence[Way]) -> list[str]:  # noqa: ANN401
    """Label, in place, the answers that have lost their labels, as far as a way is certain of one. Returns words."""
    done: list[str] = []
    while True:
        absent = _absent(nb, master, answer=True)
        pair = next((pair for way in ways for pair in way(nb.cells, master, absent)), None) if absent else None
        if pair is None:
            return done
        known, cell = pair
        _label(cell, known)
        done.append(f"the answer cell {known.name} had lost its label, and was recognised by its content or its place")


def _by_names(cells: Cells, _master: Master, absent: Master) -> Pairs:
    """Find the answers that define all that they are asked to define, if just one cell does so, and for no other."""
    asked = {known.name: names for known in absent if known.cell_type == "code" and (names := _names(known.source))}
    defined = [(cell, _names(cell.source)) for cell in cells if _stray(cell) and cell.cell_type == "code"]
    for known in absent:
        fits = [(cell, names) for cell, names in defined if asked.get(known.name, {""}) <= names]
        if len(fits) == 1 and sum(other <= fits[0][1] for other in asked.values()) == 1:
            yield known, fits[0][0]


def _by_likeness(cells: Cells, _master: Master, absent: Master) -> Pairs:
    """Find the answers that still look like what students started from, and clearly more so than anything else."""
    for known in absent:
        strays = [cell for cell in cells if _stray(cell) and cell.cell_type == known.cell_type]
        scores = [_likeness(known, cell) for cell in strays]
        if not scores or max(scores) < _ALIKE:
            continue
        best = strays[scores.index(max(scores))]
        rivals = sorted(scores)[:-1] + [_likeness(other, best) for other in absent if other is not known]
        if max(scores) - max(rivals, default=0) >= _AHEAD:
            yield known, best


def _by_place(cells: Cells, master: Master, absent: Master) -> Pairs:
    """Find the answers that stand, and nothing else does, between the cells that they should stand between."""
    places = {_grade_id(cell): place for place, cell in enumerate(cells) if not _stray(cell)}
    missing = {known.name for known in absent}
    above = -1
    run: list[MasterCell] = []
    for known in [*master, None]:
        if known is not None and known.name in missing:
            run.append(known)
            continue
        below = places[known.name] if known else len(cells)
        types = [cell.cell_type for cell in run]
        between = [cell for cell in cells[above + 1 : below] if _stray(cell) and cell.cell_type in types]
        if run and [cell.cell_type for cell in between] == types:
            yield from zip(run, between, strict=True)
        above, run = below, []


def put_back(nb: Any, master: Master) -> list[str]:  # noqa: ANN401
    """Put deleted cells that are not the student's back where they were, in place. Returns what was done, in words.

    They go below the cell that stood before them. If that is an answer which is not there, or not recognised, they go
    below all that may hold it: a test that is run too early is lost. A deleted answer cannot come back.
    """
    done = []
    place = -1
    for number, known in enumerate(master):
        places = {_grade_id(cell): place for place, cell in enumerate(nb.cells)}
        if known.name in places:
            place = places[known.name]
        elif known.answer:
            below = [places[later.name] for later in master[number:] if places.get(later.name, -1) > place]
            place = min(below, default=len(nb.cells)) - 1
        else:
            place += 1
            nb.cells.insert(place, known.made())
            done.append(f"the cell {known.name} had been deleted, and was put back")
    return done


def make_cell_ids_unique(nb: Any) -> None:  # noqa: ANN401
    """Rename, in place, each cell id that an earlier cell has already, and give one to cells without."""
    seen: set[str] = set()
    for number, cell in enumerate(nb.cells):
        old = new = cell.get("id", f"cell-{number}")
        attempt = number
        while new in seen:
            new, attempt = f"{old[:50]}-{attempt}", attempt + 1
        cell["id"] = new
        seen.add(new)
    # Colab writes 4.0, in which cells may have no id.
    nb.nbformat_minor = max(nb.nbformat_minor, 5)


def _label(cell: Any, known: MasterCell, said: Any = None) -> list[str]:  # noqa: ANN401
    """Make a cell the known one, in place. Returns what was not as it should be, in words."""
    done = []
    wanted = known.metadata()
    if said is not None and any(said.get(key, False) != wanted[key] for key in _SETTINGS if key in wanted):
        done.append(f"the settings of the cell {known.name} had been changed, and were put right")
    cell.metadata["nbgrader"] = wanted
    if cell.cell_type != known.cell_type:
        done.append(f"the cell {known.name} had become one of another type, and was changed back to {known.cell_type}")
        made = known.made()
        made.update(id=cell.get("id", made.id), metadata=cell.metadata, source=cell.source)
        cell.clear()
        cell.update(made)
    return done


def _names(source: str) -> set[str]:
    """Return the names that code defines at its top level; it need not parse, as a student's may not."""
    found = set()
    for match in _DEFINITION.finditer(source):
        targets = [name.strip() for name in (match[1] or match[2]).split(",")]
        if all(map(str.isidentifier, targets)):
            found.update(targets)
    return found


def _likeness(known: MasterCell, cell: Any) -> float:  # noqa: ANN401
    return fuzz.ratio(known.released, cell.source, score_cutoff=_ALIKE - _AHEAD)


def _absent(nb: Any, master: Master, *, answer: bool) -> list[MasterCell]:  # noqa: ANN401
    there = {_grade_id(cell) for cell in nb.cells}
    return [known for known in master if known.name not in there and known.answer == answer]


def _stray(cell: Any) -> bool:  # noqa: ANN401
    """Tell whether somebody wrote something into the cell, and it is none of the assignment's."""
    return not _grade_id(cell) and bool(cell.source.strip())


def _texts(value: Any) -> dict[str, str]:  # noqa: ANN401
    return {key: text for key, text in value.items() if isinstance(text, str)} if isinstance(value, dict) else {}


def _grade_id(cell: Any) -> str:  # noqa: ANN401
    return str(cell.metadata.get("nbgrader", {}).get("grade_id", ""))


def _untouched(cell: Any) -> bool:  # noqa: ANN401
    checksum = cell.metadata["nbgrader"].get("checksum")
    return checksum is not None and bool(checksum == utils.compute_checksum(cell))
