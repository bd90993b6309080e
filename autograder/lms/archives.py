"""Unpacking what strangers packed: names are only data, and size, number, ratio and depth are bounded.

Contents are written to files that are called by numbers. Whatever a member is called, it cannot reach another place,
and two members whose names differ by case or by how an umlaut is encoded do not overwrite each other.
"""

from __future__ import annotations

import io
import itertools
import lzma
import os
import shutil
import stat
import struct
import tarfile
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import IO

from autograder.lms.handin import Member
from autograder.lms.names import safe

ENDINGS = (".zip", ".tar", ".tar.gz", ".tgz")
_BLOCK = 2**20
_FLAG_ENCRYPTED, _FLAG_UTF8 = 0x1, 0x800
_JUNK = {"__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini"}
_LOCKED = "it is locked with a password"
_UNREADABLE = "it is damaged, or too large"
# All that the standard library raises over archives that are broken, or packed in ways it does not know.
_BROKEN = (
    zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, struct.error, EOFError, OSError, OverflowError,
    NotImplementedError, RuntimeError, ValueError,
)  # fmt: skip


@dataclass(frozen=True)
class Limits:
    """What is unpacked at most.

    Attributes:
        member_bytes: of one file.
        total_bytes: of one download, with all archives in it.
        members: files of one download.
        ratio: how many times larger than packed an archive may become, once it is larger than `free_bytes`.
        free_bytes: what may be packed however well.
        nesting: archives within archives.
    """

    member_bytes: int = 200 * 2**20
    total_bytes: int = 16 * 2**30
    members: int = 200_000
    ratio: int = 200
    free_bytes: int = 20 * 2**20
    nesting: int = 2


class NotUnpacked(Exception):  # noqa: N818 - the name is the message
    """An archive was not unpacked, or not to its end; the message says why, in plain words."""


@dataclass
class Unpacker:
    """Unpacks one download and what is in it into a scratch folder, within limits for all together."""

    folder: Path
    limits: Limits = field(default_factory=Limits)
    _bytes: int = 0
    _members: int = 0
    _ceiling: int = 0
    _numbers: Iterator[int] = field(default_factory=itertools.count)
    _written: list[Path] = field(default_factory=list)

    def folder_of(self, source: Path) -> tuple[list[Member], list[tuple[str, str]]]:
        """Return the regular files of a folder, and what was left out: its name, and why."""
        members, refused = [], []
        for place, folders, files in os.walk(source):
            folders[:] = sorted(name for name in folders if name not in _JUNK)
            for name in sorted([*files, *folders]):
                path = Path(place, name)
                shown = path.relative_to(source).as_posix()
                mode = path.lstat().st_mode
                if stat.S_ISLNK(mode) or not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
                    refused.append((shown, "it is a link, a pipe or a device; only files and folders are taken"))
                elif stat.S_ISREG(mode) and name not in _JUNK:
                    if (known := safe(shown)) is None:
                        refused.append((shown, "its name cannot be used"))
                    else:
                        members.append(Member(known, path))
        return members, refused

    def archive(self, source: Path, depth: int = 0) -> tuple[list[Member], list[tuple[str, str]]]:
        """Unpack an archive.

        Args:
            source: the archive.
            depth: in how many other archives it lies.

        Returns:
            The regular files in it, and what was left out: its name, and why.

        Raises:
            NotUnpacked: if it is damaged, locked throughout, or oversteps a limit. Nothing of it is left then.
        """
        if depth > self.limits.nesting:
            raise NotUnpacked(f"archives lie in archives, more than {self.limits.nesting} deep")
        before, written = (self._bytes, self._members), len(self._written)
        packed = source.stat().st_size
        self._ceiling = self._bytes + max(self.limits.free_bytes, packed * self.limits.ratio)
        try:
            with source.open("rb") as opened:
                members, refused = self._zip(opened) if zipfile.is_zipfile(opened) else self._tar(opened)
        except BaseException as problem:
            for path in self._written[written:]:
                path.unlink(missing_ok=True)
            self._bytes, self._members = before
            if isinstance(problem, _BROKEN):
                raise NotUnpacked("it is damaged, or no archive at all") from problem
            raise
        if refused and not members and all(why == _LOCKED for _, why in refused):
            raise NotUnpacked(_LOCKED)
        return members, refused

    def _zip(self, opened: IO[bytes]) -> tuple[list[Member], list[tuple[str, str]]]:
        members, refused = [], []
        with zipfile.ZipFile(opened) as archive:
            self._count(len(archive.infolist()))
            for info in archive.infolist():
                raw = _decoded(info)
                kind = stat.S_IFMT(info.external_attr >> 16)
                if raw.endswith(("/", "\\")) or _JUNK & set(raw.split("/")):
                    continue
                why = _objection(raw, is_file=kind in (0, stat.S_IFREG))
                if not why and info.flag_bits & _FLAG_ENCRYPTED:
                    why = _LOCKED
                path = None if why else self._try(partial(archive.open, info), _time(info))
                if path:
                    members.append(Member(safe(raw) or "", path))
                else:
                    refused.append((raw, why or _UNREADABLE))
        return members, refused

    def _tar(self, opened: IO[bytes]) -> tuple[list[Member], list[tuple[str, str]]]:
        members, refused = [], []
        opened.seek(0)
        with tarfile.open(fileobj=opened) as archive:
            for info in archive:
                self._count(1)
                if info.isdir() or _JUNK & set(info.name.split("/")):
                    continue
                why = _objection(info.name, is_file=info.isreg())
                path = None if why else self._try(partial(archive.extractfile, info), info.mtime)
                if path:
                    members.append(Member(safe(info.name) or "", path))
                else:
                    refused.append((info.name, why or _UNREADABLE))
        return members, refused

    def _count(self, more: int) -> None:
        self._members += more
        if self._members > self.limits.members:
            raise NotUnpacked(f"it holds more than {self.limits.members} files")

    def _try(self, begin: Callable[[], IO[bytes] | None], changed: float) -> Path | None:
        """Write a member's content, or return None if that cannot be read or is too large.

        One damaged file does not cost the class its hand-ins. What a member says about its size is not believed.
        """
        path = self.folder / f"{next(self._numbers):08}"
        self._written.append(path)
        size = 0
        try:
            with begin() or io.BytesIO() as content, path.open("wb") as written:
                while (block := content.read(_BLOCK)) and size <= self.limits.member_bytes:
                    size += len(block)
                    self._bytes += len(block)
                    self._check_all()
                    written.write(block)
        except _BROKEN:
            size = self.limits.member_bytes + 1
        if size > self.limits.member_bytes:
            path.unlink(missing_ok=True)
            return None
        os.utime(path, (max(0.0, changed),) * 2)
        return path

    def _check_all(self) -> None:
        if self._bytes > self.limits.total_bytes:
            raise NotUnpacked(f"it holds more than {self.limits.total_bytes / 2**30:g} GiB")
        if self._bytes > self._ceiling:
            raise NotUnpacked(f"it becomes more than {self.limits.ratio} times larger, as if made to fill a disk")


def listed(source: Path) -> list[Member]:
    """Return what a zip holds by name alone; nothing if it is none."""
    try:
        with zipfile.ZipFile(source) as archive:
            names = [_decoded(info) for info in archive.infolist()]
    except _BROKEN:
        return []
    return [Member(known, source) for name in names if not name.endswith("/") and (known := safe(name))]


def is_archive(name: str) -> bool:
    """Tell by its name whether a file is an archive that can be unpacked."""
    return name.lower().endswith(ENDINGS)


def copied(path: Path, to: Path) -> None:
    """Copy a file's content and time, and nothing else of it."""
    to.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(path, to, follow_symlinks=False)
    changed = path.stat().st_mtime_ns
    os.utime(to, ns=(changed, changed))


def _objection(name: str, *, is_file: bool) -> str:
    if safe(name) is None:
        return "its name leads out of the folder, or is none"
    return "" if is_file else "it is a link or a device; only files are taken"


def _decoded(info: zipfile.ZipInfo) -> str:
    """Return a member's name. Many programs write UTF-8 without saying so, and Python then reads the code page 437."""
    if info.flag_bits & _FLAG_UTF8:
        return info.filename
    try:
        return info.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return info.filename


def _time(info: zipfile.ZipInfo) -> float:
    try:
        return time.mktime((*info.date_time, 0, 0, -1))
    except (ValueError, OverflowError):
        return 0.0
