"""The installed packages, beside what this course needs and the versions that it is tested with."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

import autograder
from autograder.doctor.finding import BAD, GOOD, NOTE, Finding

_PIN = re.compile(r"^([A-Za-z0-9][\w.-]*)==([\w.!+-]+)", re.MULTILINE)
_OURS = ("backprop-course-autograder", "backprop-course")
# What decides how a notebook is graded; the others are named after these.
_FIRST = ("nbgrader", "nbconvert", "nbclient", "nbformat", "ipykernel", "ipython", "torch", "numpy", "sqlalchemy")
_MOST_NAMED = 6


def findings(course: Path) -> Iterator[Finding]:
    """Look at what is needed, and at the pins of the course, or else of the checkout that is installed."""
    yield needed(_requirements())
    places = [course / "constraints.txt", Path(autograder.__file__).parents[1] / "constraints.txt"]
    pins = next((path for path in places if path.is_file()), None)
    if pins is None:
        yield Finding("versions", NOTE, "there is no constraints.txt to compare them with")
    else:
        yield pinned(dict(_PIN.findall(pins.read_text(encoding="utf-8"))), pins)


def needed(requirements: Mapping[str, Requirement]) -> Finding:
    """Look at whether everything that is needed is installed, and new enough.

    Args:
        requirements: what is needed, by name.
    """
    lacking = []
    for name, requirement in requirements.items():
        version = _version(name)
        if version is None:
            lacking.append(str(requirement))
        elif not requirement.specifier.contains(version, prereleases=True):
            lacking.append(f"{requirement} (not {version})")
    if lacking:
        words = f"{', '.join(lacking)}. In the checkout of the course: make setup"
        return Finding("packages", BAD, f"these are missing, or of another version: {words}")
    return Finding("packages", GOOD, f"the {len(requirements)} that grading needs are installed")


def pinned(pins: Mapping[str, str], path: Path) -> Finding:
    """Compare installed versions with pinned ones; what is pinned and not installed is not needed here.

    Args:
        pins: versions by name.
        path: where they stand.
    """
    versions = {name: version for name in pins if (version := _version(name))}
    other = sorted(
        (name for name, version in versions.items() if version.partition("+")[0] != pins[name]),
        key=lambda name: (name.lower() not in _FIRST, name.lower()),
    )
    if not other:
        return Finding("versions", GOOD, f"{len(versions)} packages are of the versions that the course is tested with")
    named = [f"{name} {versions[name]} instead of {pins[name]}" for name in other[:_MOST_NAMED]]
    more = f" and {len(other) - _MOST_NAMED} more" if len(other) > _MOST_NAMED else ""
    wanted = " ".join(f"{name}=={pins[name]}" for name in other[:_MOST_NAMED])
    return Finding(
        "versions",
        NOTE,
        f"not tested with these: {', '.join(named)}{more}. To change that: pip install -c {path} {wanted}",
    )


def _requirements() -> dict[str, Requirement]:
    """Return what our two distributions need, without the extras that grading does without."""
    found: dict[str, Requirement] = {}
    for ours, extras in zip(_OURS, ((), ("instructor", "notebook", "draw")), strict=True):
        for line in (metadata.requires(ours) or []) if _version(ours) else []:
            requirement = Requirement(line)
            wanted = requirement.marker is None or any(
                requirement.marker.evaluate({"extra": extra}) for extra in ("", *extras)
            )
            if wanted and requirement.name not in _OURS:
                found[requirement.name] = requirement
    return found


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
