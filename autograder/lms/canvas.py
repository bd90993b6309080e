"""Canvas: "Download Submissions", a flat zip of `lovelaceada_LATE_1234_56789_1_by_hand-2.ipynb`.

The parts are the person's sortable name without blanks, whether it was late, the ids of person and file, and what the
file was called; Canvas adds `-1`, `-2`, … to that when a file is handed in again. It does not say when.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from autograder.lms.handin import HandIn, Leftover, Member, Reading, Who

_NAMED = re.compile(
    r"(?P<name>\w[^/]*?)_(?P<late>LATE_)?(?P<person>\d+)_(?:(?P<number>\d+)_(?P<file>.+)|(?P<text>(text|link).*\.html))"
)
_AGAIN = re.compile(r"-\d{1,3}(?=(\.[^.]+)*$)")


@dataclass(frozen=True)
class _File:
    member: Member
    number: int
    name: str


def fits(members: Collection[Member]) -> bool:
    """Tell whether most files are called as Canvas calls them."""
    named = [member for member in members if _NAMED.fullmatch(member.parts[-1])]
    return 2 * len(named) > len(members)


def read(members: Collection[Member], notebooks: Collection[str]) -> Reading:
    """Put together what each person handed in.

    Args:
        members: the files.
        notebooks: the names of the assignment's notebooks, which may end in `-1` themselves.
    """
    leftovers = []
    people: dict[Who, list[_File]] = {}
    late = set()
    for member in members:
        match = _NAMED.fullmatch(member.parts[-1])
        if not match:
            leftovers.append(
                Leftover(member.name, "it is not called as Canvas calls files", {member.name: member.path})
            )
            continue
        who = Who(name=match["name"], canvas_id=match["person"])
        people.setdefault(who, []).append(_File(member, int(match["number"] or 0), match["file"] or match["text"]))
        if match["late"]:
            late.add(who)
    handins = []
    for who, files in people.items():
        kept, older = _newest(files, notebooks)
        handins.append(HandIn(who, {file.name: file.member.path for file in kept}, late=who in late, remarks=older))
    return Reading("Canvas", handins, leftovers)


def _newest(files: list[_File], notebooks: Collection[str]) -> tuple[list[_File], tuple[str, ...]]:
    """Of files that were handed in several times, return the last under its own name, and words about the others.

    Canvas counts the ids of files up.
    """
    taken: dict[str, _File] = {}
    older: dict[str, int] = {}
    known = {f"{name}.ipynb" for name in notebooks}
    for file in sorted(files, key=lambda file: file.number):
        base = file.name if file.name in known else _AGAIN.sub("", file.name, count=1)
        older[base] = older.get(base, -1) + 1
        taken[base] = file
    kept = [_File(file.member, file.number, base if older[base] else file.name) for base, file in taken.items()]
    words = [f"{base} was handed in {count + 1} times; the last counts" for base, count in older.items() if count]
    return kept, tuple(words)
