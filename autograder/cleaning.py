"""HTML that student code made, before anybody's browser sees it: what it looks like stays, what it could do goes.

Feedback pages go back to students, and formgrader's pages open in a browser that is logged in as the instructor. Both
are made by nbconvert, which passes HTML on as it is.
"""

from __future__ import annotations

import re
import textwrap
from base64 import b64encode
from collections.abc import Collection
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import jinja2
import nh3
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbconvert.preprocessors import Preprocessor
from nbformat.v4 import new_markdown_cell, new_output

from autograder.execution.verdict import MIME as VERDICT
from course_lib.stepper.page import to_html
from course_lib.stepper.story import MIME, StoryError, from_json

# What a page may show of a notebook's outputs. Scripts, widgets and whatever else a page would run are not among it.
_SHOWN = {"text/html", "text/markdown", "text/latex", "text/plain", "image/png", "image/jpeg", "image/svg+xml", VERDICT}
# A picture that steps is laid out anew, which takes up to a second; more of them than this are nobody's honest work.
_MOST_STORIES = 40
# In the metadata of an output whose HTML is not cleaned, since all of it is ours.
OURS = "backprop_course_picture"
# Mathematics as MathML: what `latex2mathml` writes of it, and nothing that links or acts.
_MATHEMATICS = {
    "math", "mfrac", "mi", "mn", "mo", "mover", "mpadded", "mphantom", "mroot", "mrow", "mspace", "msqrt", "mstyle",
    "msub", "msubsup", "msup", "mtable", "mtd", "mtext", "mtr", "munder", "munderover",
}  # fmt: skip
_OF_MATHEMATICS = {
    "accent", "columnalign", "display", "displaystyle", "fence", "form", "linethickness", "lspace", "mathvariant",
    "maxsize", "minsize", "rspace", "scriptlevel", "separator", "stretchy",
}  # fmt: skip
_TAGS = nh3.ALLOWED_TAGS | {"section"} | _MATHEMATICS
_ATTRIBUTES = {
    **nh3.ALLOWED_ATTRIBUTES,
    **dict.fromkeys(_MATHEMATICS, _OF_MATHEMATICS),
    "mspace": _OF_MATHEMATICS | {"width"},
    "*": {"style", "class", "title", "lang", "dir", "role", "aria-label", "aria-hidden"},
    "img": {"src", "alt", "width", "height"},
}
_STYLES = {
    "background", "background-color", "border", "border-bottom", "border-collapse", "border-left",
    "border-right", "border-spacing", "border-top", "color", "display", "font-family", "font-size",
    "font-style", "font-weight", "height", "line-height", "margin", "margin-bottom", "margin-left",
    "margin-right", "margin-top", "max-width", "min-width", "opacity", "overflow-wrap", "overflow-x", "padding",
    "text-align", "text-decoration", "vertical-align", "white-space", "width",
}  # fmt: skip
_IMAGE = re.compile(r"data:image/(?:png|jpeg|gif|svg\+xml|webp)[;,]", re.IGNORECASE)
_PICTURES_FROM = {"colab.research.google.com"}  # the badge in each notebook


def clean(html: str, *, pictures_from: Collection[str] = _PICTURES_FROM) -> str:
    """Return HTML without anything that runs, submits, covers the page, or calls a foreign server.

    Args:
        html: what somebody wrote.
        pictures_from: the servers that pictures may come from, besides those that stand in the HTML itself.
    """

    def attribute(tag: str, name: str, value: str) -> str | None:
        return _attribute(tag, name, value, pictures_from)

    return nh3.clean(
        html,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        attribute_filter=attribute,
        filter_style_properties=_STYLES,
        url_schemes={"http", "https", "mailto", "data"},
        link_rel="noopener noreferrer",
    )


def _attribute(tag: str, name: str, value: str, pictures_from: Collection[str]) -> str | None:
    """Return an attribute's value; None if it is not to be there."""
    if name == "style":
        return None if "url(" in value.replace(" ", "").lower() else value
    if name in ("src", "href") and value.strip().lower().startswith("data:"):
        return value if tag == "img" and _IMAGE.match(value.strip()) else None
    if tag == "img" and name == "src":
        return value if urlsplit(value).hostname in pictures_from else None
    return value


class CleanPages(Preprocessor):  # type: ignore[misc]
    """Makes the outputs of a notebook ones that a page can show without danger. Its text is cleaned by a filter."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:  # noqa: ANN401
        """Clean one notebook."""
        self._stories_left = _MOST_STORIES
        cleaned: tuple[Any, Any] = super().preprocess(nb, resources)
        return cleaned

    def preprocess_cell(self, cell: Any, resources: Any, _index: int) -> tuple[Any, Any]:  # noqa: ANN401
        """Clean one cell."""
        if cell.cell_type == "code":
            cell.outputs = [self._cleaned(output) for output in cell.outputs]
        elif cell.cell_type == "raw":  # which would go into the page as it is
            cell = new_markdown_cell(textwrap.indent(cell.source, "    "), metadata=cell.metadata)
        return cell, resources

    def _cleaned(self, output: Any) -> Any:  # noqa: ANN401
        if output.output_type not in ("display_data", "execute_result"):
            return output
        data = {kind: value for kind, value in output.data.items() if kind in _SHOWN}
        marks = {}
        if drawing := data.pop("image/svg+xml", None):
            # As an image it can run nothing.
            picture = b64encode("".join(drawing).encode()).decode()
            data.setdefault("text/html", f'<img alt="" src="data:image/svg+xml;base64,{picture}">')
        if "text/html" in data:
            data["text/html"] = clean("".join(data["text/html"]))
        if MIME in output.data and self._stories_left:
            # The script is ours, and takes checked texts and numbers alone. What is no story stays the still picture.
            self._stories_left -= 1
            with suppress(StoryError):
                data["text/html"] = to_html(from_json(output.data[MIME]))
                marks[OURS] = True
        sizes = {kind: _sizes(about) for kind, about in output.metadata.items() if kind in data}
        more = {"execution_count": output.execution_count} if output.output_type == "execute_result" else {}
        return new_output(output.output_type, data, metadata=sizes | marks, **more)


@jinja2.pass_context
def markdown_to_html(context: Any, source: str) -> str:  # noqa: ANN401
    """Render Markdown as nbconvert does, and clean what comes out."""
    attachments = context.get("cell", {}).get("attachments", {})
    renderer = IPythonRenderer(escape=False, attachments=attachments)
    return clean(str(MarkdownWithMath(renderer=renderer).render(source)))


def _sizes(about: Any) -> dict[str, int]:  # noqa: ANN401
    if not isinstance(about, dict):
        return {}
    return {name: about[name] for name in ("width", "height") if type(about.get(name)) is int}
