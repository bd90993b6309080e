"""Putting a hand-in where nbgrader looks for it, whole or not at all."""

from __future__ import annotations

import ctypes
import hashlib
import os
import shutil
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from nbgrader.utils import parse_utc

from autograder.lms.archives import copied

_AT_CWD, _EXCHANGE = -100, 2
TIME_FORMAT = "%Y-%m-%d %H:%M:%S.%f %Z"  # nbgrader's


def stage(folder: Path, files: Mapping[str, Path], time: datetime | None) -> None:
    """Write a hand-in into a new folder, with nbgrader's time stamp if the time is known.

    Names that differ only by case, or are a folder here and a file there, are kept apart by a number.
    """
    folder.mkdir(parents=True)
    taken: dict[str, str] = {}
    for name, path in files.items():
        if name.casefold() != "timestamp.txt":  # a student's own would be taken for nbgrader's
            copied(path, folder / _free(name, taken))
    if time:
        (folder / "timestamp.txt").write_text(time.astimezone(UTC).strftime(TIME_FORMAT), encoding="utf-8")


def _free(name: str, taken: dict[str, str]) -> str:
    """Return a name whose place is free, and note it; `taken` tells files from the folders around them."""
    parts = name.split("/")
    for end in range(1, len(parts)):
        while taken.setdefault("/".join(parts[:end]).casefold(), "folder") != "folder":
            parts[end - 1] += "~"
    start, dot, ending = parts[-1].partition(".")
    number = 0
    while "/".join(parts).casefold() in taken:
        number += 1
        parts[-1] = f"{start}~{number}{dot}{ending}"
    taken["/".join(parts).casefold()] = "file"
    return "/".join(parts)


def put(staged: Path, place: Path) -> None:
    """Put a staged folder in its place; both must lie in the same file system. What was there before is gone then."""
    place.parent.mkdir(parents=True, exist_ok=True)
    if not os.path.lexists(place):
        staged.rename(place)
    elif not _exchange(staged, place):
        before = staged.with_name(f"{staged.name}.before")
        place.rename(before)
        try:
            staged.rename(place)
        except BaseException:
            before.rename(place)
            raise


def _exchange(one: Path, other: Path) -> bool:
    """Exchange two paths in one step, so that at each moment something whole is there; only Linux can."""
    if sys.platform != "linux":
        return False
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    return rename is not None and rename(_AT_CWD, os.fsencode(one), _AT_CWD, os.fsencode(other), _EXCHANGE) == 0


def time_at(place: Path) -> datetime | None:
    """Return the time stamp of a hand-in that is there already."""
    try:
        said = parse_utc((place / "timestamp.txt").read_text(encoding="utf-8").strip() or None)
    except (ValueError, OverflowError, OSError):
        return None
    return said.replace(tzinfo=UTC) if said else None


def keep(folder: Path, name: str, files: Mapping[str, Path], why: str) -> None:
    """Keep files in a folder, with a file beside them that says why. The same files are kept once."""
    total = hashlib.sha256()
    for called, path in sorted(files.items()):
        with path.open("rb") as opened:
            total.update(called.encode() + b"\0" + hashlib.file_digest(opened, "sha256").digest())
    kept = folder / f"{name}-{total.hexdigest()[:8]}"
    if not kept.exists():
        stage(kept, files, None)
    kept.with_name(f"{kept.name}.txt").write_text(f"{why}\n", encoding="utf-8")


def keep_folder(what: Path, folder: Path, name: str) -> Path:
    """Copy a folder as it is under a name that is free in another folder, and return where."""
    chosen, number = folder / name, 0
    while os.path.lexists(chosen):
        number += 1
        chosen = folder / f"{name}~{number}"
    shutil.copytree(what, chosen, symlinks=True)
    return chosen
