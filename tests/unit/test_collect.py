"""`course collect`: downloads as each system writes them come to lie where nbgrader looks, and nothing gets lost."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import lms_downloads as made
import pytest
from nbgrader.utils import parse_utc

from autograder.lms.refusal import Refused


def test_canvas(course, roster):
    done = made.collected(
        course,
        made.canvas(
            [
                ("lovelaceada", False, 101, made.hand_in()),
                ("müllerjörg", True, 102, made.hand_in()),
                ("schmidtannamaria", False, 999, made.hand_in()),
                ("nguyễnzoë", False, 777, made.hand_in()),
                ("leekim", False, 105, made.hand_in()),
            ]
        ),
        known=roster,
    )
    assert sorted(done.placed) == ["ada", "joerg", "kim2", "zoe"]
    assert [name for name, placed in done.placed.items() if placed.late] == ["joerg"]
    assert made.handed_in(course, "ada") == {"1_by_hand.ipynb", "2_engine.ipynb", "3_cost.ipynb"}
    # Her name fits, but on the roster she is another person in Canvas.
    assert "schmidtannamaria (Canvas 999) is not on the roster" in made.whys(done)
    assert [student.id for student in done.missing] == ["mary", "kim1"]


def test_of_files_handed_in_again_to_canvas_the_last_counts(course, roster):
    again = {
        "2_engine.ipynb": made.notebook("engine", text="first"),
        "2_engine-1.ipynb": made.notebook("engine", text="second"),
        "2_engine-2.ipynb": made.notebook("engine", text="third"),
    }
    done = made.collected(course, made.canvas([("lovelaceada", False, 101, again)]), known=roster)
    assert made.text_of(course, "ada") == "third"
    assert made.handed_in(course, "ada") == {"2_engine.ipynb"}
    assert "2_engine.ipynb was handed in 3 times; the last counts" in done.placed["ada"].remarks


def test_a_notebook_that_canvas_renamed_alone_is_taken(course, roster):
    download = made.canvas([("lovelaceada", False, 101, {"2_engine-4.ipynb": made.notebook("engine")})])
    assert made.collected(course, download, known=roster).placed["ada"].notebooks == ["2_engine"]


@pytest.mark.parametrize(("behind", "flat"), [("", False), ("_", False), ("", True)])
def test_moodle(course, roster, behind, flat):
    people = [
        ("Ada Lovelace", 9001, made.hand_in()),
        (made.decomposed("Jörg Müller"), 77, made.hand_in()),
        ("Anna Maria Schmidt", 9003, made.hand_in()),
    ]
    done = made.collected(course, made.moodle(people, behind=behind, flat=flat), known=roster)
    # Jörg has another number in this assignment than the roster says.
    assert sorted(done.placed) == ["ada", "mary"]
    assert "Jörg Müller (Moodle 77) is not on the roster" in made.whys(done)
    assert made.handed_in(course, "mary") == {"1_by_hand.ipynb", "2_engine.ipynb", "3_cost.ipynb"}


def test_names_match_however_umlauts_are_encoded_and_however_they_are_ordered(course):
    known = made.class_list(course, 'student_id,name\nj1,"Müller, Jörg"\nz1,Zoë Nguyễn\n')
    people = [(made.decomposed("Jörg Müller"), 1, made.hand_in()), ("Nguyen Zoe", 2, made.hand_in())]
    assert sorted(made.collected(course, made.moodle(people), known=known).placed) == ["j1", "z1"]


def test_text_typed_into_moodle_goes_along_with_the_files(course, roster):
    name = "Ada Lovelace_9001_assignsubmission_"
    files = {f"{name}file/{file}": content for file, content in made.hand_in().items()}
    files[f"{name}onlinetext/onlinetext.html"] = b"<p>Sorry"
    made.collected(course, made.zipped(files), known=roster)
    assert "onlinetext.html" in made.handed_in(course, "ada")


def test_two_people_of_one_name_are_never_guessed(course):
    done = made.collected(course, made.moodle([("Kim Lee", 1, made.hand_in())]), known=made.class_list(
        course, "id,name\nkim1,Kim Lee\nkim2,Kim Lee\n"
    ))  # fmt: skip
    assert not done.placed
    assert "Kim Lee (Moodle 1) could be each of kim1, kim2" in made.whys(done)
    kept, why = sorted((course / "unplaced/ps1").glob("*kim_lee*"))
    assert (kept / "2_engine.ipynb").read_bytes() == made.hand_in()["2_engine.ipynb"]
    assert "could be each of" in why.read_text()


def test_without_a_roster_people_of_one_name_are_not_merged(course):
    people = [("Kim Lee", 1, made.hand_in()), ("Kim Lee", 2, made.hand_in()), ("Jörg Müller", 3, made.hand_in())]
    done = made.collected(course, made.moodle(people))
    assert list(done.placed) == ["joerg_mueller"]
    assert made.whys(done).count("has the same name as somebody else") == 2


def test_moodles_worksheet_is_a_roster_and_says_when(course):
    known = made.class_list(
        course,
        "\ufeffIdentifier,Full name,ID number,Email address,Status,Grade,Last modified (submission)\r\n"
        'Participant 9001,Ada Lovelace,s1,ada@example.org,Submitted,-,"Tuesday, 13 January 2026, 11:58 PM"\r\n'
        "Participant 9002,Jörg Müller,,jm@example.org,No submission,-,-\r\n",
    )
    done = made.collected(
        course, made.moodle([("Ada Lovelace", 9001, made.hand_in())]), known=known, zone=ZoneInfo("Europe/Berlin")
    )
    assert done.placed["s1"].time == datetime(2026, 1, 13, 22, 58, tzinfo=UTC)
    assert [student.id for student in done.missing] == ["jm@example.org"]
    stamp = (course / "submitted/s1/ps1/timestamp.txt").read_text()
    assert stamp == "2026-01-13 22:58:00.000000 UTC"
    assert parse_utc(stamp) == datetime(2026, 1, 13, 22, 58)  # noqa: DTZ001 - nbgrader's times are UTC without saying so


def test_gradescope(course, roster):
    done = made.collected(
        course,
        made.gradescope(
            [
                (1, [("Ada Lovelace", "ada@example.org", "")], "2026-01-13 20:00:00.123456000 Z", made.hand_in("old")),
                (2, [("Ada Lovelace", "ada@example.org", "")], "2026-01-14 09:00:00 +09:00", made.hand_in("new")),
                (3, [("Kim Lee", "kim1@example.org", "kim1"), ("Kim Lee", "kim2@example.org", "kim2")],
                 "2026-01-13 22:00:00 Z", made.hand_in()),
                (4, [("Nobody", "", "")], "2026-01-13 22:00:00 Z", made.hand_in()),
                (5, [("Zoë Nguyễn", "zoe@example.org", "")], "2026-01-13 22:00:00 Z", {}),
            ]
        ),
        known=roster,
    )  # fmt: skip
    assert sorted(done.placed) == ["ada", "kim1", "kim2"]
    assert made.text_of(course, "ada") == "new"
    assert done.placed["ada"].time == datetime(2026, 1, 14, 0, 0, tzinfo=UTC)
    assert "earlier hand-ins that do not count: 1" in done.placed["ada"].remarks
    assert "Nobody is not on the roster" in made.whys(done)
    assert "no files of it are there; it is by Zoë Nguyễn" in made.whys(done)


def test_a_list_of_gradescopes_that_cannot_be_read_is_refused_in_words(course):
    broken = made.zipped({"x/submission_metadata.yml": b"a: [", "x/submission_1/2_engine.ipynb": b"{}"})
    with pytest.raises(Refused, match="nobody knows whose the submissions are"):
        made.collected(course, broken)


def test_the_exchange(course):
    files = {
        f"inbound/{who}+ps1+2026-01-{day} 10:00:00.000000 UTC{behind}/{name}": content
        for who, day, behind in (("ada", 12, "+k2x/9"[:4]), ("ada", 13, ""), ("a+b", 13, "+rnd"))
        for name, content in {**made.hand_in(f"day {day}"), "timestamp.txt": b"2001-01-01 00:00:00 UTC"}.items()
    }
    other = {"inbound/ada+ps2+2026-01-20 10:00:00.000000 UTC/1_numerical.ipynb": made.notebook("x")}
    done = made.collected(course, made.write(course / "x", files | other))
    assert sorted(done.placed) == ["a+b", "ada"]
    assert made.text_of(course, "ada") == "day 13"
    assert (course / "submitted/ada/ps1/timestamp.txt").read_text() == "2026-01-13 10:00:00.000000 UTC"
    assert "it was handed in for ps2" in made.whys(done)


PLAIN = [
    {"ada": {"2_engine.ipynb": "2_engine.ipynb"}},
    {"ada": {"ps1/2_engine.ipynb": "2_engine.ipynb"}},
    {"of week 3/ada": {"2_engine.ipynb": "2_engine.ipynb"}, "of week 3/kim1": {"3_cost.ipynb": "3_cost.ipynb"}},
    {"submitted/ada": {"ps1/2_engine.ipynb": "2_engine.ipynb"}},
    {".": {"ada_2_engine.ipynb": "2_engine.ipynb"}},
    {".": {"ada-2 engine (1).ipynb": "2 engine (1).ipynb"}},
    {".": {"Copy of ada_2_engine.ipynb": "2_engine.ipynb"}},
    {".": {"Lovelace Ada_2_engine.ipynb.txt": "2_engine.ipynb.txt"}},
    {"Lovelace, Ada": {"Copy of 2_engine.ipynb": "Copy of 2_engine.ipynb"}},
    {"ada@example.org": {"2_engine (1).ipynb": "2_engine (1).ipynb"}},
]  # fmt: skip


@pytest.mark.parametrize("zip_it", [False, True])
@pytest.mark.parametrize(
    "layout", PLAIN, ids=lambda layout: next(iter(layout)) + "/" + next(iter(next(iter(layout.values()))))
)
def test_a_plain_folder_or_zip(course, roster, layout, zip_it):
    book = {"2_engine": made.notebook("engine"), "3_cost": made.notebook("time_cost")}
    files = {
        f"{folder}/{name}".removeprefix("./"): book["3_cost" if "cost" in name else "2_engine"]
        for folder, names in layout.items()
        for name in names
    }
    done = made.collected(course, made.zipped(files) if zip_it else made.write(course / "plain", files), known=roster)
    assert done.placed["ada"].notebooks == ["2_engine"]
    assert made.handed_in(course, "ada") == set(next(iter(layout.values())).values())
    assert not done.unplaced


def test_zips_of_students_are_unpacked(course, roster):
    files = {
        "ada.zip": made.zipped(made.hand_in()),
        "kim1/all of it.zip": made.zipped({"x.zip": made.zipped(made.hand_in())}),
    }
    done = made.collected(course, made.write(course / "plain", files), known=roster)
    assert {name: len(placed.notebooks) for name, placed in done.placed.items()} == {"ada": 3, "kim1": 3}


def test_a_folder_may_hold_downloads_beside_hand_ins(course):
    """A class's zip is not taken for a student's."""
    files = {
        "submissions.zip": made.canvas([("lovelaceada", False, 101, made.hand_in())]),
        "more.zip": made.moodle([("Jörg Müller", 1, made.hand_in())]),
        "kim.zip": made.zipped(made.hand_in()),
    }
    done = made.collected(course, made.write(course / "all", files))
    assert sorted(done.placed) == ["101", "joerg_mueller", "kim"]
    assert [source.split(",")[0] for source in done.sources] == [
        "more.zip: Moodle",
        "submissions.zip: Canvas",
        "all: a folder",
    ]
    assert not done.unplaced


def test_what_nobody_is_named_for_is_kept_with_a_reason(course):
    files = {"2_engine.ipynb": b"{}", "notes.pdf": b"%PDF", "ada_2_engine.ipynb": made.notebook("engine")}
    done = made.collected(course, made.write(course / "plain", files))
    assert list(done.placed) == ["ada"]
    assert made.whys(done).count("its name does not say whose it is") == 2
    kept = sorted(path.name for path in (course / "unplaced/ps1").rglob("*.*"))
    assert {"2_engine.ipynb", "notes.pdf"} < set(kept)
    made.collected(course, course / "plain")
    assert sorted(path.name for path in (course / "unplaced/ps1").rglob("*.*")) == kept


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ({"1_numerical.ipynb": made.notebook("numerical")}, "none of the notebooks of ps1, but 1_numerical.ipynb"),
        ({"essay.docx": b"PK"}, "none of the notebooks of ps1, but essay.docx"),
    ],
)
def test_what_is_for_another_assignment_or_no_notebook_does_not_replace_a_hand_in(course, roster, files, why):
    made.collected(course, made.canvas([("lovelaceada", False, 101, made.hand_in("good"))]), known=roster)
    done = made.collected(course, made.canvas([("lovelaceada", False, 101, files)]), known=roster)
    assert why in made.whys(done)
    assert made.text_of(course, "ada") == "good"
    assert "ada" in [student.id for student in done.before]


def test_a_notebook_under_any_name_is_known_by_its_cells(course, roster):
    download = made.canvas([("lovelaceada", False, 101, {"Untitled0.ipynb": made.notebook("engine", "test_engine")})])
    assert made.collected(course, download, known=roster).placed["ada"].notebooks == ["2_engine"]


def test_names_that_differ_by_case_or_encoding_are_both_kept(course, roster):
    files = {**made.hand_in(), "data/Ü.csv": b"1", made.decomposed("data/ü.csv"): b"2", "data/ü.csv/x": b"3"}
    name = "Ada Lovelace_9001_assignsubmission_file/"
    made.collected(course, made.zipped({name + file: content for file, content in files.items()}), known=roster)
    extra = made.handed_in(course, "ada") - set(made.hand_in())
    contents = {(course / "submitted/ada/ps1" / file).read_bytes() for file in extra}
    assert contents == {b"1", b"2", b"3"}
