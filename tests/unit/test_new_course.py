"""`course new`: answers are read strictly, and nothing is left of what could not be made."""

import shutil
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from typer.testing import CliRunner

from autograder import cli, commands, course_settings, finished_engine
from autograder.due_dates import NoMoment, moment
from autograder.lms.refusal import Refused
from autograder.new_course import answers, build
from autograder.new_course.answers import Answers
from autograder.samples import notebooks
from course_files import ROOT

BERLIN = "2026-11-30 23:59 Europe/Berlin"


def wanted(**changes):
    about = {
        "course_id": "backprop-2026", "repository": "ada/backprop-2026", "ref": "students",
        "course_lib": "backprop-course", "sets": ("ps1", "ps2"), "due": {"ps1": BERLIN},
    }  # fmt: skip
    return Answers(**about | changes)


# --- Answers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    ["ada/bp", " ada/bp ", "https://github.com/ada/bp", "https://github.com/ada/bp.git", "github.com/ada/bp/"[11:],
     "git@github.com:ada/bp.git"],
)  # fmt: skip
def test_a_repository_is_known_by_its_name_and_by_its_address(words):
    assert answers.repository(words) == "ada/bp"


@pytest.mark.parametrize(
    "words", ["", "ada", "ada/bp/release", "ada/b p", 'a"/b', "../bp", "https://gitlab.com/ada/bp"]
)
def test_what_is_no_repository_is_refused(words):
    with pytest.raises(Refused, match="ada/backprop-2026"):
        answers.repository(words)


@pytest.mark.parametrize("words", ["", "-f", "a..b", "a b", "a//b", "x.lock", "/a", "a/", 'a"b'])
def test_what_is_no_branch_is_refused(words):
    with pytest.raises(Refused):
        answers.ref(words)


@pytest.mark.parametrize("words", ["", "a/b", "a b", "../a", ".a", 'a"'])
def test_what_is_no_course_id_is_refused(words):
    with pytest.raises(Refused):
        answers.course_id(words)


def test_problem_sets_stay_in_order():
    there = ["ps1", "ps2", "ps3"]
    assert answers.problem_sets([], there) == ("ps1", "ps2", "ps3")
    assert answers.problem_sets(["ps3,ps1", "ps1"], there) == ("ps1", "ps3")
    with pytest.raises(Refused, match="no ps9"):
        answers.problem_sets(["ps1 ps9"], there)


def test_due_dates_are_written_in_one_way():
    said = ["ps2=2026-12-14", f"ps1 = {BERLIN}"]
    assert answers.due_dates(said, ["ps1", "ps2"], "Asia/Tokyo") == {
        "ps1": BERLIN,
        "ps2": "2026-12-14 23:59 Asia/Tokyo",
    }


@pytest.mark.parametrize(
    ("said", "word"),
    [
        (["ps1"], "ps1=2026-11-30"),
        (["ps9=2026-11-30 UTC"], "not among"),
        (["ps1=2026-11-30 UTC", "ps1=2026-12-01 UTC"], "two due dates"),
        (["ps1=2026-11-30 12:00"], "no time zone"),
        (["ps1=30.11.2026 UTC"], "no due date"),
        (["ps1=2026-02-30 UTC"], "no due date"),
        (["ps1=2026-11-30 Europe/Atlantis"], "no time zone 'Europe/Atlantis'"),
        (["ps1=2026-11-30 12:00+01:00"], "no due date"),
    ],
)
def test_a_due_date_that_cannot_be_meant_is_refused(said, word):
    with pytest.raises(Refused, match=word):
        answers.due_dates(said, ["ps1", "ps2"])


def test_a_moment_is_the_same_everywhere():
    assert moment(BERLIN) == datetime(2026, 11, 30, 22, 59, tzinfo=UTC)
    assert moment("2026-07-01 23:59 Europe/Berlin") == datetime(2026, 7, 1, 21, 59, tzinfo=UTC)  # in summer
    assert moment("2026-11-30 UTC") == datetime(2026, 11, 30, 23, 59, tzinfo=UTC)
    with pytest.raises(NoMoment):
        moment("soon")


def test_slips_of_the_pen_are_asked_about():
    due = {"ps1": "2026-11-30 UTC", "ps2": "2026-11-20 UTC"}
    now = datetime(2026, 11, 25, tzinfo=UTC)
    assert len(wanted(due=due).doubts(now)) == 2
    assert wanted().doubts(now) == []


# --- The folder -------------------------------------------------------------------------------------------------------


@pytest.fixture
def parent(tmp_path):
    """A course with three problem sets, the first of which makes the engine of the second."""
    parent = tmp_path / "parent"
    for name in ("ps1", "ps2", "ps3"):
        (parent / "source" / name).mkdir(parents=True)
    shutil.copy(ROOT / "source" / "header.ipynb", parent / "source")
    shutil.copy(ROOT / "nbgrader_config.py", parent)
    shutil.copy(ROOT / "source" / "ps1" / "2_engine.ipynb", parent / "source" / "ps1")
    shutil.copy(ROOT / "source" / "ps2" / "2_analytic.ipynb", parent / "source" / "ps2")
    shutil.copy(ROOT / "source" / "ps2" / "engine.py", parent / "source" / "ps2")
    shutil.copy(ROOT / "source" / "ps3" / "1_order.ipynb", parent / "source" / "ps3")
    return parent


@pytest.fixture
def released(monkeypatch):
    """Release notebooks with all code taken out, instead of asking nbgrader."""

    def generate(arguments, course, log):
        _, name = arguments
        log.touch()
        for path in (course / "source" / name).glob("*.ipynb"):
            book = notebooks.read(path)
            book.cells = []
            notebooks.write(book, course / "release" / name / path.name)

    monkeypatch.setattr(commands, "nbgrader", generate)


@pytest.mark.usefixtures("released")
def test_a_new_course_has_what_a_course_needs(parent, tmp_path):
    folder, steps = tmp_path / "deep" / "down" / "my", []
    build.build(parent, folder, wanted(), steps.append)
    assert {path.name for path in folder.iterdir()} == {
        "nbgrader_config.py", "README.md", ".gitignore", "roster.example.csv", "source", "release",
    }  # fmt: skip
    assert {path.name for path in (folder / "source").iterdir()} == {"header.ipynb", "ps1", "ps2"}
    assert len(steps) == 3
    assert {path.name for path in folder.parent.iterdir()} == {"my"}, "what it was made in is gone"


@pytest.mark.usefixtures("released")
def test_its_settings_say_what_was_answered(parent, tmp_path):
    odd = 'backprop-course @ file:///C:\\"x"/é'
    build.build(parent, tmp_path / "my", wanted(course_lib=odd), lambda _: None)
    config = course_settings.load(tmp_path / "my")
    assert config.CourseDirectory.course_id == "backprop-2026"
    assert (config.FillLinks.repository, config.FillLinks.ref) == ("ada/backprop-2026", "students")
    assert config.FillLinks.course_lib == odd
    assert config.DueDates.dates == {"ps1": BERLIN}


@pytest.mark.usefixtures("released")
def test_its_readme_says_what_is_next_and_what_gives_ps1_away(parent, tmp_path):
    build.build(parent, tmp_path / "my", wanted(), lambda _: None)
    words = " ".join((tmp_path / "my" / "README.md").read_text().split())
    assert "Publish ps2 only when ps1 is due" in words
    assert BERLIN in words
    assert "{" not in words
    build.build(parent, tmp_path / "other", wanted(sets=("ps1",), due={}), lambda _: None)
    assert "engine.py" not in (tmp_path / "other" / "README.md").read_text()


@pytest.mark.usefixtures("released")
def test_a_problem_set_keeps_its_engine_without_the_one_that_makes_it(parent, tmp_path):
    build.build(parent, tmp_path / "my", wanted(sets=("ps2",), due={}), lambda _: None)
    source = tmp_path / "my" / "source"
    assert (source / "ps2" / "engine.py").read_bytes() == (ROOT / "source" / "ps2" / "engine.py").read_bytes()
    assert finished_engine.out_of_step(source, "ps2") is None


@pytest.mark.usefixtures("released")
def test_the_example_of_a_roster_is_one(parent, tmp_path):
    from autograder.lms import roster

    build.build(parent, tmp_path / "my", wanted(), lambda _: None)
    assert [one.name for one in roster.read(tmp_path / "my" / "roster.example.csv").students][2] == "Kurt Gödel"


def test_students_install_what_those_of_the_parent_do(parent):
    assert build.students_package(parent).endswith("github.com/backprop-course/backprop-course@main")
    with (parent / "nbgrader_config.py").open("a") as config:
        config.write('c.FillLinks.course_lib = "elsewhere"\n')
    assert build.students_package(parent) == "elsewhere"


@pytest.mark.parametrize("error", [commands.CommandFailed("no"), KeyboardInterrupt(), Refused("no")])
def test_of_what_could_not_be_made_nothing_is_left(parent, tmp_path, monkeypatch, error):
    def fails(*_, **__):
        raise error

    monkeypatch.setattr(commands, "nbgrader", fails)
    with pytest.raises(type(error)):
        build.build(parent, tmp_path / "deep" / "my", wanted(), lambda _: None)
    assert {path.name for path in tmp_path.iterdir()} == {"parent"}


def test_what_would_give_solutions_away_is_not_made(parent, tmp_path, monkeypatch):
    def releases_everything(arguments, course, _log):
        shutil.copytree(course / "source" / arguments[1], course / "release" / arguments[1])

    monkeypatch.setattr(commands, "nbgrader", releases_everything)
    with pytest.raises(Refused, match="BEGIN SOLUTION"):
        build.build(parent, tmp_path / "my", wanted(), lambda _: None)
    assert not (tmp_path / "my").exists()


@pytest.mark.usefixtures("released")
def test_nothing_is_overwritten(parent, tmp_path):
    (tmp_path / "file").write_text("mine")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.tex").write_text("mine")
    (tmp_path / "empty").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for place in ("file", "full", "link"):
        with pytest.raises(Refused, match="is there already"):
            build.build(parent, tmp_path / place, wanted(), lambda _: None)
    with pytest.raises(Refused, match="lies in the course"):
        build.build(parent, parent / "my", wanted(), lambda _: None)
    build.build(parent, tmp_path / "empty", wanted(), lambda _: None)
    assert (tmp_path / "full" / "thesis.tex").read_text() == "mine"


# --- The command ------------------------------------------------------------------------------------------------------


def course_new(parent, folder, *options, typed=""):
    done = CliRunner().invoke(cli.app, ["new", str(folder), "--course", str(parent), *options], input=typed)
    return done.exit_code, " ".join(done.output.split())


@pytest.mark.usefixtures("released")
def test_options_are_enough(parent, tmp_path):
    options = ["--repository", "ada/bp", "--set", "ps1", "--set", "ps2", "--due", f"ps1={BERLIN}"]
    status, said = course_new(parent, tmp_path / "my", *options)
    assert status == 0, said
    assert "ps1: due 2026-11-30 23:59 Europe/Berlin, which is 2026-11-30 22:59 UTC" in said
    assert "ps2: no due date" in said
    assert course_settings.load(tmp_path / "my").CourseDirectory.course_id == "my"


@pytest.mark.usefixtures("released")
def test_in_a_terminal_it_asks_for_the_rest_until_it_understands(parent, tmp_path, monkeypatch):
    monkeypatch.setattr("autograder.new_course.asking.somebody_is_there", lambda: True)
    typed = ["", "ada", "ada/bp", "v1", "ps1,ps7", "ps3,ps1", "Europe/Atlantis", "Europe/Berlin", "", "tomorrow",
             "2026-12-24 12:00"]  # fmt: skip
    status, said = course_new(parent, tmp_path / "my", typed="\n".join(typed) + "\n")
    assert status == 0, said
    config = course_settings.load(tmp_path / "my")
    assert (config.FillLinks.repository, config.FillLinks.ref) == ("ada/bp", "v1")
    assert config.DueDates.dates == {"ps3": "2026-12-24 12:00 Europe/Berlin"}
    asked = ["'ada' is no repository", "no ps7", "no time zone 'Europe/Atlantis'", "'tomorrow' is no due date", "Made"]
    assert all(said.index(one) < said.index(next_) for one, next_ in pairwise(asked)), said


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ([], "--repository"),
        (["--repository", "ada"], "no repository"),
        (["--repository", "ada/bp", "--set", "ps9"], "no ps9"),
        (["--repository", "ada/bp", "--due", "ps1=soon"], "no due date"),
        (["--repository", "ada/bp", "--timezone", "Mars"], "no time zone"),
        (["--repository", "ada/bp", "--id", "a/b"], "no course id"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_written(parent, tmp_path, options, word):
    status, said = course_new(parent, tmp_path / "my", *options)
    assert status == 1
    assert word in said
    assert not (tmp_path / "my").exists()
