"""The bundle: all files that students get, by name, and where each of them comes from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from autograder.lms.refusal import Refused
from autograder.publishing import readme
from autograder.publishing.address import WHEELS, Address, Origin, pointed, with_wheel

# What programs leave behind in folders that somebody has looked at.
_RUBBISH = {".ipynb_checkpoints", "__pycache__", ".DS_Store", "Thumbs.db", ".pytest_cache"}
_REQUIREMENTS = "requirements.txt"


@dataclass(frozen=True)
class Bundle:
    """What students get.

    Attributes:
        files: each file's content, by its name.
        sets: the problem sets in it, in order.
        changed: those among them that were published before, and that the course would release otherwise now.
    """

    files: Mapping[str, bytes]
    sets: Sequence[str]
    changed: Sequence[str]


def make(
    course: Path,
    names: Sequence[str],
    origin: Origin,
    place: Address,
    wheel: tuple[str, bytes],
    old: Mapping[str, bytes],
) -> Bundle:
    """Put a bundle together.

    Args:
        course: the course's folder.
        names: the assignments to be published.
        origin: where its released notebooks point to.
        place: where the bundle will lie.
        wheel: the wheel's file name and content.
        old: what has been published there before; its other assignments are kept.
    """
    title, content = wheel
    fresh = {name: _released(course, name, origin, place, title) for name in {*names, *sets(old)}}
    files: dict[str, bytes] = {}
    for name, text in old.items():
        top = PurePosixPath(name).parts[0]
        if top not in (*names, WHEELS):
            files[name] = _text(text, lambda t: with_wheel(t, place, title)) if name.endswith(".ipynb") else text
    kept = sets(files)
    changed = [name for name in kept if fresh[name] and fresh[name] != _folder(files, name)]
    for name in names:
        files |= fresh[name]
    files[f"{WHEELS}/{title}"] = content
    files[_REQUIREMENTS] = f"# In this folder: pip install -r {_REQUIREMENTS}\n./{WHEELS}/{title}[notebook]\n".encode()
    licence = course / "LICENSE"
    if licence.is_file():
        files[licence.name] = licence.read_bytes()
    published = sets(files)
    files["README.md"] = readme.text(files, published, place, origin.due).encode()
    return Bundle(dict(sorted(files.items())), published, changed)


def sets(files: Mapping[str, bytes]) -> list[str]:
    """Return the problem sets in a bundle: its folders with notebooks."""
    paths = [PurePosixPath(name) for name in files]
    return sorted({path.parts[0] for path in paths if path.suffix == ".ipynb" and len(path.parts) > 1})


def is_bundle(files: Mapping[str, bytes]) -> bool:
    """Tell whether these files look like something that was published by this command, and not like anything else."""
    return _REQUIREMENTS in files and any(name.startswith(f"{WHEELS}/backprop_course-") for name in files)


def read(folder: Path) -> dict[str, bytes]:
    """Return the files in a folder, without what programs leave behind.

    Raises:
        Refused: if there is something in it that is no file.
    """
    found = {}
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        if _RUBBISH & set(inside.parts):
            continue
        if path.is_symlink() or not (path.is_file() or path.is_dir()):
            raise Refused(f"{path} is a link or no file. Put the file itself there, or remove it.")
        if path.is_file():
            found[inside.as_posix()] = path.read_bytes()
    return found


def _released(course: Path, name: str, origin: Origin, place: Address, wheel: str) -> dict[str, bytes]:
    """Return what an assignment releases, pointing into the bundle; nothing if it is not there."""
    folder = course / "release" / name
    files = read(folder) if folder.is_dir() else {}
    return {
        f"{name}/{file}": _text(content, lambda text: pointed(text, origin, place, wheel))
        if file.endswith(".ipynb")
        else content
        for file, content in files.items()
    }


def _text(content: bytes, change: Callable[[str], str]) -> bytes:
    try:
        return change(content.decode("utf-8")).encode()
    except UnicodeDecodeError:  # said when the bundle is inspected
        return content


def _folder(files: Mapping[str, bytes], name: str) -> dict[str, bytes]:
    return {file: content for file, content in files.items() if file.startswith(f"{name}/")}
