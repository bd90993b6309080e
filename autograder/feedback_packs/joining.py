"""One page of all of a student's pages, which can travel alone: as a mail's attachment or a comment in an LMS."""

from __future__ import annotations

from pathlib import Path

from markupsafe import Markup

from autograder.feedback_packs.making import Graded
from autograder.feedback_pages import page
from autograder.lms.refusal import Refused


def joined(graded: Graded, assignment: str) -> str:
    """Return the front page and the notebooks' pages as one page, whose links lead to places in it.

    Raises:
        Refused: if one of the pages is not, or not any more, what this submission's are made of.
    """
    pages = [_read(graded.folder / f"{name}.html", graded) for name in ("index", *graded.notebooks)]
    front, *others = map(page.body_of, pages)
    for name in graded.notebooks:
        front = front.replace(f'href="{name}.html#', 'href="#')
    body = Markup("\n").join(map(Markup, [front, *others]))
    hashes = [one for text in pages for one in page.hashes_of(text)]
    return page.whole(f"Feedback on {assignment}", graded.state, body, hashes)


def _read(path: Path, graded: Graded) -> str:
    text = path.read_text(encoding="utf-8")
    if page.state_of(text) != graded.state:
        raise Refused(f"{path} has changed since it was made. Run the command again.")
    return text
