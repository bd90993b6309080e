"""A tiny course to click through: what is in it, what is handed in, and what its gradebook says."""

import shutil

from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader.api import Gradebook, MissingEntry

from autograder.samples import notebooks
from course_files import ROOT

DUE = "2030-01-01 12:00:00.000000 UTC"
_CONFIG = """
from autograder.config import configure
c = get_config()
configure(c, repository="some/course")
c.IncludeHeaderFooter.header = ""
c.Grading.imports = ["ipykernel.kernelapp"]
c.Grading.warm_up = []
c.Grading.workers = 1
"""
_TEST_X = """assert x > 0
### BEGIN HIDDEN TESTS
def _hidden_tests():
    from autograder import Score, student
    score = Score()
    with score.part("what x is", 2, hint="Count on your fingers."):
        assert student.value("x") == 2, "It is 3, as for somebody with another hand."
    with score.part("twice x", 1):
        assert student.call("twice", 0.25) == 0.5
    return score.total()
_hidden_tests()
### END HIDDEN TESTS"""
_TEST_LENGTHS = f"""### BEGIN HIDDEN TESTS
def _hidden_tests():
    from autograder import Score, student
    score = Score()
    with score.part("long words", 1, hint="{"Count on your fingers, and then once more. " * 9}"):
        assert student.value("x") == 2, "{"AVeryLongName" * 20}"
    return score.total()
_hidden_tests()
### END HIDDEN TESTS"""
RIGHT = "x = 2\ndef twice(x):\n    return 2 * x"
WRONG = "x = 3\ndef twice(x):\n    return 2 * x"


class ClickedCourse:
    """A course with an assignment `ps1`, whose notebook `p1` has two hidden tests and an essay, and a faulty `twice`.

    It is as it was written: nothing has been generated.
    """

    def __init__(self, folder):
        """Write it into an empty folder."""
        self.folder = folder
        (folder / "nbgrader_config.py").write_text(_CONFIG)
        notebooks.write(_source("answer_x"), folder / "source" / "ps1" / "p1.ipynb")
        notebooks.write(_source("test_x"), folder / "source" / "twice" / "p1.ipynb")
        shutil.copytree(ROOT / "release" / "ps1", folder / "at_home")

    def hand_in(self, student, answer):
        """Hand in what a student has made of the released notebook."""
        book = notebooks.read(self.folder / "release" / "ps1" / "p1.ipynb")
        notebooks.cell_named(book, "answer_x").source = answer
        notebooks.cell_named(book, "essay").source = "In my own words."
        notebooks.write(book, self.submitted(student))

    def submitted(self, student):
        return self.folder / "submitted" / student / "ps1" / "p1.ipynb"

    def said_in_config(self, line):
        """Say one thing more in `nbgrader_config.py`, instead of what was said before in this way."""
        (self.folder / "nbgrader_config.py").write_text(f"{_CONFIG}\n{line}\n")

    def grades(self, student):
        """Return the automatic and the manual points of each question, and the teacher's comments; None if ungraded."""
        with Gradebook(f"sqlite:///{self.folder}/gradebook.db") as book:
            try:
                found = book.find_submission_notebook("p1", "ps1", student)
            except MissingEntry:
                return None
            points = {grade.name: (grade.auto_score, grade.manual_score) for grade in found.grades}
            return points | {comment.name + " comment": comment.manual_comment for comment in found.comments}


def _source(name_of_answer):
    answer = "### BEGIN SOLUTION\nx = 2\n### END SOLUTION"
    cells = [
        new_markdown_cell("# A question"),
        new_code_cell("base = 10", metadata=_labels("given", locked=True)),
        new_code_cell(answer, metadata=_labels(name_of_answer, solution=True)),
        new_code_cell(_TEST_X, metadata=_labels("test_x", locked=True, grade=True, points=3)),
        new_code_cell(_TEST_LENGTHS, metadata=_labels("test_lengths", locked=True, grade=True, points=1)),
        new_markdown_cell("In your own words.", metadata=_labels("essay", solution=True, grade=True, points=5)),
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel})


def _labels(name, **more):
    settings = {"grade": False, "locked": False, "solution": False, "task": False, "schema_version": 3}
    return {"nbgrader": settings | {"grade_id": name} | more}
