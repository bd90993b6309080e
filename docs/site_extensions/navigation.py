"""What stands beside the pages: which there are, in which order. On GitHub the links in the pages must do.

A page that is not listed here is a warning of Sphinx's, and so an error.
"""

from pathlib import Path

from sphinx.application import Sphinx

PAGES = {
    "For students": ["students", "handing-in", "gallery", "symbols"],
    "For instructors": [
        "instructors",
        "new-course",
        "publishing",
        "collecting",
        "grading",
        "report",
        "feedback",
        "regrading",
        "security",
    ],
    "For authors": ["authors", "ideas"],
    "To look up": [
        "faq",
        "gpu",
        "tolerances",
        "reference/commands",
        "reference/course_lib",
        "reference/hidden_tests",
    ],
}


def setup(app: Sphinx):
    """Have the first page name all others, which Sphinx makes the navigation of."""
    app.connect("source-read", _list_pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _list_pages(app: Sphinx, name: str, source: list[str]):
    if name != app.config.root_doc:
        return
    for caption, pages in PAGES.items():
        here = [page for page in pages if (Path(app.srcdir) / f"{page}.md").exists()]
        lines = ["", "", "```{toctree}", ":hidden:", f":caption: {caption}", "", *here, "```", ""]
        source[0] += "\n".join(lines)
