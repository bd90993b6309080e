"""Gradescope: "Export Submissions", with `submission_metadata.yml` and a folder `submission_12345` for each."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, date, datetime
from pathlib import PurePosixPath
from typing import Any

import yaml  # type: ignore[import-untyped]

from autograder.lms.handin import HandIn, Leftover, Member, Reading, Who
from autograder.lms.refusal import Refused

_ABOUT = "submission_metadata.yml"
_MOST_BYTES = 100 * 2**20


class _Plain(yaml.SafeLoader):  # type: ignore[misc]
    """Reads Ruby's YAML, in which objects have tags, as plain data."""


def _untagged(loader: Any, _suffix: str, node: Any) -> Any:  # noqa: ANN401 - PyYAML has no types
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return loader.construct_scalar(node)


_Plain.add_multi_constructor("!", _untagged)


def fits(members: Collection[Member]) -> bool:
    """Tell whether Gradescope's list of submissions is there."""
    return any(member.parts[-1] == _ABOUT for member in members)


def read(members: Collection[Member]) -> Reading:
    """Put together what each person handed in. Who hands in as a group hands in once for each.

    Raises:
        Refused: if the list cannot be read.
    """
    about = min((member for member in members if member.parts[-1] == _ABOUT), key=lambda member: len(member.parts))
    known = _known(about)
    top = PurePosixPath(about.name).parent
    files: dict[str, dict[str, Member]] = {}
    leftovers = []
    for member in members:
        if member is about:
            continue
        path = PurePosixPath(member.name)
        inside = path.relative_to(top).parts if path.is_relative_to(top) else ()
        if len(inside) > 1 and inside[0] in known:
            files.setdefault(inside[0], {})["/".join(inside[1:])] = member
        else:
            leftovers.append(Leftover(member.name, f"{_ABOUT} does not say whose it is", {member.name: member.path}))
    handins: list[HandIn] = []
    for folder, there in files.items():
        paths = {name: member.path for name, member in there.items()}
        people = _people(known[folder])
        if not people:
            leftovers.append(Leftover(folder, f"{_ABOUT} does not say whose it is", paths))
        together = (f"handed in by {len(people)} together",) if len(people) > 1 else ()
        time = _time(known[folder])
        handins.extend(HandIn(who, paths, time, remarks=together) for who in people)
    for folder in known.keys() - files.keys():
        names = ", ".join(who.words for who in _people(known[folder])) or "nobody"
        leftovers.append(Leftover(folder, f"{_ABOUT} names it, and no files of it are there; it is by {names}"))
    return Reading("Gradescope", handins, leftovers)


def _known(about: Member) -> dict[str, dict[str, Any]]:
    try:
        if about.path.stat().st_size > _MOST_BYTES:
            raise Refused(f"{about.name} is larger than such a list can be.")
        # Its loader is a safe one, for which tags mean nothing.
        listed = yaml.load(about.path.read_text(encoding="utf-8"), Loader=_Plain)  # noqa: S506
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError, ValueError) as problem:
        raise Refused(f"{about.name} cannot be read, so nobody knows whose the submissions are: {problem}") from problem
    if not isinstance(listed, dict):
        raise Refused(f"{about.name} is not Gradescope's list of submissions.")
    return {str(name): entry for name, entry in listed.items() if isinstance(entry, dict)}


def _people(entry: dict[str, Any]) -> list[Who]:
    listed = entry.get(":submitters")
    said = [person for person in listed if isinstance(person, dict)] if isinstance(listed, list) else []
    return [
        Who(name=_text(person, ":name"), student_id=_text(person, ":sid"), email=_text(person, ":email"))
        for person in said
    ]


def _text(person: dict[str, Any], key: str) -> str:
    return str(person[key]).strip() if person.get(key) is not None else ""


def _time(entry: dict[str, Any]) -> datetime | None:
    """Return the time of a submission; PyYAML has read it."""
    said = entry.get(":created_at")
    if not isinstance(said, date) or not isinstance(said, datetime):
        return None
    return said.astimezone(UTC) if said.tzinfo else said.replace(tzinfo=UTC)
