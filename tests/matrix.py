"""Mistakes against checks: what the hidden tests' own tasks show of a wrong engine, and what is then said.

`rows` gives a line for each mistake on the list; a summary of the test run can print them.
"""

import contextlib
import io
from collections.abc import Iterator
from dataclasses import dataclass, field

import autograder
from autograder.judge.diagnosis import explain
from autograder.judge.evidence import Evidence
from autograder.judge.student import Student
from autograder.samples import notebooks
from autograder.samples.mistakes import ALL
from course_files import NOTEBOOKS, PS1, notebook_of
from course_lib import described, graph

BEGIN, END = "### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS"
PREPARED = "import math, torch\nfrom course_lib import *\n"


@dataclass
class Run:
    """What came of a hidden test: its points, what it said, and what the engine was asked meanwhile."""

    points: float
    printed: str
    evidence: list[Evidence] = field(default_factory=list)


@dataclass(frozen=True)
class Row:
    """A mistake, the check that it loses, the hint that is shown there, and whether that is the one it should be."""

    mistake: str
    check: str
    hint: str
    ok: bool


def solutions():
    """Return the solution of each solution cell, by `grade_id`."""
    found = {}
    for name in NOTEBOOKS:
        source = notebooks.read(PS1 / f"{name}.ipynb")
        found |= {cell: notebooks.solution(source, cell) for cell in notebooks.solution_names(source)}
    return found


def hidden_tests(notebook):
    """Return the hidden part of each test cell of a source notebook, with the points that it is worth."""
    cells = [c for c in notebooks.read(PS1 / f"{notebook}.ipynb").cells if BEGIN in c.source]
    return {
        notebooks.grade_id(c): (c.source.split(BEGIN)[1].split(END)[0], float(c.metadata.nbgrader.points))
        for c in cells
    }


def run_hidden_tests(cell, source, seed=0, only=None):
    """Run the hidden tests of a solution cell's notebook in this process, and record what the engine was asked.

    Args:
        cell: the `grade_id` of the solution cell.
        source: what a student wrote there.
        seed: where random inputs start.
        only: the tests to run; all if None.
    """
    tests = hidden_tests(notebook_of(cell))
    types, student = dict(graph._node_types), autograder.student
    namespace = {"__name__": "__main__"}
    runs = {}
    try:
        exec(PREPARED, namespace)
        exec(source, namespace)
        for name, (hidden, _) in tests.items():
            if only is not None and name not in only:
                continue
            autograder.student = Student(lambda: namespace, seed)
            printed = io.StringIO()
            with recorded() as evidence, contextlib.redirect_stdout(printed):
                *body, last = hidden.strip().splitlines()
                exec("\n".join(body), namespace)
                points = eval(last, namespace)
            runs[name] = Run(points, printed.getvalue(), evidence)
    finally:
        autograder.student = student
        graph._node_types.clear()
        graph._node_types.update(types)
    return runs


@contextlib.contextmanager
def recorded() -> Iterator[list[Evidence]]:
    """Within this block, keep what every run of a described graph was asked, and what came of it."""
    original, kept = described.run, []

    def run(task, engine):
        try:
            outcome = original(task, engine)
        except BaseException as error:
            kept.append(Evidence.of(task, raised=(type(error).__name__, str(error))))
            raise
        kept.append(Evidence.of(task, outcome))
        return outcome

    described.run = run
    try:
        yield kept
    finally:
        described.run = original


def diagnoses(evidence, earlier=()):
    """Return what is said about each task that went wrong, in order; each is judged with those before it."""
    seen = [*earlier, *evidence]
    found = [explain(task, seen[: len(earlier) + i]) for i, task in enumerate(evidence)]
    return [diagnosis for diagnosis in found if diagnosis]


def first_diagnosis(evidence, earlier=()):
    """Return what is said about the first task that went wrong; None if none did."""
    seen = [*earlier, *evidence]
    found = (explain(task, seen[: len(earlier) + i]) for i, task in enumerate(evidence))
    return next(filter(None, found), None)


def rows(seed=0):
    """Yield a row for each mistake and each check that should catch it."""
    right = solutions()
    for mistake in ALL:
        runs = run_hidden_tests(mistake.cell, mistake.applied_to(right[mistake.cell]), seed, mistake.loses)
        most = hidden_tests(notebook_of(mistake.cell))
        for check, run in runs.items():
            first = next(iter(diagnoses(run.evidence)), None)
            hint = first.hint if first else _hint_in(run.printed)
            lost = run.points < most[check][1]
            yield Row(mistake.name, check, hint, lost and mistake.hint in hint)


def _hint_in(printed):
    """Return the hints that a test printed."""
    return " ".join(line.split("Hint: ", 1)[1] for line in printed.splitlines() if "Hint: " in line)


def table(found):
    """Return rows as text, a line for each."""
    lines = [f"{'✓' if row.ok else '✗'} {row.mistake:58} {row.check:22} {row.hint:.70}" for row in found]
    return "\n".join(lines)
