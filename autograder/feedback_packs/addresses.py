"""What a student's feedback must be called so that an LMS knows whose it is: read from what it let one download."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from autograder.lms import canvas, moodle
from autograder.lms.archives import listed
from autograder.lms.handin import HandIn, Member, Reading
from autograder.lms.refusal import Refused
from autograder.lms.roster import Nobody, NotFound, Roster

# Canvas finds person and file by their ids, and takes what it does not know for nobody's.
_TO_CANVAS = re.compile(r".+?_(?:LATE_)?\d+_\d+_")


@dataclass
class Addresses:
    """Where feedback is to go in one LMS.

    Attributes:
        system: "canvas" or "moodle".
        names: by student: what the file is called within the zip.
        nobody: who is in the download, but cannot be sent anything; with the reason.
    """

    system: str
    names: dict[str, str] = field(default_factory=dict)
    nobody: list[str] = field(default_factory=list)


def of_canvas(download: Path, notebooks: Collection[str], roster: Roster | None, file: str) -> Addresses:
    """Return addresses for "Upload Submissions" in Canvas.

    Args:
        download: what "Download Submissions" gave, or a folder in which it was unpacked.
        notebooks: the names of the assignment's notebooks.
        roster: the class list that was used to collect.
        file: what the feedback is called at the end of each name.

    Raises:
        Refused: if this is not such a download.
    """
    members = _members(download)
    if not canvas.fits(members):
        raise Refused(f"{download} does not look like Canvas's “Download Submissions”: no names with ids in it.")

    def name(handin: HandIn) -> str:
        called = [path.name for path in handin.files.values()]
        return next((f"{found[0]}{file}" for one in called if (found := _TO_CANVAS.match(one))), "")

    return _addressed("canvas", canvas.read(members, notebooks), roster, name)


def of_moodle(download: Path, roster: Roster | None, file: str) -> Addresses:
    """Return addresses for "Upload multiple feedback files in a zip" in Moodle.

    The `_` at the end of a folder's name is what Moodle before 4.1 asks for, and later ones take, too.

    Raises:
        Refused: if this is not what "Download all submissions" gives.
    """
    members = _members(download)
    if not moodle.fits(members):
        raise Refused(f"{download} does not look like Moodle's “Download all submissions”: no `…_assignsubmission_…`.")

    def name(handin: HandIn) -> str:
        return f"{handin.who.name}_{handin.who.moodle_id}_assignsubmission_file_/{file}"

    return _addressed("moodle", moodle.read(members), roster, name)


def _addressed(system: str, reading: Reading, roster: Roster | None, name: Callable[[HandIn], str]) -> Addresses:
    made = Addresses(system)
    known = roster or Nobody()
    if isinstance(known, Nobody):
        known.meet([handin.who for handin in reading.handins])
    for handin in reading.handins:
        try:
            student = known.find(handin.who).id
        except NotFound as problem:
            made.nobody.append(str(problem))
            continue
        called = name(handin)
        if not called:
            made.nobody.append(f"{handin.who.words} handed in no file, to which Canvas would add one")
        elif student in made.names:
            made.nobody.append(f"{handin.who.words} is {student}, as is somebody else in the download")
        else:
            made.names[student] = called
    return made


def _members(download: Path) -> list[Member]:
    """Return what a download holds, by name alone; nothing of it is unpacked or read."""
    if not download.exists():
        raise Refused(f"There is no {download}.")
    names = list(_within(download)) if download.is_dir() else [member.name for member in listed(download)]
    if not names:
        raise Refused(f"{download} is empty, or no zip.")
    return [Member(name, Path(name)) for name in names]


def _within(folder: Path) -> Iterator[str]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield path.relative_to(folder).as_posix()
