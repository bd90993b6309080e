"""A class graded while the grader is killed again and again, and the same class graded in peace: the same gradebook?

    python bench/soak.py [--submissions 500] [--kills 10] [--seed 0]

Every kill is SIGKILL, without warning: to the whole grader, to one of its worker processes, to the warm process, or to
a kernel.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from autograder import commands, grades
from autograder.samples import notebooks, sample_class

COURSE = Path(__file__).parent.parent
# By what command lines they are known, and which of those, from the grader down.
FIRST, LAST = slice(1), slice(-1, None)
MARKS = {"worker": (b"forkserver", LAST), "warm process": (b"inside.zygote", FIRST), "kernel": (b"inside.zygote", LAST)}
SHORT = "\nc.Grading.cell_seconds = 5\n"


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--submissions", type=int, default=500)
    options.add_argument("--kills", type=int, default=10)
    options.add_argument("--seed", type=int, default=0)
    chosen = options.parse_args()
    chance = random.Random(chosen.seed)  # noqa: S311 - a choice of moments, not of secrets
    with tempfile.TemporaryDirectory() as name:
        before = processes()
        peace, war = Path(name) / "peace", Path(name) / "war"
        make_class(peace, chosen.submissions)
        shutil.copytree(peace, war)
        start = time.perf_counter()
        commands.nbgrader(["autograde", "ps1"], peace, peace / "log")
        undisturbed = time.perf_counter() - start
        print(f"undisturbed: {chosen.submissions} submissions in {undisturbed:.0f} s", flush=True)
        for number in range(1, chosen.kills + 1):
            wait = chance.uniform(0.05, 1.2) * undisturbed / chosen.kills + 8  # it starts in about eight seconds
            victim = chance.choice(["grader", "grader", "worker", "warm process", "kernel"])
            print(f"kill {number}: the {victim} after {wait:.0f} s; {graded(war)} graded", flush=True)
            run_and_kill(war, wait, victim)
        commands.nbgrader(["autograde", "ps1"], war, war / "log")
        left = len(processes() - before)
        one, other = (grades.read(folder / "gradebook.db", "ps1") for folder in (peace, war))
        same = one == other
        for student, points in one.points.items():
            if (now := other.points.get(student)) != points:
                print(f"  {student}: {points}\n    now {now}")
        print(f"students: {len(other.points)} of {chosen.submissions}; processes left: {left}; same gradebook: {same}")
        sys.exit(not same or left > 0)


def make_class(folder, count):
    """The sample class, over and over; the long engine notebook only for every tenth, so that 500 take minutes."""
    shutil.copytree(COURSE / "source", folder / "source")
    config = (COURSE / "nbgrader_config.py").read_text() + SHORT
    (folder / "nbgrader_config.py").write_text(config)
    commands.nbgrader(["generate_assignment", "ps1"], folder, folder / "log")
    sample_class.build(folder / "release" / "ps1", folder / "source" / "ps1", folder / "sample")
    samples = sorted((folder / "sample").iterdir())
    for number in range(count):
        student = f"s{number:04}"
        made = folder / "submitted" / student / "ps1"
        shutil.copytree(samples[number % len(samples)] / "ps1", made)
        for path in made.glob("*.ipynb"):
            if path.stem == "2_engine" and number % 10:
                path.unlink()
                continue
            book = notebooks.read(path)
            for cell in book.cells:
                if notebooks.grade_id(cell) in notebooks.solution_names(book):
                    cell.source += f"\n# {student}"
            notebooks.write(book, path)


def run_and_kill(folder, wait, victim):
    """Grade, and kill someone on the way; if it was not the grader itself, let it go on to the next kill."""
    with (folder / "log").open("a") as log:
        grader = subprocess.Popen(
            [sys.executable, "-m", "nbgrader", "autograde", "ps1"], cwd=folder, env=commands.environment(),
            stdout=log, stderr=log,
        )  # fmt: skip
        if ends(grader, wait):
            return
        if victim != "grader":
            mark, which = MARKS[victim]
            for process in [p for p in descendants(grader.pid) if mark in cmdline(p)][which]:
                os.kill(process, signal.SIGKILL)
            if ends(grader, wait / 2):
                return
        grader.kill()
        grader.wait()


def ends(grader, seconds):
    """Whether a process comes to an end by itself within this time."""
    try:
        grader.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        return False
    return True


def graded(folder):
    return len(list((folder / ".grading" / "graded" / "ps1").glob("s*.json")))


def processes():
    """The warm processes and kernels that are there, a moment after a grader has ended."""
    time.sleep(2)
    return {p for p in map(int, filter(str.isdigit, os.listdir("/proc"))) if b"inside.zygote" in cmdline(p)}


def descendants(process):
    found = [process]
    for member in found:
        for task in Path(f"/proc/{member}/task").glob("*/children"):
            try:
                found += map(int, task.read_text().split())
            except OSError:
                continue
    return found[1:]


def cmdline(process):
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return b""


if __name__ == "__main__":
    main()
