"""The engine's notebook as the grader executes it, on a device of one's choice."""

import json

from autograder.execution.job import Job
from autograder.execution.settings import Grading
from autograder.judge.hidden import HiddenTest, imports, split
from autograder.rehearsal import BEGIN, END
from autograder.samples import notebooks
from autograder.sandbox import provisioner
from autograder.sandbox.levels import NoSandbox
from course_files import PS1


def plan_for(device, isolation, **limits):
    """Return what kernels are like as configured."""
    return Grading(device=device, isolation=isolation, limits=limits).plan(())


def best_isolation():
    """Return the strongest isolation that can be had: a borrowed machine may allow none, and the notebooks are ours."""
    try:
        provisioner.warm(plan_for("cpu", "strongest"))
    except NoSandbox:
        return "unsafe"
    return "strongest"


def engine_job(plan, answers):
    """Return the notebook as a job, its hidden tests apart.

    Args:
        plan: what its kernel is like.
        answers: what stands in solution cells, by their `grade_id`; in the others it is the solution.
    """
    book, tests = notebooks.read(PS1 / "2_engine.ipynb"), {}
    code = [cell for cell in book.cells if cell.cell_type == "code"]
    given = imports(tuple(split(cell.source, BEGIN, END)[0] for cell in code))
    for place, cell in enumerate(book.cells):
        name = notebooks.grade_id(cell)
        cell.source = answers.get(name, cell.source)
        if BEGIN in cell.source:
            cell.source, hidden = split(cell.source, BEGIN, END)
            tests[place] = HiddenTest(name, hidden, float(cell.metadata.nbgrader.points), given)
    return Job(json.dumps(book), plan, tests=tests, seed=0)
