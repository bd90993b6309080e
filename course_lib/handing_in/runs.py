"""Is what ran what is saved, did it run from top to bottom, and which public checks has it passed?"""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import pairwise

from course_lib.handing_in import answers
from course_lib.handing_in.code import read_code
from course_lib.handing_in.document import digest, first_line
from course_lib.handing_in.expectation import Wanted
from course_lib.handing_in.findings import Finding
from course_lib.handing_in.session import Run
from course_lib.handing_in.view import CALL, View

# What the grader allows, unless the lecturer says otherwise.
CELL_SECONDS, ALL_SECONDS = 30, 300
_SAVE = "Save the notebook (Ctrl+S, ⌘S on a Mac), and run this cell again."
_ALL = "Restart and run all cells, save, and look here again."
_LISTED = 3


def states(view: View) -> dict[str, str]:
    """Return what is known of each public check, by its `grade_id`."""
    return {wanted.name: _state(view, wanted) for wanted in (view.expected.checks if view.expected else ())}


def fresh(view: View) -> bool:
    """Return whether all cells ran once, from top to bottom, and nothing else in this session."""
    runs = [view.ran_as_it_is(place) for place in view.to_run()]
    others = [run.number for run in view.session.runs if CALL not in run.text]
    return bool(runs) and [run.number if run else None for run in runs] == others


def look(view: View) -> Iterator[Finding]:
    """Yield what is not as it ran, and what did not run as it will."""
    if not view.session.runs:
        if view.session.names is not None:
            yield Finding("not run", "look", "", "Nothing of this notebook was run in this session.", _ALL)
        return
    yield from _unsaved(view)
    yield from _replaced_answers(view)
    yield from _not_run(view)
    if "stale" not in states(view).values():  # which is told already, and mended by the same
        yield from _order(view)
    yield from _checks(view)
    yield from _slow(view)


def _unsaved(view: View) -> Iterator[Finding]:
    """Yield the cells whose text has changed since they ran, or that ran with a text that was never saved."""
    for place in view.to_run():
        run = view.ran(place)
        if run is None or digest(run.text) == digest(view.cells[place].text):
            continue
        name = view.cells[place].name
        if _later_than_saved(view, run):
            words = f"What you ran here at {_clock(run.ended)} is not what is saved: the saved file is older."
            yield Finding("unsaved", "mend", view.section(place), words, _SAVE, name)
        else:
            yield _edited(view, place)
    if not view.keyed or view.found.saved is None:
        return
    keys = {cell.key for cell in view.cells}
    texts = {digest(cell.text) for cell in view.cells}
    last = {run.key: run for run in view.session.runs if run.key}
    for key, run in last.items():
        if key not in keys and digest(run.text) not in texts and _later_than_saved(view, run) and CALL not in run.text:
            words = "You ran this cell after the notebook was saved, and it is not in the saved file."
            yield Finding("unsaved", "mend", first_line(run.text), words, _SAVE)


def _replaced_answers(view: View) -> Iterator[Finding]:
    """Yield the answers that ran with another text last, where it is not known which cell a run was."""
    if view.keyed:
        return
    texts = {digest(cell.text) for cell in view.cells}
    for wanted in view.expected.answers if view.expected else ():
        place = view.answers.get(wanted.name)
        if place is None or not wanted.asks:
            continue
        saved = view.ran(place)
        later = [run for run in view.session.runs if saved is None or run.number > saved.number]
        others = [run for run in later if digest(run.text) not in texts and wanted.asks <= read_code(run.text).defines]
        if not others:
            continue
        if view.found.saved is None:
            yield _edited(view, place)
        else:
            words = f"What ran last (In [{others[-1].number}]) is another text than the one in the file."
            todo = f"If the file is not up to date: {_SAVE[0].lower()}{_SAVE[1:]} Otherwise run the answer again."
            yield Finding("unsaved", "mend", view.section(place), words, todo, wanted.name)


def _edited(view: View, place: int) -> Finding:
    words = "You have changed this cell since it ran."
    todo = "Run it again, and the checks below it."
    return Finding("edited", "look", view.section(place), words, todo, view.cells[place].name)


def _not_run(view: View) -> Iterator[Finding]:
    missing = [place for place in view.to_run() if view.ran(place) is None]
    if missing:
        number = "One cell was" if len(missing) == 1 else f"{len(missing)} cells were"
        yield Finding(
            "not run", "look", _places(view, missing), f"{number} not run in this session as it stands.", _ALL
        )


def _order(view: View) -> Iterator[Finding]:
    ran = [(run.number, place) for place in view.to_run() if (run := view.ran(place))]
    for (before, upper), (after, lower) in pairwise(ran):
        if after < before:
            yield Finding(
                "order",
                "look",
                view.section(lower),
                f"This cell ran before one that stands above it ({view.section(upper)}). "
                "The grader runs all cells from top to bottom, once.",
                _ALL,
                view.cells[lower].name,
            )
            return
    if ran and not fresh(view) and not any(view.ran(place) is None for place in view.to_run()):
        yield Finding(
            "not fresh",
            "note",
            "",
            "Cells were run more than once, or others were run that are gone. What they left behind may hide that "
            "something is missing.",
            _ALL,
        )


def _state(view: View, wanted: Wanted) -> str:
    places = view.given.get(wanted.name, [])
    if not places:
        return "absent"
    as_given = [place for place in places if digest(view.cells[place].text) == wanted.text]
    if not as_given:
        return "changed"
    run = max(filter(None, map(view.ran_as_it_is, as_given)), key=lambda run: run.number, default=None)
    if run is None:
        return "not run"
    if run.fine is not True:
        return "unknown" if run.fine is None else "failed"
    return "stale" if any(_newer(view, answer, run) for answer in _above(view, wanted)) else "passed"


def _above(view: View, wanted: Wanted) -> list[Wanted]:
    """Return the answers that should stand above a check."""
    cells = list(view.expected.cells) if view.expected else []
    return [cell for cell in cells[: cells.index(wanted)] if cell.answer]


def _newer(view: View, answer: Wanted, check: Run) -> bool:
    """Return whether an answer was run, or changed, or lost after a check was run."""
    place = view.answers.get(answer.name, view.recognised.get(answer.name))
    run = None if place is None else view.ran_as_it_is(place)
    return run is None or run.number > check.number


def _checks(view: View) -> Iterator[Finding]:
    found = states(view)
    wanted = view.expected.by_name if view.expected else {}
    written = answers.states(view)
    for name, state in found.items():
        # Of a check below an answer that is not written, there is nothing to say but that.
        if state == "failed" and all(written[answer.name] == "written" for answer in _above(view, wanted[name])):
            words = "The public check did not pass when it ran last, and said why."
            yield Finding("failed", "mend", wanted[name].section, words, "Read what stands below the check.", name)
    for state, why in (
        ("stale", "since an answer above last changed"),
        ("not run", "in this session"),
    ):
        if names := [wanted[name] for name in found if found[name] == state]:
            number = "One public check was" if len(names) == 1 else f"{len(names)} public checks were"
            shown = ", ".join(dict.fromkeys(one.section for one in names[:_LISTED])) + (
                "…" if len(names) > _LISTED else ""
            )
            yield Finding(state, "look", shown, f"{number} not run {why}.", _ALL)
    if "unknown" in found.values():
        yield Finding(
            "unknown",
            "look",
            "",
            "Checks were run, but it was not noted how they ended.",
            "Run the setup cell on top, then all cells below it.",
        )


def _slow(view: View) -> Iterator[Finding]:
    took = [(run.seconds, place) for place in view.to_run() if (run := view.ran(place)) and run.seconds is not None]
    for seconds, place in took:
        if seconds > CELL_SECONDS:
            yield Finding(
                "slow",
                "look",
                view.section(place),
                f"This cell ran for {seconds:.0f} s. The grader stops a cell after {CELL_SECONDS} s, unless your "
                "lecturer has set another limit.",
                "Make it faster, or delete it if it is none that you were asked for.",
                view.cells[place].name,
            )
    if (total := sum(seconds for seconds, _ in took)) > ALL_SECONDS:
        words = f"All cells together ran for {total:.0f} s. The grader stops a notebook after {ALL_SECONDS} s."
        yield Finding("slow", "look", "", words, "Make the slowest cells faster.")


def _places(view: View, places: list[int]) -> str:
    shown = "; ".join(view.section(place) for place in places[:_LISTED])
    return f"{shown}; …" if len(places) > _LISTED else shown


def _later_than_saved(view: View, run: Run) -> bool:
    return view.found.saved is not None and run.ended > view.found.saved


def _clock(moment: float) -> str:
    return time.strftime("%H:%M:%S", time.localtime(moment))
