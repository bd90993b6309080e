"""What a download holds: which system it is from, and the archives that people handed in."""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Mapping
from pathlib import Path

from autograder import arrivals
from autograder.lms import canvas, exchange, gradescope, moodle, plain
from autograder.lms.archives import ENDINGS, Limits, NotUnpacked, Unpacker, is_archive, listed
from autograder.lms.handin import Member, Reading
from autograder.lms.roster import Roster

# One student's archives; what grading takes is less, see `autograder.arrivals`.
_INNER = Limits(member_bytes=100 * 2**20, total_bytes=200 * 2**20, members=arrivals.MOST_FILES)


def within(folder: Path) -> list[Path]:
    """Return the zips at the top of a folder that are some system's downloads, and not a student's."""
    archives = [path for path in sorted(folder.glob("*")) if is_archive(path.name) and path.is_file()]
    systems = (gradescope, exchange, moodle, canvas)
    return [path for path in archives if (members := listed(path)) and any(one.fits(members) for one in systems)]


def understood(
    members: list[Member], source: Path, assignment: str, notebooks: Collection[str], roster: Roster
) -> Reading:
    """Have a download read by the reader of the system that it is from.

    Raises:
        Refused: if that system's own list of who is who cannot be read.
    """
    if gradescope.fits(members):
        return gradescope.read(members)
    if exchange.fits(members):
        return exchange.read(members, assignment)
    if moodle.fits(members):
        return moodle.read(members)
    if canvas.fits(members):
        return canvas.read(members, notebooks)
    return plain.read(members, assignment, notebooks, roster, source.name.split(".", 1)[0])


def unpacked(files: Mapping[str, Path], folder: Path) -> tuple[dict[str, Path], tuple[str, ...], list[tuple[str, str]]]:
    """Unpack the archives among a person's files, each into a folder that is called as it is.

    Returns:
        All files, words about archives that stay as they are, and what was left out of the others, and why.
    """
    if not any(map(is_archive, files)):
        return dict(files), (), []
    unpacker = Unpacker(Path(tempfile.mkdtemp(dir=folder)), _INNER)
    todo = [(name, path, 1) for name, path in files.items()]
    flat: dict[str, Path] = {}
    remarks: list[str] = []
    left: list[tuple[str, str]] = []
    while todo:
        name, path, depth = todo.pop(0)
        if not is_archive(name):
            flat[name] = path
            continue
        try:
            members, refused = unpacker.archive(path, depth)
        except NotUnpacked as problem:
            remarks.append(f"{name} was not unpacked: {problem}")
            flat[name] = path
            continue
        left.extend((f"{name}/{inner}", why) for inner, why in refused)
        stem = name[: -len(next(end for end in ENDINGS if name.lower().endswith(end)))]
        todo.extend((f"{stem}/{member.name}", member.path, depth + 1) for member in members)
    return flat, tuple(remarks), left
