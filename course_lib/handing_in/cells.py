"""Are the cells there that the grader looks for, as often and in the order in which it expects them?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from course_lib.handing_in.document import digest
from course_lib.handing_in.expectation import Wanted
from course_lib.handing_in.findings import Finding
from course_lib.handing_in.view import View

_FRESH = "Open the notebook afresh from the course, and copy your answers into its answer cells."
# From here on some systems refuse a file; the grader takes four times as much.
_LARGE = 8 * 2**20
_LISTED = 4


def look(view: View) -> Iterator[Finding]:
    """Yield what is odd about the file and its cells."""
    yield from _file(view)
    if view.expected is None:
        yield Finding(
            "unknown notebook",
            "look",
            view.found.name,
            "This is none of the notebooks that this version of the course knows, so nobody could look whether all of "
            "its cells are there.",
            "If it should be one of them: run the setup cell on top, and then this cell again.",
        )
        return
    yield from _absent_answers(view)
    yield from _doubled(view)
    yield from _retyped(view)
    yield from _too_low(view)
    yield from _given(view)


def _file(view: View) -> Iterator[Finding]:
    name, document = view.found.name, view.found.document
    if view.expected and name and name not in (view.expected.name, f"{view.expected.name}.ipynb"):
        known = bool(document.names & view.expected.by_name.keys())
        yield Finding(
            "file name",
            "note" if known else "look",
            name,
            f"The file is not called {view.expected.name}.ipynb. "
            + ("The grader knows it by its cells." if known else "Its cells have lost their labels, too."),
            "" if known else f"Rename it to {view.expected.name}.ipynb.",
        )
    if document.size > _LARGE:
        outputs = sum(cell.output_bytes for cell in document.cells)
        yield Finding(
            "large",
            "look",
            name,
            f"The file has {document.size / 2**20:.0f} MiB, of which {outputs / 2**20:.0f} are outputs. "
            "Some systems refuse files of that size.",
            "Clear the outputs of all cells and save. Outputs are not graded: every cell is run again.",
        )


def _absent_answers(view: View) -> Iterator[Finding]:
    for wanted in view.expected.answers if view.expected else ():
        if wanted.name in view.answers:
            continue
        if wanted.name in view.recognised:
            yield Finding(
                "lost label",
                "look",
                view.section(view.recognised[wanted.name]),
                "This answer cell has lost its label. It will probably be recognised, as it defines the names that are "
                "asked for.",
                f"To be sure: {_FRESH[0].lower()}{_FRESH[1:]}",
                wanted.name,
            )
        else:
            yield Finding(
                "absent",
                "mend",
                wanted.shown,
                "This answer cell is not there, so there is nothing to grade.",
                _FRESH,
                wanted.name,
            )


def _doubled(view: View) -> Iterator[Finding]:
    for wanted in view.expected.answers if view.expected else ():
        copies = view.found.document.named(wanted.name)
        if len(copies) > 1:
            kept = view.answers[wanted.name]
            which = 1 + [place for place, cell in enumerate(view.cells) if cell.name == wanted.name].index(kept)
            yield Finding(
                "doubled",
                "look",
                view.section(kept),
                f"This answer cell is there {len(copies)} times. Number {which} from the top counts: the last one that "
                "was worked on.",
                "Keep the one that you mean, and delete the others.",
                wanted.name,
            )


def _retyped(view: View) -> Iterator[Finding]:
    for wanted in view.expected.answers if view.expected else ():
        place = view.answers.get(wanted.name)
        if place is not None and view.cells[place].kind != wanted.kind:
            yield Finding(
                "retyped",
                "look",
                view.section(place),
                f"This answer has become a cell of {_typed(view.cells[place].kind)}. "
                f"The grader takes it for {_typed(wanted.kind)}.",
                f"Change it back to {_typed(wanted.kind)}, run it, and look whether it does what you mean.",
                wanted.name,
            )


def _too_low(view: View) -> Iterator[Finding]:
    """Yield the answers that stand below a check that should stand below them."""
    above: list[Wanted] = []
    told = set()
    for wanted in view.expected.cells if view.expected else ():
        if wanted.answer:
            above.append(wanted)
        elif wanted.check and (places := view.given.get(wanted.name)):
            for answer in above:
                if answer.name not in told and view.answers.get(answer.name, -1) > max(places):
                    told.add(answer.name)
                    yield Finding(
                        "too low",
                        "mend",
                        view.section(view.answers[answer.name]),
                        "This answer stands below the check that asks for it. The grader runs the cells from top to "
                        "bottom, so the check comes too early.",
                        "Move the cell up, above its check.",
                        answer.name,
                    )


def _given(view: View) -> Iterator[Finding]:
    given = [wanted for wanted in view.expected.cells if not wanted.answer] if view.expected else []
    deleted = [wanted for wanted in given if wanted.name not in view.given]
    if deleted:
        yield Finding(
            "deleted",
            "note",
            _sections(deleted),
            f"{_cells(len(deleted))} that came with the notebook {_is(len(deleted))} not there. "
            "The grader puts such cells back.",
        )
    changed = [
        wanted
        for wanted in given
        if wanted.name in view.given
        and not any(digest(view.cells[place].text) == wanted.text for place in view.given[wanted.name])
    ]
    if changed:
        yield Finding(
            "changed",
            "look",
            _sections(changed),
            f"{_cells(len(changed))} that came with the notebook {_is(len(changed))} not as you got "
            f"{'it' if len(changed) == 1 else 'them'}. The grader puts the old text back, and what you wrote there is "
            "lost.",
            "Move what you need into an answer cell, or into a cell of your own above the check.",
        )


def _sections(cells: Iterable[Wanted]) -> str:
    names = list(dict.fromkeys(wanted.section for wanted in cells if wanted.section))
    return ", ".join(names[:_LISTED]) + (", …" if len(names) > _LISTED else "")


def _cells(number: int) -> str:
    return "A cell" if number == 1 else f"{number} cells"


def _is(number: int) -> str:
    return "is" if number == 1 else "are"


def _typed(kind: str) -> str:
    return {"code": "code", "markdown": "text"}.get(kind, "another type")
