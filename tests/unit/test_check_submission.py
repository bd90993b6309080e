"""`course_lib.check_submission()`: what a student is told of answers and cells before handing in."""

import copy
import types

import pytest
from saved_notebooks import FORWARD, cell, codes, looking, own, place, ran, released, solved

import course_lib
from autograder import arrivals
from autograder.samples import notebooks
from course_files import ALL_NOTEBOOKS, ROOT
from course_lib.handing_in import session, whereabouts
from course_lib.handing_in.code import read_code
from course_lib.handing_in.expectation import plain_name


@pytest.fixture
def looked_at(tmp_path, monkeypatch):
    return looking(tmp_path, monkeypatch)


# --- Nothing to say, or nothing written -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ALL_NOTEBOOKS)
def test_there_is_nothing_to_say_about_a_finished_notebook(name, looked_at):
    made = solved(name)
    report = looked_at(made, ran(made), name.partition("/")[2])
    assert (codes(report), report.fresh) == ([], True)
    assert set(report.answers.values()) == {"written"}
    assert set(report.checks.values()) == {"passed"}


@pytest.mark.parametrize("name", ALL_NOTEBOOKS)
def test_every_answer_that_is_not_written_is_named(name, looked_at):
    report = looked_at(released(name), name=name.partition("/")[2])
    wanted = [
        cell
        for cell in notebooks.read(ROOT / "release" / name).cells
        if cell.metadata.get("nbgrader", {}).get("solution")
    ]
    assert [f.cell for f in report.findings if f.code == "empty"] == [notebooks.grade_id(c) for c in wanted]
    assert {f.code for f in report.findings} == {"empty"}
    assert set(report.answers.values()) == {"empty"}


def test_passing_all_checks_is_never_called_more_than_that(looked_at):
    made = solved()
    said = repr(looked_at(made, ran(made)))
    assert "Answers filled in: 2 of 2." in said
    assert "answers as they are now: 2 of 2." in said
    assert "does not promise full marks" in said.replace("\n", " ")
    assert "Nothing was found that would be lost." in said


def test_while_work_is_graded_nothing_is_looked_at(monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    monkeypatch.setattr(whereabouts, "find", None)
    monkeypatch.setattr(session, "current", None)
    report = course_lib.check_submission("no such file")
    assert (report.graded, report.findings, report.faults) == (True, (), ())
    assert report._repr_mimebundle_() == {"text/plain": "Nothing is checked here while work is graded."}
    shell = types.SimpleNamespace(events=None)
    session.note_runs(shell)  # would fail if it registered anything


# --- Answers --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "code", "state", "words"),
    [
        ("", "empty", "empty", "Nothing is written"),
        ("a = (", "broken", "broken", "cannot read"),
        (FORWARD + "\nraise NotImplementedError()", "unfinished", "unfinished", "NotImplementedError"),
        (FORWARD.replace("z =", "zz ="), "undefined", "unfinished", "`z`"),
    ],
)
def test_what_is_missing_in_an_answer_is_said(text, code, state, words, looked_at):
    made = solved()
    cell(made, "by_hand_forward")["source"] = text
    report = looked_at(made)
    assert codes(report) == [(code, "by_hand_forward")]
    assert words in report.findings[0].words
    assert report.answers == {"by_hand_forward": state, "by_hand_backward": "written"}


def test_the_gaps_of_a_long_answer_are_named(looked_at):
    made = solved("ps1/2_engine.ipynb")
    text = cell(made, "engine")["source"]
    cell(made, "engine")["source"] = text.replace("def backward_algorithm", "def unused") + (
        "\n\ndef backward_algorithm(graph, one=1.0):\n    # YOUR CODE HERE\n    raise NotImplementedError()\n"
    )
    (finding,) = looked_at(made, name="2_engine.ipynb").findings
    assert "Still to be written: `backward_algorithm`." in finding.words


def test_a_raise_that_no_run_reaches_is_no_gap():
    assert read_code("def f(x):\n    return x\n    raise NotImplementedError()").gaps == ()
    assert read_code("class A:\n  def f(self):\n    if self:\n      raise NotImplementedError").gaps == ("A.f",)


def test_an_answer_in_a_cell_of_ones_own_is_found(looked_at):
    made = solved()
    stub = cell(released(), "by_hand_forward")["source"]
    cell(made, "by_hand_forward")["source"] = stub
    made["cells"].insert(place(made, "by_hand_forward") + 1, own(FORWARD))
    report = looked_at(made)
    assert codes(report) == [("elsewhere", "by_hand_forward")]
    assert report.answers["by_hand_forward"] == "elsewhere"


def test_a_cell_of_ones_own_that_is_no_python_is_named(looked_at):
    made = solved()
    made["cells"].insert(3, own("for"))
    assert [(f.code, f.level) for f in looked_at(made).findings] == [("broken", "look")]


def test_a_cell_that_overwrites_an_answer_is_named(looked_at):
    made = solved()
    made["cells"].insert(place(made, "by_hand_forward") + 1, own("e = 2.718"))
    (finding,) = looked_at(made).findings
    assert finding.code == "overwritten"
    assert "`e`" in finding.words


# --- Cells ----------------------------------------------------------------------------------------------------------


def test_a_deleted_answer_is_lost_and_a_deleted_check_is_not(looked_at):
    made = solved()
    made["cells"] = [c for c in made["cells"] if c is not cell(made, "by_hand_backward")]
    made["cells"] = [c for c in made["cells"] if c is not cell(made, "test_by_hand_forward")]
    report = looked_at(made)
    assert [(f.code, f.level) for f in report.findings] == [("absent", "mend"), ("deleted", "note")]
    assert report.checks["test_by_hand_forward"] == "absent"


def test_of_copies_that_answer_counts_which_the_grader_takes(looked_at):
    made = solved()
    twin = copy.deepcopy(cell(made, "by_hand_forward"))
    twin["source"], twin["id"] = "a = 1", "twin"
    made["cells"].insert(place(made, "by_hand_forward") + 1, twin)
    report = looked_at(made)
    assert ("doubled", "by_hand_forward") in codes(report)
    assert report.answers["by_hand_forward"] == "unfinished"
    twin["source"] = cell(released(), "by_hand_forward")["source"]  # an untouched copy does not count
    assert looked_at(made).answers["by_hand_forward"] == "written"


def test_an_answer_without_its_label_is_known_by_its_names(looked_at):
    made = solved()
    cell(made, "by_hand_forward")["metadata"] = {}
    report = looked_at(made)
    assert codes(report) == [("lost label", "by_hand_forward")]
    assert report.answers["by_hand_forward"] == "written"


def test_all_labels_may_be_lost(looked_at):
    made = solved()
    for one in made["cells"]:
        one["metadata"] = {}
    report = looked_at(made, ran(made))
    assert {f.code for f in report.findings} == {"lost label"}
    assert report.notebook == "1_by_hand (ps1)"
    assert set(report.checks.values()) == {"passed"}


def test_what_is_written_into_a_given_cell_is_lost(looked_at):
    made = solved()
    cell(made, "test_by_hand_forward")["source"] += "\nhelper = 1"
    report = looked_at(made)
    assert [f.code for f in report.findings] == ["changed"]
    assert report.checks["test_by_hand_forward"] == "changed"


def test_an_answer_below_its_check_comes_too_late(looked_at):
    made = solved()
    moved = cell(made, "by_hand_forward")
    made["cells"].remove(moved)
    made["cells"].insert(place(made, "test_by_hand_forward") + 1, moved)
    assert codes(looked_at(made)) == [("too low", "by_hand_forward")]


def test_an_answer_that_became_text_is_named(looked_at):
    made = solved()
    cell(made, "by_hand_forward")["cell_type"] = "markdown"
    assert ("retyped", "by_hand_forward") in codes(looked_at(made))


@pytest.mark.parametrize("name", ["Copy of 1_by_hand.ipynb", "1_by_hand (1).ipynb", "homework.ipynb"])
def test_another_file_name_is_no_harm_while_the_cells_are_known(name, looked_at):
    (finding,) = looked_at(solved(), name=name).findings
    assert (finding.code, finding.level) == ("file name", "note")


def test_names_of_copies_are_those_that_the_grader_knows():
    for name in ["Copy of 1_by_hand.ipynb", "1_by_hand (2).ipynb", "1_by_hand-Copy1.ipynb", "1_by_hand.ipynb.txt"]:
        assert plain_name(name) == "1_by_hand"
        assert arrivals._named(name, ["1_by_hand", "2_engine"]) == "1_by_hand"


def test_a_notebook_of_another_course_is_looked_at_as_far_as_it_goes(looked_at):
    made = {"cells": [own("# YOUR CODE HERE\nraise NotImplementedError()")], "metadata": {}}
    assert {f.code for f in looked_at(made, name="other.ipynb").findings} == {"empty", "unknown notebook"}
