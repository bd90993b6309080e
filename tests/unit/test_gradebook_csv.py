"""`course grades`: points come to stand in the files that Canvas and Moodle export, and nothing else changes there."""

import csv
import io
import warnings
from dataclasses import replace
from datetime import datetime

import lms_downloads as made
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import SAWarning
from typer.testing import CliRunner

from autograder import cli
from autograder.lms import gradebook_csv, table
from autograder.lms import points as pointing
from autograder.lms.points import Points, Result
from autograder.lms.refusal import Refused
from autograder.lms.table import Table

# As Canvas writes it: a row for how grades are posted, if any are hidden, then one with four blanks in front.
CANVAS = """\
Student,ID,SIS User ID,SIS Login ID,Section,ps1 (7701),Quiz 1 (7702),Assignments Current Score,Final Score
,,,,,Manual Posting,,,
"    Points Possible",,,,,53.00,10.00,(read only),(read only)
"Lovelace, Ada",101,u1,ada,Sec 1,,9.00,90.00,90.00
"Müller, Jörg",102,u2,joerg,"Sec 1 and Sec 2",EX,,,
"Schmidt, ""Anna"" Maria",103,u3,mary,Sec 1,12.00,,,
"""
WORKSHEET = """\
Identifier,Full name,ID number,Email address,Status,Grade,Maximum Grade,Grade can be changed,\
Last modified (submission),Last modified (grade),Feedback comments
Participant 9001,Ada Lovelace,,ada@example.org,Submitted for grading,,53.00,Yes,\
"Tuesday, 13 January 2026, 11:58 PM",-,
Participant 9002,Jörg Müller,,jm@example.org,Graded,20.00,53.00,No,-,-,"well ""done"", Jörg"
Participant 9003,Anna Maria Schmidt,,ams@example.org,No submission,,53.00,Yes,-,-,
"""
GRADER_REPORT = """\
First name,Last name,ID number,Institution,Department,Email address,Assignment: ps1 (Real),\
Quiz: Quiz 1 (Real),Course total (Real),Last downloaded from this course
Ada,Lovelace,ada,,,ada@example.org,-,9.00,9.00,1768400000
Jörg,Müller,joerg,,,jm@example.org,-,-,-,1768400000
"""


def result(student, raw=40.0, penalty=0.0, **more):
    return Result(student, "", "", "", raw, penalty, {"2_engine/a": raw, "3_cost/b": None}, None, 0.0, False, **more)


def points(*results):
    return Points("ps1", 53.0, {"2_engine/a": 50.0, "3_cost/b": 3.0}, {one.id: one for one in results})


@pytest.fixture
def read(tmp_path):
    """Return a function that reads a CSV from text."""

    def run(text, encoding="utf-8", newline="\n"):
        (tmp_path / "export.csv").write_bytes(text.replace("\n", newline).encode(encoding))
        return table.read(tmp_path / "export.csv")

    run.path = tmp_path / "export.csv"
    return run


@pytest.fixture
def roster(tmp_path):
    return made.class_list(tmp_path)


def changes(before, after):
    """Return which cells differ: row, column and what stands there now."""
    assert len(before.rows) == len(after.rows)
    return [
        (row, before.rows[0][column], new)
        for row, (olds, news) in enumerate(zip(before.rows, after.rows, strict=True))
        for column, (old, new) in enumerate(zip(olds, news, strict=True))
        if old != new
    ]


def test_canvas_gets_points_and_nothing_else_changes(read, roster):
    export = read(CANVAS)
    filled = gradebook_csv.canvas(export, points(result("ada", 41.5), result("joerg"), result("ghost")), roster)
    assert changes(export, filled.table) == [(3, "ps1 (7701)", "41.5")]
    assert filled.students == ["ada"]
    nothing = 'Schmidt, "Anna" Maria (Canvas 103), mary, has no points: nothing was graded'
    assert filled.left == [nothing, "joerg is excused"]
    assert filled.absent == ["ghost"]
    assert filled.remarks == []


def test_without_a_roster_the_ids_of_canvas_tell(read):
    export = read(CANVAS)
    filled = gradebook_csv.canvas(export, points(result("101"), result("MARY", 3)), None)
    assert changes(export, filled.table) == [(3, "ps1 (7701)", "40"), (5, "ps1 (7701)", "3")]


def test_an_id_that_is_also_somebody_elses_is_not_filled(read):
    export = read(CANVAS.replace(",u2,joerg", ",101,joerg"))
    filled = gradebook_csv.canvas(export, points(result("101")), None)
    assert changes(export, filled.table) == []
    assert filled.left[-1] == "101 would stand in 2 rows; none of them was filled"


def test_other_points_in_canvas_are_said_and_not_scaled(read, roster):
    filled = gradebook_csv.canvas(read(CANVAS.replace("53.00", "50")), points(result("ada")), roster)
    assert filled.remarks == ["In Canvas the assignment has 50 points, in the gradebook 53. Points are not scaled."]


def test_canvas_with_semicolons_and_decimal_commas(read, roster):
    text = "Student;ID;SIS Login ID;Section;ps1 (1)\n    Points Possible;;;;53,00\nLovelace, Ada;101;ada;S;\n"
    filled = gradebook_csv.canvas(read(text, "utf-8-sig"), points(result("ada", 41.25)), roster)
    assert filled.table.rows[2] == ["Lovelace, Ada", "101", "ada", "S", "41,25"]
    assert filled.table.delimiter == ";"


def test_canvas_with_names_in_two_columns(read, roster):
    text = "LastName,FirstName,ID,SIS Login ID,Section,ps1 (1)\nMüller,Jörg,,,S,\nMüller,Jörg,102,x,S,\n"
    filled = gradebook_csv.canvas(read(text), points(result("joerg", 1)), roster)
    assert filled.table.rows[2][-1] == "1"


@pytest.mark.parametrize(
    ("header", "column", "chosen"),
    [
        ("ps1 (1),ps10 (2)", "", "ps1 (1)"),
        ("Homework ps1: engine (1),ps10 (2)", "", "Homework ps1: engine (1)"),
        ("Set one (1),Set two (2)", "Set two", "Set two (2)"),
        ("Set one (1),Set one (2)", "Set one (2)", "Set one (2)"),
    ],
)
def test_the_assignments_column_in_canvas(read, header, column, chosen):
    export = read(f"Student,ID,SIS Login ID,Section,{header}\nA,1,a,S,,\n")
    assert gradebook_csv.canvas(export, points(), None, column).column == chosen


@pytest.mark.parametrize(
    ("header", "words"),
    [("ps1 x (1),ps1 y (2)", "More than one column could be meant: “ps1 x"), ("Quiz (1)", "No column is called ps1")],
)
def test_a_column_is_never_guessed(read, header, words):
    with pytest.raises(Refused, match=words):
        gradebook_csv.canvas(read(f"Student,ID,SIS Login ID,Section,{header}\n"), points(), None)


def test_moodles_worksheet_gets_points_and_nothing_else_changes(read, roster):
    export = read(WORKSHEET, "utf-8-sig", "\r\n")
    filled = gradebook_csv.moodle(export, points(result("ada", 41.5), result("joerg")), roster)
    assert changes(export, filled.table) == [(1, "Grade", "41.5")]
    assert filled.left == [
        "Anna Maria Schmidt (Moodle 9003), mary, has no points: nothing was graded",
        "joerg has a grade that cannot be changed",
    ]


def test_moodles_worksheet_in_german(read, roster):
    text = (
        "Identifier,Vollständiger Name,E-Mail-Adresse,Status,Bewertung,Bestwertung\n"
        'Teilnehmer/in 9001,Ada Lovelace,ada@example.org,,,"53,00"\n'
    )
    assert gradebook_csv.moodle(read(text), points(result("ada", 41.5)), roster).table.rows[1][4] == "41,5"


def test_moodles_gradebook_export(read):
    export = read(GRADER_REPORT)
    filled = gradebook_csv.moodle(export, points(result("ada", 41.5), result("jm@example.org", 0)), None)
    assert changes(export, filled.table) == [(1, "Assignment: ps1 (Real)", "41.5"), (2, "Assignment: ps1 (Real)", "0")]


def test_ids_that_collecting_without_a_roster_made_of_names_are_found_again(read):
    filled = gradebook_csv.moodle(read(WORKSHEET), points(result("ada_lovelace", 7), result("joerg_mueller")), None)
    assert filled.students == ["ada_lovelace"]
    assert filled.left[1] == "joerg_mueller has a grade that cannot be changed"


@pytest.mark.parametrize("fill", [gradebook_csv.canvas, gradebook_csv.moodle])
@pytest.mark.parametrize("text", ["a,b\n1,2\n", ""])
def test_what_no_lms_exported_is_refused(read, fill, text):
    with pytest.raises(Refused, match="This is not"):
        fill(read(text), points(), None)


def test_a_text_of_any_length_that_was_typed_into_moodle_is_kept(read, roster):
    text = "x" * 500_000
    export = read(f"Identifier,Full name,Grade,Online text\nParticipant 9001,Ada Lovelace,,{text}\n")
    filled = gradebook_csv.moodle(export, points(result("ada", 4)), roster)
    assert filled.table.rows[1] == ["Participant 9001", "Ada Lovelace", "4", text]


ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "cp1252"]


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_round_trip_keeps_every_byte(read, tmp_path, encoding, newline):
    """What was exported and is written again is the same file, whatever its encoding."""
    text = CANVAS.replace('"    Points Possible"', "    Points Possible").replace(
        '"Sec 1 and Sec 2"', "Sec 1 and Sec 2"
    )
    table.write(read(text, encoding, newline), tmp_path / "again.csv")
    assert (tmp_path / "again.csv").read_bytes() == read.path.read_bytes()


cells = st.text(st.characters(codec="utf-8", exclude_characters="\0\r", exclude_categories=["Cs"]), max_size=8)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.lists(cells, min_size=3, max_size=3).filter(any), min_size=1, max_size=5),
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from(ENCODINGS[:3]),
    st.booleans(),
)
def test_whatever_stands_in_cells_comes_back(tmp_path_factory, rows, delimiter, encoding, quoted):
    path = tmp_path_factory.mktemp("law") / "x.csv"
    known = Table([["One", "Two", "Three"], *rows], encoding, delimiter, quoted=quoted)
    table.write(known, path)
    assert table.read(path) == known


@pytest.mark.parametrize("name", ["=1+1", "+49", "-x", "@SUM(A1)", "\t=1", "  =1", "\n=1", '=HYPERLINK("http://x")'])
def test_names_that_are_formulas_are_neutralised_in_the_plain_table(name):
    rows = gradebook_csv.plain(points(replace(result("ada"), last=name, email=name)), None).rows
    assert [rows[1][1], rows[1][3]] == [f"'{name}"] * 2


@given(st.text(max_size=12))
def test_no_cell_of_the_plain_table_begins_a_formula(name):
    written = gradebook_csv.harmless(name).lstrip(" ")
    assert not written or written[0] not in "=+-@\t\r"
    assert gradebook_csv.harmless(name).removeprefix("'") == name.removeprefix("'") or name.startswith("'")


@pytest.mark.parametrize(
    ("value", "written"), [(0.0, "0"), (40.0, "40"), (1 / 3, "0.33"), (1e-9, "0"), (1e6, "1000000"), (None, "")]
)
def test_numbers(value, written):
    assert gradebook_csv.number_of(value) == written


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """A course with a gradebook: ada in time, joerg too late for his points, kim1 with an essay to be graded."""
    course = made.course(tmp_path_factory.mktemp("graded") / "course")
    with warnings.catch_warnings(), made.gradebook(course) as book:
        warnings.simplefilter("ignore", SAWarning)  # of nbgrader's own way to add submissions
        book.add_assignment("ps1", duedate="2026-01-12 23:59:59 UTC")
        book.add_notebook("2_engine", "ps1")
        for name, most in (("test_b", 30), ("test_a", 20), ("essay", 3)):
            book.add_grade_cell(name, "2_engine", "ps1", max_score=most, cell_type="code")
            book.add_source_cell(name, "2_engine", "ps1", cell_type="code")
        for student, last, day in (("ada", "=cmd|x", 12), ("joerg", "Müller", 13), ("kim1", "Lee", 12)):
            book.add_student(student, first_name="A", last_name=last)
            book.add_submission("ps1", student, timestamp=f"2026-01-{day} 12:00:00 UTC")
            for name, got in (("test_b", 25.0), ("test_a", 12.5), ("essay", None)):
                grade = book.find_grade(name, "2_engine", "ps1", student)
                grade.auto_score = got
                grade.needs_manual_grade = student == "kim1" and name == "essay"
        essay = book.find_grade("essay", "2_engine", "ps1", "ada")
        essay.manual_score = 2.0
        book.find_submission_notebook("2_engine", "ps1", "joerg").late_submission_penalty = 30.0
        book.db.commit()
    return course


def test_points_are_nbgraders_with_its_late_policy(graded):
    read = pointing.read(graded / "gradebook.db", "ps1")
    assert read.most == 53.0
    assert list(read.questions) == ["2_engine/test_b", "2_engine/test_a", "2_engine/essay"]
    assert {name: (one.raw, one.penalty, one.points) for name, one in read.results.items()} == {
        "ada": (39.5, 0.0, 39.5),
        "joerg": (37.5, 30.0, 7.5),
        "kim1": (37.5, 0.0, 37.5),
    }
    assert read.results["joerg"].late_by == 12 * 3600 + 1
    assert read.results["joerg"].time == datetime(2026, 1, 13, 12)  # noqa: DTZ001 - as nbgrader has it
    assert read.results["kim1"].questions["2_engine/essay"] is None
    assert [one.id for one in read.results.values() if one.ungraded] == ["kim1"]


def run(course, *arguments):
    done = CliRunner().invoke(cli.app, ["grades", *map(str, arguments), "--course", str(course)])
    assert "Traceback" not in done.output
    return done.exit_code, " ".join(done.output.split())


def test_the_command_for_canvas_and_for_a_spreadsheet(graded):
    (graded / "export.csv").write_text(CANVAS, encoding="utf-8")
    made.class_list(graded)
    status, words = run(graded, "ps1", "--canvas", graded / "export.csv", "--roster", graded / "roster.csv")
    assert status == 0, words
    assert "1 of 3 students have their points in “ps1 (7701)”" in words
    assert "joerg is excused" in words
    assert "1 students of the gradebook are not in the export: kim1" in words
    assert "Somebody has yet to look at these" in words
    assert "39.5" in (graded / "grades/ps1_canvas.csv").read_text()
    assert (graded / "export.csv").read_text(encoding="utf-8") == CANVAS
    assert run(graded, "ps1", "--plain", "--roster", graded / "roster.csv")[0] == 0
    raw = (graded / "grades/ps1_plain.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = {row["student_id"]: row for row in csv.DictReader(io.StringIO(raw.decode("utf-8-sig")))}
    assert rows["ada"]["last_name"] == "'=cmd|x"
    late = rows["joerg"]
    assert (late["points"], late["late_penalty"], late["2_engine/test_a"]) == ("7.5", "30", "12.5")
    assert (rows["zoe"]["points"], rows["kim1"]["to_be_graded"]) == ("", "yes")


def test_what_a_user_got_wrong_is_said_in_words(graded):
    (graded / "export.csv").write_text(CANVAS, encoding="utf-8")
    (graded / "book.xlsx").write_bytes(b"PK\x03\x04\x00\x00")
    export = graded / "export.csv"
    for arguments, said in (
        (["ps1"], "Say which kind of file you want"),
        (["ps1", "--plain", "--canvas", export], "Say which kind of file you want"),
        (["ps1", "--canvas", graded / "grades/ps1_canvas.csv"], "is where the filled file goes"),
        (["ps1", "--canvas", graded / "none.csv"], "none.csv cannot be read"),
        (["ps1", "--canvas", graded / "book.xlsx"], "save it as CSV first"),
        (["ps1", "--moodle", export], "This is not from Moodle"),
        (["ps9", "--plain"], "The gradebook has no ps9"),
    ):
        status, words = run(graded, *arguments)
        assert (status, said in words) == (1, True), words


def test_without_a_gradebook_it_is_said_how_to_get_one(tmp_path):
    assert "Generate and autograde ps1 first" in run(made.course(tmp_path / "course"), "ps1", "--plain")[1]
