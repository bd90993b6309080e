"""`course grades`: from the gradebook to a file that an LMS imports."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.text import Text

from autograder import lateness
from autograder.lms import gradebook_csv, listing, points, table
from autograder.lms.refusal import Refused
from autograder.lms.roster import Roster


@dataclass(frozen=True)
class Wanted:
    """What to write: one of the three.

    Attributes:
        canvas: Canvas's export.
        moodle: Moodle's export.
        plain: whether to write a table of our own.
        column: the assignment's column in the export, if its name does not tell.
    """

    canvas: Path | None = None
    moodle: Path | None = None
    plain: bool = False
    column: str = ""


def run(course: Path, assignment: str, wanted: Wanted, roster: Roster | None, console: Console) -> Path:
    """Write points, say what was written and who is missing, and return where.

    Raises:
        Refused: if not just one kind was asked for, or something cannot be read or written.
    """
    kinds = {"canvas": wanted.canvas, "moodle": wanted.moodle, "plain": wanted.plain}
    asked = [kind for kind, value in kinds.items() if value]
    if len(asked) != 1:
        raise Refused("Say which kind of file you want: --canvas EXPORT, --moodle EXPORT or --plain.")
    to = course / "grades" / f"{assignment}_{asked[0]}.csv"
    export = wanted.canvas or wanted.moodle
    if export and to.resolve() == export.resolve():
        raise Refused(f"{to} is where the filled file goes. Keep the LMS's export elsewhere.")
    listing.show_lateness(lateness.settle_class(course, assignment), console)
    known = points.read(course / "gradebook.db", assignment)
    if export:
        fill = gradebook_csv.canvas if wanted.canvas else gradebook_csv.moodle
        filled = fill(table.read(export), known, roster, wanted.column)
        table.write(filled.table, to)
        listing.show_filled(filled, known, console)
    else:
        table.write(gradebook_csv.plain(known, roster), to)
    listing.show_ungraded(known, console)
    console.print(Text(f"Wrote {to}"), soft_wrap=True)
    return to
