"""Submissions as they arrive: what is mended, and what is left alone."""

import copy
import dataclasses

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_markdown_cell

from autograder import repair
from autograder.samples import notebooks, sample_class
from course_files import NOTEBOOKS, PS1, ROOT


def released(name):
    return notebooks.read(ROOT / "release" / "ps1" / f"{name}.ipynb")


@pytest.fixture
def book():
    return released("2_engine")


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
    assert repair.repair(book, known_of("2_engine")).done == ["what Colab had added was removed"]
    assert [cell.source for cell in book.cells] == [cell.source for cell in before.cells]
    assert ids(book) == ids(before)
    assert [set(cell.metadata) for cell in book.cells] == [set(cell.metadata) for cell in before.cells]
    assert set(book.metadata) == {"kernelspec", "language_info"}
    nbformat.validate(book)


def test_a_notebook_that_needs_nothing_is_left_alone(book):
    before = copy.deepcopy(book)
    assert repair.repair(book, known_of("2_engine")) == repair.Repairs()
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
    """Return what the gradebook would know if this were the instructor's notebook."""
    return [
        repair.MasterCell(
            notebooks.grade_id(cell),
            cell.cell_type,
            cell.source,
            cell.metadata.nbgrader.locked,
            cell.metadata.nbgrader.get("points"),
            checksum=cell.metadata.nbgrader.get("checksum"),
        )
        for cell in book.cells
        if notebooks.grade_id(cell)
    ]


def known_of(name):
    """Return what the gradebook knows of a notebook of the course: hidden tests, but no solutions."""
    hidden = {cell.name: cell.source for cell in master(notebooks.read(PS1 / f"{name}.ipynb")) if cell.locked}
    return [dataclasses.replace(cell, source=hidden.get(cell.name, cell.source)) for cell in master(released(name))]


LOCKED = [
    notebooks.grade_id(cell) for cell in released("2_engine").cells if cell.metadata.get("nbgrader", {}).get("locked")
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
    found = repair.repair(book, known)
    assert found.problems == ["the answer cell engine is missing, so there is nothing to grade in it"]
    assert found.done == []


@pytest.mark.parametrize("odd", [None, {}, "engine", 1, {"grade_id": 5}, {"grade_id": ["engine"]}])
def test_odd_metadata_is_dropped(book, odd):
    book.cells[0].metadata["nbgrader"] = odd
    assert repair.repair(book, known_of("2_engine")) == repair.Repairs()
    assert "nbgrader" not in book.cells[0].metadata


@pytest.mark.parametrize("version", [1, 9, "3", None])
def test_another_schema_does_not_stop_the_class(book, version):
    notebooks.cell_named(book, "engine").metadata.nbgrader.schema_version = version
    assert repair.repair(book, known_of("2_engine")) == repair.Repairs()
    assert notebooks.cell_named(book, "engine").metadata.nbgrader.schema_version == 3


@pytest.mark.parametrize(
    "change",
    [{"points": "6"}, {"points": [6]}, {"points": float("nan")}, {"points": -1}, {"grade": False}, {"solution": True}],
)
def test_settings_come_from_the_instructor(book, change):
    cell = notebooks.cell_named(book, "test_backward")
    expected = copy.deepcopy(cell.metadata.nbgrader)
    cell.metadata.nbgrader.update(change, extra="x")
    found = repair.repair(book, known_of("2_engine"))
    assert found.done == ["the settings of the cell test_backward had been changed, and were put right"]
    assert cell.metadata.nbgrader == expected


def test_a_cell_that_marks_itself_is_an_ordinary_one(book):
    book.cells.append(new_code_cell("1", metadata={"nbgrader": {"grade": True, "grade_id": "<b>mine", "points": 9}}))
    found = repair.repair(book, known_of("2_engine"))
    assert found.problems == ["a cell calls itself ?b?mine, which is unknown here; it is an ordinary one now"]
    assert book.cells[-1].metadata == {}


def test_a_tag_cannot_keep_a_cell_from_being_run(book):
    cell = notebooks.cell_named(book, "test_matmul")
    cell.metadata.tags = ["skip-execution"]
    cell.metadata.jupyter = {"source_hidden": True}
    book.cells[0].metadata.tags = ["mine"]
    found = repair.repair(book, known_of("2_engine"))
    assert found.problems == ["the cell test_matmul had a tag that changes how it is run; the tag was removed"]
    assert set(cell.metadata) == {"deletable", "editable", "nbgrader"}
    assert book.cells[0].metadata == {}


def test_of_the_notebooks_metadata_only_the_kernel_and_the_language_stay(book):
    before = copy.deepcopy(book.metadata)
    book.metadata.update(widgets={}, authors=[], language_info={"name": 3})
    repair.repair(book, known_of("2_engine"))
    assert book.metadata == {"kernelspec": before.kernelspec}


def test_a_cell_of_another_type_becomes_what_it_was(book):
    cell = notebooks.cell_named(book, "engine")
    place = book.cells.index(cell)
    book.cells[place] = new_markdown_cell("# my work", id="x", metadata=cell.metadata, attachments={"a": {}})
    found = repair.repair(book, known_of("2_engine"))
    assert found.done == ["the cell engine had become one of another type, and was changed back to code"]
    assert (book.cells[place].cell_type, book.cells[place].source) == ("code", "# my work")
    nbformat.validate(book)


def solve(book, name):
    source = notebooks.read(PS1 / f"{name}.ipynb")
    for cell in notebooks.solution_names(book):
        notebooks.cell_named(book, cell).source = notebooks.solution(source, cell)
    return book


def strip(book, names=None):
    for cell in book.cells:
        if names is None or notebooks.grade_id(cell) in names:
            cell.metadata = {}
    return book


def labels(cell):
    return cell.source, cell.metadata.get("nbgrader")


@pytest.mark.parametrize("name", NOTEBOOKS)
@pytest.mark.parametrize("solved", [True, False])
def test_a_notebook_that_lost_all_its_metadata_gets_back_every_label(name, solved):
    expected = solve(released(name), name) if solved else released(name)
    book = strip(copy.deepcopy(expected))
    assert repair.repair(book, known_of(name)).problems == []
    assert [labels(cell) for cell in book.cells] == [labels(cell) for cell in expected.cells]
    assert repair.repair(book, known_of(name)) == repair.Repairs()


CHANGES = st.sampled_from(["strip", "delete", "double", "move", "edit", "retype", "scratch"])


@given(st.sampled_from(NOTEBOOKS), st.booleans(), st.lists(st.tuples(CHANGES, st.integers(0, 40)), max_size=8))
def test_whatever_happens_to_the_cells_the_instructors_are_all_there_once_and_a_second_repair_does_nothing(
    name, stripped, changes
):
    book = solve(released(name), name)
    strip(book, None if stripped else [])
    for change, number in changes:
        spoil(book.cells, change, number % len(book.cells))
    known = known_of(name)
    found = repair.repair(book, known)
    nbformat.validate(book)
    labelled = ids(book)
    assert len(labelled) == len(set(labelled))
    assert {cell.name for cell in known if cell.locked} <= set(labelled)
    lost = {cell.name for cell in known} - set(labelled)
    assert all(any(f"cell {answer} is missing" in line for line in found.problems) for answer in lost)
    once = copy.deepcopy(book)
    assert repair.repair(book, known).done == []
    assert book == once


def spoil(cells, change, at):
    match change:
        case "strip":
            cells[at].metadata = {}
        case "delete" if len(cells) > 1:
            del cells[at]
        case "double":
            cells.insert(at, copy.deepcopy(cells[at]))
        case "move":
            cells.append(cells.pop(at))
        case "edit":
            cells[at].source += "\n# mine"
        case "retype":
            cells[at] = new_markdown_cell(cells[at].source, metadata=cells[at].metadata)
        case "scratch":
            cells.insert(at, new_code_cell("print(1)"))


def test_a_test_that_lost_its_label_is_known_although_its_hidden_part_is_not_there(book):
    known = known_of("2_engine")
    assert "BEGIN HIDDEN TESTS" in next(cell.source for cell in known if cell.name == "test_matmul")
    strip(book, ["test_matmul"]).cells[-2].source += "  \n"
    assert repair.repair(book, known).done == [
        "cells had lost their labels, and were recognised by their text: test_matmul"
    ]


def test_what_is_put_back_holds_no_hidden_test(book):
    book.cells = [cell for cell in book.cells if notebooks.grade_id(cell) != "test_matmul"]
    repair.repair(book, known_of("2_engine"))
    assert "HIDDEN" not in notebooks.cell_named(book, "test_matmul").source


def test_an_answer_is_known_by_what_it_defines_even_if_it_does_not_parse_and_has_moved(book):
    cell = notebooks.cell_named(solve(book, "2_engine"), "engine")
    cell.metadata = {}
    cell.source = "%matplotlib inline\n" + cell.source + "\n)("
    book.cells.insert(5, new_code_cell("class Mul: pass"))
    book.cells.append(book.cells.pop(book.cells.index(cell)))
    assert repair.repair(book, known_of("2_engine")).problems == []
    assert notebooks.grade_id(cell) == "engine"


def test_an_answer_is_known_by_its_likeness_to_the_stub():
    stub = repair.MasterCell("essay", "markdown", "Why is the sky blue? Answer here: ", locked=False, points=3.0)
    given = repair.MasterCell("given", "code", "look()", locked=True, points=None)
    cells = [new_markdown_cell("An introduction"), new_markdown_cell(stub.source + "air"), new_code_cell("look()")]
    book = nbformat.v4.new_notebook(cells=[*cells, new_markdown_cell("The end")])
    repair.repair(book, [given, stub])
    assert [notebooks.grade_id(cell) for cell in book.cells] == ["", "essay", "given", ""]


def test_answers_are_known_by_their_place_also_several_in_a_row():
    texts = {"first": "first()", "one": "...", "two": "...", "last": "last()"}
    known = [repair.MasterCell(name, "code", text, text != "...", None) for name, text in texts.items()]
    book = nbformat.v4.new_notebook(cells=[new_code_cell(text) for text in ("first()", "p = 1", "", "q = 2", "last()")])
    assert repair.repair(book, known).problems == []
    assert [notebooks.grade_id(cell) for cell in book.cells] == ["first", "one", "", "two", "last"]


def test_where_it_is_not_certain_which_cell_is_the_answer_none_is_taken_and_tests_stand_below_all():
    name = "3_cost"
    book = solve(released(name), name)
    answer = work_on(notebooks.cell_named(book, "time_cost"), 'T_run = "n b d^2"')
    strip(book, ["time_cost"]).cells.insert(book.cells.index(answer), new_code_cell("import numpy"))
    book.cells.remove(notebooks.cell_named(book, "test_time_cost"))
    found = repair.repair(book, known_of(name))
    assert found.problems == ["the answer cell time_cost is missing, so there is nothing to grade in it"]
    assert book.cells.index(notebooks.cell_named(book, "test_time_cost")) > book.cells.index(answer)


def test_the_gradebook_tells_all_that_is_needed():
    class Cell:
        def __init__(self, name, **more):
            self.__dict__.update(name=name, cell_type="markdown", source="s", checksum="c", locked=False, **more)

    class Notebook:
        source_cells = (Cell("essay"), Cell("task"))
        grade_cells = (Cell("essay", max_score=3),)
        task_cells = (Cell("task", max_score=2),)

    essay, task = repair.master_cells(Notebook)
    assert (essay.answer, essay.points, task.answer, task.points) == (True, 3.0, False, 2.0)
    assert {"grade": True, "solution": True, "task": False, "checksum": "c"}.items() <= essay.metadata().items()
    assert {"grade": False, "solution": False, "task": True, "points": 2.0}.items() <= task.metadata().items()


def test_cell_ids_become_unique_and_stay_as_they_were_otherwise(book):
    before = [cell.id for cell in book.cells]
    double(book, "engine")
    repair.make_cell_ids_unique(book)
    after = [cell.id for cell in book.cells]
    assert len(set(after)) == len(after)
    assert set(before) <= set(after)
