"""Packs of feedback: one zip that an LMS takes, or one for each student. Whole, or as they were before."""

from __future__ import annotations

import shutil
import tempfile
import time
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from autograder.lms import place


def together(pages: Iterable[tuple[str, str]], to: Path) -> None:
    """Write one zip.

    Args:
        pages: their names in it, and what they hold.
        to: where it is to lie.
    """
    with _beside(to) as folder:
        _zip(pages, folder / to.name)
        (folder / to.name).replace(to)


def apart(pages: Iterable[tuple[str, str]], file: str, to: Path) -> None:
    """Write a zip for each student, in a folder that then holds these and no others.

    Args:
        pages: the student, and what it holds.
        file: what the page is called in its zip.
        to: the folder.
    """
    with _beside(to) as folder:
        staged = folder / to.name
        staged.mkdir()
        for student, page in pages:
            _zip([(file, page)], staged / f"{student}.zip")
        place.put(staged, to)


def _zip(pages: Iterable[tuple[str, str]], to: Path) -> None:
    with zipfile.ZipFile(to, "w") as archive:
        for name, page in pages:
            about = zipfile.ZipInfo(name, time.localtime()[:6])
            about.external_attr = 0o644 << 16  # to be read by whoever unpacks it
            archive.writestr(about, page.encode(), zipfile.ZIP_DEFLATED)


@contextmanager
def _beside(place_: Path) -> Iterator[Path]:
    place_.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=".", dir=place_.parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
