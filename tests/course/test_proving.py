"""`course sound` says what is wrong with an exercise, whatever of it is wrong."""

import io
import shutil
from dataclasses import replace

import pytest
from rich.console import Console
from typer.testing import CliRunner

from autograder import cli, proving
from autograder.samples import manifest, notebooks
from course_files import ROOT

PS2 = manifest.of("ps2")


@pytest.fixture
def course(tmp_path):
    shutil.copytree(ROOT / "source", tmp_path / "source")
    shutil.copy(ROOT / "nbgrader_config.py", tmp_path)
    return tmp_path


def prove(course, test, problem_set=PS2):
    printed = io.StringIO()
    content = proving.run(problem_set, course, test, Console(file=printed, width=200))
    return content, printed.getvalue()


def edit(course, cell, old, new):
    path = course / "source" / "ps2" / "1_numerical.ipynb"
    book = notebooks.read(path)
    found = notebooks.cell_named(book, cell)
    assert old in found.source
    found.source = found.source.replace(old, new)
    notebooks.write(book, path)


def test_a_sound_exercise_is_found_so(course):
    content, printed = prove(course, "test_best_step")
    assert content
    assert "Sound, and nothing that is not for students would be released." in printed
    assert "test_descent" not in printed


def test_a_solution_that_does_not_get_all_points(course):
    edit(course, "best_step", 'q_central = "2/3"', 'q_central = "1/3"')
    content, printed = prove(course, "test_best_step")
    assert not content
    assert "✗ test_best_step, solution" in printed


@pytest.mark.parametrize(
    "broken", ["plot_descent(1)", "plt.plot([1, 2]).frobnicate", "plt.gca().set_title('$\\\\frac$')"]
)
def test_a_given_cell_that_fails_or_shows_what_cannot_be_drawn(broken, course):
    edit(course, "show_descent", "plot_descent([0.02, 0.11, 0.126])", broken)
    content, printed = prove(course, "test_descent")
    assert not content
    assert "✗ test_descent, pictures" in printed
    assert "With the solution, a given cell fails. show_descent: " in printed


def test_a_test_that_gives_points_to_the_stub(course):
    edit(course, "test_descent", "return score.total()", "return 1.0")
    content, printed = prove(course, "test_descent")
    assert not content
    assert "The stub gets 1 of 2." in printed


def test_a_mistake_that_keeps_its_points_and_is_met_with_another_hint(course):
    unnoticed = replace(PS2.mistakes[0], edits={"start": "begin"}, code="")
    mistakes = [unnoticed, *PS2.mistakes[1:]]
    content, printed = prove(course, "test_numeric_gradient", replace(PS2, mistakes=mistakes))
    assert not content
    assert "The mistake 'moved entries not put back' keeps all points." in printed
    assert "is not met with its hint, but with: nothing" in printed


def test_a_mistake_that_no_longer_fits_the_solution(course):
    misfit = replace(PS2.named("uphill instead of down"), edits={"x - rate *": "x + rate *"})
    others = [mistake for mistake in PS2.mistakes if mistake.name != misfit.name]
    content, printed = prove(course, "test_descent", replace(PS2, mistakes=[*others, misfit]))
    assert not content
    assert "which the solution of descent has not" in printed


def test_a_solution_that_would_be_released(course):
    edit(course, "descent", "### BEGIN SOLUTION", "# x = x - eta * numerical_gradient(f, x)\n    ### BEGIN SOLUTION")
    edit(
        course,
        "given_neuron_numerical",
        "    w, x = v[:3], v[3:]\n",
        "    from autograder import student\n    w, x = v[:3], v[3:]\n",
    )
    content, printed = prove(course, "test_descent")
    assert not content
    assert "1_numerical.ipynb holds 'autograder'" in printed


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["ps0"], "source/ has no ps0. It has ps1, ps2"),
        (["ps2", "--exercise", "test_x"], "ps2 has no exercise test_x. It has test_numeric_gradient"),
        (["--exercise", "test_descent"], "Name the problem set that the exercise belongs to"),
    ],
)
def test_what_there_is_not_is_said(arguments, words):
    done = CliRunner().invoke(cli.app, ["sound", "--course", str(ROOT), *arguments])
    assert done.exit_code == 1
    assert words in " ".join(done.output.split())
