"""Publishing for real: the wheel is built, the assignment generated, and the result unpacked and run."""

import json
import shutil
import zipfile

import pytest
from nbformat.v4 import new_code_cell
from typer.testing import CliRunner

from autograder import cli, release
from autograder.publishing import trial, wheel
from autograder.publishing.address import WHEELS
from autograder.samples import notebooks
from course_files import ROOT
from course_lib.handing_in.document import digest

P1 = "ps1/p1.ipynb"


@pytest.fixture(scope="session")
def built():
    return wheel.build(ROOT)


@pytest.fixture
def publish(course, built, monkeypatch):
    """Return a function that publishes the small course's assignment from the command line."""
    monkeypatch.setattr(wheel, "build", lambda _course, _expected: built)

    def run(*arguments, status=0):
        command = ["publish", "ps1", "--to", str(course.folder / "out"), "--course", str(course.folder), *arguments]
        done = CliRunner().invoke(cli.app, command)
        assert done.exit_code == status, done.output
        return done.output

    return run


def test_the_wheel_is_course_lib_alone_and_the_same_each_time(built):
    name, content = built
    assert wheel.build(ROOT) == built
    assert wheel.faults(name, content) == []
    files = wheel.unpacked(content)
    here = [path.relative_to(ROOT) for path in (ROOT / "course_lib").rglob("*.*")]
    there = {str(path) for path in here if "__pycache__" not in path.parts}
    assert {file for file in files if "dist-info" not in file} == there
    about = next(text.decode() for file, text in files.items() if file.endswith("METADATA"))
    assert "HIDDEN TESTS" not in about


def test_a_bundle_is_published(publish, course):
    said = publish("--as", "zip", "--repository", "ada/students")
    assert "Published ps1" in said
    assert "2 notebooks ran" in said
    assert "https://github.com/ada/students/tree/main" in said
    with zipfile.ZipFile(course.folder / "out") as archive:
        names = archive.namelist()
        files = {name.removeprefix("problem-sets/"): archive.read(name).decode("utf-8", "replace") for name in names}
    assert {name.split("/")[0] for name in files} == {"README.md", "requirements.txt", "wheels", "ps1"}
    assert "https://colab.research.google.com/github/ada/students/blob/main/ps1/p1.ipynb" in files["README.md"]
    assert "x = 2" not in files[P1]


def test_the_wheel_knows_the_notebooks_as_they_are_published_and_no_others(course):
    to = course.folder / "known"
    command = ["publish", "ps1", "--to", str(to), "--course", str(course.folder), "--repository", "ada/students"]
    done = CliRunner().invoke(cli.app, command)
    assert done.exit_code == 0, done.output
    (path,) = (to / WHEELS).glob("*.whl")
    assert path.name == wheel.name(course.folder)
    inside = wheel.unpacked(path.read_bytes())
    (known,) = [json.loads(text) for file, text in inside.items() if "/expected/" in file]
    assert (known["assignment"], list(known["notebooks"])) == ("ps1", ["p1", "p2"])
    for name, about in known["notebooks"].items():
        digests = {*about["other"], *(cell["digest"] for cell in about["cells"])}
        assert {digest(cell.source) for cell in notebooks.read(to / "ps1" / f"{name}.ipynb").cells} <= digests


def test_what_the_source_would_not_release_is_not_published(publish, course):
    path = course.folder / "release" / P1
    book = notebooks.read(path)
    notebooks.cell_named(book, "answer_x").source = "x = 1 + 1  # said in other words"
    notebooks.write(book, path)
    said = publish(status=1)
    assert "release/ps1/p1.ipynb is not what source/ps1 generates" in said
    assert not (course.folder / "out").exists()


def test_what_does_not_work_for_students_is_not_published(publish, course, monkeypatch):
    """It works for the lecturer, and nothing that is looked for is in it; only running it tells."""
    path = course.folder / "release" / P1
    book = notebooks.read(path)
    for source in ("import importlib\nimportlib.import_module('auto' + 'grader.release')", "open('numbers.csv')"):
        book.cells.append(new_code_cell(source))
    notebooks.write(book, path)
    monkeypatch.setattr(release, "generate", lambda _course, _name, target: shutil.copytree(path.parent, target))
    said = publish(status=1)
    assert f"{P1}: cell 7 raises ModuleNotFoundError: No module named 'autograder': students do not have it" in said
    assert f"{P1}: cell 8 raises FileNotFoundError" in said
    assert not (course.folder / "out").exists()


def test_a_notebook_of_the_course_runs_on_the_wheel_alone(built, tmp_path):
    name, content = built
    book = (ROOT / "release" / "ps1" / "3_cost.ipynb").read_bytes()
    files = {f"{WHEELS}/{name}": content, "ps1/3_cost.ipynb": book}
    (ran,) = trial.run(files, {}, tmp_path, lambda _ran: None)
    assert (ran.notebook, ran.faults) == ("ps1/3_cost.ipynb", [])
    assert ran.waiting == 4


@pytest.mark.parametrize("arguments", [["ps9"], ["ps1", "--repository", "ada"], ["ps1", "--branch", "a b"]])
def test_what_is_named_wrongly_is_said_in_words(arguments, tmp_path):
    done = CliRunner().invoke(cli.app, ["publish", *arguments, "--to", str(tmp_path / "out"), "--course", str(ROOT)])
    assert done.exit_code == 1
    assert "Traceback" not in done.output
    assert not (tmp_path / "out").exists()
