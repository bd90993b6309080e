"""Where the course's own files are, for tests that read them."""

from pathlib import Path

from autograder.samples import notebooks

ROOT = Path(__file__).parent.parent
PS1 = ROOT / "source" / "ps1"
NOTEBOOKS = sorted(path.stem for path in PS1.glob("*.ipynb"))


def notebook_of(cell_name):
    """Return which notebook has the cell of that `grade_id`."""
    for name in NOTEBOOKS:
        if any(notebooks.grade_id(c) == cell_name for c in notebooks.read(PS1 / f"{name}.ipynb").cells):
            return name
    raise KeyError(cell_name)


def solutions():
    """Return the solution of every solution cell, by its `grade_id`."""
    found = {}
    for name in NOTEBOOKS:
        source = notebooks.read(PS1 / f"{name}.ipynb")
        found |= {cell: notebooks.solution(source, cell) for cell in notebooks.solution_names(source)}
    return found
