"""`course collect` as it is typed: what it says, and what it refuses."""

import lms_downloads as made
import pytest
from typer.testing import CliRunner

from autograder import cli
from autograder.lms.refusal import Refused


def test_the_command_ends_with_a_list_of_everybody(course, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    made.class_list(course)
    (course / "canvas.zip").write_bytes(
        made.canvas([("lovelaceada", True, 101, made.hand_in()), ("strange[bold]", False, 66, made.hand_in())])
    )
    arguments = ["collect", "ps1", str(course / "canvas.zip"), "--roster", str(course / "roster.csv")]
    done = CliRunner().invoke(cli.app, [*arguments, "--course", str(course)])
    assert done.exit_code == 0, done.output
    words = " ".join(done.output.split())
    assert "canvas.zip: Canvas, 2 hand-ins" in words
    assert "1 students handed in ps1: 1 new, 0 replaced, 0 unchanged, 0 kept" in words
    assert "5 on the roster have no hand-in:" in words
    assert "strange[bold] (Canvas 66) is not on the roster" in words


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["ps7", "x.zip"], "This course has no notebooks for ps7"),
        (["ps1", "x.zip"], "There is no x.zip"),
        (["ps1", "x.zip", "--timezone", "Mars/Base"], "There is no time zone Mars/Base"),
        (["ps1", "x.zip", "--roster", "none.csv"], "none.csv cannot be read"),
    ],
)
def test_what_a_user_got_wrong_is_said_in_words(course, arguments, words):
    done = CliRunner().invoke(cli.app, ["collect", *arguments, "--course", str(course)])
    assert done.exit_code == 1
    assert words in " ".join(done.output.split())
    assert "Traceback" not in done.output


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("first,last\nA,B\n", "has no column for ids"),
        ("id\nada\nAda\n", "the id Ada stands there twice"),
        ("id\n../ada\n", "cannot name a folder"),
        ("id,name\n,Ada\n", "row 2 has no id: Ada"),
        ("", "is empty"),
    ],
)
def test_a_roster_that_cannot_be_used_is_refused(course, text, words):
    with pytest.raises(Refused, match=words):
        made.class_list(course, text)


def test_a_gradebook_that_cannot_be_read_is_said(course):
    (course / "gradebook.db").write_bytes(b"no database" * 100)
    with pytest.raises(Refused, match="cannot be read as a gradebook"):
        made.collected(course, made.zipped({}))


def test_canvass_gradebook_is_a_roster(course):
    known = made.class_list(
        course,
        "Student,ID,SIS User ID,SIS Login ID,Section,ps1 (77)\n,,,,,Manual Posting\n    Points Possible,,,,,53\n"
        '"Müller, Jörg",102,u9,jm12,Sec 1,\n"Student, Test",500,,,Sec 1,\n',
    )
    assert [(student.id, student.canvas_id) for student in known.students] == [("jm12", "102"), ("500", "500")]
    done = made.collected(course, made.canvas([("müllerjörg", False, 102, made.hand_in())]), known=known)
    assert list(done.placed) == ["jm12"]
