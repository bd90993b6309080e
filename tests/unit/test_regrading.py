"""What a corrected test changes: found by what decides points, said in words, and put where it belongs."""

import io
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_notebook
from rich.console import Console
from typer.testing import CliRunner

from autograder.arrivals import Arrival
from autograder.cli import app
from autograder.execution.intake import Standing
from autograder.execution.masters import Master
from autograder.execution.store import Record
from autograder.judge.hidden import Judged
from autograder.judge.score import PartResult
from autograder.lms.refusal import Refused
from autograder.regrading import graded, reasons, regrade, shown, tests
from autograder.regrading.changes import Change
from autograder.regrading.rerun import Answer
from autograder.regrading.todo import Todo
from autograder.repair import MasterCell

MARKERS = ("### BEGIN HIDDEN", "### END HIDDEN")
BEFORE = Judged("test_x", 1.0, 3.0, [PartResult("shapes", 1, 1), PartResult("values", 0, 2, "3 is not 2", "Why 3?")])


def master(hidden="assert np.ones(x)", visible="assert x", given="import numpy as np", points=3.0):
    test = f"{visible}\n### BEGIN HIDDEN TESTS\n{hidden}\n### END HIDDEN TESTS"
    cells = [("given", given, None), ("test_x", test, points), ("test_plain", "x == 1", 1.0)]
    return Master([MasterCell(name, "code", source, True, worth) for name, source, worth in cells], None)


def digests(one):
    return {name: test.digest for name, test in tests.of_master("p1", one, MARKERS).items()}


def change(after=3.0, before=1.0, *, judged=None, old=BEFORE, by_hand=None, student="ada", **more):
    record = Record("digest", verdicts={"p1": [old.to_json()] if old else []})
    todo = Todo(student, Standing(Arrival(), record, Path()), "p1", ["test_x"], {})
    judged = judged or Judged("test_x", after, 3.0)
    answer = Answer(todo, "test_x", None, after, judged, more.pop("trouble", ""))
    about = {"extra": None, "most": 3.0, "most_before": 3.0, "total_before": 4.0, "total": 6.0, "look": False} | more
    return Change(answer, before, by_hand, **about)


@pytest.mark.parametrize(
    "other",
    [
        master(hidden="assert np.ones(x) or True"),
        master(points=4.0),
        master(given="import numpy.ma as np"),
    ],
)
def test_what_decides_points_is_another_test(other):
    now, then = digests(other), digests(master())
    assert now["test_x"] != then["test_x"]
    assert now["test_plain"] == then["test_plain"]


def test_what_students_see_of_the_cell_and_what_it_does_not_use_is_not():
    assert digests(master(visible="# More\n# lines\nassert x", given="import numpy as np\nimport math")) == digests(
        master()
    )


def test_a_test_without_a_hidden_region_is_its_whole_cell():
    assert tests.of_master("p1", master(), MARKERS)["test_plain"].source == "x == 1"


def test_tests_of_a_graded_notebook_are_those_of_the_copy_that_it_was_graded_with():
    cells = [new_code_cell(cell.source, metadata={"nbgrader": cell.metadata()}) for cell in master().cells]
    cells.append(new_code_cell("a student's own"))
    assert tests.of_notebook("p1", new_notebook(cells=cells), MARKERS) == tests.of_master("p1", master(), MARKERS)


def test_a_difference_shows_lines_and_points():
    (old, new) = (tests.of_master("p1", one, MARKERS)["test_x"] for one in (master(), master("assert x", points=4.0)))
    diff = old.difference(new).splitlines()
    assert {"-assert np.ones(x)", "+assert x", "-worth 3", "+worth 4"} <= set(diff)
    assert old.difference(old) == ""


@pytest.mark.parametrize("asked", ["x", "test_x"])
def test_a_question_is_named_with_or_without_test(asked):
    known = {("p1", name): test for name, test in tests.of_master("p1", master(), MARKERS).items()}
    assert [test.name for test in tests.named([asked, asked], known, {"p1": master()})] == ["test_x"]


@pytest.mark.parametrize(
    ("asked", "words"), [("plian", "Did you mean test_plain"), ("Q9", "There are test_x, test_plain")]
)
def test_a_question_that_is_not_there_is_met_with_those_that_are(asked, words):
    known = {("p1", name): test for name, test in tests.of_master("p1", master(), MARKERS).items()}
    with pytest.raises(Refused, match=words):
        tests.named([asked], known, {"p1": master()})


def test_a_question_that_a_person_grades_has_nothing_to_run():
    essay = Master([MasterCell("essay", "markdown", "", False, 5.0)], None)
    with pytest.raises(Refused, match="a person gives its points"):
        tests.named(["essay"], {}, {"p2": essay})


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (change(judged=Judged("test_x", 3.0, 3.0, [PartResult("values", 2, 2)])), "now right: values"),
        (change(0.0, judged=Judged("test_x", 0.0, 3.0, [PartResult("shapes", 0, 1, "two\nrows", "Which?")])),
         "shapes: two rows Hint: Which?"),
        (change(0.0, judged=Judged("test_x", 0.0, 3.0, words="There is no x.")), "There is no x."),
        (change(None, judged=Judged("test_x", None, 3.0, fault="It stopped, line 3.")), "It stopped, line 3."),
        (change(old=Judged("test_x", None, 3.0, fault="It stopped.")), "the test stopped before, and does not now"),
        (change(0.0, trouble="It took more than 300 s."), "It took more than 300 s."),
        (change(old=None), "right now"),
        (change(0.0, judged=Judged("test_x", 0.0, 3.0, words="\x1b[2J\x07evil\u202e")), "[2J evil"),
        (change(0.0, judged=Judged("test_x", 0.0, 3.0, words="long " * 99)), f"{'long ' * 47}long…"),
    ],
)  # fmt: skip
def test_the_reason_is_what_came_out_otherwise_in_one_line_that_can_be_printed(changed, words):
    assert reasons.reason(changed) == words


def test_points_by_hand_count_and_are_to_be_looked_at_where_the_test_says_otherwise():
    kept = change(by_hand=2.0, look=True)
    assert (kept.counts, kept.step) == (False, 0)
    assert "2 given by hand stay, and are to be looked at again" in shown.why(kept)


def test_the_summary_counts_all():
    found = [change(), change(0.0), change(1.0), change(None), change(before=None), change(by_hand=2.0), change()]
    words = "2 up, 1 down, 1 decided now, 1 for a person to decide, 1 kept as given by hand, 1 unchanged"
    assert shown.summary(found) == words


def test_a_table_shows_who_gets_what_and_leaves_out_who_does_not():
    said = io.StringIO()
    found = [change(student="[bold]ada"), change(1.0, student="same"), change(4.0, 3.0, most=4.0, student="worth")]
    shown.changes(found, Console(file=said, width=120))
    for words in ("[bold]ada", "1 → 3 /3", "4 → 6", "3/3 → 4/4"):
        assert words in said.getvalue()
    assert "same" not in said.getvalue()


def test_a_csv_holds_nothing_that_a_spreadsheet_would_compute(tmp_path):
    wrong = Judged("test_x", 0.0, 3.0, words="=HYPERLINK(1)")
    shown.write_csv([change(0.0, student="@ada", judged=wrong), change(1.0)], tmp_path / "changes.csv")
    lines = (tmp_path / "changes.csv").read_text(encoding="utf-8-sig").splitlines()
    assert lines[1:] == ["'@ada,p1,test_x,1,0,,3,4,6,'=HYPERLINK(1)"]


FAULTY = Judged("test_x", None, 3.0, fault="NameError in line 3.")


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ([change(None, judged=FAULTY), change(None, judged=FAULTY)], "stops for everybody. NameError in line 3."),
        ([change(0.0), change(0.0, 0.0)], "brings nobody a point, and did before"),
        ([change(None, judged=FAULTY), change()], ""),
        ([change(0.0)], ""),
        ([change(0.0, 0.0), change(0.0, 0.0)], ""),
        ([change()], ""),
    ],
)
def test_a_test_that_fails_everybody_is_at_fault_itself(found, words):
    assert words in "\n".join(regrade.at_fault(found))
    assert bool(words) == bool(regrade.at_fault(found))


def test_a_record_has_the_new_verdict_in_its_place_and_no_problem_of_the_old_one():
    old = replace(BEFORE, fault="It stopped.", flags=["uses autograd"])
    other = Judged("test_y", 2.0, 2.0)
    verdicts = {"p1": [old.to_json(), other.to_json()]}
    record = Record("digest", ["p1: It stopped.", "p1: uses autograd", "p1: late"], verdicts=verdicts)
    new = Judged("test_x", 3.0, 3.0, flags=["another flag"])
    renewed = graded._renewed(record, change(judged=new, old=old).answer)
    assert renewed.digest == "digest"
    assert renewed.verdicts == {"p1": [new.to_json(), other.to_json()]}
    assert renewed.problems == ["p1: late", "p1: another flag"]


@pytest.mark.parametrize("report", ["Repaired.\n\n<small>Executed behind walls.</small>", "Repaired.", ""])
def test_a_report_says_when_a_question_was_graded_again(report):
    told = graded._told(report, ["test_x"], datetime(2026, 11, 5, tzinfo=UTC))
    assert "Graded again on 5 November 2026, with a corrected test: `test_x`." in told
    assert ("<small>" in told) == told.endswith("</small>") == ("<small>" in report)


@pytest.fixture
def asked(monkeypatch, tmp_path):
    """A course's folder, and what `course regrade` asks for in it."""
    (tmp_path / "nbgrader_config.py").touch()
    (tmp_path / "source").mkdir()
    calls = []

    def run(course, assignment, wanted, _console):
        calls.append((course, assignment, wanted))
        if not wanted.ask("Write?"):
            raise Refused("Nothing was written.")

    monkeypatch.setattr(regrade, "run", run)

    def command(*arguments):
        result = CliRunner().invoke(app, ["regrade", "ps1", "--course", str(tmp_path), *arguments])
        return result.exit_code, calls[-1][2] if calls else None

    return command


def test_the_command_asks_for_what_it_is_given_and_nobody_says_yes_by_silence(asked):
    status, wanted = asked("--question", "x", "--question", "test_y", "--dry-run", "--csv", "a.csv")
    assert status == 1
    assert (list(wanted.questions), wanted.dry_run, wanted.even_so) == (["x", "test_y"], True, False)
    assert wanted.csv == Path("a.csv").resolve()
    assert asked("--yes")[0] == 0
