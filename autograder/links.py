"""Where the released notebooks point to: the Colab badge, and where they get `course_lib` and their files from."""

from __future__ import annotations

import re
from typing import Any

from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Unicode

# These names alone: LaTeX has double braces of its own.
PLACEHOLDER = re.compile(r"\{\{ *(colab|course_lib|files) *\}\}")


def requirement(repository: str, ref: str) -> str:
    """Return what pip installs `course_lib` by, from a repository that holds this project."""
    return f"backprop-course @ git+https://github.com/{repository}@{ref}"


class FillLinks(NbGraderPreprocessor):  # type: ignore[misc]
    """Fill the placeholders `{{ colab }}`, `{{ course_lib }}` and `{{ files }}`, when an assignment is generated."""

    repository = Unicode("", help="Where the course lies on GitHub, as owner/name").tag(config=True)
    ref = Unicode("main", help="The branch or tag of the repository").tag(config=True)
    course_lib = Unicode("", help="What notebooks install, as pip takes it; empty: that repository itself").tag(
        config=True
    )

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:  # noqa: ANN401 - as nbgrader hands them over
        """Fill the placeholders of one notebook."""
        assignment, notebook = resources["nbgrader"]["assignment"], resources["nbgrader"]["notebook"]
        path = f"blob/{self.ref}/release/{assignment}/{notebook}.ipynb"
        links = {
            "colab": f"https://colab.research.google.com/github/{self.repository}/{path}",
            "files": f"https://raw.githubusercontent.com/{self.repository}/{self.ref}/release/{assignment}",
            "course_lib": self.course_lib or requirement(self.repository, self.ref),
        }
        for cell in nb.cells:
            cell.source = PLACEHOLDER.sub(lambda match: links[match[1]], cell.source)
        return nb, resources
