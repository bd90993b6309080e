"""Text, code and outputs of a notebook as HTML that needs no network: cleaned, and with mathematics as MathML."""

from __future__ import annotations

import html
import re
from functools import lru_cache
from typing import Any

from latex2mathml.converter import convert
from markupsafe import Markup
from nbconvert.filters import Highlight2HTML, ansi2html
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

from autograder.cleaning import OURS, clean
from autograder.execution.verdict import MIME as VERDICT

_LONGEST_FORMULA = 2000
# Nobody reads more, and a page is to be small enough for a mail.
_MOST_PRINTED = 20_000
_MOST_DRAWN = 1_000_000
_RICH = ("text/html", "image/png", "image/jpeg", "text/markdown", "text/latex")
_BASE64 = re.compile(r"[A-Za-z0-9+/=\s]*")
_highlight = Highlight2HTML(pygments_lexer="ipython3")


class _Renderer(IPythonRenderer):  # type: ignore[misc]
    """nbconvert's renderer, which leaves mathematics to a script from a foreign server; this one writes it itself."""

    def inline_math(self, body: str) -> str:
        return mathematics(body, display=False)

    def block_math(self, body: str) -> str:
        return mathematics(body, display=True)

    def latex_environment(self, name: str, body: str) -> str:
        return mathematics(rf"\begin{{{name}}}{body}\end{{{name}}}", display=True)


@lru_cache(maxsize=2048)
def mathematics(tex: str, *, display: bool) -> str:
    """Return a formula as MathML; as it is written, where it cannot be read."""
    made = None
    if len(tex) <= _LONGEST_FORMULA:
        try:
            made = convert(tex.strip(), display="block" if display else "inline")
        except Exception:  # noqa: BLE001 - the formula may be a student's, and anything
            made = None
    return made or f"<code>{html.escape(tex.strip())}</code>"


def markdown(source: str, attachments: Any = None) -> Markup:  # noqa: ANN401 - nbformat is not typed
    """Return Markdown as HTML."""
    renderer = _Renderer(escape=False, attachments=attachments or {}, exclude_anchor_links=True)
    return _cleaned(str(MarkdownWithMath(renderer=renderer).render(source)))


def code(source: str) -> Markup:
    """Return code with its colours."""
    return Markup(_highlight(source))  # noqa: S704 - Pygments escapes


def terminal(text: str) -> Markup:
    """Return what was printed, with its colours."""
    return Markup(ansi2html(text))  # noqa: S704 - it escapes


def output(shown: Any) -> Markup:  # noqa: ANN401
    """Return one output of a cell that has gone through `CleanPages`."""
    if shown.output_type == "stream":
        return _printed("".join(shown.text))
    if shown.output_type == "error":
        return _printed("\n".join(shown.traceback))
    data = {kind: "".join(value) for kind, value in shown.data.items() if kind != VERDICT}
    if shown.metadata.get(OURS) is True:
        return Markup(data["text/html"])  # noqa: S704 - CleanPages has made it itself
    return _richest(data)


def _richest(data: dict[str, str]) -> Markup:
    """Return the form of an output that says most."""
    kind = next((kind for kind in _RICH if kind in data and len(data[kind]) <= _MOST_DRAWN), "")
    match kind:
        case "text/html":
            return _cleaned(data[kind])
        case "text/markdown":
            return markdown(data[kind])
        case "text/latex":
            return _cleaned(mathematics(data[kind].strip("$ \n"), display=True))
        case "image/png" | "image/jpeg" if _BASE64.fullmatch(data[kind]):
            picture = "".join(data[kind].split())
            return Markup('<img class="plot" alt="" src="data:{};base64,{}">').format(kind, picture)
    return _printed(data.get("text/plain", ""))


def _printed(text: str) -> Markup:
    if not text.strip():
        return Markup()
    more = len(text) - _MOST_PRINTED
    said = Markup('<p class="untouched">{:,} more characters are not shown here.</p>').format(more)
    return Markup("<pre>{}</pre>").format(terminal(text[:_MOST_PRINTED].rstrip("\n"))) + (said if more > 0 else "")


def _cleaned(made: str) -> Markup:
    return Markup(clean(made, pictures_from=()))  # noqa: S704 - that is what cleaning is for
