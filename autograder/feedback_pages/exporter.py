"""nbgrader's way to the pages: the exporter that `nbgrader generate_feedback` takes each graded notebook through."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nbconvert.exporters.exporter import Exporter
from nbgrader.api import Gradebook
from traitlets import default

from autograder.cleaning import CleanPages
from autograder.feedback_pages import contents, grades, page, submission
from autograder.feedback_pages.submission import Submission


class FeedbackExporter(Exporter):  # type: ignore[misc]
    """Makes the page of a notebook, and beside it a front page for all of the student's notebooks."""

    _read: tuple[tuple[str, str], Submission] | None = None

    @default("file_extension")  # type: ignore[untyped-decorator]
    def _file_extension_default(self) -> str:
        return ".html"

    @default("preprocessors")  # type: ignore[untyped-decorator]
    def _preprocessors_default(self) -> list[type]:
        return [CleanPages]

    def from_filename(self, filename: str, resources: Any = None, **kwargs: Any) -> tuple[str, Any]:  # noqa: ANN401
        """Make the page of one notebook."""
        where = resources["nbgrader"]
        whole = self._submission(Path(filename).parent, where)
        nb, resources = super().from_filename(filename, resources, **kwargs)
        of_notebook = whole.grades.notebooks[where["notebook"]]
        made = page.notebook(contents.read(where["notebook"], nb, of_notebook), whole)
        resources["outputs"] = {"index.html": page.overview(whole).encode()}  # written beside the page
        return made, resources

    def _submission(self, folder: Path, where: Any) -> Submission:  # noqa: ANN401
        """Return the submission; nbgrader comes to its notebooks one after the other."""
        key = (where["assignment"], where["student"])
        if self._read is None or self._read[0] != key:
            with Gradebook(where["db_url"]) as book:
                found = grades.read(book, *key)
            self._read = (key, submission.read(folder, *key, found))
        return self._read[1]
