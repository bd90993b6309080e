"""`course report`: from the gradebook to a page and its plots."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from rich.console import Console

from autograder.lms.refusal import Refused
from autograder.lms.roster import Roster
from autograder.reporting import clusters, gather, listing, page, work
from autograder.reporting.clusters import Cluster
from autograder.reporting.graded_class import GradedClass
from autograder.reporting.page import Example, Shown
from autograder.reporting.redaction import Redaction

FOLDER = "reports"


@dataclass(frozen=True)
class Wanted:
    """What to make.

    Attributes:
        names: whether to show who is who.
        roster: the class list, which knows more names.
        formgrader: the address of the Jupyter server that has formgrader.
    """

    names: bool = False
    roster: Roster | None = None
    formgrader: str = "http://localhost:8888"


def run(course: Path, assignment: str, wanted: Wanted, console: Console) -> Path:
    """Write the page and its plots, say what is on it, and return where it is.

    Raises:
        Refused: if nothing is graded, or formgrader's address is none.
    """
    address = wanted.formgrader.rstrip("/")
    if urlsplit(address).scheme not in ("http", "https"):
        raise Refused(
            f"--formgrader is the address of the Jupyter server, such as http://localhost:8888, not {address}."
        )
    with console.status(f"Reading what is known about {assignment}"):
        graded = gather.gather(course, assignment)
        roster = {student.id: student.name for student in wanted.roster.students} if wanted.roster else {}
        if wanted.names:
            clean: Callable[[str], str] = str
            code: Callable[[str], str] = str
            labels = page.named(graded, roster)
        else:
            redaction = redaction_for(graded, wanted.roster)
            clean, code = redaction.text, redaction.code
            labels = page.anonymous(graded)
        found = clusters.clusters(graded)
    with console.status("Choosing examples and drawing plots"):
        shown = Shown(labels, clean, wanted.names, address)
        report = page.compose(graded, found, examples(course, graded, found[: page.MOST_CLUSTERS], code), shown)
        pictures = page.draw(report)
        html = page.render(report, pictures, shown, datetime.now(UTC))
    to = course / FOLDER / f"{assignment}.html"
    with replaced(course / FOLDER / f"{assignment}_plots") as folder:
        for plot in pictures.values():
            (folder / f"{plot.name}.svg").write_text(plot.svg, encoding="utf-8")
            (folder / f"{plot.name}.png").write_bytes(plot.png)
    new = to.with_name(f".{to.name}.new")
    new.write_text(html, encoding="utf-8", errors="replace")  # notebooks may hold halves of letters
    new.replace(to)
    listing.show(report, shown, console)
    listing.show_where(to, console)
    return to


def redaction_for(graded: GradedClass, roster: Roster | None) -> Redaction:
    """Return what blackens everybody who is known: from the gradebook, and from the roster if there is one."""
    people = roster.students if roster else []
    return Redaction.of(graded, [name for one in people for name in (one.id, one.name, one.email, *one.others)])


def examples(
    course: Path, graded: GradedClass, found: Sequence[Cluster], fit: Callable[[str], str]
) -> list[Example | None]:
    """Return code that shows each mistake: a typical answer of those who made few others, the same each time.

    Args:
        course: the folder with `autograded/` and `source/`.
        graded: the class.
        found: its mistakes.
        fit: makes code fit to be shown.
    """
    faults = Counter(student for cluster in clusters.clusters(graded) for student in cluster.students)
    return [_example(course, graded, cluster, faults, fit) for cluster in found]


def _example(
    course: Path, graded: GradedClass, cluster: Cluster, faults: Counter[str], fit: Callable[[str], str]
) -> Example | None:
    question = graded.question(cluster.questions[0])
    for cell in reversed(question.cells):
        written = {
            code: student
            for student in reversed(work.candidates(cluster.students, faults))
            if (code := work.solutions(course, graded.assignment, student, question.notebook).get(cell, ""))
        }
        if code := work.typical(written):
            right = work.model(course, graded.assignment, question.notebook).get(cell, "")
            return Example(cell, fit(work.excerpt(code, right)), written[code])
    return None


@contextmanager
def replaced(folder: Path) -> Iterator[Path]:
    """Give a new folder to write into, which takes the place of `folder` at the end; not if anything fails.

    What lies in `reports/` is about students, so git is told to leave it alone.
    """
    folder.parent.mkdir(exist_ok=True)
    (folder.parent / ".gitignore").write_text("*\n", encoding="utf-8")
    new = Path(tempfile.mkdtemp(dir=folder.parent, prefix="."))
    try:
        new.chmod(0o777 & ~_umask())
        yield new
        shutil.rmtree(folder, ignore_errors=True)
        new.replace(folder)
    finally:
        shutil.rmtree(new, ignore_errors=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
