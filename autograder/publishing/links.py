"""Links and pictures in what students read: each that does not lead out into the web must lead to something there."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Collection, Iterator, Mapping
from html.parser import HTMLParser
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from nbconvert.filters.markdown_mistune import MarkdownWithMath

_OUT = {"http", "https", "mailto"}


def faults(files: Mapping[str, bytes], names: Collection[str]) -> list[str]:
    """Return the links that lead nowhere, in words.

    Args:
        files: what students read, by file name; of these, notebooks and Markdown have links.
        names: all files and folders that students get.
    """
    found = []
    for name, content in files.items():
        if name.endswith(".ipynb"):
            cells = [cell for cell in json.loads(content).get("cells", []) if cell.get("cell_type") == "markdown"]
            texts = [("".join(cell.get("source", "")), cell.get("attachments", {})) for cell in cells]
        elif name.endswith(".md"):
            texts = [(content.decode("utf-8", "replace"), {})]
        else:
            continue
        pages = [(_Page(text), attachments) for text, attachments in texts]
        anchors = {anchor for page, _ in pages for anchor in page.anchors}
        for page, attachments in pages:
            faulty = {link: _fault(link, name, names, attachments, anchors) for link in page.links}
            found += [f"{name} links to {link}, {wrong}" for link, wrong in faulty.items() if wrong]
    return found


def with_folders(files: Collection[str]) -> set[str]:
    """Return the names of files and of the folders that they lie in."""
    folders = {str(parent) for name in files for parent in PurePosixPath(name).parents}
    return {*files, *folders, ""} - {"."}


def _fault(link: str, page: str, names: Collection[str], attachments: Collection[str], anchors: set[str]) -> str:
    """Return why a link leads nowhere; empty if it leads somewhere, or out into the web."""
    if link.startswith("attachment:"):
        return "" if unquote(link.removeprefix("attachment:")) in attachments else "which is not attached"
    try:
        parts = urlsplit(link)
    except ValueError:
        return "which is no address"
    path = unquote(parts.path)
    if parts.scheme == "data" or (parts.scheme in _OUT and (parts.netloc or path)):
        return ""
    if parts.scheme or parts.netloc or path.startswith("/"):
        return "which only opens on your machine"
    if not path:
        return "" if unquote(parts.fragment) in {*anchors, ""} else "but has no such heading"
    target = posixpath.normpath(posixpath.join(posixpath.dirname(page), path))
    return "" if target in {*names, "."} else "which is not there"


class _Page(HTMLParser):
    """The links, pictures and anchors of a text in Markdown, with the HTML in it."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.links: list[str] = []
        self.anchors: set[str] = set()
        for token in _tokens(MarkdownWithMath(renderer=None).parse(text)[0]):
            attrs = token.get("attrs", {})
            if token["type"] in ("link", "image"):
                self.links.append(attrs["url"])
            elif token["type"] == "heading":
                self.anchors.add(
                    "".join(inner.get("raw", "") for inner in _tokens(token["children"])).replace(" ", "-")
                )
            elif token["type"] in ("inline_html", "block_html"):
                self.feed(token["raw"])
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take note of a tag's links and anchors."""
        for name, value in attrs:
            if value and ((name == "href" and tag in ("a", "link")) or name in ("src", "poster")):
                self.links.append(value)
            elif value and name in ("id", "name"):
                self.anchors.add(value)


def _tokens(tokens: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401 - mistune is not that exact
    for token in tokens:
        yield token
        yield from _tokens(token.get("children", ()))
