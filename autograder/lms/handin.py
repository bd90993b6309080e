"""What readers of downloads make of them: plain data about who handed in which files, and when."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath


@dataclass(frozen=True)
class Member:
    """A file of a download.

    Attributes:
        name: its relative POSIX name there, which never leads out of a folder.
        path: where its content lies; nothing of `name` is in it.
    """

    name: str
    path: Path

    @property
    def parts(self) -> tuple[str, ...]:
        """The folders and the file's own name."""
        return PurePosixPath(self.name).parts


@dataclass(frozen=True)
class Who:
    """What a system says about a person. Empty where it says nothing."""

    name: str = ""
    student_id: str = ""
    email: str = ""
    canvas_id: str = ""
    moodle_id: str = ""

    @property
    def words(self) -> str:
        """This person, for a list."""
        numbers = [f"Canvas {self.canvas_id}"] * bool(self.canvas_id) + [f"Moodle {self.moodle_id}"] * bool(
            self.moodle_id
        )
        named = self.name or self.student_id or self.email
        return f"{named} ({', '.join(numbers)})" if named and numbers else named or ", ".join(numbers) or "nobody"


@dataclass(frozen=True)
class HandIn:
    """What one person handed in at one time.

    Attributes:
        who: the person, as the system knows them.
        files: the files, by the names that they had when they were handed in.
        time: when, in UTC, if the system says.
        late: whether the system says that it was late.
        remarks: what there is to say about it, in words.
    """

    who: Who
    files: dict[str, Path]
    time: datetime | None = None
    late: bool = False
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Leftover:
    """Something that nobody could be found for, or that was not taken.

    Attributes:
        name: what it is called in the download.
        why: why it was not placed, in words.
        files: its files, by name; none if it could not even be unpacked.
    """

    name: str
    why: str
    files: dict[str, Path] = field(default_factory=dict)


@dataclass(frozen=True)
class Reading:
    """What was made of one download."""

    system: str
    handins: list[HandIn]
    leftovers: list[Leftover]
