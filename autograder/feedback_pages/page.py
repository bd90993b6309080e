"""The pages of a submission as HTML: each of them whole in itself, with nothing to fetch and nothing foreign to run."""

from __future__ import annotations

import re
import zlib
from base64 import b64decode, b64encode
from collections.abc import Iterable
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from autograder.cleaning import OURS
from autograder.feedback_pages import writing
from autograder.feedback_pages.contents import Contents
from autograder.feedback_pages.submission import Submission

# Comments that nothing else can hold: those of others are cleaned away.
BEGIN, END = "<!-- feedback begins -->", "<!-- feedback ends -->"
SIGNS = {"right": "✓", "partly": "≈", "wrong": "✗", "open": "…"}
WORDS = {"right": "right", "partly": "partly right", "wrong": "not right yet", "open": "a person will look at this"}
_MOST_OUTPUTS = 200
_TEMPLATES = Path(__file__).parent / "templates"
_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)
_PACKED = re.compile(r'\("([A-Za-z0-9+/=]+)"\)$')
_STATE = re.compile(r'<meta name="made-from" content="([0-9a-f]+)">')
_HASH = re.compile(r"&#39;(sha256-[A-Za-z0-9+/=]+)&#39;")


def notebook(contents: Contents, submission: Submission) -> str:
    """Return the page of one notebook."""
    others = Markup(" · ").join(
        Markup("<b>{}</b>").format(name) if name == contents.name else Markup('<a href="{0}.html">{0}</a>').format(name)
        for name in submission.contents
    )
    nav = Markup('<nav><a href="index.html">Overview of {}</a> · {}</nav>\n').format(submission.assignment, others)
    hashes = [hash_ for block in contents.blocks for cell in block.cells for hash_ in _scripts(cell)]
    body = nav + _part("notebook.html.j2", contents=contents)
    return whole(f"{submission.assignment} · {contents.title}", submission.state, body, hashes)


def overview(submission: Submission) -> str:
    """Return the front page."""
    body = _part("overview.html.j2", submission=submission)
    return whole(f"Feedback on {submission.assignment}", submission.state, body, [])


def whole(title: str, state: str, body: Markup, hashes: Iterable[str]) -> str:
    """Return a page.

    Args:
        title: what the browser's tab says.
        state: what the page was made from.
        body: what it shows.
        hashes: of the scripts that may run; nothing else may, whatever cleaning has overlooked.
    """
    allowed = " ".join(f"'{one}'" for one in dict.fromkeys(hashes)) or "'none'"
    policy = f"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src {allowed}; form-action 'none'"
    made = _environment().get_template("base.html.j2")
    return made.render(title=title, state=state, policy=f"{policy}; base-uri 'none'", style=_style(), body=body)


def _part(template: str, **about: Any) -> Markup:  # noqa: ANN401
    """Return a part of a page, between marks by which it is found again."""
    made = _environment().get_template(template).render(**about)
    return Markup(f"{BEGIN}{made}{END}")  # noqa: S704 - our own templates, which escape


def _style() -> Markup:
    return Markup((_TEMPLATES / "style.css").read_text(encoding="utf-8"))  # noqa: S704 - our own


def state_of(page: str) -> str:
    """Return what a page was made from; empty if it is not one of ours."""
    found = _STATE.search(page.partition("</head>")[0])
    return found[1] if found else ""


def body_of(page: str) -> str:
    """Return the part of a page that is worth joining to others."""
    return page.partition(BEGIN)[2].rpartition(END)[0]


def hashes_of(page: str) -> list[str]:
    """Return the hashes of the scripts that a page of ours runs."""
    return _HASH.findall(page.partition("</head>")[0])


def _scripts(cell: Any) -> list[str]:  # noqa: ANN401 - nbformat is not typed
    """Return the hashes of the scripts in a cell's outputs that are ours: of the loader, and of what it unpacks."""
    hashes = []
    for output in cell.get("outputs", [])[:_MOST_OUTPUTS]:
        if output.get("metadata", {}).get(OURS) is True:
            for script in _SCRIPT.findall("".join(output.data["text/html"])):
                hashes.append(_hashed(script.encode()))
                if packed := _PACKED.search(script):
                    hashes.append(_hashed(zlib.decompress(b64decode(packed[1]), wbits=-zlib.MAX_WBITS)))
    return hashes


def _hashed(script: bytes) -> str:
    return f"sha256-{b64encode(sha256(script).digest()).decode()}"


@cache
def _environment() -> jinja2.Environment:
    made = jinja2.Environment(
        autoescape=True, loader=jinja2.FileSystemLoader(_TEMPLATES), trim_blocks=True, lstrip_blocks=True
    )
    made.filters |= {
        "points": _points,
        "share": _share,
        "brief": _brief,
        "titles": _titles,
        "inline": _inline,
        "duration": _duration,
        "markdown": writing.markdown,
        "code": writing.code,
        "output": writing.output,
    }
    made.globals |= {"SIGNS": SIGNS, "WORDS": WORDS, "MOST_OUTPUTS": _MOST_OUTPUTS}
    return made


def _points(value: float) -> str:
    return f"{round(value, 2):g}"


def _share(value: float, most: float) -> str:
    return f"{100 * min(1.0, max(0.0, value / most if most else 0.0)):.1f}%"


def _brief(words: str) -> str:
    """Return the first lines of what there is to say."""
    lines = words.strip().splitlines()
    return "\n".join(lines[:3]) + (" …" if len(lines) > 3 else "")  # noqa: PLR2004


def _titles(titles: list[str]) -> Markup:
    shown = [_inline(title) for title in titles[:3]]
    return Markup(" · ").join(shown) + (" …" if len(titles) > len(shown) else "")


def _inline(title: str) -> Markup:
    """Return a heading's Markdown as HTML, without a paragraph around it."""
    made = str(writing.markdown(title)).strip()
    return Markup(re.sub(r"^<p>(.*)</p>$", r"\1", made, flags=re.DOTALL))  # noqa: S704 - a part of what is clean


def _duration(seconds: float) -> str:
    minutes = max(1, round(seconds / 60))
    days, rest = divmod(minutes, 24 * 60)
    parts = [(days, "day"), (rest // 60, "hour"), (rest % 60 if not days else 0, "minute")]
    return " and ".join(f"{count} {unit}{'s' * (count > 1)}" for count, unit in parts if count)
