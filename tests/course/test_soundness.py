"""What is released is what the source generates, and holds nothing that is not for students."""

import re
import subprocess
import sys
import zipfile

import pytest

from autograder import release
from autograder.samples import notebooks
from autograder.samples.sample_class import FULL
from course_files import PS1, ROOT

NEVER_IN_A_WHEEL = ("autograder", "tests/", "source/", "release/", ".ipynb")


@pytest.fixture(scope="module")
def generated(tmp_path_factory):
    target = tmp_path_factory.mktemp("release") / "ps1"
    release.generate(ROOT, "ps1", target)
    return target


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel that students install, built from the checkout."""
    target = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--outdir", str(target), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (path,) = target.glob("*.whl")
    return path


def test_release_is_in_step_with_source(generated):
    assert release.differences(generated, ROOT / "release" / "ps1") == []


def test_release_gives_nothing_away(generated):
    assert release.leaks(PS1, release.texts(generated)) == []


def test_the_search_for_leaks_finds_them(generated):
    """Put a solution, a hidden test and an output with an answer back in: each is noticed."""
    texts = release.texts(generated)
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
    assert release.leaks(PS1, code) == []


def test_the_wheel_has_all_of_course_lib(wheel):
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if name.startswith("course_lib/")}
    here = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "course_lib").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert packed == here


def test_every_grade_id_is_there_once_and_points_add_up():
    ids, points = [], {}
    for path in sorted(PS1.glob("*.ipynb")):
        for cell in notebooks.read(path).cells:
            if name := notebooks.grade_id(cell):
                ids.append(name)
                if cell.metadata.nbgrader.grade:
                    points[name] = cell.metadata.nbgrader.points
    assert len(ids) == len(set(ids))
    assert points == FULL


def test_the_answers_live_in_the_cells_that_the_design_names():
    assert {path.stem: notebooks.solution_names(notebooks.read(path)) for path in sorted(PS1.glob("*.ipynb"))} == {
        "1_by_hand": ["by_hand_forward", "by_hand_backward"],
        "2_engine": ["engine"],
        "3_cost": ["time_cost", "memory_cost"],
    }


def test_source_and_release_hold_no_outputs(generated):
    for path in [*PS1.glob("*.ipynb"), *generated.glob("*.ipynb")]:
        for cell in notebooks.read(path).cells:
            assert not cell.get("outputs"), path.name
            assert cell.get("execution_count") is None, path.name


def test_the_header_points_to_each_notebook_by_its_own_name(generated):
    for path in generated.glob("*.ipynb"):
        badge, setup = notebooks.read(path).cells[:2]
        (repository, ref) = re.search(r"@ git\+https://github.com/(.+?/.+?)@(.+?)\"", setup.source).groups()
        assert f"colab.research.google.com/github/{repository}/blob/{ref}/release/ps1/{path.name})" in badge.source
