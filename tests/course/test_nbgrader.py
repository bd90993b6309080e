"""nbgrader as instructors know it: Validate, a course without our configuration, and what stays in its place."""

import logging
import shutil

import pytest
from nbgrader.validator import Validator

from autograder import commands, grades
from autograder.samples import notebooks, sample_class
from course_files import PROBLEM_SETS, PS1, ROOT

STOCK = "c = get_config()\nc.CourseDirectory.course_id = 'elsewhere'\n"


@pytest.fixture(autouse=True)
def _our_programs_first(monkeypatch):
    for name, value in commands.environment().items():
        monkeypatch.setenv(name, value)


def validated(path):
    """Return the graded cells that Validate finds failing and passing, by the first line of their source."""
    validator = Validator(log=logging.getLogger("validator"))
    found = validator.validate(str(path))
    return [cell["source"] for cell in found.get("failed", [])]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("path", [f"{ps.name}/{name}.ipynb" for ps in PROBLEM_SETS for name in ps.notebooks])
def test_validate_is_green_on_the_source_and_red_on_every_test_of_the_release(path, tmp_path):
    for folder in ("source", "release"):
        shutil.copy(ROOT / folder / path, tmp_path / f"{folder}.ipynb")
    for given in (ROOT / "release" / path).parent.glob("*.py"):
        shutil.copy(given, tmp_path)
    assert validated(tmp_path / "source.ipynb") == []
    released = notebooks.read(tmp_path / "release.ipynb")
    tests = [cell.source for cell in released.cells if cell.metadata.get("nbgrader", {}).get("grade")]
    assert [source.strip() for source in validated(tmp_path / "release.ipynb")] == [source.strip() for source in tests]


def test_a_course_without_our_configuration_still_gets_grades(tmp_path):
    shutil.copytree(PS1, tmp_path / "source" / "ps1")
    (tmp_path / "nbgrader_config.py").write_text(STOCK)
    log = tmp_path / "log"
    commands.nbgrader(["generate_assignment", "ps1"], tmp_path, log)
    sample_class.build(tmp_path / "release" / "ps1", tmp_path / "source" / "ps1", tmp_path / "submitted")
    for student in ("ada", "felix", "lise"):
        commands.nbgrader(["autograde", "ps1", "--student", student], tmp_path, log)
    found = grades.read(tmp_path / "gradebook.db", "ps1")
    deserved = {sample.student: dict(sample.points) for sample in sample_class.SAMPLES}
    assert found.points == {student: deserved[student] for student in ("ada", "felix", "lise")}


def test_a_command_that_fails_says_why(tmp_path):
    (tmp_path / "nbgrader_config.py").write_text(STOCK)
    with pytest.raises(commands.CommandFailed, match=r"`nbgrader autograde ps9` ended with an error") as caught:
        commands.nbgrader(["autograde", "ps9"], tmp_path, tmp_path / "log")
    assert "ps9" in str(caught.value)
