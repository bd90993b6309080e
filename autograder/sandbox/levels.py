"""How strong the walls can be on this machine: the levels, from the strongest to the weakest."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass

from autograder.sandbox.plan import STRONGEST, UNSAFE


class NoSandbox(RuntimeError):  # noqa: N818 - the name is the message
    """No walls could be put up, or they leak; the message says what is missing and what the choices are."""


@dataclass(frozen=True)
class Level:
    """How kernels are walled in.

    Attributes:
        name: what it is called in the configuration.
        words: what it is, for logs and reports.
        outer: who puts up the outer walls: `"namespaces"` for our own, `"bubblewrap"`, or "" for nobody.
        inner: whether each kernel has namespaces of its own.
        walled: whether there are walls at all.
    """

    name: str
    words: str
    outer: str
    inner: bool
    walled: bool = True


LEVELS = (
    Level("bubblewrap", "bubblewrap, own namespaces for each kernel, Landlock, system call filter", "bubblewrap", True),
    Level(
        "namespaces", "own namespaces around all and for each kernel, Landlock, system call filter", "namespaces", True
    ),
    Level("bubblewrap-landlock", "bubblewrap around all kernels, Landlock, system call filter", "bubblewrap", False),
    Level("landlock", "Landlock and system call filter; no namespaces", "", False),
)
NONE = Level(UNSAFE, "NO ISOLATION: student code ran with the instructor's rights", "", inner=False, walled=False)

CHOICES = """What you can do:
  - grade on Linux 5.13 or newer, in a container or a virtual machine if need be (also on macOS and Windows);
  - on Ubuntu, install bubblewrap: sudo apt install bubblewrap;
  - in Docker, allow Landlock and seccomp (the default since Docker 23), or namespaces:
    docker run --security-opt seccomp=unconfined --security-opt systempaths=unconfined …;
  - look at `course doctor`, which names what each level lacks here;
  - if you trust every submission: c.Grading.isolation = "unsafe", or for one run --Grading.isolation=unsafe."""


def named(name: str) -> list[Level]:
    """Return the levels to try for what the configuration asks for, in that order.

    Raises:
        NoSandbox: if there is no level of this name.
    """
    if name == UNSAFE:
        return [NONE]
    if name == STRONGEST:
        return [level for level in LEVELS if lacks(level) is None]
    chosen = [level for level in LEVELS if level.name == name]
    if not chosen:
        names = ", ".join([STRONGEST, *(level.name for level in LEVELS), UNSAFE])
        raise NoSandbox(f"There is no isolation called {name!r}. There are {names}.")
    return chosen


def lacks(level: Level) -> str | None:
    """Return what is plainly missing for a level, before it is tried; None if nothing is."""
    if sys.platform != "linux":
        return f"needs Linux; this is {sys.platform}"
    if level.outer == "bubblewrap" and os.geteuid() == 0:
        return "not for root, who puts up the same walls without it"
    if level.outer == "bubblewrap" and not shutil.which("bwrap"):
        return "bubblewrap (the program bwrap) is not installed"
    return None
