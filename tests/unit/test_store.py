"""What the grader remembers: whole entries or none, and under a key that changes with all that decides a result."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from autograder.execution.job import Executed, Job, Patience
from autograder.execution.store import Record, Store
from autograder.judge.hidden import HiddenTest
from autograder.sandbox.inside.limits import Limits
from autograder.sandbox.plan import Plan

CELL = {"cell_type": "code", "source": "x = 1", "metadata": {}, "outputs": [], "id": "a"}
TEST = HiddenTest("test_x", "assert x == 1", 2)
JOB = Job(
    notebook=json.dumps({"cells": [CELL]}),
    plan=Plan(secret=(Path("/course"),)),
    files={"a.csv": b"1", "b.csv": b"2"},
    fingerprint="1",
    about="p1 of ada",
    tests={0: TEST},
    seed=1,
)
EXECUTED = Executed([[{"output_type": "stream", "name": "stdout", "text": "\ud800 ∇"}], []], "walls", seconds=0.5)


def with_cell(**changes):
    return replace(JOB, notebook=json.dumps({"cells": [CELL | changes]}))


def with_plan(**changes):
    return replace(JOB, plan=replace(JOB.plan, **changes))


@pytest.mark.parametrize(
    "other",
    [
        with_cell(source="x = 2"),
        with_cell(cell_type="markdown"),
        replace(JOB, notebook=json.dumps({"cells": [CELL, CELL]})),
        replace(JOB, files={"a.csv": b"2", "b.csv": b"2"}),
        replace(JOB, files={"a.csv": b"1", "c.csv": b"2"}),
        replace(JOB, files={"a.csv": b"1"}),
        replace(JOB, files={}),
        with_plan(limits=Limits(memory_mib=100)),
        with_plan(isolation="unsafe"),
        with_plan(imports=("ipykernel.kernelapp", "numpy")),
        with_plan(environment=(("A", "1"),)),
        replace(JOB, patience=Patience(cell_seconds=1)),
        replace(JOB, fingerprint="2"),
        replace(JOB, tests={}),
        replace(JOB, tests={1: TEST}),
        replace(JOB, tests={0: replace(TEST, source="assert x == 2")}),
        replace(JOB, tests={0: replace(TEST, points=1)}),
        replace(JOB, tests={0: replace(TEST, imports={"np": "import numpy as np"})}),
        replace(JOB, seed=2),
        replace(JOB, seed=None),
    ],
)
def test_what_decides_a_result_changes_its_key(other):
    assert other.key() != JOB.key()


@pytest.mark.parametrize(
    "other",
    [
        JOB,
        with_cell(metadata={"tags": ["a"]}, outputs=[{"output_type": "stream"}], id="b"),
        replace(JOB, files={"b.csv": b"2", "a.csv": b"1"}),
        replace(JOB, about="p1 of blaise"),
        with_plan(secret=(Path("/elsewhere"),)),
    ],
)
def test_what_does_not_decide_it_does_not(other):
    assert other.key() == JOB.key()


def test_a_data_set_that_kernels_may_read_changes_a_key_when_it_changes(tmp_path):
    data = tmp_path / "data.csv"
    data.write_text("1")
    reads = with_plan(shown=(data,))
    before = reads.key()
    data.write_text("another")
    assert reads.key() != before


def test_a_result_comes_back_as_it_was(tmp_path):
    store = Store(tmp_path / "state")
    assert store.result("k" * 64) is None
    store.keep_result("k" * 64, EXECUTED)
    assert store.result("k" * 64) == EXECUTED
    assert Store(tmp_path / "state").result("k" * 64) == EXECUTED


def test_a_record_comes_back_until_it_is_forgotten(tmp_path):
    store = Store(tmp_path)
    record = Record("digest", ["look"], ["mended"], "walls")
    store.forget("ps1", "ada")
    assert store.record("ps1", "ada") is None
    store.keep_record("ps1", "ada", record)
    assert store.record("ps1", "ada") == record
    assert store.record("ps2", "ada") is store.record("ps1", "blaise") is None
    store.forget("ps1", "ada")
    assert store.record("ps1", "ada") is None


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"of": "another version"}', b"\xff", b"null"])
def test_an_entry_that_cannot_be_read_is_none(content, tmp_path):
    store = Store(tmp_path)
    store.keep_result("key", EXECUTED)
    store.keep_record("ps1", "ada", Record("digest"))
    for path in (path for path in tmp_path.rglob("*.json")):
        path.write_bytes(content)
    assert store.result("key") is None
    assert store.record("ps1", "ada") is None


def test_a_write_that_fails_leaves_the_entry_that_was_there(tmp_path):
    store = Store(tmp_path)
    store.keep_record("ps1", "ada", Record("digest"))
    with pytest.raises(TypeError):
        store.keep_record("ps1", "ada", Record({1, 2}))
    assert store.record("ps1", "ada") == Record("digest")
