"""What several tests need: the course's notebooks, and a quick way to run their cells without a kernel."""

import ast
import contextlib
import io
from dataclasses import dataclass

import hypothesis
import matplotlib as mpl
import pytest

import autograder
import course_files
from autograder.judge.student import Student
from autograder.samples import notebooks
from course_files import PS1
from course_lib import graph
from course_lib.errors import CourseError

# Machines are noisy: a law that holds slowly holds.
hypothesis.settings.register_profile("course", deadline=None)
hypothesis.settings.load_profile("course")


@dataclass
class CellRun:
    """What came of a test cell: points as nbgrader would read them, what was printed, and the error if any."""

    score: float
    printed: str
    error: BaseException | None


@pytest.fixture(autouse=True)
def _pictures_go_nowhere():
    mpl.use("agg")


@pytest.fixture
def run_cells(monkeypatch):
    """Run a source notebook's cells in this process, solutions replaced, and return what each test cell gave.

    What any cell printed in the last run is kept in `run_cells.printed`, by the cell's `grade_id`.

    It reads points as `nbgrader autograde` does: an error gives none, a number as the last value is partial credit,
    anything else is all.
    """
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    monkeypatch.setattr(graph, "_node_types", dict(graph._node_types))

    def run(notebook, solutions=None, seed=0):
        namespace = {"__name__": "__main__"}
        monkeypatch.setattr(autograder, "student", Student(lambda: namespace, seed))
        runs, printed = {}, {}
        for cell in notebooks.read(PS1 / f"{notebook}.ipynb").cells:
            if cell.cell_type != "code":
                continue
            name = notebooks.grade_id(cell)
            source = (solutions or {}).get(name, cell.source)
            outcome = _run_cell(source, namespace)
            printed[name] = outcome.printed
            if cell.metadata.get("nbgrader", {}).get("grade"):
                points = cell.metadata.nbgrader.points
                score = 0.0 if outcome.error else float(points if outcome.score is None else outcome.score)
                runs[name] = CellRun(score, outcome.printed, outcome.error)
        run.printed = printed
        return runs

    return run


def _run_cell(source, namespace):
    tree = ast.parse(source)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    printed, value = io.StringIO(), None
    with contextlib.redirect_stdout(printed):
        try:
            exec(compile(tree, "<cell>", "exec"), namespace)
            if last is not None:
                value = eval(compile(ast.Expression(last.value), "<cell>", "eval"), namespace)
        except (Exception, CourseError) as error:  # noqa: BLE001
            return CellRun(None, printed.getvalue(), error)
    return CellRun(value if isinstance(value, float) else None, printed.getvalue(), None)


@pytest.fixture
def engine(monkeypatch, solutions):
    """A notebook's names, with the model solution of the engine among them."""
    monkeypatch.setattr(graph, "_node_types", dict(graph._node_types))
    names = {}
    exec("from course_lib import *", names)
    exec(solutions["engine"], names)
    return names


@pytest.fixture(scope="session")
def solutions():
    """The solution of every solution cell, by its `grade_id`."""
    return course_files.solutions()


def pytest_terminal_summary(terminalreporter):
    """Print which mistake fails which check with which hint, and where the gradient debugger finds it."""
    if rows := _recorded(terminalreporter, "mistake"):
        terminalreporter.section("mistakes by name")
        for mistake, check, lost, right, hint in rows:
            terminalreporter.write_line(f"{'✓' if right else '·'} {mistake:<56.56} {check:<22} −{lost:<8} {hint:.90}")
        terminalreporter.write_line(
            "✓ met with its own hint there; · loses points there, its hint comes at another check"
        )
    if rows := _recorded(terminalreporter, "debugged"):
        terminalreporter.section("mistakes that the gradient debugger finds, and where")
        for mistake, graph_of, right, kind, node, words in rows:
            line = f"{'✓' if right else '✗'} {mistake:<56.56} {graph_of:<12} {kind:<12} at {node:<3} {words:.90}"
            terminalreporter.write_line(line)
        terminalreporter.write_line("✓ at the right node, and as the right kind of fault")


def _recorded(terminalreporter, name):
    """Return the rows that tests have recorded by a name, each mistake with each check or graph once, in order."""
    reports = [report for group in ("passed", "failed") for report in terminalreporter.stats.get(group, [])]
    rows = [row for report in reports for kind, row in getattr(report, "user_properties", []) if kind == name]
    return sorted({tuple(row[:2]): row for row in rows}.values())
