"""A bundle becomes a folder, a zip or a branch, and nothing beside it changes; and what its trial forgives."""

import os
import subprocess
import zipfile

import pytest
import small_bundle
from nbformat.v4 import new_code_cell, new_output
from small_bundle import PLACE, made

from autograder.lms.refusal import Refused
from autograder.publishing import places, trial
from autograder.publishing.address import Address
from autograder.publishing.branch import Branch
from autograder.publishing.places import Folder, Zip


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    return small_bundle.write(tmp_path_factory.mktemp("course"))


@pytest.fixture(scope="module")
def first(course):
    return made(course, "ps1").files


@pytest.fixture(scope="module")
def both(course):
    return made(course, "ps1", "ps2").files


# --- Folder and zip --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [Folder, Zip])
def test_what_is_put_is_what_is_read(kind, first, both, tmp_path):
    place = kind(tmp_path / "out" / "students")
    assert place.read() == {}
    place.put(first)
    assert place.read() == place.through(first) == first
    place.put(both)
    assert place.read() == both
    assert "just this already" in place.put(both)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["students"]


@pytest.mark.parametrize("kind", [Folder, Zip])
def test_an_interruption_leaves_what_was_there(kind, first, both, tmp_path, monkeypatch):
    place = kind(tmp_path / "students")
    place.put(first)

    def interrupted(*_arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(places.Path, "replace", interrupted)
    monkeypatch.setattr(places.release, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        place.put(both)
    assert place.read() == first
    assert [path.name for path in tmp_path.iterdir()] == ["students"]


def test_the_same_files_make_the_same_zip(first, tmp_path):
    again = dict(reversed(first.items()))
    assert places.zipped(first) == places.zipped(again)
    Zip(tmp_path / "a.zip").put(first)
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert archive.testzip() is None
        assert {name.split("/")[0] for name in archive.namelist()} == {"problem-sets"}
        assert archive.namelist() == sorted(archive.namelist())


def test_what_is_something_else_is_not_replaced(first, tmp_path):
    other = tmp_path / "thesis"
    other.mkdir()
    (other / "chapter.txt").write_text("x")
    with pytest.raises(Refused, match="holds something else"):
        Folder(other).read()
    with pytest.raises(Refused, match="is no folder"):
        Folder(other / "chapter.txt").read()
    with pytest.raises(Refused, match="is no zip"):
        Zip(other / "chapter.txt").read()
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("a/chapter.txt", "x")
    with pytest.raises(Refused, match="holds something else"):
        Zip(tmp_path / "other.zip").read()
    with zipfile.ZipFile(tmp_path / "slip.zip", "w") as archive:
        archive.writestr("a/../../slip.txt", "x")
    with pytest.raises(Refused, match="not made by this command"):
        Zip(tmp_path / "slip.zip").read()
    clone = tmp_path / "clone"
    places.unpack(first, clone)
    (clone / ".git").mkdir()
    with pytest.raises(Refused, match="git repository"):
        Folder(clone).read()


# --- Branch ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """A course under version control, with changes that are staged, and others that are not."""
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", os.devnull)
    course = small_bundle.write(tmp_path / "course")
    git(course, "init", "--quiet", "--initial-branch=main")
    for setting in ("user.name=Ada", "user.email=ada@example.org", "core.autocrlf=input"):
        git(course, "config", *setting.split("="))
    git(course, "add", ".")
    git(course, "commit", "--quiet", "-m", "A new course")
    (course / "staged.txt").write_text("1")
    git(course, "add", "staged.txt")
    (course / "staged.txt").write_text("2")
    (course / "untracked.txt").write_text("3")
    return course


def git(folder, *arguments):
    command = ["git", "--no-optional-locks", *arguments]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


def branch(course, name="students", place=PLACE):
    return Branch(course, name, place, "Publish")


def state(course):
    """Everything that a branch must leave alone."""
    kept = {path: path.read_bytes() for path in course.rglob("*") if path.is_file() and ".git" not in path.parts}
    index = (course / ".git" / "index").read_bytes()
    return kept, index, git(course, "status", "--porcelain=v2", "--branch"), git(course, "rev-parse", "HEAD")


def test_a_branch_holds_the_bundle_alone_and_nothing_else_is_touched(repository, first, both):
    before = state(repository)
    place = branch(repository)
    assert place.read() == {}
    assert place.through(first) == first
    assert git(repository, "branch", "--list", "students") == ""
    place.put(first)
    assert place.read() == first
    place.put(both)
    assert place.read() == both
    assert "just this already" in place.put(both)
    assert state(repository) == before
    assert git(repository, "log", "--format=%s", "students").split() == ["Publish", "Publish"]
    assert git(repository, "rev-list", "--max-parents=0", "students") not in git(repository, "rev-list", "main")


def test_line_ends_and_odd_names_come_through(repository, first):
    odd = {**first, "ps1/ä b\n.txt": b"a\r\nb\r\n"}
    branch(repository).put(odd)
    assert branch(repository).read() == odd


def test_a_branch_that_is_checked_out_is_left_alone(repository, first, tmp_path):
    branch(repository).put(first)
    git(repository, "worktree", "add", "--quiet", str(tmp_path / "beside"), "students")
    for act in (branch(repository).read, lambda: branch(repository).put(first)):
        with pytest.raises(Refused, match="is checked out"):
            act()
    with pytest.raises(Refused, match="is checked out"):
        branch(repository, "main").read()


def test_a_branch_with_something_else_is_left_alone(repository):
    git(repository, "branch", "old")
    with pytest.raises(Refused, match="holds something else"):
        branch(repository, "old").read()


def test_a_course_that_is_in_no_repository_has_no_branches(course):
    with pytest.raises(Refused, match="not in a git repository"):
        branch(course).read()


def test_without_a_name_for_the_commit_git_says_so_and_nothing_is_there(repository, first):
    git(repository, "config", "user.useConfigOnly", "true")
    git(repository, "config", "--unset", "user.email")
    with pytest.raises(Refused, match="as it was"):
        branch(repository).put(first)
    assert git(repository, "branch", "--list", "students") == ""


def test_what_was_pushed_from_elsewhere_is_built_upon(repository, first, both, tmp_path):
    """Somebody has published ps1 from another machine; here it has only been fetched."""
    branch(repository).put(first)
    there = tmp_path / "ada" / "students.git"
    git(tmp_path, "init", "--quiet", "--bare", str(there))
    git(repository, "push", "--quiet", str(there), "students:autumn")
    pushed = git(repository, "rev-parse", "students")
    git(repository, "branch", "-D", "students")
    git(repository, "remote", "add", "class", "https://github.com/Ada/students.git")
    git(repository, "config", f"url.{there.parent}/.insteadOf", "https://github.com/Ada/")
    assert branch(repository).push_command() == "git push https://github.com/ada/students.git students:autumn"
    git(repository, "config", "--remove-section", f"url.{there.parent}/")
    git(repository, "fetch", "--quiet", str(there), "autumn:refs/remotes/class/autumn")
    assert branch(repository).read() == first
    branch(repository).put(both)
    assert git(repository, "rev-parse", "students^") == pushed
    assert branch(repository).push_command() == "git push class students:autumn"


@pytest.mark.parametrize(
    "url",
    ["https://github.com/ada/students", "git@github.com:ada/students.git", "ssh://git@github.com/ada/students.git"],
)
def test_the_push_command_names_the_remote_that_is_meant(url, repository):
    git(repository, "remote", "add", "origin", "https://github.com/ada/course.git")
    git(repository, "remote", "add", "class", url)
    assert branch(repository).push_command() == "git push class students:autumn"
    assert branch(repository, place=Address("ada/course", "students")).push_command() == "git push origin students"


# --- What the trial forgives -----------------------------------------------------------------------------------------


def cell(source, *, raised=None, answer="", test=""):
    label = {"grade_id": answer or test, "solution": bool(answer)} if answer or test else {}
    made = new_code_cell(source, metadata={"nbgrader": label})
    if raised:
        kind, _, words = raised.partition(": ")
        made.outputs = [new_output("error", ename=kind, evalue=words, traceback=[])]
    return made


STUB = cell("# YOUR CODE HERE\nraise NotImplementedError()", raised="NotImplementedError: ", answer="first")
GIVEN = {"first": "a = 2\n%time\ndef helper(x):\n    import numpy as np\n    (b, c), d[0] = x"}


@pytest.mark.parametrize(
    "failing",
    [
        cell("print(a)", raised="NameError: name 'a' is not defined"),
        cell("c", raised="NameError: name 'c' is not defined"),
        cell("helper(1)", raised="NameError: name 'helper' is not defined. Did you mean: 'help'?"),
        cell("later()", raised="NotImplementedError: "),
        cell("check.a(globals())", raised="WrongAnswer: there is no answer yet", test="test_a"),
    ],
)
def test_what_follows_from_an_answer_that_is_not_there_is_forgiven_below_it_alone(failing):
    assert trial.judge([STUB, failing], GIVEN, ["WrongAnswer"]) == ([], 2)
    faults, waiting = trial.judge([failing, STUB], GIVEN, ["WrongAnswer"])
    assert (len(faults), waiting) == (1, 1)
    assert faults[0].startswith("cell 1 ")


def test_a_name_that_a_waiting_cell_would_have_made_is_missed_below_it():
    cells = [
        STUB,
        cell("e = a + 1\nf = 2", raised="NameError: name 'a' is not defined"),
        cell("e", raised="NameError: name 'e' is not defined"),
    ]
    assert trial.judge(cells, GIVEN, []) == ([], 3)


@pytest.mark.parametrize(
    "raised",
    [
        "NameError: name 'other' is not defined",
        "NameError: name 'aa' is not defined",
        "ModuleNotFoundError: No module named 'autograder'",
        "FileNotFoundError: [Errno 2] No such file or directory: 'data.csv'",
        "AssertionError: ",
        "ZeroDivisionError: division by zero",
        "SomethingOfTheirs: x",
    ],
)
def test_anything_else_is_a_fault(raised):
    faults, waiting = trial.judge([STUB, cell("x", raised=raised, test="test_x")], GIVEN, ["WrongAnswer"])
    assert waiting == 1
    assert faults == [f"cell 2 (test_x) raises {raised}"]
