"""Answers laid out for JPlag, which compares them. Whether a likeness means anything, a person decides, not we."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Mapping
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.text import Text

from autograder.lms.refusal import Refused
from autograder.lms.roster import Roster
from autograder.reporting import gather, page, work
from autograder.reporting.graded_class import GradedClass
from autograder.reporting.making import FOLDER, redaction_for, replaced

# What IPython adds to Python would keep JPlag from reading a whole submission.
_MAGIC = re.compile(r"^([ \t]*)([%!?].*|[\w.]+\?{1,2})$", re.MULTILINE)

_README = """\
Answers to {assignment}, for JPlag (https://github.com/jplag/JPlag).

    java -jar jplag.jar --language python3 --base-code base submissions

submissions/  a folder for each of {number} students, with the code of their own cells alone, one file for each notebook
base/         the same cells as they were handed out: JPlag leaves out what stands there
{who}
JPlag runs on this machine and sends nothing anywhere. It finds likenesses; it does not find out how they came about.
What is not Python it leaves out, and says so. Short exercises have few solutions, and study groups are often allowed:
look at each pair yourself before you say a word.
"""
_KEY = "students.csv  which folder is whose; keep it to yourself\n"


def run(course: Path, assignment: str, roster: Roster | None, console: Console, *, names: bool) -> Path:
    """Write the export, say what to do with it, and return where it is.

    Args:
        course: the folder with `gradebook.db` and `autograded/`.
        assignment: its name.
        roster: the class list, which knows more names.
        console: where to show progress.
        names: whether folders are called by students' ids, and their names stay in the code.

    Raises:
        Refused: if nothing is graded, or nobody wrote any code.
    """
    graded = gather.gather(course, assignment)
    fit: Callable[[str], str] = str if names else redaction_for(graded, roster).code
    labels = {s.student: s.student for s in graded.submissions} if names else page.anonymous(graded)
    digits = len(str(len(labels)))
    folders = {student: label if names else f"s{int(label.split()[-1]):0{digits}}" for student, label in labels.items()}
    to = course / FOLDER / f"{assignment}_jplag"
    written = 0
    with replaced(to) as folder:
        for notebook in graded.released:
            _write(folder / "base" / f"{notebook}.py", graded.released[notebook])
        for submission in track(graded.submissions, "Collecting answers", console=console, transient=True):
            files = {
                notebook: own
                for notebook in graded.released
                if (own := own_work(work.solutions(course, assignment, submission.student, notebook), graded, notebook))
            }
            written += bool(files)
            for notebook, own in files.items():
                code = {cell: fit(source) for cell, source in own.items()}
                _write(folder / "submissions" / folders[submission.student] / f"{notebook}.py", code)
        if not written:
            raise Refused(f"Nobody has written any code in {assignment}, as far as autograded/ shows.")
        if not names:
            with (folder / "students.csv").open("w", encoding="utf-8", newline="") as stream:
                csv.writer(stream).writerows([("folder", "student"), *sorted((f, s) for s, f in folders.items())])
        about = _README.format(assignment=assignment, number=written, who="" if names else _KEY)
        (folder / "README.txt").write_text(about, encoding="utf-8")
    console.print(Text(f"Wrote the code of {written:,} students to {to}"), soft_wrap=True)
    console.print(
        Text(f"Next: cd {to} && java -jar jplag.jar --language python3 --base-code base submissions"), soft_wrap=True
    )
    console.print("A likeness is a reason to look, not a verdict: see README.txt there.")
    return to


def own_work(written: Mapping[str, str], graded: GradedClass, notebook: str) -> dict[str, str]:
    """Return the cells in which a student has written something."""
    given = graded.released[notebook]
    return {cell: code for cell, code in written.items() if code.split() != given.get(cell, "").split()}


def _write(path: Path, cells: Mapping[str, str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    code = "\n\n".join(_without_magics(source.rstrip()) for source in cells.values())
    path.write_text(f"{code}\n", encoding="utf-8", errors="replace")


def _without_magics(code: str) -> str:
    return code if work.parsed(code) else _MAGIC.sub(r"\1# \2", code)
