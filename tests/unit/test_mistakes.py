"""Every mistake on the list loses points where it should, every stub gets none, and the solutions get all."""

import pytest

from autograder.samples import notebooks
from autograder.samples.mistakes import ALL, CONSTANTS_KEPT
from autograder.samples.models import MODELS
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
def test_a_mistake_fails_the_right_check_with_the_right_hint(mistake, seed, run_cells, solutions, record_property):
    notebook = notebook_of(mistake.cell)
    runs = run_cells(notebook, {mistake.cell: mistake.applied_to(solutions[mistake.cell])}, seed)
    most = points_of(notebook)
    for name in mistake.loses:
        hints = [line.partition("Hint: ")[2] for line in runs[name].printed.splitlines() if "Hint: " in line]
        lost = most[name] - runs[name].score
        right = bool(mistake.hint) and any(mistake.hint in hint for hint in hints)
        record_property("mistake", [mistake.name, name, f"{lost:g} of {most[name]:g}", right, (hints or [""])[0]])
    kept = [name for name in mistake.loses if runs[name].score == most[name]]
    assert not kept, f"{mistake.name} keeps all points of {kept}"
    met = [name for name in mistake.loses if mistake.hint in runs[name].printed + str(runs[name].error)]
    assert mistake.hint
    assert met, f"{mistake.name} should be met with: {mistake.hint}"


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_a_solution_in_another_style_gets_all_points(model, run_cells):
    runs = run_cells("2_engine", {"engine": model.code})
    assert {name: run.score for name, run in runs.items()} == points_of("2_engine"), [r.printed for r in runs.values()]


def test_constants_cost_nothing(run_cells, solutions):
    right = CONSTANTS_KEPT.applied_to(solutions[CONSTANTS_KEPT.cell])
    runs = run_cells(notebook_of(CONSTANTS_KEPT.cell), {CONSTANTS_KEPT.cell: right})
    assert {name: run.score for name, run in runs.items()} == points_of(notebook_of(CONSTANTS_KEPT.cell))
