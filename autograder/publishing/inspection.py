"""What must not be in a bundle: every reason to refuse it that can be seen without running anything."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from autograder import release
from autograder.publishing import address, confidential, links, wheel
from autograder.publishing.address import Address
from autograder.publishing.bundle import sets

_PICTURES = {
    ".png": (b"\x89PNG\r\n\x1a\n",),
    ".jpg": (b"\xff\xd8\xff",),
    ".jpeg": (b"\xff\xd8\xff",),
    ".gif": (b"GIF87a", b"GIF89a"),
    ".webp": (b"RIFF",),
}


@dataclass(frozen=True)
class Inspector:
    """What is to be kept from students, read once from the source.

    Attributes:
        course: the course's folder.
        place: where the course itself lies on GitHub.
        bundle: where the bundle will lie.
        lines: of each assignment, those that students must not get, and those that they do.
    """

    course: Path
    place: Address
    bundle: Address
    lines: Mapping[str, tuple[dict[str, str], set[str]]]

    @classmethod
    def of(cls, course: Path, place: Address, bundle: Address) -> Inspector:
        """Read what is to be kept from students of a course."""
        lines = {name: release.lines(course / "source" / name) for name in release.assignments(course)}
        return cls(course, place, bundle, lines)

    def faults(self, files: Mapping[str, bytes]) -> list[str]:
        """Return why these files must not be published, in words; none if they may.

        Args:
            files: the bundle, or part of it, by file name.
        """
        texts: dict[str, str] = {}
        found: list[str] = []
        for name, content in sorted(files.items()):
            if name.endswith(".whl"):
                found += wheel.faults(name, content)
                inner = {f"{name}/{file}": text for file, text in wheel.unpacked(content).items()}
                texts |= {file: text.decode("utf-8", "replace") for file, text in inner.items() if "RECORD" not in file}
            elif name.endswith(".ipynb"):
                unreadable = _read_notebook(name, content, texts)
                found += unreadable
                found += [] if unreadable else _faults_of_notebook(name, json.loads(content))
            elif not _is_picture(name, content):
                try:
                    texts[name] = content.decode("utf-8")
                except UnicodeDecodeError:
                    found.append(f"{name} is neither text nor a picture: nobody can tell what is in it")
        readable = {name: content for name, content in files.items() if name in texts}
        names = links.with_folders(files)
        found += confidential.faults_of_names(files)
        found += release.marks(texts)
        found += self._copied(texts, sets(files))
        found += confidential.faults(texts, (self.course.resolve(), Path.home()))
        found += links.faults(readable, names)
        for name, text in texts.items():
            strays = address.strays(text, self.place, self.bundle, names)
            found += [f"{name} links to {stray}, which is not in the bundle" for stray in dict.fromkeys(strays)]
        return list(dict.fromkeys(found))

    def _copied(self, texts: Mapping[str, str], published: Collection[str]) -> list[str]:
        """Return which texts hold lines of a solution or hidden test of any assignment, published or not.

        Args:
            texts: what students read, by file name.
            published: the assignments in the bundle.
        """
        found = []
        for name, text in texts.items():
            folder = PurePosixPath(name).parts[0]
            # What an assignment's own text gives away, it gives away on purpose, and when it is published.
            public = self.lines[folder][1] if folder in published and folder in self.lines else set()
            for secret, _ in self.lines.values():
                kept = {plain: line for plain, line in secret.items() if plain not in public}
                found += release.copied(kept, {name: text})
        return found


def _read_notebook(name: str, content: bytes, texts: dict[str, str]) -> list[str]:
    """Add the texts of a notebook; return what is wrong if it cannot be read."""
    try:
        notebook = json.loads(content)
        cells = notebook["cells"]
        if not all(isinstance(cell, dict) and cell["cell_type"] for cell in cells):
            raise TypeError  # noqa: TRY301 - it is said below
    except (ValueError, KeyError, TypeError):
        return [f"{name} is not a notebook that can be read"]
    texts[name] = "\n".join(release.strings(notebook))
    return []


def _faults_of_notebook(name: str, notebook: Mapping[str, Any]) -> list[str]:
    """Return what is left in a notebook of having been run, in words."""
    cells: Sequence[Mapping[str, Any]] = notebook["cells"]
    found = []
    for number, cell in enumerate(cells, 1):
        if cell.get("outputs"):
            found.append(f"{name} holds an output, below cell {number}")
        elif cell.get("execution_count") is not None:
            found.append(f"{name} has been run: cell {number} has a number")
    if "widgets" in notebook.get("metadata", {}):
        found.append(f"{name} holds the state of widgets")
    return found


def _is_picture(name: str, content: bytes) -> bool:
    return content.startswith(_PICTURES.get(PurePosixPath(name).suffix.lower(), (b"\0no picture",)))
