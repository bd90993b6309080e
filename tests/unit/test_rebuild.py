"""Notebook files as they arrive: what can be read, what is mended, and what is said of the rest."""

import json

import nbformat
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autograder import rebuild
from autograder.repair import MasterCell
from course_files import ROOT

RELEASED = ROOT / "release" / "ps1" / "2_engine.ipynb"
CODE = {"cell_type": "code", "metadata": {}, "source": "a = 1", "outputs": [], "execution_count": None}
MASTER = [
    MasterCell("answer", "code", "# YOUR CODE HERE", locked=False, points=None),
    MasterCell(
        "test", "code", "check()\n### BEGIN HIDDEN TESTS\nsecret()\n### END HIDDEN TESTS\n", locked=True, points=2.0
    ),
    MasterCell("essay", "markdown", "", locked=False, points=3.0),
]


@pytest.fixture
def stored(tmp_path):
    """Return a function that stores something as a notebook file."""

    def store(content):
        path = tmp_path / "n.ipynb"
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
        return path

    return store


def notebook(*cells, **more):
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": list(cells)} | more


def mended(stored, content):
    found, words = rebuild.read(stored(content))
    assert found is not None, words
    nbformat.validate(found)
    return found, words


def reason(stored, content):
    found, words = rebuild.read(stored(content))
    assert found is None
    assert "Traceback" not in words[0]
    assert words[0].endswith("hand it in again.")
    return words[0]


def test_a_sound_notebook_stays_as_it_is_but_for_outputs(stored):
    before = nbformat.read(RELEASED, as_version=4)
    run = nbformat.from_dict(before)
    run.cells[1].outputs = [nbformat.v4.new_output("stream", text="installed")]
    run.cells[1].execution_count = 3
    assert mended(stored, run) == (before, [])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
def test_every_way_to_store_text_is_read(stored, encoding):
    text = json.dumps(notebook(CODE | {"source": "# Übung"}), ensure_ascii=False)
    found, words = mended(stored, text.encode(encoding))
    assert found.cells[0].source == "# Übung"
    assert len(words) == (encoding != "utf-8")


@pytest.mark.parametrize(
    ("stored_as", "means"),
    [
        ("a = 1\nb = 2", "a = 1\nb = 2"),
        (["a = 1\n", "b = 2"], "a = 1\nb = 2"),
        (["a = 1", "b = 2"], "a = 1\nb = 2"),
        ([["a = 1\n"], ["b = 2"]], "a = 1\nb = 2"),
        (5, "5"),
        (None, ""),
        ({"a": 1}, ""),
        ("lone \ud800 surrogate", "lone ? surrogate"),
    ],
)
def test_text_is_put_together_however_it_is_stored(stored, stored_as, means):
    found, _ = mended(stored, notebook(CODE | {"source": stored_as}))
    assert found.cells[0].source == means


def test_an_old_notebook_is_converted(stored):
    old = {
        "nbformat": 3,
        "nbformat_minor": 0,
        "metadata": {"name": "old"},
        "worksheets": [
            {
                "cells": [
                    {"cell_type": "heading", "level": 2, "metadata": {}, "source": ["Title"]},
                    {"cell_type": "code", "collapsed": False, "input": ["a = 1"], "language": "python", "outputs": 5},
                    {"cell_type": "markdown", "metadata": {}, "source": "text"},
                ]
            }
        ],
    }
    found, words = mended(stored, old)
    assert [(cell.cell_type, cell.source) for cell in found.cells] == [
        ("markdown", "## Title"),
        ("code", "a = 1"),
        ("markdown", "text"),
    ]
    assert "old format" in words[0]


@pytest.mark.parametrize(
    ("cell", "says"),
    [
        ("no cell", "what was no cell was left out (cell 2)"),
        (CODE | {"cell_type": "python"}, "a cell of an unknown type was taken for code (cell 2)"),
        ({"cell_type": "html5", "metadata": {}, "source": ""}, "a cell of an unknown type was taken for raw (cell 2)"),
        (CODE | {"metadata": None}, "settings that were missing or damaged are empty now (cell 2)"),
        (CODE | {"id": "same"}, "an id that was odd or doubled was replaced (cell 2)"),
        (CODE | {"id": "not an id"}, "an id that was odd or doubled was replaced (cell 2)"),
        (CODE | {"metadata": {"tags": "one, two"}}, "settings that a notebook cannot have were dropped"),
        (CODE | {"outputs": "broken"}, None),
    ],
)
def test_odd_cells_are_mended_and_named(stored, cell, says):
    found, words = mended(stored, notebook(CODE | {"id": "same"}, cell))
    assert words == ([says] if says else [])
    assert found.cells[0].source == "a = 1"


def test_settings_that_must_go_leave_the_graders_own(stored):
    cell = CODE | {"metadata": {"collapsed": "maybe", "nbgrader": {"grade_id": "engine"}}}
    found, _ = mended(stored, notebook(cell, metadata={"kernelspec": "python"}))
    assert found.cells[0].metadata == {"nbgrader": {"grade_id": "engine"}}
    assert found.metadata == {}


@pytest.mark.parametrize("odd", [{"a": [[]] * 1000}, {"a": {"b": json.loads("[" * 30 + "]" * 30)}}])
def test_settings_that_are_too_large_or_too_deep_are_not_kept(stored, odd):
    found, words = mended(stored, notebook(CODE | {"metadata": odd}, metadata=odd))
    assert (found.cells[0].metadata, found.metadata) == ({}, {})
    assert words == ["settings that were missing or damaged are empty now (cell 1)"]


def test_pictures_in_a_text_stay(stored):
    picture = {"me.png": {"image/png": "iVBOR"}}
    text = {"cell_type": "markdown", "metadata": {}, "source": "![](attachment:me.png)", "attachments": picture}
    found, _ = mended(stored, notebook(text, text | {"attachments": ["none"]}))
    assert found.cells[0].attachments == picture
    assert "attachments" not in found.cells[1]


def test_numbers_that_json_does_not_know_do_not_stay(stored):
    text = json.dumps(notebook(CODE | {"metadata": {"nbgrader": {"points": float("nan"), "more": 5}}}))
    found, _ = mended(stored, text.replace("5}", "1e999}").encode())
    assert found.cells[0].metadata.nbgrader == {"points": None, "more": None}


@pytest.mark.parametrize("rest", [b"\0\0\0", b"\n\n"])
def test_padding_after_the_end_is_no_matter(stored, rest):
    assert mended(stored, json.dumps(notebook(CODE)).encode() + rest)[1] == []


def test_the_tail_of_an_older_version_is_left_out(stored):
    _, words = mended(stored, json.dumps(notebook(CODE)).encode() + b'"nbformat": 4}')
    assert words == ["after the end of the notebook stood 14 more characters, which were left out"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (b"\0" * 9, "is empty"),
        (b"PK\x03\x04...", "a zip archive"),
        (b"<!DOCTYPE html><html>", "a web page"),
        (b"print(5)\n", "in line 1, column 1"),
        (json.dumps(notebook(CODE), indent=1).encode()[:60], "breaks off: what begins in line"),
        (b'{"cells": [\n{"a" 5}]}', "line 2, column 6"),
        (b'{"cells": [\n<<<<<<< HEAD\n]}', "git could not merge"),
        (json.dumps(notebook(CODE)).encode() * 2, "second notebook begins in line 1"),
        (b"[1, 2]", "no notebook in it"),
        (b"{}", "no list of cells"),
        (b'{"cells": {}}', "no list of cells"),
        (b'{"cells": ' + b"[" * 100_000, "nested more deeply"),
        (b'{"cells": [' + b"9" * 5000 + b"]}", "A number in the file"),
        (b'{"cells": [' + b"0," * 6000 + b"0]}", "6001 cells"),
        (b"\x89PNG\r\n\x1a\n", "line 1, column 1"),
    ],
)
def test_what_cannot_be_read_gets_a_reason_a_place_and_advice(stored, content, says):
    assert says in reason(stored, content)


def test_a_file_that_is_too_large_is_not_opened(stored):
    found, words = rebuild.read(stored(notebook(CODE)), most_bytes=10)
    assert found is None
    assert "too large" in words[0]


def test_only_a_file_of_its_own_is_read(tmp_path):
    (tmp_path / "link.ipynb").symlink_to(RELEASED)
    for name in ("link.ipynb", ".", "absent.ipynb"):
        assert rebuild.read(tmp_path / name)[0] is None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=60) | st.binary(max_size=40).map(lambda data: b'{"cells": [' + data))
def test_no_bytes_make_it_fail(stored, data):
    found, words = rebuild.read(stored(data))
    assert found is not None or words


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
FIELDS = st.sampled_from(
    ["cell_type", "source", "input", "metadata", "id", "outputs", "attachments", "level", "tags", "collapsed"]
)
CELLS = st.dictionaries(FIELDS, JSON | st.sampled_from(["code", "markdown", "raw", "heading", "html"]))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(CELLS | st.builds(lambda odd: CODE | odd, CELLS) | JSON, max_size=4), JSON)
def test_whatever_is_in_the_cells_the_result_is_valid_and_can_be_written(stored, cells, metadata):
    found, words = mended(stored, notebook(*cells, metadata=metadata))
    assert len(found.cells) == sum(isinstance(cell, dict) for cell in cells)
    assert all(isinstance(line, str) for line in words)
    assert mended(stored, nbformat.writes(found).encode()) == (found, [])


def test_a_blank_notebook_holds_the_instructors_cells_and_says_why():
    made = rebuild.blank(MASTER, "The file is <b>empty</b>.")
    nbformat.validate(made)
    assert "The file is &lt;b&gt;empty" in made.cells[0].source
    assert [cell.metadata.nbgrader.grade_id for cell in made.cells[1:]] == ["answer", "test", "essay"]
    assert [cell.cell_type for cell in made.cells] == ["markdown", "code", "code", "markdown"]
    assert "secret" not in json.dumps(made)
