"""Which submissions are to be graded: all, but for those that are graded to the end and have not changed."""

import os
import shutil
from types import SimpleNamespace

import nbformat
import pytest
from nbgrader.coursedir import CourseDirectory

from autograder.execution import report
from autograder.execution.intake import take_stock
from autograder.execution.job import Executed
from autograder.execution.masters import Master
from autograder.execution.store import Record, Store

GRADED = nbformat.v4.new_notebook(cells=[report.cell(report.Graded(Executed([], "walls")))])
MASTERS = {name: Master([], None) for name in ("p1", "p2")}


@pytest.fixture
def course(tmp_path):
    """A course's folder, with a function that hands in files, and one that takes stock of it."""

    def hand_in(student, *names):
        folder = tmp_path / "submitted" / student / "ps1"
        shutil.rmtree(folder, ignore_errors=True)
        for name in names:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(f'{{"cells": [], "metadata": {{"of": "{student}"}}}}')
        return folder

    def taken(*, force=False, masters=MASTERS, **options):
        directory = CourseDirectory(root=str(tmp_path), assignment_id="ps1", **options)
        converter = SimpleNamespace(coursedir=directory, force=force)
        return take_stock(converter, masters, Store(tmp_path / ".grading"))

    def grade(student):
        """Do as if a student had been graded to the end; return the folder with what was graded."""
        found = taken().submissions[student]
        graded = tmp_path / "autograded" / student / "ps1"
        graded.mkdir(parents=True)
        for name in found.notebooks:
            nbformat.write(GRADED, graded / f"{name}.ipynb")
        Store(tmp_path / ".grading").keep_record("ps1", student, Record(found.arrival.digest))
        return graded

    return SimpleNamespace(folder=tmp_path, hand_in=hand_in, taken=taken, grade=grade)


def test_everybody_is_to_be_graded_at_first(course):
    course.hand_in("blaise", "p1.ipynb", "p2.ipynb")
    course.hand_in("ada", "p1.ipynb")
    found = course.taken()
    assert {student: one.notebooks for student, one in found.submissions.items()} == {
        "ada": ["p1"],
        "blaise": ["p1", "p2"],
    }
    assert (found.refused, found.done) == ({}, 0)


def test_what_is_graded_and_unchanged_is_done_unless_it_is_forced(course):
    course.hand_in("ada", "p1.ipynb", "p2.ipynb")
    course.grade("ada")
    assert course.taken().done == 1
    assert course.taken().submissions == {}
    assert list(course.taken(force=True).submissions) == ["ada"]


@pytest.mark.parametrize("change", ["another", "more", "less", "renamed"])
def test_what_has_changed_is_graded_again_and_what_was_there_goes(change, course):
    folder = course.hand_in("ada", "p1.ipynb", "p2.ipynb")
    course.grade("ada")
    {
        "another": lambda: (folder / "p1.ipynb").write_text('{"cells": [[]]}'),
        "more": lambda: (folder / "timestamp.txt").write_text("2025-01-01"),
        "less": (folder / "p2.ipynb").unlink,
        "renamed": lambda: (folder / "p2.ipynb").rename(folder / "Copy of p2.ipynb"),
    }[change]()
    assert list(course.taken().submissions) == ["ada"]
    assert not (course.folder / "autograded" / "ada" / "ps1").exists()


def test_what_a_killed_run_has_left_is_graded_again(course):
    """It is in `autograded/`, and there is no record of its end."""
    course.hand_in("ada", "p1.ipynb")
    left = course.folder / "autograded" / "ada" / "ps1"
    left.mkdir(parents=True)
    assert list(course.taken().submissions) == ["ada"]
    assert not left.exists()


@pytest.mark.parametrize("left", ["nothing", "no report", "half"])
def test_a_record_without_a_graded_notebook_counts_for_nothing(left, course):
    """Points are saved before the notebook is written, and a run may be killed in between."""
    course.hand_in("ada", "p1.ipynb", "p2.ipynb")
    second = course.grade("ada") / "p2.ipynb"
    text = second.read_text()
    {
        "nothing": second.unlink,
        "no report": lambda: nbformat.write(nbformat.v4.new_notebook(), second),
        "half": lambda: second.write_text(text[: len(text) // 2]),
    }[left]()
    assert list(course.taken().submissions) == ["ada"]


def test_students_are_chosen_and_excluded(course):
    for student in ("ada", "blaise", "carl"):
        course.hand_in(student, "p1.ipynb")
    assert list(course.taken(student_id="blaise").submissions) == ["blaise"]
    assert list(course.taken(student_id_exclude="ada,carl").submissions) == ["blaise"]


def test_one_notebook_is_chosen_and_the_others_are_no_problem(course):
    course.hand_in("ada", "p1.ipynb", "p2.ipynb")
    found = course.taken(notebook_id="p1").submissions["ada"]
    assert found.notebooks == ["p1"]
    assert found.problems == []


def test_one_notebook_is_chosen_and_so_are_those_that_nbgrader_would_not_find(course):
    """It looks for them under their own names, and takes away the points of those that are not there."""
    course.hand_in("ada", "p1.ipynb", "Copy of p2.ipynb")
    assert course.taken(notebook_id="p1").submissions["ada"].notebooks == ["p1", "p2"]


def test_one_notebook_that_was_not_handed_in_is_graded_all_the_same(course):
    course.hand_in("ada", "Copy of p2.ipynb")
    assert course.taken(notebook_id="p1").submissions["ada"].notebooks == ["p1", "p2"]


def test_a_submission_without_any_notebook_is_graded_all_the_same(course):
    course.hand_in("ada", "excuse.txt")
    found = course.taken().submissions["ada"]
    assert found.notebooks == ["p1"]
    assert "p1.ipynb was not handed in" in found.problems


def test_a_folder_that_is_a_link_is_refused_and_the_others_are_not(course):
    course.hand_in("ada", "p1.ipynb")
    (course.folder / "submitted" / "blaise").symlink_to(course.folder / "submitted" / "ada")
    found = course.taken()
    assert list(found.submissions) == ["ada"]
    assert found.refused["blaise"].endswith("nothing in it was looked at. It was not graded.")


def test_links_are_put_away_so_that_the_next_stock_is_the_same(course):
    folder = course.hand_in("ada", "p1.ipynb")
    (folder / "link").symlink_to("/etc/passwd")
    os.mkfifo(folder / "pipe")
    course.grade("ada")
    assert not os.path.lexists(folder / "link")
    assert {path.name for path in (course.folder / ".grading/refused/ps1/ada").iterdir()} == {"link", "pipe"}
    assert course.taken().done == 1


@pytest.mark.parametrize(
    ("content", "good"),
    [(b"2025-01-01 12:00:00 UTC", True), (b"", True), (b"soon", False), (b"\xff\xfe", False), (b"9" * 400, False)],
)
def test_a_timestamp_that_is_none_is_put_away(content, good, course):
    """A whole run of nbgrader's would end over it."""
    folder = course.hand_in("ada", "p1.ipynb")
    (folder / "timestamp.txt").write_bytes(content)
    found = course.taken().submissions["ada"]
    assert (folder / "timestamp.txt").exists() == good
    assert any("timestamp.txt holds no time" in problem for problem in found.problems) != good
