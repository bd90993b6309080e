"""Neither a manifest nor a notebook can be changed without the other: each way to drift apart is named."""

import shutil
from dataclasses import replace

import pytest

from autograder.agreement import disagreements
from autograder.samples import manifest, notebooks
from course_files import ROOT

PS2 = manifest.of("ps2")


@pytest.fixture
def source(tmp_path):
    return shutil.copytree(ROOT / "source" / "ps2", tmp_path / "ps2")


@pytest.fixture
def change(source):
    """Change a cell of the notebook, and return what is then said."""

    def changed(cell, edit):
        path = source / "1_numerical.ipynb"
        book = notebooks.read(path)
        edit(notebooks.cell_named(book, cell))
        notebooks.write(book, path)
        return list(disagreements(PS2, source))

    return changed


def listed(**changes):
    """Return the manifest with its first exercise changed."""
    first, *others = PS2.exercises
    return replace(PS2, exercises=[replace(first, **changes), *others])


def said(problem_set, source):
    return "\n".join(words for _, words in disagreements(problem_set, source))


def test_nothing_is_said_of_what_agrees(source):
    assert list(disagreements(PS2, source)) == []


def test_other_points_are_noticed(change):
    (found,) = change("test_descent", lambda cell: cell.metadata.nbgrader.update(points=3))
    assert found == ("test_descent", "Its cell is worth 3 points, and the manifest says 2.")


def test_another_grade_id_is_noticed(change):
    ((test, words),) = change("test_descent", lambda cell: cell.metadata.nbgrader.update(grade_id="test_ascent"))
    assert test == ""
    assert "test_ascent" in words


def test_a_test_that_could_be_edited_or_of_an_old_schema_is_noticed(change):
    assert change("test_descent", lambda cell: cell.metadata.nbgrader.update(locked=False))
    assert change("test_descent", lambda cell: cell.metadata.nbgrader.update(locked=True, schema_version=2))


def test_a_test_without_a_hidden_region_is_noticed(change):
    (found,) = change("test_descent", lambda cell: cell.update(source="with check.public():\n    pass"))
    assert found == ("test_descent", "Its cell has no hidden region.")


def test_a_todo_in_a_cell_is_refused(change):
    ((_, words),) = change("descent", lambda cell: cell.update(source=cell.source + "\n# TODO: a better one"))
    assert words == "1_numerical: a cell still says TODO: # TODO: a better one"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"test": "test_other"}, "The manifest's exercises are ['test_other'"),
        ({"cells": ("other",)}, "The manifest's solution cells are [('1_numerical', 'other')"),
        ({"notebook": "2_other"}, "The manifest's notebooks are ['1_numerical', '2_analytic', '2_other', '3_network'"),
        ({"seed": "TODO: where?"}, "still says 'TODO: where?'"),
    ],
)
def test_a_manifest_that_says_something_else_is_noticed(changes, words, source):
    assert words in said(listed(**changes), source)


def test_an_exercise_without_a_mistake_is_refused(source):
    spared = [mistake for mistake in PS2.mistakes if "test_best_step" not in mistake.loses]
    assert list(disagreements(replace(PS2, mistakes=spared), source)) == [
        ("test_best_step", "No mistake is known that it must catch.")
    ]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"hint": ""}, "must say where it loses points, and with which hint"),
        ({"loses": ("test_numeric_gradient", "test_other")}, "is to lose points in ['test_other']"),
        ({"cell": "other"}, "changes 'other', which is no solution cell"),
        ({"name": PS2.mistakes[1].name}, "Two mistakes are called"),
    ],
)
def test_a_mistake_that_fits_nothing_is_noticed(changes, words, source):
    first, *others = PS2.mistakes
    assert words in said(replace(PS2, mistakes=[replace(first, **changes), *others]), source)


def test_who_has_no_manifest_is_told_how_to_begin_one():
    with pytest.raises(manifest.NoManifest, match=r"ps0 has no manifest.*course new-exercise ps0"):
        manifest.of("ps0")
