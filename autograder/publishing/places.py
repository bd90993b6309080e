"""Where a bundle is put: a folder, a zip, or a branch. Each can also be read, so that what is published stays."""

from __future__ import annotations

import io
import os
import tempfile
import zipfile
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from autograder import release
from autograder.lms.refusal import Refused
from autograder.publishing import bundle

# In the zip, so that unpacking it makes one folder and no mess.
_TOP = "problem-sets"
_EPOCH = (1980, 1, 1, 0, 0, 0)
_MOST = 500_000_000


class Place(ABC):
    """A place for a bundle."""

    @abstractmethod
    def read(self) -> dict[str, bytes]:
        """Return what has been published there; nothing if that is nothing.

        Raises:
            Refused: if there is something else there.
        """

    @abstractmethod
    def through(self, files: Mapping[str, bytes]) -> dict[str, bytes]:
        """Return what comes out of what would be published of these files, without publishing it."""

    @abstractmethod
    def put(self, files: Mapping[str, bytes]) -> str:
        """Publish, so that an interruption leaves either the old or the new; return in words what was done."""


@dataclass(frozen=True)
class Folder(Place):
    """A folder of its own.

    Attributes:
        path: where it is.
    """

    path: Path

    def read(self) -> dict[str, bytes]:
        """Return the files in the folder."""
        if not self.path.exists():
            return {}
        if not self.path.is_dir():
            raise Refused(f"{self.path} is no folder. Name another one with --to.")
        if (self.path / ".git").exists():
            raise Refused(
                f"{self.path} is a git repository, which would be replaced as a whole. "
                "Name another folder with --to, or publish with --as branch."
            )
        return _ours(bundle.read(self.path), self.path)

    def through(self, files: Mapping[str, bytes]) -> dict[str, bytes]:
        """Return the files as a folder has them."""
        with tempfile.TemporaryDirectory() as made:
            unpack(files, Path(made))
            return bundle.read(Path(made))

    def put(self, files: Mapping[str, bytes]) -> str:
        """Replace the folder."""
        if self.path.exists() and self.read() == files:
            return f"{self.path} holds just this already"
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.path.parent, prefix=f".{self.path.name}-") as made:
            unpack(files, Path(made))
            release.replace(Path(made), self.path)
        self.path.chmod(0o755)
        return f"{self.path}, a folder with {len(files)} files"


@dataclass(frozen=True)
class Zip(Place):
    """A zip. The same files make the same bytes.

    Attributes:
        path: where it is.
    """

    path: Path

    def read(self) -> dict[str, bytes]:
        """Return the files in the zip."""
        if not self.path.exists():
            return {}
        try:
            return _ours(unzipped(self.path.read_bytes()), self.path)
        except (zipfile.BadZipFile, OSError, NotImplementedError, RuntimeError):
            raise Refused(f"{self.path} is no zip that can be read. Name another one with --to.") from None

    def through(self, files: Mapping[str, bytes]) -> dict[str, bytes]:
        """Return the files as they are unpacked."""
        return unzipped(zipped(files))

    def put(self, files: Mapping[str, bytes]) -> str:
        """Replace the zip."""
        content = zipped(files)
        if self.path.exists() and self.path.read_bytes() == content:
            return f"{self.path} holds just this already"
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=self.path.parent, prefix=f".{self.path.name}-", delete=False) as made:
            try:
                made.write(content)
                made.flush()
                os.fchmod(made.fileno(), 0o644)
                Path(made.name).replace(self.path)
            except BaseException:
                Path(made.name).unlink(missing_ok=True)
                raise
        return f"{self.path}, a zip of {len(content) / 1000:.0f} kB with {len(files)} files"


def zipped(files: Mapping[str, bytes]) -> bytes:
    """Return a zip of files, which depends on their names and contents alone."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content in sorted(files.items()):
            entry = zipfile.ZipInfo(f"{_TOP}/{name}", _EPOCH)
            entry.compress_type, entry.create_system, entry.external_attr = zipfile.ZIP_DEFLATED, 3, 0o100644 << 16
            archive.writestr(entry, content)
    return made.getvalue()


def unzipped(content: bytes) -> dict[str, bytes]:
    """Return the files in a zip, by their names below its one folder."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        entries = [entry for entry in archive.infolist() if not entry.is_dir()]
        if sum(entry.file_size for entry in entries) > _MOST:
            raise Refused("The zip that is there is far larger than what a course publishes. Name another with --to.")
        if any(".." in PurePosixPath(entry.filename).parts for entry in entries):
            raise Refused("The zip that is there was not made by this command. Name another with --to.")
        return {str(PurePosixPath(*PurePosixPath(entry.filename).parts[1:])): archive.read(entry) for entry in entries}


def unpack(files: Mapping[str, bytes], folder: Path) -> None:
    """Write files into a folder."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _ours(files: dict[str, bytes], path: Path) -> dict[str, bytes]:
    """Return the files of a place, if it is empty or holds a bundle."""
    if files and not bundle.is_bundle(files):
        raise Refused(f"{path} holds something else, which would be replaced. Name another place with --to.")
    return files
