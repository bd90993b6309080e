"""A new exercise has all the cells that nbgrader needs, and is refused until its author has written it."""

import importlib
import io
import shutil
import sys

import nbformat
import pytest
from rich.console import Console
from typer.testing import CliRunner

import autograder.samples
from autograder import cli, proving, scaffold
from autograder.samples import manifest, notebooks
from course_files import ROOT


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A copy of the course, the manifests of which are those that are read."""
    shutil.copytree(ROOT / "source", tmp_path / "source")
    shutil.copytree(ROOT / "autograder" / "samples", tmp_path / "autograder" / "samples")
    shutil.copy(ROOT / "nbgrader_config.py", tmp_path)
    monkeypatch.setattr(autograder.samples, "__path__", [str(tmp_path / "autograder" / "samples")])
    for name in ("ps1", "ps2", "ps9"):
        monkeypatch.delitem(sys.modules, f"autograder.samples.{name}", raising=False)
    importlib.invalidate_caches()
    yield tmp_path
    for name in ("ps1", "ps2", "ps9"):
        sys.modules.pop(f"autograder.samples.{name}", None)


def sound(course, name, test=None):
    printed = io.StringIO()
    content = proving.run(manifest.of(name), course, test, Console(file=printed, width=200))
    return content, printed.getvalue()


def test_the_cells_are_marked_as_nbgrader_expects(course):
    path, _ = scaffold.add(course, "ps2", "2_analytic", "chain_rule", 4)
    book = notebooks.read(path)
    nbformat.validate(book)
    solution, test = notebooks.cell_named(book, "chain_rule"), notebooks.cell_named(book, "test_chain_rule")
    assert solution.metadata.nbgrader == {
        "grade": False, "grade_id": "chain_rule", "locked": False, "schema_version": 3, "solution": True, "task": False,
    }  # fmt: skip
    assert test.metadata.nbgrader == {
        "grade": True, "grade_id": "test_chain_rule", "locked": True, "points": 4, "schema_version": 3,
        "solution": False, "task": False,
    }  # fmt: skip
    assert "### BEGIN SOLUTION" in solution.source
    assert "with check.public():" in test.source.split("### BEGIN HIDDEN TESTS")[0]


@pytest.mark.parametrize(("name", "notebook"), [("ps2", "1_numerical"), ("ps2", "0_first"), ("ps9", "1_new")])
def test_manifest_and_notebook_agree_but_for_what_is_to_be_written(name, notebook, course):
    scaffold.add(course, name, notebook, "chain_rule", 4)
    content, printed = sound(course, name)
    assert not content
    assert "TODO" in printed
    assert "No mistake is known that it must catch." in printed
    assert "Each belongs there once" not in printed
    assert "Nothing was run" in printed


def test_once_written_it_is_sound(course):
    path, listed = scaffold.add(course, "ps9", "1_new", "chain_rule", 4)
    path.write_text(path.read_text().replace("TODO", "Done"))
    listed.write_text(
        listed.read_text()
        .replace("TODO", "Done")
        .replace(
            "mistakes=[]",
            'mistakes=[Mistake("one too many", "chain_rule", ("test_chain_rule",), hint="a pointer", '
            'edits={"return x": "return x + 1"})]',
        )
        .replace("import Exercise", "import Mistake, Exercise")
    )
    content, printed = sound(course, "ps9", "test_chain_rule")
    assert content, printed


def test_what_stands_there_already_is_left_as_it_was(course):
    before = (course / "source/ps2/1_numerical.ipynb").read_text()
    scaffold.add(course, "ps2", "1_numerical", "chain_rule", 4)
    after = (course / "source/ps2/1_numerical.ipynb").read_text()
    assert after.startswith(before[: before.rindex("  }\n ],")])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("ps2", "2_analytic", "descent", 1), "has a cell descent already"),
        (("ps2", "2_analytic", "test_x", 1), "would be the name of a test"),
        (("ps2", "2_analytic", "Chain rule", 1), "'Chain rule' is no name for an exercise"),
        (("ps2", "analytic", "chain_rule", 1), "'analytic' is no name for a notebook"),
        (("../ps2", "2_analytic", "chain_rule", 1), "'../ps2' is no name for a problem set"),
        (("ps2", "2_analytic", "chain_rule", 0), "at least one point"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_written(arguments, words, course):
    before = sorted(course.rglob("*"))
    with pytest.raises(scaffold.Refused) as refused:
        scaffold.add(course, *arguments)
    assert words in str(refused.value)
    assert sorted(course.rglob("*")) == before


def test_the_command_says_what_to_do_next(course):
    done = CliRunner().invoke(cli.app, ["new-exercise", "ps9", "1_new", "chain_rule", "--course", str(course)])
    assert done.exit_code == 0, done.output
    assert "source/ps9/1_new.ipynb" in done.output
    assert "course sound ps9 --exercise test_chain_rule" in done.output
