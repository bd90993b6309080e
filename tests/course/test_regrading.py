"""A hidden test is corrected after a class has been graded: `course regrade` changes its points and nothing else."""

import contextlib
import csv
import json
import shutil
import sqlite3

import crashes
import pytest
from filelock import FileLock
from small_course import FULL, SmallCourse

from autograder.samples import notebooks

HIDDEN = "assert x > 0\n### BEGIN HIDDEN TESTS\n{}\n### END HIDDEN TESTS"
CORRECTED = """from autograder import Score
score = Score()
with score.part("two or four", 2, hint="Is it even?"):
    assert x in (2, 4), f"{x} is neither"
with score.part("a whole number", 1, hint="Which type has it?"):
    assert isinstance(x, int)
score.total()"""
PATIENCE = 300
LATE = "2030-01-02 12:00:00 UTC"
HAND_IN = {
    "right": {},
    "wronged": {"answer_x": "x = 4"},
    "favoured": {"answer_x": "x = 2.0"},
    "by_hand": {"answer_x": "x = 4  # in words"},
    "extra": {"answer_x": "x = 4  # beautifully"},
    "late": {"answer_x": "x = 4  # at last", "timestamp": LATE},
    "again": {},
    "half": {},
}
REGRADED = {"wronged": 3, "favoured": 2, "by_hand": 3, "extra": 3, "late": 3}


def set_test(course, hidden, *, name="test_x", **labels):
    """Write another hidden test into the source."""
    path = course.folder / "source" / "ps1" / "p1.ipynb"
    book = notebooks.read(path)
    cell = notebooks.cell_named(book, "test_x")
    cell.source = HIDDEN.format(hidden)
    cell.metadata["nbgrader"] |= {"grade_id": name, **labels}
    notebooks.write(book, path)


def correct(course, hidden, **labels):
    """Correct a test, in the source and in the gradebook."""
    set_test(course, hidden, **labels)
    course.nbgrader("generate_assignment", "ps1", "--force")


# As `course regrade` does it, without the time that all other commands take to be imported. Each time may leave a copy.
PROGRAM = """
import io, json, shutil, sys
from pathlib import Path
from rich.console import Console
from autograder.lms.refusal import Refused
from autograder.regrading import regrade
said = []
for options in json.loads({options!r}):
    shown, yes, copy = io.StringIO(), options.pop("yes", True), options.pop("copy", "")
    if "csv" in options:
        options["csv"] = Path(options["csv"])
    wanted = regrade.Wanted(**options, ask=lambda _words: yes)
    try:
        regrade.run(Path.cwd(), "ps1", wanted, Console(file=shown, width=160))
    except Refused as problem:
        print("REFUSED", problem, file=shown)
    said.append(" ".join(shown.getvalue().split()))
    if copy:
        for name in ("autograded", ".grading"):
            shutil.copytree(name, Path(copy) / name)
        shutil.copy("gradebook.db", copy)
Path("said.json").write_text(json.dumps(said))
"""


def regrade(course, *options):
    """Regrade the course once for each of the options, in one process; return what is said each time."""
    command = course.start(program=PROGRAM.format(options=json.dumps(options or [{}])))
    assert command.wait(PATIENCE) == 0, command.said
    return json.loads((course.folder / "said.json").read_text())


def left(course):
    """Return all that regrading may write, but for results."""
    tops = [course.folder / top for top in ("autograded", ".grading/graded", ".grading/regraded")]
    files = [path for top in tops for path in top.rglob("*") if path.is_file()]
    return course.gradebook(), {path.relative_to(course.folder): path.read_bytes() for path in files}


@pytest.fixture(scope="module")
def graded(new_course):
    """A class that is graded, by hand too, and some of whom hand in something else after that."""
    course = new_course()
    for student, answers in HAND_IN.items():
        course.hand_in(student, **answers)
    (course.submitted("half") / "p1.ipynb").unlink()
    course.autograde()
    course.nbgrader("generate_feedback", "ps1")
    course.grade_by_hand("by_hand", "test_x", 2.5)
    course.grade_by_hand("wronged", "essay", 4.0)
    with course.book() as book:
        notebook = book.find_submission_notebook("p1", "ps1", "extra")
        next(grade for grade in notebook.grades if grade.name == "test_x").extra_credit = 1.0
        notebook = book.find_submission_notebook("p2", "ps1", "wronged")
        next(comment for comment in notebook.comments if comment.name == "essay").manual_comment = "Well said."
        book.db.commit()
    course.hand_in("again", answer_x="x = 4  # now")
    course.hand_in("never", answer_x="x = 4  # never seen")
    correct(course, CORRECTED)
    return course


@pytest.fixture(scope="module")
def regraded(graded):
    """The class before, after a dry run, and after it was regraded."""
    graded.before = left(graded)
    graded.results_before = graded.results()
    dry = {"dry_run": True, "copy": "after_dry"}
    graded.dry, graded.said, graded.once_more = regrade(graded, dry, {"questions": ["x"], "csv": "changes.csv"}, {})
    graded.after_dry = left(SmallCourse(graded.folder / "after_dry", None))
    return graded


def test_a_dry_run_shows_whose_points_would_change_and_changes_none(regraded):
    assert regraded.after_dry == regraded.before
    for words in ("wronged", "0 → 3 /3", "7 → 10", "favoured", "3 → 2 /3", "a whole number", "Which type has it?"):
        assert words in regraded.dry
    assert "3 up, 1 down, 1 kept as given by hand, 1 unchanged" in regraded.dry


def test_what_the_dry_run_has_executed_is_not_executed_again_and_other_notebooks_are_not_at_all(regraded):
    assert len(regraded.results()) == len(regraded.results_before) + 6


def test_points_are_those_of_the_corrected_test_and_all_else_is_as_it_was(regraded):
    before, after = regraded.before[0], regraded.gradebook()
    for student, points in REGRADED.items():
        _, by_hand, extra, _ = before[student, "p1"]["grades"]["test_x"]
        before[student, "p1"]["grades"]["test_x"] = (points, by_hand, extra, student == "by_hand")
        for name in ("points", "late"):
            before[student, "p1"][name] = after[student, "p1"][name]
    assert after == before


def test_points_that_a_person_gave_stay_and_are_to_be_looked_at(regraded):
    score, needs_manual_grade, _ = regraded.gradebook()["by_hand", "p1"]["points"]
    assert (score, needs_manual_grade) == (2.5 + FULL["test_y"], True)
    assert "2.5 given by hand stay, and are to be looked at again" in regraded.said


def test_extra_credit_counts_and_lateness_costs_what_the_new_points_are(regraded):
    book = regraded.gradebook()
    assert book["extra", "p1"]["points"][0] == 3 + 1 + FULL["test_y"]
    assert book["late", "p1"]["points"][0] == book["late", "p1"]["late"][1] == 5


def test_who_has_handed_in_again_or_was_never_graded_is_named_and_left_alone(regraded):
    assert "Left out, handed in again since: again" in regraded.said
    assert "Left out, not graded yet: never" in regraded.said


def test_whose_points_change_is_also_a_csv(regraded):
    with (regraded.folder / "changes.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = {row["student"]: row for row in csv.DictReader(file)}
    assert rows.keys() == REGRADED.keys()
    assert (rows["wronged"]["before"], rows["wronged"]["after"], rows["wronged"]["question"]) == ("0", "3", "test_x")
    assert (rows["late"]["total before"], rows["late"]["total"]) == ("0", "0")
    assert rows["by_hand"]["given by hand"] == "2.5"


def test_the_log_says_who_when_and_what_changed(regraded):
    log = (regraded.folder / ".grading" / "regraded" / "ps1.log").read_text()
    for words in (
        " UTC  ps1 regraded by ",
        "-assert x == 2",
        "+    assert x in (2, 4)",
        "Written for 6 students",
        "wronged",
    ):
        assert words in log


def test_a_graded_notebook_has_the_new_test_and_its_verdict_and_nothing_else_that_is_new(regraded):
    old, new = regraded.before[1], left(regraded)[1]
    changed = {path for path in new if new[path] != old.get(path)}
    assert {path.parts[1] for path in changed if path.parts[0] == "autograded"} == {*REGRADED, "right"}
    assert {path.name for path in changed if path.parts[0] == "autograded"} == {"p1.ipynb"}
    book = regraded.graded("wronged")
    cell = notebooks.cell_named(book, "test_x")
    assert "two or four" in cell.source
    assert "3 of 3 points" in cell.outputs[0]["data"]["text/plain"]
    assert "with a corrected test: `test_x`." in regraded.report("wronged")
    assert (regraded.folder / "autograded" / "wronged" / "ps1" / "p1.ipynb").stat().st_mode & 0o777 == 0o444


def test_feedback_is_called_outdated_and_nothing_is_left_to_regrade(regraded):
    assert "Feedback pages of 6 of them are of before" in regraded.said
    assert "course feedback ps1" in regraded.said
    assert "nothing to regrade" in regraded.once_more


def test_autograding_finds_nothing_to_change_and_by_force_gives_the_same_points(regraded, tmp_path):
    course = regraded.copy(tmp_path / "copy")
    before = course.gradebook()
    mine = {key: before[key] for key in before if key[0] in {*REGRADED, "right", "half"}}
    for options in ([], ["--force"]):
        command = course.start("autograde", "ps1", *options)
        assert command.wait(PATIENCE) == 0, command.said
        now = course.gradebook()
        if not options:
            assert "7 submissions are graded already" in command.said
            assert {key: now[key] for key in mine} == mine
        assert {key: automatic(now[key]) for key in mine} == {key: automatic(mine[key]) for key in mine}


def automatic(about):
    return {name: grade[0] for name, grade in about["grades"].items()}


def test_a_test_that_stops_for_everybody_is_refused_unless_it_is_wanted(regraded, tmp_path):
    course = regraded.copy(tmp_path / "copy")
    for student in ("extra", "late", "by_hand", "never", "again", "half"):
        shutil.rmtree(course.submitted(student))
    set_test(course, "assert x / 0 == 1")
    before = left(course)
    refused, wanted = regrade(course, {"copy": "refused"}, {"even_so": True})
    assert "REFUSED The test of test_x stops for everybody" in refused
    assert "ZeroDivisionError" in refused
    assert left(SmallCourse(course.folder / "refused", None)) == before
    assert "REFUSED" not in wanted
    assert course.points("right")["test_x"] is None
    assert course.gradebook()["right", "p1"]["grades"]["test_x"][3] is True


def test_the_source_is_taken_over_when_it_is_not_in_the_gradebook_with_other_points_too(regraded, tmp_path):
    course = regraded.copy(tmp_path / "copy")
    for student in {*HAND_IN, "never"} - {"wronged"}:
        shutil.rmtree(course.submitted(student))
    set_test(course, CORRECTED.replace('number", 1', 'number", 2'), points=4)
    dry, said = regrade(course, {"dry_run": True}, {})
    assert "Not in the gradebook yet" in dry
    for words in ("test_x is worth 4 instead of 3 points", "3/3 → 4/4"):
        assert words in dry
        assert words in said
    assert course.points("wronged")["test_x"] == 4


def test_what_cannot_be_done_is_said_in_words(regraded, tmp_path):
    course = regraded.copy(tmp_path / "copy")
    no = {"questions": ["x"], "yes": False}
    unknown, essay, declined = regrade(course, {"questions": ["xy"]}, {"questions": ["essay"]}, no)
    assert "REFUSED There is no question xy. Did you mean test_y or test_x" in unknown
    assert "REFUSED essay has no test: a person gives its points" in essay
    assert "REFUSED Nothing was written" in declined
    set_test(course, CORRECTED, name="test_renamed")
    (renamed,) = regrade(course)
    assert "REFUSED source/ps1 has test_renamed, and the gradebook test_x. nbgrader cannot rename a test" in renamed


def test_who_else_is_at_work_is_waited_for(regraded, tmp_path):
    course = regraded.copy(tmp_path / "copy")
    with FileLock(course.folder / ".grading" / "ps1.lock"):
        (grading,) = regrade(course, {"questions": ["x"]})
    assert "REFUSED ps1 is being graded" in grading
    with course.book() as book:
        notebook = book.find_submission_notebook("p1", "ps1", "wronged")
        next(grade for grade in notebook.grades if grade.name == "test_x").auto_score = 1
        book.db.commit()
    with contextlib.closing(sqlite3.connect(course.folder / "gradebook.db")) as formgrader:
        formgrader.execute("BEGIN IMMEDIATE")
        (writing,) = regrade(course, {"questions": ["x"]})
    assert "REFUSED The gradebook is in use" in writing
    assert course.points("wronged")["test_x"] == 1


# Goes on from each state in which a crash could leave a course that is being regraded.
CRASHES = (
    crashes.IMPORT
    + """
from pathlib import Path
from rich.console import Console
from autograder.regrading import regrade

def again():
    regrade.run(Path.cwd(), "ps1", regrade.Wanted(ask=lambda _words: True), Console())

play(again, ["autograded", ".grading/graded", ".grading/regraded"])
"""
)


def test_who_is_killed_at_any_moment_goes_on_to_the_same_end(course):
    course.hand_in("ada", answer_x="x = 4")
    course.hand_in("blaise", answer_x="x = 4  # too")
    course.autograde()
    correct(course, CORRECTED)
    before = course.gradebook()
    command = course.start(program=CRASHES)
    assert command.wait(PATIENCE) == 0, command.said
    moments = sorted((course.folder / "moments").iterdir(), key=lambda path: int(path.name))
    ends = [SmallCourse(course.folder / "after" / path.name, None) for path in moments]
    assert len(moments) > 5
    final = ends[-1].gradebook()
    assert ends[-1].points("ada") == ends[-1].points("blaise") == FULL
    assert [path.name for path in moments if SmallCourse(path, None).gradebook() not in (before, final)] == []
    assert [end.folder.name for end in ends if end.gradebook() != final] == []
    lacking = [end.folder.name for end in ends for who in ("ada", "blaise") if "corrected" not in end.report(who)]
    assert lacking == []
