"""What the README and the docs show: their pages, commands, code spans and links."""

import re
import shlex
from dataclasses import dataclass

from course_files import ROOT

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
_FENCE = re.compile(r"^ *(`{3,})(?P<language>[^\n`]*)\n(?P<text>.*?)^ *\1 *$", re.DOTALL | re.MULTILINE)
_SPAN = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
_HEADING = re.compile(r"^#{1,6} +(.+?) *$", re.MULTILINE)
_LINK = re.compile(r"\]\((?P<target>[^()\s]*)\)")


@dataclass(frozen=True)
class Shown:
    """A command as a page shows it."""

    page: str
    line: str

    @property
    def words(self):
        """The words of the command, as a shell reads them; a comment at its end is none of them."""
        return shlex.split(self.line, comments=True)

    def __str__(self):
        """Return what a failed test is called."""
        return f"{self.page}: {' '.join(self.words)}"


def name_of(page):
    """Return what to call a page."""
    return str(page.relative_to(ROOT))


def commands(page):
    """Return the commands of a page's console blocks: the lines that begin with `$ `, in order."""
    found = []
    for fence in _FENCE.finditer(page.read_text(encoding="utf-8")):
        if fence["language"].strip() == "console":
            whole = fence["text"].replace("\\\n", " ")
            found += [Shown(name_of(page), line.strip()[2:]) for line in whole.splitlines() if line.strip()[:2] == "$ "]
    return found


def blocks(page, language):
    """Return the fenced blocks of a page in a language."""
    text = page.read_text(encoding="utf-8")
    return [fence["text"] for fence in _FENCE.finditer(text) if fence["language"].strip() == language]


def prose(page):
    """Return a page without its fenced blocks."""
    return _FENCE.sub("", page.read_text(encoding="utf-8"))


def spans(page):
    """Return what stands in a page's text as code."""
    return _SPAN.findall(prose(page))


def anchors(page):
    """Return the anchors that GitHub, and the site, make of a page's headings."""
    titles = (re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", title).lower() for title in _HEADING.findall(prose(page)))
    return {re.sub(r"[^\w\- ]", "", title).replace(" ", "-") for title in titles}


def links(page):
    """Return the links of a page that do not lead away: `(file, anchor)`."""
    targets = [link["target"] for link in _LINK.finditer(_SPAN.sub("", prose(page)))]
    inside = [target.partition("#") for target in targets if not re.match(r"[a-z]+:", target)]
    return [((page.parent / path).resolve() if path else page, anchor) for path, _, anchor in inside]
