"""Names of files and people, as systems write them and as they can be used."""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePosixPath

_LONGEST = 200  # bytes; file systems take 255, and something may be added
_STUDENT = re.compile(r"\w[\w.@+ -]*", re.ASCII)


def safe(name: str) -> str | None:
    """Return a name out of an archive as a relative POSIX name, or None if it leads out of the folder.

    Both kinds of slashes separate folders. What a file system or a terminal could stumble over becomes `_`.
    """
    name = unicodedata.normalize("NFC", name).replace("\\", "/")
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if not parts or name.startswith("/") or re.match(r"[A-Za-z]:", parts[0]) or ".." in map(str.strip, parts):
        return None
    return "/".join(map(_writable, parts))


def _writable(part: str) -> str:
    written = "".join(letter if letter.isprintable() else "_" for letter in part)
    if len(written.encode()) <= _LONGEST:
        return written
    ending = PurePosixPath(written).suffix[:20]
    kept = written.encode()[: _LONGEST - len(ending.encode())].decode(errors="ignore")
    return kept + ending


def is_student_id(text: str) -> bool:
    """Tell whether this can name a student's folder in nbgrader, which has patterns made of it."""
    return bool(_STUDENT.fullmatch(text)) and ".." not in text


def as_student_id(name: str) -> str:
    """Return a person's name as an id, such as `mueller_joerg` for `Müller Jörg`; empty if nothing is left."""
    spelled = name.casefold().translate({ord("ä"): "ae", ord("ö"): "oe", ord("ü"): "ue"})
    return re.sub(r"[^a-z0-9.@+-]+|[.]{2,}", "_", without_accents(spelled)).strip("_.-+@")


def squeezed(name: str) -> str:
    """Return the letters and digits of a name alone, as Canvas does with names of people."""
    plain = unicodedata.normalize("NFKC", name).casefold()
    return "".join(letter for letter in unicodedata.normalize("NFC", plain) if letter.isalnum())


def without_accents(name: str) -> str:
    """Return a name without what stands above and below its letters."""
    apart = unicodedata.normalize("NFKD", name)
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def orders(name: str) -> set[str]:
    """Return a person's name, squeezed, in the orders in which systems write it.

    `Lovelace, Ada` and `Ada Lovelace` have one in common. With more than two words nobody knows where the family name
    begins, so that each rotation counts.
    """
    words = [word for word in re.split(r"[\s,]+", name) if squeezed(word)]
    return {squeezed("".join(words[turn:] + words[:turn])) for turn in range(len(words))}
