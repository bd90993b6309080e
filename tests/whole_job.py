"""A notebook of the course as the grader executes it: answered, its hidden tests apart, its files beside it."""

import json

from nbformat.v4 import new_code_cell

from autograder.execution.job import Job
from autograder.judge.hidden import HiddenTest, imports, split
from autograder.rehearsal import BEGIN, END
from autograder.samples import notebooks
from course_files import ROOT


def job_of(notebook, plan, answers=None, last=""):
    """Return a source notebook as a job.

    Args:
        notebook: the notebook, as its folder under source/ has it.
        plan: what its kernel is like.
        answers: what stands in solution cells, by their `grade_id`; in the others it is the solution.
        last: what a cell of its own runs at the end.
    """
    path = ROOT / "source" / notebook
    book, tests = notebooks.read(path), {}
    code = [cell for cell in book.cells if cell.cell_type == "code"]
    given = imports(tuple(split(cell.source, BEGIN, END)[0] for cell in code))
    for place, cell in enumerate(book.cells):
        name = notebooks.grade_id(cell)
        cell.source = (answers or {}).get(name, cell.source)
        if BEGIN in cell.source:
            cell.source, hidden = split(cell.source, BEGIN, END)
            tests[place] = HiddenTest(name, hidden, float(cell.metadata.nbgrader.points), given)
    book.cells.append(new_code_cell(last))
    files = {p.name: p.read_bytes() for p in path.parent.iterdir() if p.is_file() and p.suffix != ".ipynb"}
    return Job(json.dumps(book), plan, files, tests=tests, seed=0)
