"""A tiny course to be graded, and what comes of it."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path

from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader.api import Gradebook

from autograder.samples import notebooks

ANSWERS = {"answer_x": "x = 2", "answer_y": "y = 3", "answer_z": "z = 4", "essay": "My own words."}
FULL = {"test_x": 3.0, "test_y": 2.0, "test_z": 1.0}
DUE = "2030-01-01 00:00:00.000000 UTC"
_CONFIG = """
from autograder.config import configure
c = get_config()
configure(c, repository="some/course")
c.IncludeHeaderFooter.header = ""
c.LateSubmissionPlugin.penalty_method = "zero"
c.Grading.imports = ["ipykernel.kernelapp"]
c.Grading.warm_up = []
c.Grading.workers = 1
c.Grading.environment = {"NBGRADER_EXECUTION": "autograde", "SMALL_COURSE": __file__}
"""
# As formgrader has it: run after run in one process, so that warm kernels stay.
_RUNS = """
import json, shutil, sys
from pathlib import Path
from nbgrader.apps import NbGraderApp
from nbgrader.apps.api import NbGraderAPI
from nbgrader.utils import temp_attrs

app = NbGraderApp()
app.initialize([])
api = NbGraderAPI(config=app.config)
for number, options in enumerate(json.loads({options!r})):
    with temp_attrs(api.coursedir, notebook_id=options.pop("notebook", "*")):
        found = api.autograde("ps1", **{{"student_id": "*", "force": False}} | options)
    after = Path("after") / str(number)
    shutil.copytree(".grading", after / ".grading")
    shutil.copy("gradebook.db", after)
    (after / "found.json").write_text(json.dumps(found))
"""


class SmallCourse:
    """A course with two tiny notebooks: `p1` has two tests, `p2` one, an essay and a task."""

    def __init__(self, folder, server):
        """Use a folder that has the course in it already; see `new`."""
        self.folder = folder
        self._server = server
        self._commands = 0

    @classmethod
    def new(cls, folder, server):
        """Write the course's source, and generate the assignment."""
        made = cls(folder, server)
        for name, cells in {"p1": _P1, "p2": _P2}.items():
            notebooks.write(_notebook(cells), folder / "source" / "ps1" / f"{name}.ipynb")
        (folder / "nbgrader_config.py").write_text(_CONFIG)
        made.nbgrader("generate_assignment", "ps1")
        with made.book() as book:
            book.update_or_create_assignment("ps1", duedate=DUE)
        return made

    def copy(self, folder):
        """Return the same course in another place."""
        shutil.copytree(self.folder, folder, ignore=shutil.ignore_patterns("*.log"))
        return SmallCourse(folder, self._server)

    # --- What is handed in ----------------------------------------------------------------------------------------

    def submitted(self, student):
        return self.folder / "submitted" / student / "ps1"

    def answered(self, name, **answers):
        """Return a released notebook with everything right, but for the answers that are given."""
        book = notebooks.read(self.folder / "release" / "ps1" / f"{name}.ipynb")
        for cell in book.cells:
            grade_id = notebooks.grade_id(cell)
            cell.source = (ANSWERS | answers).get(grade_id, cell.source)
        return book

    def hand_in(self, student, *, timestamp="", **answers):
        """Hand in both notebooks, instead of what the student has handed in before."""
        shutil.rmtree(self.submitted(student), ignore_errors=True)
        for name in ("p1", "p2"):
            notebooks.write(self.answered(name, **answers), self.submitted(student) / f"{name}.ipynb")
        if timestamp:
            (self.submitted(student) / "timestamp.txt").write_text(timestamp)

    # --- nbgrader -------------------------------------------------------------------------------------------------

    def configure(self, lines):
        """Add to `nbgrader_config.py`."""
        with (self.folder / "nbgrader_config.py").open("a") as config:
            config.write(f"\n{lines}\n")

    def start(self, *arguments, **more):
        """Start a command of nbgrader's, or a `program`; `environment` adds to its own."""
        self._commands += 1
        log = self.folder / f"{self._commands}.log"
        log.touch()
        more["environment"] = {"SMALL_COURSE": self.marker, **more.get("environment", {})}
        return self._server.start(self.folder, log, arguments=arguments, **more)

    def nbgrader(self, *arguments, status=0, **more):
        """Run a command of nbgrader's, and return what it says."""
        command = self.start(*arguments, **more)
        assert command.wait() == status, command.said
        return command.said

    def autograde(self, *arguments, status=0, **more):
        return self.nbgrader("autograde", "ps1", *arguments, status=status, **more)

    def runs(self, *options):
        """Run the autograder, in one process, once for each of the options; return the course as each has left it."""
        shutil.rmtree(self.folder / "after", ignore_errors=True)
        command = self.start(program=_RUNS.format(options=json.dumps(options)))
        assert command.wait() == 0, command.said
        left = [SmallCourse(self.folder / "after" / str(number), None) for number in range(len(options))]
        for one in left:
            found = json.loads((one.folder / "found.json").read_text())
            one.success, one.said = found["success"], found.get("log", "") + found.get("error", "")
        return left

    @property
    def marker(self):
        """What the environment of each process that grades this course holds."""
        return str(self.folder / "nbgrader_config.py")

    def processes(self):
        """Return the processes that grade this course, but for the command itself, with their command lines."""
        return {
            number: Path(f"/proc/{number}/cmdline").read_bytes().replace(b"\0", b" ").decode()
            for number in map(int, filter(str.isdigit, os.listdir("/proc")))
            if f"SMALL_COURSE={self.marker}\0".encode() in _environment(number)
        }

    # --- What came of it ------------------------------------------------------------------------------------------

    def book(self):
        return Gradebook(f"sqlite:///{self.folder}/gradebook.db")

    def gradebook(self):
        """Return all that the gradebook says about everybody, but for when it was said."""
        with self.book() as book:
            return {
                (submission.student.id, notebook.name): {
                    "late": (submission.total_seconds_late, notebook.late_submission_penalty),
                    "points": (notebook.score, notebook.needs_manual_grade, notebook.failed_tests),
                    "grades": {
                        g.name: (g.auto_score, g.manual_score, g.extra_credit, g.needs_manual_grade)
                        for g in notebook.grades
                    },
                    "comments": {c.name: (c.auto_comment, c.manual_comment) for c in notebook.comments},
                }
                for submission in book.assignment_submissions("ps1")
                for notebook in submission.notebooks
            }

    def points(self, student):
        """Return what a student got in each test."""
        books = [about["grades"] for (who, _), about in self.gradebook().items() if who == student]
        return {name: grade[0] for book in books for name, grade in book.items() if name in FULL}

    def grade_by_hand(self, student, name, points):
        """Give points as a person does, in formgrader."""
        with self.book() as book:
            (grade,) = [g for n in book.find_submission("ps1", student).notebooks for g in n.grades if g.name == name]
            grade.manual_score, grade.needs_manual_grade = points, False
            book.db.commit()

    def graded(self, student, name="p1"):
        """Return a graded notebook."""
        return notebooks.read(self.folder / "autograded" / student / "ps1" / f"{name}.ipynb")

    def report(self, student, name="p1"):
        """Return what the student is told on top of the notebook, as it reads."""
        cell = self.graded(student, name).cells[0]
        assert cell.metadata["autograder"] == {"report": True}
        return re.sub(r"\\(.)", r"\1", cell.source)

    def results(self):
        """Return the results that are kept, by their keys, and when each was written."""
        return {path.stem: path.stat().st_mtime_ns for path in (self.folder / ".grading" / "results").rglob("*.json")}


def _environment(number):
    try:
        return Path(f"/proc/{number}/environ").read_bytes()
    except OSError:
        return b""


def _notebook(cells):
    made = new_notebook(metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}})
    made.cells = [make(source, metadata={"nbgrader": labels} if labels else {}) for make, source, labels in cells]
    return made


def _labels(name, points=None, *, solution=False, task=False):
    settings = {"grade": points is not None and not task, "locked": not solution and not task, "schema_version": 3}
    return {"grade_id": name, "solution": solution, "task": task} | settings | ({"points": points} if points else {})


def _answer(name, solution):
    source = f"### BEGIN SOLUTION\n{solution}\n### END SOLUTION"
    return new_code_cell, source, _labels(name, solution=True)


_P1 = [
    (new_markdown_cell, "# The first", None),
    (new_code_cell, "base = 10", _labels("given")),
    _answer("answer_x", ANSWERS["answer_x"]),
    (
        new_code_cell,
        "assert x > 0\n### BEGIN HIDDEN TESTS\nassert x == 2\n### END HIDDEN TESTS",
        _labels("test_x", points=3),
    ),
    _answer("answer_y", ANSWERS["answer_y"]),
    (new_code_cell, "2.0 if y == 3 else 0.5", _labels("test_y", points=2)),
]
_P2 = [
    _answer("answer_z", ANSWERS["answer_z"]),
    (new_code_cell, "assert z == 4", _labels("test_z", points=1)),
    (new_markdown_cell, "### BEGIN SOLUTION\nWords.\n### END SOLUTION", _labels("essay", points=5, solution=True)),
    (new_markdown_cell, "Draw a graph below.", _labels("task", points=2, task=True)),
]
