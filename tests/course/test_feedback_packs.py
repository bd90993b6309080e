"""`course feedback` on a graded class: each student gets a page of their own, and nothing of anybody else's."""

import html
import re
import zipfile

import lms_downloads as made
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell
from typer.testing import CliRunner

from autograder import cli, commands
from autograder.samples import notebooks

STUDENTS = {"amalia": ("Amalia", "Noether"), "bernhard": ("Bernhard", "Bolzano"), "cecilia": ("Cecilia", "Payne")}
HIDDEN = ["assert x == 2", "BEGIN HIDDEN TESTS", "END HIDDEN TESTS"]
ROSTER = (
    "id,name,canvas id\namalia,Amalia Noether,501\nbernhard,Bernhard Bolzano,502\nzacharias,Zacharias Janssen,504\n"
)


@pytest.fixture(scope="module")
def class_of_three(new_course):
    course = new_course()
    for number, student in enumerate(STUDENTS):
        course.hand_in(student, answer_x=f"x = {number}; print('printed by', {_mark(student)!r})", essay=_mark(student))
        path = course.submitted(student) / "p1.ipynb"
        book = notebooks.read(path)
        book.cells += [new_markdown_cell(f"{_mark(student)}, **in text**"), new_code_cell(f"{_mark(student)!r}")]
        notebooks.write(book, path)
    course.autograde()
    course.hand_in("zacharias")
    with course.book() as book:
        for student, (first, last) in STUDENTS.items():
            book.update_or_create_student(student, first_name=first, last_name=last)
            comment = book.find_comment("answer_x", "p1", "ps1", student)
            comment.manual_comment = f"Dear {first}, {_mark(student)}: well done."
        book.add_student("walther", first_name="Walther", last_name="Ritz")
        book.db.commit()
    return course


@pytest.fixture
def graded(class_of_three, tmp_path):
    """A class of three, in whose notebooks and comments there is a mark of each; one more has handed in, and waits."""
    return class_of_three.copy(tmp_path / "class")


@pytest.fixture
def packed(monkeypatch):
    """Return a function that runs `course feedback`, in which nbgrader starts at once, and returns what it says."""

    def run(course, *options, status=0):
        def nbgrader(arguments, _folder, _log, on_line):
            for line in course.nbgrader(*arguments).splitlines():
                on_line(line)

        monkeypatch.setattr(commands, "nbgrader", nbgrader)
        done = CliRunner().invoke(cli.app, ["feedback", "ps1", "--course", str(course.folder), *map(str, options)])
        assert done.exit_code == status, done.output
        return " ".join(done.output.split())

    return run


def _mark(student):
    return f"mark-{sum(map(ord, student))}-of-one"


def _text(page):
    """Return what a page says, and what stands in its tags."""
    return html.unescape(re.sub(r"</?span[^>]*>", "", page))


def test_nobody_gets_anything_of_anybody_else_nor_a_hidden_test(graded, packed):
    said = packed(graded)
    assert "Made feedback for 3 students" in said
    assert "No feedback for 2 students: walther: has handed in nothing" in said
    assert "zacharias: not graded: `nbgrader autograde ps1 --student zacharias`" in said
    assert "p2/essay: 3 of 3 students" in said

    packs = graded.folder / "packs" / "ps1"
    assert sorted(path.name for path in packs.iterdir()) == [f"{student}.zip" for student in STUDENTS]
    for student in STUDENTS:
        assert all(line in str(graded.graded(student)) for line in HIDDEN)
        archive = zipfile.ZipFile(packs / f"{student}.zip")
        assert archive.namelist() == ["ps1_feedback.html"]
        pages = [path.read_text() for path in (graded.folder / "feedback" / student / "ps1").glob("*.html")]
        assert len(pages) == 3
        for page in map(_text, [archive.read("ps1_feedback.html").decode(), *pages]):
            for other in STUDENTS.keys() - {student}:
                assert not [
                    word for word in (other, _mark(other), *STUDENTS[other]) if word.casefold() in page.casefold()
                ]
            assert not [line for line in HIDDEN if line in page]
        whole = _text(archive.read("ps1_feedback.html").decode())
        assert f"Dear {STUDENTS[student][0]}, {_mark(student)}: well done." in whole
        assert f"printed by {_mark(student)}" in whole
        assert f"<p>{_mark(student)}</p>" in whole  # the essay
        assert "7 points are still to be given by a person." in whole


def test_what_is_older_than_the_grade_is_made_anew_and_nothing_else(graded, packed):
    packed(graded)
    before = _written(graded)
    assert "Made feedback for 0 students; that of 3 was up to date." in packed(graded)
    assert _written(graded) == before

    graded.grade_by_hand("bernhard", "essay", 4)
    assert "Made feedback for 1 student; that of 2 was up to date." in packed(graded)
    changed = {path for path, when in _written(graded).items() if before[path] != when}
    assert {path.parts[0] for path in changed} == {"bernhard"}
    front = (graded.folder / "feedback" / "bernhard" / "ps1" / "index.html").read_text()
    assert "2 points are still to be given by a person." in front


def test_a_download_of_canvas_says_whose_each_page_is(graded, packed, tmp_path):
    (tmp_path / "roster.csv").write_text(ROSTER)
    people = [("noetheramalia", False, 501), ("bolzanobernhard", True, 502), ("janssenzacharias", False, 504)]
    (tmp_path / "submissions.zip").write_bytes(made.canvas([(*person, {"p1.ipynb": b"{}"}) for person in people]))
    said = packed(graded, "--canvas", tmp_path / "submissions.zip", "--roster", tmp_path / "roster.csv")
    assert "Packed the feedback of 2 students" in said
    assert "Graded, but not in the download, so not packed: cecilia" in said
    archive = zipfile.ZipFile(graded.folder / "packs" / "ps1_canvas.zip")
    assert archive.namelist() == [
        "noetheramalia_501_5001_ps1_feedback.html",
        "bolzanobernhard_LATE_502_5002_ps1_feedback.html",
    ]
    for name, student in zip(archive.namelist(), STUDENTS, strict=False):
        assert _mark(student) in archive.read(name).decode()


def test_nothing_to_pack_is_said_in_words(course, packed):
    assert "Nobody's ps1 is graded yet. Run `nbgrader autograde ps1` first." in packed(course, status=1)


def _written(course):
    """Return when each page was written, by its path."""
    folder = course.folder / "feedback"
    return {path.relative_to(folder): path.stat().st_mtime_ns for path in folder.rglob("*.html")}
