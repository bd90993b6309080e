"""`course_lib.check_submission()`: where the notebook is, whatever comes, and what it knows."""

import copy
import json
import sys
import types

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st
from saved_notebooks import cell, looking, own, place, ran, released, solved

from autograder import expected_cells
from autograder.repair import MasterCell, repair
from autograder.samples import notebooks
from course_files import ASSIGNMENTS, ROOT
from course_lib.handing_in import check_submission, runs, session, whereabouts
from course_lib.handing_in.expectation import all_expected, belonging_to
from course_lib.handing_in.findings import Report
from course_lib.handing_in.looking import report_on
from course_lib.handing_in.session import Run, Session
from course_lib.handing_in.view import View


@pytest.fixture
def looked_at(tmp_path, monkeypatch):
    return looking(tmp_path, monkeypatch)


# --- Where the notebook is ------------------------------------------------------------------------------------------


def find(tmp_path, monkeypatch, names=None, texts=(), **environment):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COLAB_RELEASE_TAG", raising=False)
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return whereabouts.find(None, names or {}, texts)


def test_the_notebook_is_found_by_what_the_front_end_says(tmp_path, monkeypatch):
    for name in ("a.ipynb", "b.ipynb"):
        (tmp_path / name).write_text(json.dumps(solved()))
    assert find(tmp_path, monkeypatch, JPY_SESSION_NAME=str(tmp_path / "b.ipynb")).name == "b.ipynb"
    assert find(tmp_path, monkeypatch, JPY_SESSION_NAME="elsewhere/b.ipynb").name == "b.ipynb"
    assert find(tmp_path, monkeypatch, names={"__vsc_ipynb_file__": str(tmp_path / "a.ipynb")}).name == "a.ipynb"


def test_the_notebook_is_found_by_what_ran(tmp_path, monkeypatch):
    for name in ("1_by_hand.ipynb", "2_engine.ipynb"):
        (tmp_path / name).write_text(json.dumps(released(f"ps1/{name}")))
    text = "".join(cell(released("ps1/2_engine.ipynb"), "imports")["source"])
    found = find(tmp_path, monkeypatch, texts=[text], JPY_SESSION_NAME=str(tmp_path / "renamed.ipynb"))
    assert (found.name, found.guessed) == ("2_engine.ipynb", True)
    with pytest.raises(whereabouts.NotFound, match="could not be told"):
        find(tmp_path, monkeypatch)


def test_colab_hands_over_what_is_on_the_screen(monkeypatch):
    made = solved()
    made["metadata"]["colab"] = {"name": "Copy of 1_by_hand.ipynb"}
    made["cells"].insert(0, {"cell_type": "markdown", "metadata": {"id": "view-in-github"}, "source": "badge"})
    for one in made["cells"]:
        one["metadata"].setdefault("id", one.pop("id", ""))
    asked = []
    message = types.SimpleNamespace(blocking_request=lambda *a, **k: asked.append((a, k)) or {"ipynb": made})
    monkeypatch.setitem(sys.modules, "google", types.ModuleType("google"))
    colab = types.ModuleType("google.colab")
    colab._message = message
    monkeypatch.setitem(sys.modules, "google.colab", colab)
    monkeypatch.setattr(session, "current", lambda: Session(tuple(ran(solved(), keys=False)), True, {}))
    report = check_submission()
    assert asked[0][0] == ("get_ipynb",)
    assert [f.code for f in report.findings] == ["file name"]
    assert set(report.checks.values()) == {"passed"}
    message.blocking_request = lambda *_a, **_k: None
    assert [f.code for f in check_submission().findings] == ["not found"]


@pytest.mark.parametrize(
    "content", [b"", b"{", b"\xff\xfe", b"[]", b'{"cells": 3}', b"[" * 100_000, b'{"cells": [3, null, {}]}']
)
def test_a_file_that_is_no_notebook_is_said_in_words(content, tmp_path, monkeypatch):
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    path = tmp_path / "odd.ipynb"
    path.write_bytes(content)
    report = check_submission(path)
    assert report.faults == ()
    assert [f.level for f in report.findings][:1] in (["mend"], ["look"])


def test_a_file_that_is_not_there_or_too_large_is_said_in_words(tmp_path, monkeypatch):
    (finding,) = check_submission(tmp_path / "absent.ipynb").findings
    assert "could not be opened" in finding.words
    monkeypatch.setattr(whereabouts, "MOST_BYTES", 3)
    path = tmp_path / "large.ipynb"
    path.write_text("1234")
    (finding,) = check_submission(path).findings
    assert "Clear its outputs" in finding.todo


# --- Whatever comes -------------------------------------------------------------------------------------------------

_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.sampled_from(["code", "by_hand_forward"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["nbgrader", "id", "x"]), inner, max_size=3)
    ),
    max_leaves=6,
)
_MUTILATIONS = st.lists(
    st.tuples(
        st.sampled_from(["delete", "double", "swap", "source", "metadata", "cell_type", "id", "outputs", "cell"]),
        st.integers(0, 30),
        st.integers(0, 30),
        _VALUES | st.text(max_size=200),
    ),
    max_size=8,
)


@given(_MUTILATIONS, st.booleans(), st.data())
def test_no_mutilated_notebook_makes_it_fail(mutilations, keys, data):
    base = solved() if data.draw(st.booleans()) else released()
    done = ran(base, keys=keys)[: data.draw(st.integers(0, 10))]
    for what, where, other, value in mutilations:
        cells = base["cells"]
        if not cells:
            break
        here, there = where % len(cells), other % len(cells)
        if what == "delete":
            del cells[here]
        elif what == "double":
            cells.insert(there, copy.deepcopy(cells[here]))
        elif what == "swap":
            cells[here], cells[there] = cells[there], cells[here]
        elif what == "cell":
            cells[here] = value
        elif isinstance(cells[here], dict):
            cells[here][what] = value
    _never_fails(base, done)


@given(_VALUES, st.lists(st.text(max_size=60), max_size=4))
def test_no_odd_file_makes_it_fail(content, texts):
    cells = [own(text) for text in texts]
    _never_fails({"cells": cells, "metadata": content}, [Run(1, texts[0] if texts else "")])
    _never_fails({"cells": content}, [])


def _never_fails(content, done):
    document = whereabouts.read_document(json.loads(json.dumps(content)), 10**7)
    if document is None:
        return
    found = whereabouts.Found(document, "odd.ipynb", None, 1000.0)
    report = report_on(
        View(found, belonging_to(document, "odd.ipynb", all_expected()), Session(tuple(done), True, {})), []
    )
    assert report.faults == ()
    assert repr(report).encode()
    assert report._repr_mimebundle_()["text/html"].encode()
    assert "<table" in report._repr_mimebundle_()["text/html"] or not report.findings


def test_letters_that_no_file_can_hold_and_very_many_findings_are_told_all_the_same():
    cells = [own(f"print(absent_{number})", key=str(number)) for number in range(100)]
    heading = {"cell_type": "markdown", "source": "# a\ud800b\x00 ##"}
    document = whereabouts.read_document({"cells": [heading, *cells]})
    report = report_on(View(whereabouts.Found(document, "\udcff.ipynb", None, 1.0), None, Session()), [])
    assert report.faults == ()
    assert repr(report).encode()
    assert document.cells[1].section == "a?b?"
    assert "More of this kind (unknown name): 88." in repr(report)


def test_if_a_look_fails_the_others_are_still_told(monkeypatch):
    monkeypatch.setattr(runs, "look", lambda _view: 1 / 0)
    monkeypatch.setattr(session, "current", Session)
    made = released()
    path = whereabouts.Path("/nowhere")
    monkeypatch.setattr(
        "course_lib.handing_in.looking.find",
        lambda *_: whereabouts.Found(whereabouts.read_document(made), "x", path, 0.0),
    )
    report = check_submission()
    assert [f.code for f in report.findings if f.code == "empty"] == ["empty", "empty"]
    assert "ZeroDivisionError" in report.faults[0]
    assert "Nothing was found" not in repr(report)


# --- What it knows, and what it keeps -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_what_it_knows_is_in_step_and_gives_nothing_away(name):
    kept = expected_cells.place(ROOT, name)
    assert expected_cells.out_of_step(ROOT, name, ROOT / "release" / name) is None
    assert expected_cells.leaks(ROOT / "source" / name, kept.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_all_that_it_knows_can_be_read_in_the_released_notebooks(name):
    """Names and headings stand there word by word; of texts it has digests."""
    kept = json.loads(expected_cells.place(ROOT, name).read_text(encoding="utf-8"))
    for notebook, about in kept["notebooks"].items():
        read = (ROOT / "release" / name / f"{notebook}.ipynb").read_text(encoding="utf-8")
        words = "\n".join(c.source for c in notebooks.read(ROOT / "release" / name / f"{notebook}.ipynb").cells)
        for one in about["cells"]:
            assert f'"{one["name"]}"' in read
            assert one["section"] in words
            assert [n for n in [*one.get("asks", ()), *one.get("defines", ())] if n not in words] == []
            assert one.keys() <= {"name", "type", "section", "digest", "answer", "points", "asks", "defines"}


def test_a_solution_in_what_it_knows_would_be_found():
    assert expected_cells.leaks(ROOT / "source" / "ps1", json.dumps({"a": ['T_backward_W1 = "n b d^2"']})) != []


def test_the_engine_that_comes_with_a_problem_set_is_known():
    assert {one.assignment: set(one.files) for one in all_expected()} == {
        "ps1": set(), "ps2": {"engine.py"}, "ps3": {"engine.py"}, "ps4": {"engine.py"}
    }  # fmt: skip


def test_what_runs_is_noted_once_and_never_in_the_way():
    events = {}
    shell = types.SimpleNamespace(
        events=types.SimpleNamespace(register=lambda name, call: events.setdefault(name, []).append(call))
    )
    session.note_runs(shell)
    session.note_runs(shell)
    (begin,), (note,) = events["pre_run_cell"], events["post_run_cell"]
    begin()
    info = types.SimpleNamespace(raw_cell="x = 1", store_history=True, cell_id="k")
    note(types.SimpleNamespace(info=info, execution_count=3, success=True))
    for odd in (None, 3, types.SimpleNamespace(), types.SimpleNamespace(info=None, execution_count=4)):
        note(odd)
    (run,) = session._runs
    assert (run.number, run.text, run.key, run.fine) == (3, "x = 1", "k", True)
    assert run.seconds is not None
    session._runs.clear()
    session._noted_in.clear()


def test_a_report_reads_well_in_a_terminal_and_escapes_what_it_shows(looked_at):
    made = solved()
    made["cells"].insert(3, own("print(later)  # <script>alert(1)</script>"))
    report = looked_at(made)
    html = report._repr_mimebundle_()["text/html"]
    assert "<script" not in html
    assert "&lt;script&gt;" in html
    assert max(map(len, repr(report).splitlines()[:-3])) <= 100
    assert isinstance(report, Report)


def test_what_it_says_of_a_doubled_and_an_unlabelled_answer_is_what_the_grader_does(looked_at):
    """The same notebook is repaired as in grading: the cell that counts there is the one that was looked at."""
    source = notebooks.read(ROOT / "source" / "ps1" / "1_by_hand.ipynb")
    master = [
        MasterCell(
            notebooks.grade_id(c),
            c.cell_type,
            c.source,
            bool(c.metadata.nbgrader.locked),
            c.metadata.nbgrader.get("points"),
        )
        for c in source.cells
        if notebooks.grade_id(c)
    ]
    made = solved()
    twin = copy.deepcopy(cell(made, "by_hand_forward"))
    twin["source"], twin["id"] = "a = 1", "twin"
    made["cells"].insert(place(made, "by_hand_forward") + 1, twin)
    cell(made, "by_hand_backward")["metadata"] = {}
    report = looked_at(made)
    book = nbformat.reads(json.dumps(made), as_version=4)
    repair(book, master)
    assert notebooks.cell_named(book, "by_hand_forward").source == "a = 1"
    assert report.answers["by_hand_forward"] == "unfinished"
    assert "dz_dx" in notebooks.cell_named(book, "by_hand_backward").source
    assert report.answers["by_hand_backward"] == "written"
