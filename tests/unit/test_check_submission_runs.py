"""`course_lib.check_submission()`: what ran is held against what is saved and what will be there."""

import pytest
from saved_notebooks import FORWARD, cell, codes, looking, own, ran, solved

from autograder import rebuild
from autograder.execution.settings import Grading
from course_lib.handing_in import runs, whereabouts
from course_lib.handing_in.session import Run


@pytest.fixture
def looked_at(tmp_path, monkeypatch):
    return looking(tmp_path, monkeypatch)


# --- What will not be there -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("%pip install pandas", "install"),
        ("!python -m pip install pandas", "install"),
        ("!wget https://example.org/x.csv", "network"),
        ("import requests", "network"),
        ("from google.colab import drive\ndrive.mount('/content/drive')", "drive"),
        ("n = int(input('n? '))", "input"),
        ("data = open('/content/drive/data.csv')", "path"),
        ("data = open(r'C:\\Users\\me\\data.csv')", "path"),
        ("data = open('data.csv')", "file"),
        ("import helpers", "file"),
        ("y = forgotten + 1", "unknown name"),
        ("def f(x):\n    return forgotten(x)", "unknown name"),
        ("print(later)", "defined below"),
    ],
)
def test_what_will_not_be_there_while_grading_is_named(text, code, looked_at, tmp_path):
    for name in ("data.csv", "helpers.py", "engine.py"):
        (tmp_path / name).touch()
    made = solved()
    made["cells"].insert(3, own(text))
    made["cells"].insert(6, own("later = 1", key="later"))
    assert [f.code for f in looked_at(made).findings] == [code]


@pytest.mark.parametrize(
    "text",
    [
        "squares = [n * n for n in range(3) if n]\nprint(squares)",
        "def f(x):\n    return g(x)\ndef g(x):\n    return f(x)",
        "from pathlib import Path\nprint(Path('absent.csv'), 'log.txt', 'a/b', '/')",
        "%%time\nk = 1\nk",
        "class A:\n    y = 1\n    z = y\n    def input(self): return self.input()\nA().input()",
        "!ls\nfiles = !ls\n%matplotlib inline\nfiles?",
        "print(_, _3, __name__, In, display)",
        "try:\n    pass\nexcept ValueError as error:\n    print(error)",
    ],
)
def test_ordinary_cells_are_let_alone(text, looked_at):
    made = solved()
    made["cells"].insert(3, own(text))
    assert looked_at(made).findings == ()


def test_a_name_that_only_the_session_knows_is_a_loss(looked_at):
    made = solved("ps1/2_engine.ipynb")
    cell(made, "engine")["source"] += "\n\ndef use(x):\n    return helper(x)\n"
    report = looked_at(made, name="2_engine.ipynb", names={"helper": len})
    assert [(f.code, f.level, f.cell) for f in report.findings if f.code != "not run"] == [
        ("only in session", "mend", "engine")
    ]


# --- What ran -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("ended", "code"), [(1100.0, "unsaved"), (900.0, "edited")])
def test_what_ran_is_held_against_what_is_saved(ended, code, looked_at):
    made = solved()
    done = ran(made, ended=ended)
    cell(made, "by_hand_forward")["source"] = FORWARD.replace("5/4", "1")
    report = looked_at(made, done)
    assert (code, "by_hand_forward") in codes(report)
    assert set(report.checks.values()) == {"stale"}
    # where it is not known which cell a run was
    report = looked_at(made, [Run(run.number, run.text, "", run.ended, 0.1, run.fine) for run in done])
    assert ("unsaved", "by_hand_forward") in codes(report)


def test_a_cell_that_was_never_saved_is_noticed(looked_at):
    made = solved()
    done = ran(made)
    assert codes(looked_at(made, [*done, Run(50, "w = 1", "new", 1100.0, 0.1, True)]))[0] == ("unsaved", "")
    assert codes(looked_at(made, [*done, Run(50, "w = 1", "gone", 900.0, 0.1, True)])) == [("not fresh", "")]


@pytest.mark.parametrize("keys", [True, False])
def test_a_check_counts_until_its_answer_changes(keys, looked_at):
    made = solved()
    done = ran(made, keys=keys)
    answer = next(run for run in done if "dz_dx" in run.text)
    report = looked_at(made, [*done, Run(50, answer.text, answer.key, 900.0, 0.1, True)])
    assert report.checks == {"test_by_hand_forward": "passed", "test_by_hand_backward": "stale"}


@pytest.mark.parametrize("keys", [True, False])
def test_a_check_that_failed_is_named_once_its_answer_is_written(keys, looked_at):
    made = solved()
    report = looked_at(made, ran(made, keys=keys, failing={"test_by_hand_backward"}))
    assert codes(report) == [("failed", "test_by_hand_backward")]
    cell(made, "by_hand_backward")["source"] = ""
    assert codes(looked_at(made, ran(made, keys=keys, failing={"test_by_hand_backward"}))) == [
        ("empty", "by_hand_backward")
    ]


@pytest.mark.parametrize("keys", [True, False])
def test_cells_that_ran_out_of_order_are_noticed(keys, looked_at):
    made = solved()
    done = ran(made, keys=keys)
    swapped = [Run(1, *_what(done[1])), Run(2, *_what(done[0])), *done[2:]]
    report = looked_at(made, swapped)
    assert "order" in {f.code for f in report.findings}
    assert not report.fresh


def _what(run):
    return run.text, run.key, run.ended, run.seconds, run.fine


def test_what_was_not_run_is_noticed_and_a_session_without_runs(looked_at):
    made = solved()
    report = looked_at(made, ran(made)[:-1])
    assert [f.code for f in report.findings] == ["not run", "not run"]
    assert report.checks["test_by_hand_backward"] == "not run"
    assert [f.code for f in looked_at(made, names={}).findings] == ["not run"]


def test_checks_that_nobody_watched_are_not_called_passed(looked_at):
    made = solved()
    report = looked_at(made, [Run(run.number, run.text) for run in ran(made)])
    assert set(report.checks.values()) == {"unknown"}
    assert "0 of 2" in repr(report)


def test_equal_cells_are_told_apart_by_their_order(looked_at):
    made = solved()
    for key in ("one", "two"):
        made["cells"].insert(5, own("print(1)", key=key))
    assert looked_at(made, ran(made, keys=False)).fresh


def test_slow_cells_are_named(looked_at):
    made = solved()
    done = ran(made)
    slow = Run(done[2].number, done[2].text, done[2].key, 900.0, 301.0, True)
    assert [f.code for f in looked_at(made, [*done[:2], slow, *done[3:]]).findings] == ["slow", "slow"]


def test_the_limits_are_those_of_the_grader():
    grading = Grading()
    assert grading.cell_seconds == runs.CELL_SECONDS
    assert grading.plan(()).limits.wall_seconds == runs.ALL_SECONDS
    assert rebuild.MOST_BYTES == whereabouts.MOST_BYTES
