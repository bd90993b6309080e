"""A tiny course to be published, without nbgrader: two problem sets, the second built on the engine of the first."""

import io
import zipfile

from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from autograder import finished_engine
from autograder.publishing import bundle
from autograder.publishing.address import Address, Origin
from autograder.publishing.inspection import Inspector
from autograder.samples import notebooks

ORIGIN = Origin(Address("ada/course", "main"), "backprop-course @ git+https://github.com/ada/course@main", {})
PLACE = Address("ada/students", "autumn")
WHEEL = "backprop_course-1.0-py3-none-any.whl"
SOLUTION = "answer = sum(k * k for k in range(7))"
_CONFIG = """
from autograder.config import configure
c = get_config()
configure(c, repository="ada/course")
c.DueDates.dates = {"ps1": "2030-01-01 23:59 UTC"}
"""


def _header(name):
    return [
        new_markdown_cell(
            "[![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)]"
            f"(https://colab.research.google.com/github/ada/course/blob/main/release/{name}.ipynb)"
        ),
        new_code_cell('%pip install --quiet "backprop-course @ git+https://github.com/ada/course@main"'),
    ]


def _answer(name, solution, *, given=""):
    label = {"grade_id": name, "solution": True, "grade": False, "locked": False, "schema_version": 3, "task": False}
    source = f"{given}### BEGIN SOLUTION\n{solution}\n### END SOLUTION"
    return new_code_cell(source, metadata={"nbgrader": label})


def _test(name, visible, hidden):
    label = {"grade_id": name, "solution": False, "grade": True, "locked": True, "schema_version": 3, "points": 2}
    source = f"{visible}\n### BEGIN HIDDEN TESTS\n{hidden}\n### END HIDDEN TESTS"
    return new_code_cell(source, metadata={"nbgrader": {**label, "task": False}})


_FIRST = [
    new_markdown_cell("# First | steps\n\nSee [below](#First-|-steps), and $a[1](b)$."),
    _answer("square", SOLUTION),
    _test("test_square", "assert answer > 0", "assert answer == 7 * 13"),
]
_ENGINE = [
    _answer("engine", "class Twice(ComputationNode):\n    def forward(self):\n        self.result = 2 * self.input(0)")
]
_SECOND = [
    new_markdown_cell("# Second steps"),
    new_code_cell(
        'from course_lib.environment import fetch\n\nfetch("engine.py", '
        '"https://raw.githubusercontent.com/ada/course/main/release/ps2")\nfrom engine import Twice'
    ),
    _answer("thrice", "tripled = 3 * Twice.forward"),
]


def write(course):
    """Write the course, with what it releases."""
    books = {"ps1/1_first": _FIRST, "ps1/2_engine": _ENGINE, "ps2/1_second": _SECOND}
    for name, cells in books.items():
        source = new_notebook(cells=[*_header(name), *cells], metadata={"language_info": {"name": "python"}})
        released = source.copy()
        released.cells = [cell.copy() for cell in source.cells]
        for cell in released.cells:
            label = notebooks.grade_id(cell)
            if label:
                cell.source = notebooks.stub(source, label).split("\n### BEGIN HIDDEN")[0]
        notebooks.write(source, course / "source" / f"{name}.ipynb")
        notebooks.write(released, course / "release" / f"{name}.ipynb")
    engine = finished_engine.text(course / "source")
    for folder in ("source", "release"):
        (course / folder / "ps2" / finished_engine.FILE).write_text(engine)
    (course / "nbgrader_config.py").write_text(_CONFIG)
    return course


def wheel(more=()):
    """Return a wheel with next to nothing in it, and more files that are given by name."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, text in {"course_lib/__init__.py": "ONE = 1\n", **dict(more)}.items():
            archive.writestr(zipfile.ZipInfo(name), text)
    return made.getvalue()


def made(course, *names, old=(), title=WHEEL):
    """Return the bundle with these assignments."""
    return bundle.make(course, names, ORIGIN, PLACE, (title, wheel()), dict(old))


def inspector(course):
    return Inspector.of(course, ORIGIN.place, PLACE)
