"""Moodle: "Download all submissions", a folder for each person, or all files in one folder with long names.

A folder is called `Ada Lovelace_12345_assignsubmission_file`, in older versions with `_` behind it, and `…_onlinetext`
for what was typed; the number is Moodle's for this person in this assignment. The zip does not say when anything was
handed in; the grading worksheet does, if it is given as the roster.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from autograder.lms.handin import HandIn, Leftover, Member, Reading, Who

_NAMED = re.compile(r"(?P<name>.+?)_(?P<number>\d+)_assignsubmission_(?P<kind>[a-z]+?)(?:_(?P<file>.*))?")


def fits(members: Collection[Member]) -> bool:
    """Tell whether any folder or file is called as Moodle calls them."""
    return any(_NAMED.fullmatch(part) for member in members for part in member.parts)


def read(members: Collection[Member]) -> Reading:
    """Put together what each person handed in: files, and text that was typed."""
    people: dict[Who, HandIn] = {}
    leftovers = []
    for member in members:
        matches = [(place, match) for place, part in enumerate(member.parts) if (match := _NAMED.fullmatch(part))]
        if not matches:
            leftovers.append(Leftover(member.name, "it is in no folder that Moodle makes", {member.name: member.path}))
            continue
        place, match = matches[0]
        inside = "/".join(member.parts[place + 1 :]) or match["file"] or match["kind"]
        who = Who(name=match["name"], moodle_id=match["number"])
        people.setdefault(who, HandIn(who, {})).files[inside] = member.path
    return Reading("Moodle", list(people.values()), leftovers)
