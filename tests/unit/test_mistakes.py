"""Every mistake on the list loses points where it should, every stub gets none, and the solutions get all."""

import pytest

from autograder.samples import notebooks
from autograder.samples.mistakes import ALL
from course_files import NOTEBOOKS, PS1, notebook_of

STUB = "raise NotImplementedError()"


def points_of(notebook):
    return {
        notebooks.grade_id(cell): float(cell.metadata.nbgrader.points)
        for cell in notebooks.read(PS1 / f"{notebook}.ipynb").cells
        if cell.metadata.get("nbgrader", {}).get("grade")
    }


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("notebook", NOTEBOOKS)
def test_the_solution_gets_all_points_whatever_is_drawn(notebook, seed, run_cells):
    runs = run_cells(notebook, seed=seed)
    assert {name: run.score for name, run in runs.items()} == points_of(notebook), [r.printed for r in runs.values()]


@pytest.mark.parametrize("notebook", NOTEBOOKS)
def test_the_stub_gets_none(notebook, run_cells):
    source = notebooks.read(PS1 / f"{notebook}.ipynb")
    stubs = {name: stub(notebooks.cell_named(source, name).source) for name in notebooks.solution_names(source)}
    assert {run.score for run in run_cells(notebook, stubs).values()} == {0}


def stub(source):
    """Return a solution cell as nbgrader releases it."""
    lines, hidden = [], False
    for line in source.splitlines():
        if "### BEGIN SOLUTION" in line:
            hidden = True
            lines.append(line.replace("### BEGIN SOLUTION", STUB))
        elif "### END SOLUTION" in line:
            hidden = False
        elif not hidden:
            lines.append(line)
    return "\n".join(lines)


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("mistake", ALL, ids=lambda mistake: mistake.name)
def test_a_mistake_loses_points_at_the_right_tests(mistake, seed, run_cells, solutions):
    notebook = notebook_of(mistake.cell)
    runs = run_cells(notebook, {mistake.cell: mistake.applied_to(solutions[mistake.cell])}, seed)
    most = points_of(notebook)
    kept = [name for name in mistake.loses if runs[name].score == most[name]]
    assert not kept, f"{mistake.name} keeps all points of {kept}"


@pytest.mark.parametrize(
    ("mistake", "test", "words"),
    [
        ("= where += is meant", "test_backward", "two paths"),
        ("gradients never reset", "test_backward", "Yesterday's gradient"),
        ("hard-coded 1.0 instead of one", "test_backward", "`one`"),
        ("recursion too deep on a long chain", "test_forward", "recursion"),
        ("the same input used twice counted once", "test_backward", "One node, two slots"),
        ("breadth-first instead of topological order", "test_backward", "heard from all its consumers"),
        ("adding in place to a tensor that another node holds too", "test_polynomial", "who else holds that tensor"),
        ("broadcast input not summed back", "test_polynomial", "Copied forward, summed backward"),
        ("the gradient is a number, not a node", "test_higher_order", "differentiated"),
        ("Matmul: the transpose of the right answer", "test_matmul", "shape"),
        ("a rounded decimal", "test_by_hand_forward", "exact"),
        ("the mean's half forgotten", "test_by_hand_backward", "how much of it arrives"),
        ("a term dropped that another does not dominate", "test_memory_cost", "Too small: at"),
        ("inference memory thought to grow with depth", "test_memory_cost", "Too large: at"),
    ],
)
def test_a_mistake_is_met_with_a_hint(mistake, test, words, run_cells, solutions):
    from autograder.samples.mistakes import named

    found = named(mistake)
    run = run_cells(notebook_of(found.cell), {found.cell: found.applied_to(solutions[found.cell])})[test]
    assert words in run.printed + str(run.error)
