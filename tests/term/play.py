"""A whole term: two problem sets, from `course new` to the files that an LMS reads, and every number checked.

    python tests/term/play.py build/term --students 120

A class hands in what the sample classes did, through Canvas and then through Moodle, with all the dirt of `dirt.py`.
The lecturer types `course` and `nbgrader`, and nothing else; what only a click can do is written into the gradebook.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent)]

from checked import Failed, Lecturer  # noqa: E402 - found only now
from expected import Class  # noqa: E402
from people import MOST, people  # noqa: E402
from term import Term  # noqa: E402


def main() -> int:
    """Play the term; return how many numbers were wrong."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("folder", type=Path, help="where to work; made anew")
    arguments.add_argument("--students", type=int, default=120, help=f"up to {MOST}")
    arguments.add_argument("--alike", action="store_true", help="let equal hand-ins be executed once; much faster")
    given = arguments.parse_args()
    if given.students > MOST:
        arguments.error(f"There are names for {MOST} students.")
    shutil.rmtree(given.folder, ignore_errors=True)
    given.folder.mkdir(parents=True)
    lecturer = Lecturer(given.folder.resolve())
    try:
        Term(lecturer, Class(people(given.students), distinct=not given.alike)).play()
    except Failed as problem:
        lecturer.console.print(str(problem), style="red", highlight=False)
        return 1
    return lecturer.conclude()


if __name__ == "__main__":
    sys.exit(main())
