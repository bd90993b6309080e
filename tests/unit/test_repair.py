"""Submissions as they arrive: what is mended, and what is left alone."""

import copy

import pytest

from autograder import repair
from autograder.samples import notebooks, sample_class
from course_files import ROOT


@pytest.fixture
def book():
    return notebooks.read(ROOT / "release" / "ps1" / "2_engine.ipynb")


def ids(book):
    return [notebooks.grade_id(cell) for cell in book.cells if notebooks.grade_id(cell)]


def work_on(cell, text="# my work"):
    cell.source = text
    return cell


def double(book, name):
    original = notebooks.cell_named(book, name)
    book.cells.insert(book.cells.index(original), copy.deepcopy(original))


def test_colab_is_undone(book):
    before = copy.deepcopy(book)
    sample_class.saved_by_colab({"2_engine": book})
    assert repair.undo_colab(book) == ["what Colab had added was removed"]
    assert [cell.source for cell in book.cells] == [cell.source for cell in before.cells]
    assert [cell.metadata for cell in book.cells] == [cell.metadata for cell in before.cells]
    assert not {"colab", "widgets", "accelerator"} & set(book.metadata)


def test_a_notebook_that_needs_nothing_is_left_alone(book):
    before = copy.deepcopy(book)
    assert repair.undo_colab(book) + repair.settle_doubled_cells(book) == []
    assert book == before


def test_a_doubled_test_becomes_one(book):
    expected = ids(book)
    double(book, "test_matmul")
    (words,) = repair.settle_doubled_cells(book)
    assert "test_matmul was there 2 times" in words
    assert ids(book) == expected


def test_of_a_doubled_answer_the_last_one_that_was_worked_on_counts_and_the_other_stays(book):
    double(book, "engine")
    first, second = (cell for cell in book.cells if notebooks.grade_id(cell) == "engine")
    work_on(first, "# earlier")
    work_on(second, "# later")
    repair.settle_doubled_cells(book)
    assert notebooks.cell_named(book, "engine").source == "# later"
    assert [cell.source for cell in book.cells if cell.source.startswith("# earlier")] == ["# earlier"]
    assert ids(book).count("engine") == 1


@pytest.mark.parametrize("worked_on", [0, 1])
def test_an_untouched_copy_does_not_hide_the_work(book, worked_on):
    double(book, "engine")
    copies = [cell for cell in book.cells if notebooks.grade_id(cell) == "engine"]
    work_on(copies[worked_on])
    repair.settle_doubled_cells(book)
    assert [cell.source for cell in book.cells if notebooks.grade_id(cell) == "engine"] == ["# my work"]


def test_two_untouched_copies_become_one(book):
    double(book, "engine")
    repair.settle_doubled_cells(book)
    assert ids(book).count("engine") == 1


def master(book):
    """Return what the gradebook knows of a released notebook."""
    return [
        repair.MasterCell(
            notebooks.grade_id(cell),
            cell.cell_type,
            cell.source,
            cell.metadata.nbgrader.locked,
            cell.metadata.nbgrader.get("points"),
        )
        for cell in book.cells
        if notebooks.grade_id(cell)
    ]


LOCKED = [
    notebooks.grade_id(cell)
    for cell in notebooks.read(ROOT / "release" / "ps1" / "2_engine.ipynb").cells
    if cell.metadata.get("nbgrader", {}).get("locked")
]


@pytest.mark.parametrize("name", LOCKED)
def test_a_deleted_cell_that_is_not_the_students_comes_back_where_it_was(book, name):
    known = master(book)
    expected = ids(book)
    book.cells = [cell for cell in book.cells if notebooks.grade_id(cell) != name]
    assert repair.put_back(book, known) == [f"the cell {name} had been deleted, and was put back"]
    assert ids(book) == expected


def test_several_deleted_cells_come_back_in_their_order(book):
    known, expected = master(book), ids(book)
    book.cells = [cell for cell in book.cells if not cell.metadata.get("nbgrader", {}).get("locked")]
    assert len(repair.put_back(book, known)) == len(LOCKED)
    assert ids(book) == expected


def test_a_deleted_answer_is_reported(book):
    known = master(book)
    book.cells = [cell for cell in book.cells if notebooks.grade_id(cell) != "engine"]
    assert repair.put_back(book, known) == ["the answer cell engine is missing, so there is nothing to grade in it"]


@pytest.mark.parametrize("odd", [None, {}, "engine", 1])
def test_odd_metadata_is_dropped(book, odd):
    book.cells[0].metadata["nbgrader"] = odd
    repair.tidy_metadata(book)
    assert "nbgrader" not in book.cells[0].metadata


def test_an_old_schema_does_not_stop_the_class(book):
    cell = notebooks.cell_named(book, "engine")
    cell.metadata.nbgrader.schema_version = 1
    repair.tidy_metadata(book)
    assert cell.metadata.nbgrader.schema_version == 3


def test_cell_ids_become_unique_and_stay_as_they_were_otherwise(book):
    before = [cell.id for cell in book.cells]
    double(book, "engine")
    repair.make_cell_ids_unique(book)
    after = [cell.id for cell in book.cells]
    assert len(set(after)) == len(after)
    assert set(before) <= set(after)
