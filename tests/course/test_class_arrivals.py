"""Submissions as they arrive: what can be graded is, what is odd is said, and nothing outside is touched."""

import os

import pytest
from small_course import FULL

from autograder.samples import notebooks

NO_P1 = {"test_x": 0, "test_y": 0}


def renamed(**names):
    def arrive(_course, folder):
        for old, new in names.items():
            (folder / f"{old}.ipynb").rename(folder / new)

    return arrive


def changed(change):
    def arrive(_course, folder):
        book = notebooks.read(folder / "p1.ipynb")
        change(book)
        notebooks.write(book, folder / "p1.ipynb")

    return arrive


def lost_metadata(book):
    for cell in book.cells:
        cell.metadata = type(cell.metadata)()


def doubled_cells(book):
    book.cells += [type(cell)(cell) for cell in book.cells if notebooks.grade_id(cell)]


def links_and_pipes(course, folder):
    (folder / "notes").symlink_to(course.folder / "secret")
    (folder / "book.db").symlink_to(course.folder / "gradebook.db")
    os.mkfifo(folder / "pipe")


def a_linked_notebook(course, folder):
    (folder / "p1.ipynb").unlink()
    (folder / "p1.ipynb").symlink_to(course.submitted("as_it_should_be") / "p1.ipynb")


def a_linked_folder(course, folder):
    elsewhere = course.folder / "elsewhere"
    folder.parent.rename(elsewhere)
    folder.parent.symlink_to(elsewhere)


def an_unknown_notebook(_course, folder):
    notebooks.write(notebooks.read(folder / "p2.ipynb"), folder / "p2.ipynb")
    (folder / "scratch.ipynb").write_text('{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}')


def garbage_for_a_timestamp(_course, folder):
    (folder / "timestamp.txt").write_bytes(b"\xff yesterday, I think")


def a_folder_for_a_timestamp(_course, folder):
    (folder / "timestamp.txt").mkdir()


def a_folder_for_a_notebook(_course, folder):
    (folder / "p1.ipynb").unlink()
    (folder / "p1.ipynb").mkdir()


def files_of_its_own(_course, folder):
    book = notebooks.read(folder / "p1.ipynb")
    notebooks.cell_named(book, "answer_x").source = "x = int(open('own/x.txt').read()) * int(open('given.csv').read())"
    notebooks.write(book, folder / "p1.ipynb")
    (folder / "own").mkdir()
    (folder / "own" / "x.txt").write_text("2")
    (folder / "given.csv").write_text("1000")


def a_folder_where_a_file_is_given(_course, folder):
    (folder / "given.csv").mkdir()
    (folder / "given.csv" / "x.txt").write_text("2")


def a_file_where_a_folder_is_given(_course, folder):
    (folder / "tables").write_text("2")


ARRIVALS = {
    "as_it_should_be": (lambda _course, _folder: None, {}, ""),
    "a_second_download": (renamed(p1="p1 (1).ipynb"), {}, "`p1 (1).ipynb` was taken for p1.ipynb"),
    "copies": (renamed(p1="Copy of p1.ipynb", p2="Copy of p2.ipynb"), {}, "`Copy of p1.ipynb` was taken for p1.ipynb"),
    "text_files": (renamed(p1="p1.ipynb.txt", p2="p2.json"), {}, "`p1.ipynb.txt` was taken for p1.ipynb"),
    "lost_metadata": (changed(lost_metadata), {}, "had lost"),
    "doubled_cells": (changed(doubled_cells), {}, "the cell answer_x was there 2 times"),
    "links_and_pipes": (links_and_pipes, {}, "a pipe was refused: `pipe`"),
    "a_linked_notebook": (a_linked_notebook, NO_P1, "a link was refused: `p1.ipynb`"),
    "an_unknown_notebook": (an_unknown_notebook, {}, ""),
    "garbage_for_a_timestamp": (garbage_for_a_timestamp, {}, ""),
    "a_folder_for_a_timestamp": (a_folder_for_a_timestamp, {}, ""),
    "a_folder_for_a_notebook": (a_folder_for_a_notebook, NO_P1, ""),
    "files_of_its_own": (files_of_its_own, {}, ""),
    "a_folder_where_a_file_is_given": (a_folder_where_a_file_is_given, {}, ""),
    "a_file_where_a_folder_is_given": (a_file_where_a_folder_is_given, {}, ""),
}
LOOK_AT = {
    "links_and_pipes": "a link was refused: `notes`",
    "a_linked_notebook": "p1.ipynb was not handed in",
    "an_unknown_notebook": "`scratch.ipynb` is none of p1, p2, and was left out",
    "garbage_for_a_timestamp": "timestamp.txt holds no time, and was put away",
    "a_linked_folder": "`a_linked_folder` is a link to another place, so nothing in it was looked at",
    "a_folder_for_a_notebook": "p1.ipynb was not handed in",
}


@pytest.fixture(scope="module")
def graded(new_course):
    course = new_course()
    given = course.folder / "source" / "ps1"
    (given / "given.csv").write_text("1")
    (given / "tables").mkdir()
    (given / "tables" / "t.csv").write_text("1")
    (course.folder / "secret").write_text("secret")
    for student, (arrive, _, _) in ARRIVALS.items():
        course.hand_in(student)
        arrive(course, course.submitted(student))
    course.hand_in("a_linked_folder")
    a_linked_folder(course, course.submitted("a_linked_folder"))
    command = course.start("autograde", "ps1", "--Grading.workers=2")
    course.status, course.said = command.wait(), command.said
    return course


@pytest.mark.parametrize("student", ARRIVALS)
def test_it_gets_the_points_that_it_deserves(student, graded):
    assert graded.points(student) == FULL | ARRIVALS[student][1], graded.said


@pytest.mark.parametrize("student", [student for student, about in ARRIVALS.items() if about[2]])
def test_what_was_repaired_is_on_the_students_report(student, graded):
    there = [path.stem for path in (graded.folder / "autograded" / student / "ps1").glob("*.ipynb")]
    assert ARRIVALS[student][2] in "\n".join(graded.report(student, name) for name in there)


@pytest.mark.parametrize("student", LOOK_AT)
def test_what_a_person_should_look_at_is_in_the_summary_with_the_way_to_try_again(student, graded):
    summary = graded.said.partition("To look at:")[2]
    assert f"{student}: {LOOK_AT[student]}" in summary
    assert f"again: nbgrader autograde ps1 --student {student} --force" in summary


def test_what_is_as_it_should_be_or_was_mended_with_certainty_is_not_in_the_summary(graded):
    for student in ("as_it_should_be", "a_second_download", "files_of_its_own"):
        assert f"  {student}: " not in graded.said.partition("To look at:")[2]
        assert "Please look at" not in graded.report(student)


def test_the_run_ends_well_and_without_a_traceback(graded):
    assert graded.status == 0, graded.said
    assert "Traceback" not in graded.said, graded.said


def test_links_and_pipes_are_put_away_and_what_they_point_to_is_untouched(graded):
    refused = graded.folder / ".grading" / "refused" / "ps1"
    assert {path.name for path in (refused / "links_and_pipes").iterdir()} == {"notes", "book.db", "pipe"}
    assert (graded.folder / "secret").read_text() == "secret"
    autograded = graded.folder / "autograded" / "links_and_pipes" / "ps1"
    assert sorted(path.name for path in autograded.iterdir()) == ["given.csv", "p1.ipynb", "p2.ipynb", "tables"]


def test_a_student_whose_folder_is_a_link_is_not_graded(graded):
    assert not (graded.folder / "autograded" / "a_linked_folder").exists()
    assert ("a_linked_folder", "p1") not in graded.gradebook()
    assert (graded.folder / "elsewhere" / "ps1" / "p1.ipynb").exists()


def test_the_way_to_try_again_works_where_no_file_has_a_notebooks_ending(graded):
    graded.autograde("--student", "text_files", "--force")
    assert graded.points("text_files") == FULL
