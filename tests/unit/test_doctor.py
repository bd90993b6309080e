"""`course doctor` says whether this machine can grade, and what is in the way."""

import io

import pytest
from rich.console import Console
from typer.testing import CliRunner

from autograder import cli, doctor
from autograder.sandbox import levels
from course_files import ROOT


def diagnosed(folder):
    printed = io.StringIO()
    good = doctor.run(folder, Console(file=printed, width=200))
    return good, printed.getvalue()


def test_every_level_is_tried_and_the_strongest_is_named():
    good, printed = diagnosed(ROOT)
    assert good
    for level in levels.LEVELS:
        assert f"isolation: {level.name}" in printed
    assert "nothing got through the walls" in printed
    (conclusion,) = [line for line in printed.splitlines() if line.startswith("Submissions would be isolated by ")]
    assert any(level.words in conclusion for level in levels.LEVELS)


def test_without_any_isolation_it_names_the_choices(monkeypatch):
    monkeypatch.setattr(levels, "LEVELS", ())
    good, printed = diagnosed(ROOT)
    assert not good
    assert "Submissions cannot be isolated here, and would not be executed." in printed
    for line in levels.CHOICES.splitlines():
        assert line in printed


@pytest.mark.parametrize(("found", "status"), [(levels.LEVELS[-1:], 0), ((), 1)])
def test_the_exit_status_says_it_too(found, status, monkeypatch):
    monkeypatch.setattr(levels, "LEVELS", found)
    assert CliRunner().invoke(cli.app, ["doctor", "--course", str(ROOT)]).exit_code == status


def test_a_folder_that_is_no_course_is_refused(tmp_path):
    done = CliRunner().invoke(cli.app, ["doctor", "--course", str(tmp_path)])
    assert done.exit_code == 1


def test_a_course_within_what_kernels_see_is_named(tmp_path, monkeypatch):
    """Nothing can hide a course that lies where programs are."""
    monkeypatch.setattr("autograder.sandbox.view._SYSTEM", (str(tmp_path),))
    (tmp_path / "course").mkdir()
    good, printed = diagnosed(tmp_path / "course")
    assert not good
    assert "Move the course out of it." in " ".join(printed.split())
