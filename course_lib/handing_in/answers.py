"""Is each answer written, whole, and where the grader looks for it? Whether it is right is not asked here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from course_lib.handing_in.expectation import Wanted
from course_lib.handing_in.findings import Finding
from course_lib.handing_in.view import View

_TO_WRITE = ("YOUR CODE HERE", "YOUR ANSWER HERE")


def states(view: View) -> dict[str, str]:
    """Return what has become of each answer, by its `grade_id`."""
    return {wanted.name: _state(view, wanted) for wanted in (view.expected.answers if view.expected else ())}


def look(view: View) -> Iterator[Finding]:
    """Yield what is missing in the answers."""
    for wanted in view.expected.answers if view.expected else ():
        place = view.answers.get(wanted.name, view.recognised.get(wanted.name))
        if place is not None:
            yield from _one(view, wanted, place)
            yield from _overwritten(view, wanted, place)
    taken = {*view.answers.values(), *view.recognised.values()}
    for place in view.own:
        if place not in taken and (broken := view.code(place).broken):
            words = f"Python cannot read this cell of your own: {broken}."
            yield Finding("broken", "look", view.section(place), words, "Mend it, or delete it if you do not need it.")
    if view.expected is None:
        yield from _unknown(view)


def _state(view: View, wanted: Wanted) -> str:
    place = view.answers.get(wanted.name, view.recognised.get(wanted.name))
    if place is None:
        return "absent"
    cell, code = view.cells[place], view.code(place)
    if view.untouched(cell, wanted):
        return "elsewhere" if _all_elsewhere(view, wanted, place) else "empty"
    if code.broken:
        return "broken"
    if code.gaps or (cell.kind == "code" and wanted.asks - code.defines):
        return "unfinished"
    return "unfinished" if cell.kind == "markdown" and any(mark in cell.text for mark in _TO_WRITE) else "written"


def _one(view: View, wanted: Wanted, place: int) -> Iterator[Finding]:
    state, code, where = _state(view, wanted), view.code(place), view.section(place)
    if state == "empty":
        yield Finding("empty", "mend", where, "Nothing is written here yet.", "Write your answer.", wanted.name)
    elif state == "elsewhere":
        others = _elsewhere(view, wanted.asks, place)
        yield Finding(
            "elsewhere",
            "mend",
            where,
            f"Nothing is written in this answer cell. A cell of your own ({view.section(others[0])}) defines "
            f"{_named(wanted.asks)}, but that is not where an answer is looked for.",
            "Move it into the answer cell.",
            wanted.name,
        )
    elif state == "broken":
        yield Finding(
            "broken",
            "mend",
            where,
            f"Python cannot read this cell: {code.broken}.",
            "Run the cell and mend what it says; as it is, nothing in it counts.",
            wanted.name,
        )
    elif code.gaps:
        yield Finding(
            "unfinished",
            "mend",
            where,
            f"Still to be written: {_named(code.gaps) or 'a part of this cell'}. "
            "There, `raise NotImplementedError` still stands.",
            "Write your answer in its place. If you have, delete the line.",
            wanted.name,
        )
    elif missing := wanted.asks - code.defines if view.cells[place].kind == "code" else ():
        yield from _missing(view, wanted, place, sorted(missing))
    elif state == "unfinished":
        yield Finding(
            "unfinished", "mend", where, "This still says that an answer goes here.", "Write it.", wanted.name
        )


def _missing(view: View, wanted: Wanted, place: int, missing: Sequence[str]) -> Iterator[Finding]:
    others = _elsewhere(view, missing, place)
    if others:
        yield Finding(
            "elsewhere",
            "look",
            view.section(place),
            f"This answer does not define {_named(missing)}. A cell of your own does ({view.section(others[0])}).",
            "Move it into the answer cell.",
            wanted.name,
        )
    else:
        yield Finding(
            "undefined",
            "mend",
            view.section(place),
            f"Nothing in the notebook defines {_named(missing)}, which is asked for here.",
            "Define it in this cell. Look whether it is spelt as in the question.",
            wanted.name,
        )


def _overwritten(view: View, wanted: Wanted, place: int) -> Iterator[Finding]:
    """Yield the cells of the student's own that give an answer's name another value below it."""
    if view.untouched(view.cells[place], wanted):
        return
    defined = wanted.asks & view.code(place).defines
    for other in view.own:
        names = view.code(other).defines & defined
        if other > place and names and other != place:
            yield Finding(
                "overwritten",
                "look",
                view.section(other),
                f"This cell of your own gives {_named(sorted(names))} a new value, below the answer. "
                "Checks that stand further down see that one.",
                "If you only tried something out, delete the cell or use other names.",
                wanted.name,
            )


def _unknown(view: View) -> Iterator[Finding]:
    """Yield what is plainly not written, in a notebook that the course does not know."""
    for place, cell in enumerate(view.cells):
        if any(mark in cell.text for mark in _TO_WRITE) and (cell.kind != "code" or view.code(place).gaps):
            yield Finding("empty", "mend", view.section(place), "Nothing is written here yet.", "Write your answer.")


def _all_elsewhere(view: View, wanted: Wanted, place: int) -> bool:
    """Return whether cells of the student's own define all that an answer is asked for."""
    found = [view.code(other).defines for other in _elsewhere(view, wanted.asks, place)]
    return bool(wanted.asks) and wanted.asks <= frozenset().union(*found)


def _elsewhere(view: View, names: Sequence[str] | frozenset[str], place: int) -> list[int]:
    """Return the cells of the student's own that define some of these names."""
    return [other for other in view.own if other != place and view.code(other).defines & set(names)]


def _named(names: Sequence[str] | frozenset[str]) -> str:
    shown = [f"`{name}`" for name in (sorted(names) if isinstance(names, frozenset) else names) if name]
    return f"{', '.join(shown[:-1])} and {shown[-1]}" if len(shown) > 1 else "".join(shown)
