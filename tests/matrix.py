"""Mistakes against checks: what the hidden tests' own tasks show of a wrong engine, and what is then said."""

import contextlib
import io
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

import autograder
from autograder.judge.description import describe
from autograder.judge.diagnosis import explain
from autograder.judge.evidence import Evidence
from autograder.judge.student import Student
from autograder.samples import notebooks
from course_files import PS1, notebook_of, solutions
from course_lib import described, graph
from course_lib.described import Task

BEGIN, END = "### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS"
SOLUTION = solutions()["engine"]
PREPARED = "import math, torch\nfrom course_lib import *\n"
# A mistake that has no name.
DOUBLED = """
class Exp(ComputationNode):
    def forward(self):
        self.result = self.input(0).exp()

    def backward(self):
        return [2 * self.gradient * self.result]
"""


@dataclass
class Run:
    """What came of a hidden test: its points, what it said, and what the engine was asked meanwhile."""

    points: float
    printed: str
    evidence: list[Evidence] = field(default_factory=list)


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


def ran(source, expression, kind="torch", one=None, **inputs):
    """Return the evidence of running an expression with an engine."""
    types = dict(graph._node_types)
    names = {}
    try:
        exec(PREPARED, names)
        exec(source, names)
        inputs = {name: np.asarray(value) for name, value in inputs.items()}
        task = Task(describe(expression, inputs), inputs, kind, one=one)
        with recorded() as kept, contextlib.suppress(Exception):
            described.run(task, names)
    finally:
        graph._node_types.clear()
        graph._node_types.update(types)
    return kept[0]


def changed(change):
    """Return the solution of the engine with code added to it, or with pieces of it replaced."""
    if isinstance(change, str):
        return f"{SOLUTION}\n{change}"
    source = SOLUTION
    for old, new in change.items():
        assert old in source
        source = source.replace(old, new)
    return source
