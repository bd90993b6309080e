"""What a student has who has solved a notebook."""

import contextlib
import io

import numpy as np

from autograder.judge.hidden import split
from autograder.rehearsal import BEGIN, END, beside
from autograder.samples import notebooks
from course_files import books


def solutions_of(problem_set, notebook, *given, **names):
    """Return what the solutions of a notebook define.

    Args:
        problem_set: its manifest.
        notebook: its name.
        given: the `grade_id` of given cells that are to be run, too.
        names: what the cells need besides numpy.
    """
    found = {"np": np, **names}
    wanted = {*given, *(cell for exercise in problem_set.exercises for cell in exercise.cells)}
    for cell in books(problem_set).read(notebook).cells:
        if notebooks.grade_id(cell) in wanted:
            exec(cell.source, found)
    return found


def whole(problem_set, notebook):
    """Return what a student has who has run all of a solved notebook, and what each cell printed, by its `grade_id`."""
    names, said = {"__name__": "__main__"}, {}
    with beside(books(problem_set).folder / f"{notebook}.ipynb"):
        for cell in books(problem_set).read(notebook).cells:
            if cell.cell_type == "code":
                with contextlib.redirect_stdout(io.StringIO()) as printed:
                    exec(split(cell.source, BEGIN, END)[0], names)
                said[notebooks.grade_id(cell)] = printed.getvalue()
    return names, said
