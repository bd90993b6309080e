"""What is released is what the source generates, and holds nothing that is not for students."""

import re
import zipfile

import pytest

from autograder import release
from autograder.agreement import disagreements
from autograder.samples import manifest, notebooks
from course_files import ASSIGNMENTS, PROBLEM_SETS, PS1, ROOT

SOURCE = ROOT / "source"

NEVER_IN_A_WHEEL = ("autograder", "tests/", "source/", "release/", ".ipynb")


@pytest.fixture(scope="module", params=ASSIGNMENTS)
def generated(request, tmp_path_factory):
    target = tmp_path_factory.mktemp("release") / request.param
    release.generate(ROOT, request.param, target)
    return target


def test_release_is_in_step_with_source(generated):
    assert release.differences(generated, ROOT / "release" / generated.name) == []


def test_release_gives_nothing_away(generated):
    assert release.leaks(SOURCE / generated.name, release.texts(generated)) == []


def test_the_search_for_leaks_finds_them():
    """Put a solution, a hidden test and an output with an answer back in: each is noticed."""
    texts = release.texts(ROOT / "release" / "ps1")
    texts["a"] = "    return [self.gradient @ self.input(1).T, self.input(0).T @ self.gradient]"
    texts["b"] = "from autograder import student"
    texts["c"] = '  M_backward = "n b d + n d^2"'
    texts["d"] = '    student.gradients(lambda x: x * x, kind="float", x=())'
    assert {line.split()[0] for line in release.leaks(PS1, texts)} == {"a", "b", "c", "d"}


def test_the_wheel_is_course_lib_alone_and_gives_nothing_away(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        texts = {name: archive.read(name).decode() for name in names if not name.endswith((".whl", "RECORD"))}
    assert {name.split("/")[0] for name in names if "dist-info" not in name} == {"course_lib"}
    assert [name for name in names if any(part in name for part in NEVER_IN_A_WHEEL)] == []
    code = {name: text for name, text in texts.items() if name.startswith("course_lib")}
    assert [leak for name in ASSIGNMENTS for leak in release.leaks(SOURCE / name, code)] == []


def test_the_wheel_has_all_of_course_lib(wheel):
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if name.startswith("course_lib/")}
    here = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "course_lib").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert packed == here


@pytest.mark.parametrize("problem_set", PROBLEM_SETS, ids=lambda problem_set: problem_set.name)
def test_the_manifest_says_of_the_notebooks_what_is_true(problem_set):
    assert list(disagreements(problem_set, SOURCE / problem_set.name)) == []


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_every_grade_id_is_there_once(name):
    cells = [cell for path in sorted((SOURCE / name).glob("*.ipynb")) for cell in notebooks.read(path).cells]
    named = list(filter(None, map(notebooks.grade_id, cells)))
    assert len(named) == len(set(named))


def test_the_answers_live_in_the_cells_that_the_design_names():
    ps1 = manifest.of("ps1")
    assert {name: [cell for cell in ps1.cells if ps1.notebook_of(cell) == name] for name in ps1.notebooks} == {
        "1_by_hand": ["by_hand_forward", "by_hand_backward"],
        "2_engine": ["engine"],
        "3_cost": ["time_cost", "memory_cost"],
    }


def test_source_and_release_hold_no_outputs(generated):
    for path in [*(SOURCE / generated.name).glob("*.ipynb"), *generated.glob("*.ipynb")]:
        for cell in notebooks.read(path).cells:
            assert not cell.get("outputs"), path.name
            assert cell.get("execution_count") is None, path.name


def test_the_header_points_to_each_notebook_by_its_own_name(generated):
    for path in generated.glob("*.ipynb"):
        badge, setup = notebooks.read(path).cells[:2]
        (repository, ref) = re.search(r"@ git\+https://github.com/(.+?/.+?)@(.+?)\"", setup.source).groups()
        assert (
            f"colab.research.google.com/github/{repository}/blob/{ref}/release/{generated.name}/{path.name})"
            in badge.source
        )
