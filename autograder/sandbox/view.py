"""What of this machine's files a kernel behind the walls gets to see."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from autograder.sandbox import gpu
from autograder.sandbox.inside.walls import View
from autograder.sandbox.plan import CPU

INSIDE = Path(__file__).parent / "inside"
# What programs need to start at all. Of /etc, only what says where libraries, fonts and time zones are.
_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
_SETTINGS = ("ld.so.cache", "ld.so.conf", "ld.so.conf.d", "localtime", "fonts", "alternatives", "nsswitch.conf")
_FACTS = ("/sys/devices/system/cpu",)
# The instructor's own package, wherever it is installed.
_NEVER = ("autograder",)


class Exposed(RuntimeError):  # noqa: N818 - the name is the message
    """Something that must stay hidden lies within what must be visible."""


def view(packages: Iterable[str], secret: Sequence[Path], extra: Iterable[Path] = (), device: str = CPU) -> View:
    """Return what to show: the system's programs, this Python, and packages that are not installed in it.

    Args:
        packages: names of packages that notebooks import.
        secret: folders and files that must not be seen, such as the course's.
        extra: more to show, such as data sets.
        device: what kernels compute on; for any but the CPU, its devices and what its driver tells are shown, too.

    Raises:
        Exposed: if a secret lies within what has to be shown.
    """
    python = {Path(p) for p in (sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix)}
    facts = _FACTS if device == CPU else (*_FACTS, *gpu.FACTS)
    places = [Path(p) for p in (*_SYSTEM, *facts)] + [Path("/etc", name) for name in _SETTINGS]
    places += sorted({*python, *(p.resolve() for p in python)})
    found = [p for p in places if os.path.lexists(p)]
    installed = [Path(p) for p in sys.path if p.endswith(("site-packages", "dist-packages")) and Path(p).is_dir()]
    found += [p for p in [*installed, *_beside(packages), INSIDE, *extra] if not _within(p, found)]
    for hidden in secret:
        around = [p for p in found if hidden.resolve().is_relative_to(p.resolve())]
        if around:
            raise Exposed(
                f"{hidden} lies in {around[0]}, which kernels have to see, as their programs are there. "
                "Move the course out of it."
            )
    never = [p / name for p in _site_packages(found) for name in _NEVER if (p / name).is_dir()]
    return View(tuple(map(str, found)), tuple(map(str, never)), () if device == CPU else gpu.devices())


def split(seen: View) -> tuple[str, ...]:
    """Return paths that hold all that a view shows and nothing that it hides, for Landlock, which cannot hide."""
    hidden = [Path(h) for h in seen.hidden]
    split_up: list[str] = []
    to_do = [Path(p) for p in seen.shown]
    while to_do:
        path = to_do.pop()
        if path in hidden:
            continue
        if any(h.is_relative_to(path) for h in hidden):
            to_do += path.iterdir()
        else:
            split_up.append(str(path))
    return tuple(split_up)


def _beside(packages: Iterable[str]) -> list[Path]:
    """Return where packages lie that are used from a checkout."""
    found = []
    for package in packages:
        spec = importlib.util.find_spec(package.partition(".")[0])
        found += [Path(p) for p in (spec.submodule_search_locations or [] if spec else [])]
    return [p for p in found if p.name not in _NEVER]


def _within(path: Path, places: Iterable[Path]) -> bool:
    return any(path.resolve().is_relative_to(place.resolve()) for place in places)


def _site_packages(shown: Iterable[Path]) -> list[Path]:
    site = [Path(p) for p in sys.path if p.endswith(("site-packages", "dist-packages"))]
    return [p for p in site if _within(p, shown)]
