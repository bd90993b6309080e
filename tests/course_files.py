"""Where the course's own files are, for tests that read them."""

from pathlib import Path

from autograder import release
from autograder.samples import manifest
from autograder.soundness import Notebooks

ROOT = Path(__file__).parent.parent
ASSIGNMENTS = release.assignments(ROOT)
PROBLEM_SETS = [manifest.of(name) for name in ASSIGNMENTS]
PS1 = ROOT / "source" / "ps1"
# Every notebook of the course, as the folder under source/ or release/ has it.
ALL_NOTEBOOKS = [f"{problem_set.name}/{name}.ipynb" for problem_set in PROBLEM_SETS for name in problem_set.notebooks]
NOTEBOOKS = manifest.of("ps1").notebooks

notebook_of = manifest.of("ps1").notebook_of


def books(problem_set):
    """Return the source notebooks of a problem set."""
    return Notebooks(problem_set, ROOT / "source" / problem_set.name)


def solutions():
    """Return the solution of every solution cell of ps1, by its `grade_id`."""
    ps1 = manifest.of("ps1")
    return {cell: books(ps1).solution(cell) for cell in ps1.cells}
