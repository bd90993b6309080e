"""Every command that the README and the docs show is run, in a tiny course where all is prepared that it needs.

Those that cannot be run here are listed in `READ_ONLY`, each with the reason. They are read, so that a command, an
option or a target which is not there is found. No command is skipped.
"""

import csv
import re
import shlex
import shutil
import subprocess
import sys
from contextlib import chdir
from functools import cache
from pathlib import Path

import lms_downloads as made
import pytest
import yaml
from distributed.cli import dask_scheduler, dask_worker
from documented import PAGES, Shown, commands, spans
from nbgrader.apps import NbGraderApp
from packaging.requirements import Requirement
from small_course import FULL
from typer.main import get_command
from typer.testing import CliRunner

from autograder.cli import app
from autograder.execution.settings import Grading
from course_files import ROOT

SHOWN = list({" ".join(shown.words): shown for page in PAGES for shown in commands(page)}.values())
CANVAS = """\
Student,ID,SIS User ID,SIS Login ID,Section,ps1 (7)
    Points Possible,,,,,13
"Lovelace, Ada",101,u1,ada,S,
"Müller, Jörg",102,u2,joerg,S,
"""


# --- Commands that are read ---------------------------------------------------------------------------------------


def read_course(words):
    """Read a command of `course` as it reads it itself, without doing it."""
    try:
        get_command(app).commands[words[1]].make_context(words[1], words[2:])
    except Exception as problem:  # noqa: BLE001 - typer's own are not public
        pytest.fail(f"{' '.join(words)}: {problem!r}")


def read_make(words):
    """Let make say what it would do."""
    said = subprocess.run(
        [shutil.which("make"), "--dry-run", *words[1:]], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert said.returncode == 0, said.stderr
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for variable in [word.partition("=")[0] for word in words[1:] if "=" in word]:
        assert f"$({variable})" in makefile


def read_nbgrader(words):
    """Look whether nbgrader has the command, and our settings what is set."""
    assert words[1] in NbGraderApp.subcommands
    for name in re.findall(r"--Grading\.(\w+)=", " ".join(words)):
        assert Grading.class_traits()[name].metadata["config"]


def read_pip(words):
    """Look whether this is our distribution, and has the extras that are named."""
    wanted = words[-1]
    project = ROOT / "autograder" if "autograder" in wanted else ROOT
    about = (project / "pyproject.toml").read_text(encoding="utf-8")
    if words[2] != "-e":
        assert Requirement(wanted).name == "backprop-course"
        assert Requirement(wanted).url.removeprefix("git+") == f"https://github.com/{repository()}"
    for extra in re.findall(r"\[(\w+)\]", wanted):
        assert f"\n{extra} = [" in about


def read_dask(words):
    """Look whether Dask's commands have these options."""
    command = {"scheduler": dask_scheduler, "worker": dask_worker}[words[1]].main
    known = {option for parameter in command.params for option in parameter.opts}
    assert {word for word in words[2:] if word.startswith("--")} <= known


def read_jupyter(words):
    """Look whether there is such a program."""
    assert (Path(sys.executable).parent / f"jupyter-{words[1]}").exists()


def read_script(words):
    """Look whether there is such a script."""
    assert (ROOT / words[1]).exists()


def read_clone(words):
    """Look whether this is where the course lies."""
    assert words[2] == f"https://github.com/{repository()}"


def read_removal(words):
    """Look whether git ignores what is to be removed, so that none of it is the course's own."""
    lines = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    ignored = {line.strip("/") for line in lines}
    for name in words[2:]:
        assert name in ignored


def read_conda(words):
    """Look whether the environment installs this checkout, with the versions that are pinned."""
    wanted = yaml.safe_load((ROOT / words[-1]).read_text(encoding="utf-8"))["dependencies"][-1]["pip"]
    assert {"--constraint constraints.txt", "--editable ./autograder"} <= set(wanted)


def read_shell(_words):
    """A word of the shell's own."""


# In this order; the first that fits a command is taken. Why it is not run, and how it is read.
READ_ONLY = [
    (r"make ", "takes minutes, or sets up .venv anew; CI runs the targets that matter", read_make),
    (r"course (sound|new-exercise|release)", "for the real course; test_proving.py and test_scaffold.py", read_course),
    (r"course new ", "makes a real course, which takes a minute; test_new_course.py", read_course),
    (r"course publish", "publishes real notebooks; test_publishing.py", read_course),
    (r"course watch (?!.*--once)", "goes on until it is stopped; test_watch.py", read_course),
    (r"course regrade", "needs a test that has changed; test_regrading.py", read_course),
    (r"nbgrader .*--Grading.scheduler=", "needs other machines; test_cluster.py", read_nbgrader),
    (r"pip install", "fetches gigabytes; CI installs the same from the checkout", read_pip),
    (r"dask ", "needs other machines; test_cluster.py", read_dask),
    (r"\.venv/bin/python docs/gpu/record.py", "needs a GPU; test_recorded_runs.py", read_script),
    (r"jupyter lab", "waits for a person; tests/browser/", read_jupyter),
    (r"\(cd build/demo && jupyter lab\)", "waits for a person; tests/browser/", lambda _words: None),
    (r"git clone", "fetches the course, which is here", read_clone),
    (r"rm ", "would remove what the other commands need", read_removal),
    (r"conda ", "conda is not here", read_conda),
    (r"source \S+/bin/activate|cd |python3 -m venv ", "where one is, is all that it changes", read_shell),
]


@cache
def repository():
    """Return where the course lies on GitHub, as its configuration says."""
    return re.search(r'repository="([^"]+)"', (ROOT / "nbgrader_config.py").read_text(encoding="utf-8"))[1]


def reader_of(shown: Shown):
    """Return how a command is read that is not run; None if it is run."""
    return next((read for pattern, _, read in READ_ONLY if re.match(pattern, " ".join(shown.words))), None)


FIRST = [shown for shown in commands(ROOT / "docs/index.md") if not reader_of(shown)]
READ = [shown for shown in SHOWN if reader_of(shown)]
RUN = [shown for shown in SHOWN if not reader_of(shown) and shown.words not in [first.words for first in FIRST]]


# --- Commands that are run ----------------------------------------------------------------------------------------


def run(words, course):
    """Run a command in the course's folder."""
    if words[0] == "nbgrader":
        course.nbgrader(*words[1:])
    elif words[0] == "course":
        with chdir(course.folder):
            done = CliRunner().invoke(app, words[1:])
        assert done.exit_code == 0, done.output + repr(done.exception)
    else:
        pytest.fail(f"Nobody knows how to run {words[0]}. If it cannot be run here, say in READ_ONLY why, and read it.")


@pytest.fixture(scope="module")
def newcomer(new_course):
    """A tiny course after all that the first page shows was typed, in its order, by somebody who had no gradebook."""
    course = new_course()
    (course.folder / "gradebook.db").unlink()
    for student in ("ada", "joerg"):
        course.hand_in(student)
    (course.folder / "build/demo").mkdir(parents=True)
    (course.folder / "submitted").rename(course.folder / "build/demo/submitted")
    for shown in FIRST:
        run(shown.words, course)
    return course


def test_who_types_what_the_first_page_shows_has_a_graded_class(newcomer):
    with (newcomer.folder / "grades/ps1_plain.csv").open(encoding="utf-8-sig", newline="") as file:
        points = {row["student_id"]: float(row["points"]) for row in csv.DictReader(file)}
    assert points == dict.fromkeys(("ada", "joerg"), sum(FULL.values()))
    assert len(list((newcomer.folder / "feedback").glob("*/ps1/p1.html"))) == len(points)


@pytest.fixture(scope="module")
def prepared(newcomer):
    """The same course with what else the pages name: a roster, and what Canvas lets a lecturer download."""
    books = {f"{name}.ipynb": made.json.dumps(newcomer.answered(name)).encode() for name in ("p1", "p2")}
    handed_in = made.canvas([("lovelaceada", False, 101, books), ("müllerjörg", True, 102, books)])
    (newcomer.folder / "submissions.zip").write_bytes(handed_in)
    (newcomer.folder / "roster.csv").write_text(made.ROSTER, encoding="utf-8")
    (newcomer.folder / "export.csv").write_text(CANVAS, encoding="utf-8")
    return newcomer


@pytest.mark.parametrize("shown", RUN, ids=str)
def test_a_command_that_is_shown_works(shown, prepared):
    run(shown.words, prepared)


@pytest.mark.parametrize("shown", READ, ids=str)
def test_a_command_that_is_not_run_could_be(shown):
    reader_of(shown)(shown.words)


def test_each_exception_is_needed():
    lines = [" ".join(shown.words) for shown in SHOWN]
    assert [pattern for pattern, _, _ in READ_ONLY if not any(re.match(pattern, line) for line in lines)] == []


def test_the_tests_that_an_exception_names_are_there():
    named = {name for _, why, _ in READ_ONLY for name in re.findall(r"test_\w+\.py", why)}
    assert named <= {path.name for path in (ROOT / "tests").rglob("test_*.py")}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_commands_within_sentences_are_there(page):
    for span in spans(page):
        words = shlex.split(span) if re.match(r"(course|nbgrader|make) [a-z][a-z-]*( |$)", span) else []
        if words[:1] == ["make"]:
            read_make(words)
        elif words[:1] == ["nbgrader"]:
            read_nbgrader(words)
        elif words:
            known = {option for parameter in get_command(app).commands[words[1]].params for option in parameter.opts}
            assert {word.partition("=")[0] for word in words if word.startswith("--")} <= known


@pytest.mark.parametrize(
    ("line", "read"),
    [
        ("course collect ps1 submissions.zip --rooster roster.csv", read_course),
        ("course grad ps1 --plain", read_course),
        ("course report", read_course),
        ("make demos", read_make),
        ("make demo TORCH=x", read_make),
        ("nbgrader autogrades ps1", read_nbgrader),
        ("nbgrader autograde ps1 --Grading.schedule=x", read_nbgrader),
        ("dask worker tcp://x --threads 4", read_dask),
        ("rm -r source", read_removal),
        ("pip install -e ./autograder[clusters]", read_pip),
    ],
)
def test_what_is_not_there_is_found(line, read):
    with pytest.raises((AssertionError, KeyError, pytest.fail.Exception)):
        read(line.split())
