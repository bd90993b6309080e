"""Every mistake on the list loses points where it should, every stub gets none, and the solutions get all."""

import pytest

from autograder import soundness
from autograder.samples import manifest
from autograder.samples.mistakes import CONSTANTS_KEPT
from autograder.samples.models import MODELS
from course_files import PROBLEM_SETS, books

NOTEBOOKS = [
    pytest.param(problem_set, notebook, id=f"{problem_set.name}-{notebook}")
    for problem_set in PROBLEM_SETS
    for notebook in problem_set.notebooks
]
MISTAKES = [
    pytest.param(problem_set, mistake, id=f"{problem_set.name}-{mistake.name}")
    for problem_set in PROBLEM_SETS
    for mistake in problem_set.mistakes
]
PS1 = manifest.of("ps1")


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(("problem_set", "notebook"), NOTEBOOKS)
def test_the_solution_gets_all_points_whatever_is_drawn(problem_set, notebook, seed):
    assert soundness.solution_faults(books(problem_set), notebook, seed) == {}


@pytest.mark.parametrize(("problem_set", "notebook"), NOTEBOOKS)
def test_what_the_given_cells_show_is_drawn(problem_set, notebook):
    assert soundness.picture_faults(books(problem_set), notebook) == {}


@pytest.mark.parametrize(("problem_set", "notebook"), NOTEBOOKS)
def test_the_stub_gets_none(problem_set, notebook):
    assert soundness.stub_faults(books(problem_set), notebook) == {}


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize(("problem_set", "mistake"), MISTAKES)
def test_a_mistake_fails_the_right_check_with_the_right_hint(problem_set, mistake, seed, record_property):
    found = soundness.catch(books(problem_set), mistake, seed)
    for caught in found:
        lost = f"{caught.lost:g} of {caught.most:g}"
        record_property("mistake", [caught.mistake, caught.test, lost, caught.met, (*caught.hints, "")[0]])
    assert soundness.keeps_points(found) == {}
    assert soundness.misses_hint(found) == {}


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_a_solution_in_another_style_gets_all_points(model):
    attempts = books(PS1).attempts("2_engine", {"engine": model.code}, seed=0)
    assert [attempt for attempt in attempts.values() if attempt.judged.points != attempt.judged.most] == []
    assert [attempt.visible for attempt in attempts.values() if attempt.visible] == []


def test_constants_cost_nothing():
    cell = CONSTANTS_KEPT.cell
    answers = {cell: CONSTANTS_KEPT.applied_to(books(PS1).solution(cell))}
    attempts = books(PS1).attempts(PS1.notebook_of(cell), answers, seed=0)
    assert {test: attempt.judged.points for test, attempt in attempts.items()} == {
        exercise.test: exercise.points for exercise in PS1.exercises if exercise.notebook == "3_cost"
    }
