"""What is published is what students may have, and nothing else: each way in which something else could slip in."""

import json

import pytest
import small_bundle
from small_bundle import ORIGIN, PLACE, SOLUTION, WHEEL, made
from typer.testing import CliRunner

import course_files
from autograder import cli, finished_engine
from autograder.lms.refusal import Refused
from autograder.publishing import address, bundle, readme, wheel
from autograder.publishing.address import Address
from autograder.publishing.inspection import Inspector

FIRST = "ps1/1_first.ipynb"
PNG = b"\x89PNG\r\n\x1a\nand so on"


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    return small_bundle.write(tmp_path_factory.mktemp("course"))


@pytest.fixture
def files(course):
    """The bundle with ps1, to be changed."""
    return dict(made(course, "ps1").files)


@pytest.fixture(scope="module")
def inspect(course):
    return small_bundle.inspector(course).faults


def changed(files, change, name=FIRST):
    """Change a notebook of a bundle."""
    book = json.loads(files[name])
    change(book)
    files[name] = json.dumps(book).encode()
    return files


def said(text, kind="markdown"):
    """Return a change that adds a cell."""
    more = {"outputs": [], "execution_count": None} if kind == "code" else {}
    cell = {"cell_type": kind, "metadata": {}, "source": text.splitlines(keepends=True), **more}
    return lambda book: book["cells"].append(cell)


def printed(text):
    def change(book):
        said("1", "code")(book)
        lines = text.splitlines(keepends=True)
        book["cells"][-1]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": lines}]

    return change


# --- What is fit to be published -------------------------------------------------------------------------------------


def test_a_bundle_as_it_is_made_is_fit(course, inspect):
    for names in (["ps1"], ["ps2"], ["ps1", "ps2"]):
        assert inspect(made(course, *names).files) == []


def test_the_course_itself_is_fit():
    origin, names = address.origin(course_files.ROOT), course_files.ASSIGNMENTS
    files = bundle.make(course_files.ROOT, names, origin, PLACE, (WHEEL, small_bundle.wheel()), {}).files
    assert Inspector.of(course_files.ROOT, origin.place, PLACE).faults(files) == []
    readable = "\n".join(text.decode() for name, text in files.items() if not name.endswith(".whl"))
    assert "github.com/backprop-course" not in readable
    assert len(files) == sum(len(list((course_files.ROOT / "release" / name).iterdir())) for name in names) + 4


FIT = {
    "a link to another file": said("[the other](2_engine.ipynb), [all](..), [readme](../README.md#in-colab)"),
    "a link into the web": said(
        "[a](https://example.org/a_(b).pdf) [b](mailto:ada@example.org) <https://github.com/x/y>"
    ),
    "a picture": said('![a](curve.png "A curve") <img src="curve.png">'),
    "a picture that is attached": lambda book: book["cells"].append(
        {"cell_type": "markdown", "metadata": {}, "source": "![a](attachment:a.png)", "attachments": {"a.png": {}}}
    ),
    "code that looks like a link": said("`[a](b)`, $f[1](x)$\n\n    [c](d)\n\n```\n[e](f)\n```"),
    "a word like password": said("token = 'tokens are words'; password = input(); api_key = None", "code"),
    "a common path": said("/usr/lib, /home, ~/Downloads, ps1/2_engine.ipynb and r'/content/drive/MyDrive'"),
    "a line that says nothing": said("return\n    pass", "code"),
}


@pytest.mark.parametrize("change", FIT.values(), ids=FIT)
def test_what_is_fit_is_let_through(change, files, inspect):
    assert inspect(changed(files, change) | {"ps1/curve.png": PNG}) == []


# --- Attacks: something is planted in a copy of a release ------------------------------------------------------------

PLANTED = {
    "a solution": (said(f"    {SOLUTION}", "code"), "solution's line 'answer = sum"),
    "a solution in Markdown": (said(f"> `{SOLUTION}`"), "solution's line 'answer = sum"),
    "a solution that is commented out": (said(f"# {SOLUTION}", "code"), "solution's line 'answer = sum"),
    "a solution with other spaces": (said("answer=sum( k*k for k in range(7) )  # easy", "code"), "solution's line"),
    "a solution in metadata": (lambda book: book["metadata"].update(note=f"so: \n{SOLUTION}\n"), "solution's line"),
    "a solution of a later set": (said("tripled = 3 * Twice.forward", "code"), "solution's line 'tripled"),
    "a hidden test": (said("assert answer == 7 * 13", "code"), "solution's line 'assert answer == 7 * 13'"),
    "a mark of nbgrader": (said("### BEGIN HIDDEN TESTS\n### END HIDDEN TESTS", "code"), "'BEGIN HIDDEN TESTS'"),
    "a mark scheme": (said("=== BEGIN MARK SCHEME ===\nA point for each."), "'BEGIN MARK SCHEME'"),
    "the autograder": (said("from autograder import student", "code"), "holds 'autograder'"),
    "a placeholder": (said("{{ colab }}"), "unfilled '{{ colab }}'"),
    "an output": (printed("a\n"), "holds an output, below cell 6"),
    "a solution in an output": (printed(f"a\n{SOLUTION}\n"), "solution's line 'answer = sum"),
    "a cell that was run": (lambda book: book["cells"][1].update(execution_count=3), "cell 2 has a number"),
    "the state of widgets": (lambda book: book["metadata"].update(widgets={}), "the state of widgets"),
    "a missing file": (said("[data](data.csv)"), "links to data.csv, which is not there"),
    "a missing picture": (said("![curve](pictures/curve.png)"), "links to pictures/curve.png"),
    "a missing picture in HTML": (said('<p>\n<img alt="a" src="curve.svg"/></p>'), "links to curve.svg"),
    "a link by its label": (said("[see there][1]\n\n[1]: ../ps2/1_second.ipynb"), "links to ../ps2/1_second.ipynb"),
    "a missing attachment": (said("![a](attachment:a.png)"), "which is not attached"),
    "a missing heading": (said("[a](#Third-steps)"), "has no such heading"),
    "a file of one's own": (said("[a](file:///tmp/a.pdf)"), "only opens on your machine"),
    "a link from the root": (said("[a](/files/a.pdf)"), "only opens on your machine"),
    "a link out of the bundle": (said("[a](../../source/ps1/1_first.ipynb)"), "which is not there"),
    "Colab with the source": (
        said("https://colab.research.google.com/github/ada/course/blob/main/release/ps1/1_first.ipynb"),
        "is not in the bundle",
    ),
    "Colab with somebody else's": (
        said("[a](https://colab.research.google.com/github/eve/x/blob/main/ps1/1_first.ipynb)"),
        "eve/x/blob/main/ps1/1_first.ipynb, which is not in the bundle",
    ),
    "Colab with what is not there": (
        said(f"[a]({PLACE.colab('ps1/9_last.ipynb')})"), "9_last.ipynb, which is not in the bundle"
    ),
    "a file of the course": (
        said("fetch('a', 'https://raw.githubusercontent.com/ada/course/main/source/ps1')", "code"),
        "is not in the bundle",
    ),
    "the course as a package": (
        said('%pip install "backprop-course @ git+https://github.com/ada/course@main"', "code"), "is not in the bundle"
    ),
    "another wheel": (said(PLACE.raw("wheels/backprop_course-0.9-py3-none-any.whl"), "code"), "is not in the bundle"),
    "a folder of somebody's": (said("open('/home/ada/grades/x.txt')", "code"), "a folder of somebody's own: /home/ada"),
    "a folder on Windows": (said("'C:\\\\Users\\\\Ada\\\\x.txt'", "code"), "a folder of somebody's own"),
}  # fmt: skip


@pytest.mark.parametrize(("change", "words"), PLANTED.values(), ids=PLANTED)
def test_what_is_planted_in_a_notebook_is_found(change, words, files, inspect):
    found = inspect(changed(files, change))
    assert any(words in fault for fault in found), found
    assert all(fault.startswith(FIRST) for fault in found)


SECRETS = [
    "ghp_" + "a1" * 18, "github_pat_" + "a1" * 20, "glpat-" + "a1" * 10, "hf_" + "aB" * 17, "xoxb-1234567890-abc",
    "AKIA" + "A1" * 8, "AIza" + "a" * 35, "sk-" + "a1" * 20, "7~" + "aB3" * 20, "pypi-AgE" + "a" * 45,
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0.sig", "-----BEGIN OPENSSH PRIVATE KEY-----",
    "https://ada:geheim@lms.example.org/", "password = 'hunter22'", '"api_key": "0123456789abcdef"',
    "CANVAS_TOKEN=12345678abcdef", "%env API_KEY=12345678",
]  # fmt: skip


@pytest.mark.parametrize("secret", SECRETS, ids=[secret[:8] for secret in SECRETS])
def test_secrets_are_found_and_not_repeated(secret, files, inspect):
    found = inspect(changed(files, said(f"x\n{secret}\n", "code")))
    assert found
    assert len(secret) <= 12 or secret not in "\n".join(found)


def test_where_the_course_lies_is_a_secret(course, files, inspect):
    assert inspect(changed(files, said(f"open('{course}/x')", "code"))) == [
        f"{FIRST} names a folder on this machine: {course}"
    ]


NAMED = {
    "an environment": {"ps1/.env": b"A=1"},
    "a gradebook": {"gradebook.db": b"SQLite format 3\0"},
    "a gradebook by another name": {"ps1/data.txt": b"SQLite format 3\0"},
    "a key": {"ps1/server.pem": b"x"},
    "a class list": {"ps1/roster-2026.csv": b"id,name\n"},
    "hand-ins": {"submitted/ada/ps1/1_first.md": b""},
    "a repository": {".git/config": b""},
    "nobody knows what": {"ps1/data.bin": b"\xff\xfe\x00\x80"},
    "a picture that is none": {"ps1/curve.png": b"\xff\xfe\x00\x80"},
    "no notebook": {"ps1/9_last.ipynb": b'{"cells": 1}'},
    "a broken notebook": {"ps1/9_last.ipynb": b'{"cells": [{"cell_type":'},
    "a link in a text": {"ps1/notes.md": b"[a](b.md)"},
    "a solution in a text": {"ps1/notes.txt": f"x\n  {SOLUTION}\n".encode()},
    "a hidden test in a program": {"ps1/helper.py": b"assert answer == 7 * 13\n"},
    "the autograder in the wheel": {f"wheels/{WHEEL}": small_bundle.wheel({"autograder/__init__.py": ""})},
    "a solution in the wheel": {f"wheels/{WHEEL}": small_bundle.wheel({"course_lib/a.py": f"{SOLUTION}\n"})},
}


@pytest.mark.parametrize("more", NAMED.values(), ids=NAMED)
def test_what_is_laid_beside_is_found(more, files, inspect):
    assert inspect(files | more)


# --- The engine is the solution of the first problem set -------------------------------------------------------------


def test_the_engine_comes_with_the_second_problem_set_and_not_before(course, inspect):
    engine = finished_engine.text(course / "source").encode()
    assert not any(name.endswith(finished_engine.FILE) for name in made(course, "ps1").files)
    assert made(course, "ps2").files["ps2/engine.py"] == engine
    for place in ("ps1/engine.py", "engine.py", "ps1/twice.py", "ps2/twice.py"):
        found = inspect(dict(made(course, "ps1").files) | {place: engine})
        assert any("solution's line 'self.result = 2 * self.input(0)'" in fault for fault in found), place


def test_an_engine_in_the_first_set_is_found_even_where_the_source_has_it(tmp_path):
    course = small_bundle.write(tmp_path)
    for folder in ("source", "release"):
        (course / folder / "ps1" / "engine.py").write_text(finished_engine.text(course / "source"))
    assert small_bundle.inspector(course).faults(made(course, "ps1").files)


# --- One after the other ---------------------------------------------------------------------------------------------


def test_the_second_is_published_beside_the_first(tmp_path):
    course = small_bundle.write(tmp_path)
    first = made(course, "ps1")
    both = made(course, "ps2", old=first.files)
    assert (first.sets, both.sets, both.changed) == (["ps1"], ["ps1", "ps2"], [])
    assert both.files.items() >= {name: text for name, text in first.files.items() if name[:3] == "ps1"}.items()
    assert both.files == made(course, "ps1", "ps2").files
    # What has changed since is said, and published only when it is asked for.
    path = course / "release" / FIRST
    path.write_text(path.read_text().replace("First", "Very first"))
    again = made(course, "ps2", old=both.files)
    assert (again.files, again.changed) == (both.files, ["ps1"])
    assert b"Very first" in made(course, "ps1", old=both.files).files[FIRST]


def test_what_was_published_before_installs_the_wheel_that_is_there_now(course, inspect):
    old = made(course, "ps1").files
    new = made(course, "ps2", old=old, title="backprop_course-2.0-py3-none-any.whl").files
    assert [name for name in new if name.startswith("wheels/")] == ["wheels/backprop_course-2.0-py3-none-any.whl"]
    assert inspect(new) == []
    assert new[FIRST] == old[FIRST].replace(b"course-1.0", b"course-2.0")


def test_what_was_published_for_another_place_is_not_kept_in_silence(course):
    old = made(course, "ps1").files
    elsewhere = Address("ada/others", "autumn")
    both = bundle.make(course, ["ps2"], ORIGIN, elsewhere, (WHEEL, small_bundle.wheel()), old)
    found = Inspector.of(course, ORIGIN.place, elsewhere).faults(both.files)
    assert {fault.split()[0] for fault in found} == {FIRST, "ps1/2_engine.ipynb"}


def test_what_was_withdrawn_by_hand_stays_withdrawn_and_other_files_stay(course):
    old = dict(made(course, "ps1", "ps2").files) | {"CNAME": b"x"}
    less = {name: text for name, text in old.items() if not name.startswith("ps1/")}
    assert made(course, "ps2", old=less).files.keys() == less.keys()


def test_what_programs_leave_behind_stays_behind(tmp_path):
    course = small_bundle.write(tmp_path)
    before = made(course, "ps1").files
    left = course / "release" / "ps1" / ".ipynb_checkpoints"
    left.mkdir()
    (left / "1_first-checkpoint.ipynb").write_text("")
    assert made(course, "ps1").files == before
    (course / "release" / "ps1" / "link.py").symlink_to(course / "nbgrader_config.py")
    with pytest.raises(Refused, match=r"link\.py is a link"):
        made(course, "ps1")


# --- README, addresses, wheel ----------------------------------------------------------------------------------------


def test_the_readme_leads_to_each_notebook(course):
    files = made(course, "ps1", "ps2").files
    text = readme.text(files, ["ps1", "ps2"], PLACE, {"ps1": "2030-01-01 23:59 UTC"})
    assert "2 points, due 2030-01-01 23:59 UTC.\n" in text
    assert "0 points.\n" in text
    assert "\n| [First \\| steps](ps1/1_first.ipynb) | [![Open in Colab]" in text
    for name in ("ps1/1_first", "ps1/2_engine", "ps2/1_second"):
        assert f"({PLACE.colab(f'{name}.ipynb')}) |" in text
    assert f"{PLACE.colab(FIRST)}) | 2 |" in text
    assert files["requirements.txt"].decode().splitlines()[-1] == f"./wheels/{WHEEL}[notebook]"


def test_the_configuration_says_where_the_notebooks_point_to(course, tmp_path):
    said = address.origin(course)
    assert (said.place, said.installs, said.due) == (ORIGIN.place, ORIGIN.installs, {"ps1": "2030-01-01 23:59 UTC"})
    config = tmp_path / "nbgrader_config.py"
    config.write_text("c = get_config()\n")
    with pytest.raises(Refused, match="does not say where"):
        address.origin(tmp_path)
    config.write_text("c = get_config(\n")
    with pytest.raises(Refused, match="cannot be read"):
        address.origin(tmp_path)


@pytest.mark.parametrize(
    ("repository", "branch"),
    [
        ("ada", "x"),
        ("a/b/c", "x"),
        ("a/b c", "x"),
        ("a/b", ""),
        ("a/b", "-x"),
        ("a/b", "a..b"),
        ("a/b", "x y"),
        ("a/b", "/x"),
    ],
)
def test_what_is_no_place_on_github_is_refused(repository, branch):
    with pytest.raises(Refused):
        Address(repository, branch)


def test_a_course_without_a_checkout_takes_the_installed_one(course):
    assert wheel._checkout(course) == course_files.ROOT


# --- What is said ----------------------------------------------------------------------------------------------------


def test_a_refusal_is_said_as_it_is_and_nothing_is_put_in_place(tmp_path, monkeypatch):
    course = small_bundle.write(tmp_path / "course")
    (course / "release" / "ps1" / "notes.md").write_text('<a href="[/bold]">a</a>')
    monkeypatch.setattr(wheel, "build", lambda _course, _expected: (WHEEL, small_bundle.wheel()))
    done = CliRunner().invoke(cli.app, ["publish", "ps1", "--course", str(course), "--to", str(tmp_path / "out")])
    assert done.exit_code == 1
    assert "ps1/notes.md links to [/bold], which is not there" in done.output
    assert "publish again. Nothing has been changed." in done.output
    assert not (tmp_path / "out").exists()
