"""Packs of feedback: called so that Canvas and Moodle know whose it is, and one student's page in each."""

import re
import zipfile
from types import SimpleNamespace

import lms_downloads as made
import pytest
from markupsafe import Markup

from autograder.feedback_packs import addresses, packing, run
from autograder.feedback_packs.joining import joined
from autograder.feedback_packs.making import Graded, Standing
from autograder.feedback_pages import page
from autograder.feedback_pages.grades import Grade, NotebookGrades, SubmissionGrades
from autograder.lms.refusal import Refused

FILE = "ps1_feedback.html"
NOTEBOOKS = list(made.QUESTIONS)


def canvas(folder, people, roster=None):
    path = folder / "submissions.zip"
    path.write_bytes(made.canvas(people))
    return addresses.of_canvas(path, NOTEBOOKS, roster, FILE)


def moodle(folder, people, roster=None, **how):
    path = folder / "ps1.zip"
    path.write_bytes(made.moodle(people, **how))
    return addresses.of_moodle(path, roster, FILE)


def read_by_canvas(name):
    """Return the ids of person and file that Canvas reads in a name: the first two parts that are numbers."""
    return [part for part in name.split("_") if part.isdigit()][:2]


def read_by_moodle(name):
    """Return the person, the plugin and the file that Moodle reads in a path, before and since 4.1."""
    for place, part in enumerate(parts := name.split("/")):
        if len(found := part.split("_", 4)) == 5 and found[1].isdigit():
            return found[1], found[2:4], "/".join(filter(None, [found[4], *parts[place + 1 :]]))
    return None


# --- Whose it is ------------------------------------------------------------------------------------------------------


def test_canvas_finds_person_and_file_by_the_ids_of_its_own_download(tmp_path):
    roster = made.class_list(tmp_path)
    people = [("lovelaceada", False, 101, made.hand_in()), ("müllerjörg", True, 102, made.hand_in())]
    names = canvas(tmp_path, people, roster).names
    assert names == {"ada": f"lovelaceada_101_5001_{FILE}", "joerg": f"müllerjörg_LATE_102_5004_{FILE}"}
    assert [read_by_canvas(name) for name in names.values()] == [["101", "5001"], ["102", "5004"]]


def test_without_a_roster_students_are_called_as_they_were_when_collected(tmp_path):
    people = [("lovelaceada", False, 101, made.hand_in())]
    assert list(canvas(tmp_path, people).names) == ["101"]
    done = made.collected(made.course(tmp_path / "course"), made.canvas(people))
    assert list(done.placed) == ["101"]


def test_who_cannot_be_sent_anything_is_named(tmp_path):
    path = tmp_path / "submissions.zip"
    path.write_bytes(made.zipped({"lovelaceada_101_text.html": b"typed", "leekim_999_5001_2_engine.ipynb": b""}))
    found = addresses.of_canvas(path, NOTEBOOKS, made.class_list(tmp_path), FILE)
    assert found.names == {}
    assert found.nobody == [
        "lovelaceada (Canvas 101) handed in no file, to which Canvas would add one",
        "leekim (Canvas 999) is not on the roster",
    ]


def test_two_people_are_never_sent_one_students_feedback(tmp_path):
    people = [("lovelaceada", False, 101, made.hand_in()), ("lovelaceada", False, 101, made.hand_in())]
    again = [*people, ("augusta", False, 101, made.hand_in())]
    found = canvas(tmp_path, again, made.class_list(tmp_path))
    assert list(found.names) == ["ada"]
    assert found.nobody == ["augusta (Canvas 101) is ada, as is somebody else in the download"]


@pytest.mark.parametrize("how", [{}, {"behind": "_"}, {"flat": True}])
def test_moodle_finds_the_person_before_and_since_its_version_4_1(tmp_path, how):
    roster = made.class_list(tmp_path)
    people = [("Ada Lovelace", 9001, made.hand_in()), ("Jörg Müller", 9002, made.hand_in())]
    names = moodle(tmp_path, people, roster, **how).names
    assert names["joerg"] == f"Jörg Müller_9002_assignsubmission_file_/{FILE}"
    assert read_by_moodle(names["ada"]) == ("9001", ["assignsubmission", "file"], FILE)


def test_a_folder_in_which_the_download_was_unpacked_will_do(tmp_path):
    folder = made.write(tmp_path / "unpacked", {"Ada Lovelace_9001_assignsubmission_file/2_engine.ipynb": b""})
    assert list(addresses.of_moodle(folder, made.class_list(tmp_path), FILE).names) == ["ada"]


def test_another_file_is_refused(tmp_path):
    path = tmp_path / "some.zip"
    path.write_bytes(made.zipped({"a.txt": b"", "b.txt": b""}))
    with pytest.raises(Refused, match="does not look like Canvas"):
        addresses.of_canvas(path, NOTEBOOKS, None, FILE)
    with pytest.raises(Refused, match="does not look like Moodle"):
        addresses.of_moodle(path, None, FILE)
    path.write_bytes(b"no zip")
    with pytest.raises(Refused, match="is empty, or no zip"):
        addresses.of_moodle(path, None, FILE)
    with pytest.raises(Refused, match="There is no"):
        addresses.of_moodle(tmp_path / "nothing.zip", None, FILE)


# --- One page of several ----------------------------------------------------------------------------------------------


def graded(folder, student="ada", state="ab12", *, points=1.0, marked=False, **pages):
    """Return a submission whose pages lie in a folder."""
    where = folder / student
    where.mkdir(exist_ok=True)
    bodies = {"index": '<a href="p1.html#q">the question</a>', "p1": '<p id="q">what came</p>'} | pages
    for name, body in bodies.items():
        marked_body = Markup(f"<nav>elsewhere</nav>{page.BEGIN}{body}{page.END}")  # noqa: S704
        text = page.whole(name, state, marked_body, [f"sha256-{name}="])
        (where / f"{name}.html").write_text(text, encoding="utf-8")
    about = {"p1": NotebookGrades({"essay": Grade(points, 5.0, marked)})}
    return Graded(student, SubmissionGrades("", 0.0, about), ["p1"], "ab12", where)


def test_pages_are_joined_into_one_whose_links_stay_in_it(tmp_path):
    made_one = joined(graded(tmp_path), "ps1")
    assert '<a href="#q">the question</a>' in made_one
    assert '<p id="q">what came</p>' in made_one
    assert "elsewhere" not in made_one
    assert page.hashes_of(made_one) == ["sha256-index=", "sha256-p1="]
    assert made_one.count("<html") == 1


def test_a_page_of_another_grade_or_another_student_is_not_packed(tmp_path):
    one = graded(tmp_path)
    (one.folder / "p1.html").write_text(page.whole("p1", "cd34", Markup("x"), []), encoding="utf-8")
    assert not one.is_fresh
    with pytest.raises(Refused, match="has changed"):
        joined(one, "ps1")


def test_pages_are_fresh_if_all_of_them_are_there(tmp_path):
    one = graded(tmp_path)
    assert one.is_fresh
    (one.folder / "index.html").unlink()
    assert not one.is_fresh


# --- Packs ------------------------------------------------------------------------------------------------------------


def test_a_pack_is_whole_or_as_it_was_before(tmp_path):
    to = tmp_path / "packs" / "ps1.zip"
    packing.together([("a.html", "first")], to)

    def broken():
        yield "a.html", "second"
        raise RuntimeError

    with pytest.raises(RuntimeError):
        packing.together(broken(), to)
    with pytest.raises(RuntimeError):
        packing.apart(broken(), FILE, tmp_path / "packs" / "ps1")
    assert zipfile.ZipFile(to).read("a.html") == b"first"
    assert [path.name for path in to.parent.iterdir()] == ["ps1.zip"]


def test_each_student_gets_a_zip_and_nobody_an_old_one(tmp_path):
    to = tmp_path / "packs" / "ps1"
    packing.apart([("ada", "hers"), ("kim1", "theirs")], FILE, to)
    packing.apart([("ada", "new")], FILE, to)
    assert [path.name for path in to.iterdir()] == ["ada.zip"]
    assert zipfile.ZipFile(to / "ada.zip").read(FILE) == b"new"


# --- What is said -----------------------------------------------------------------------------------------------------


@pytest.fixture
def told(tmp_path, monkeypatch):
    """Return a function that packs, and returns what is said."""
    lines = []
    console = SimpleNamespace(print=lambda text, **_: lines.append(str(text)))

    def packed(standing, **wanted):
        lines.clear()
        monkeypatch.setattr(run.making, "look", lambda *_: standing)
        run.run(tmp_path, "ps1", run.Wanted(**wanted), console)
        return "\n".join(lines)

    return packed


def test_who_has_no_feedback_and_why(told, tmp_path):
    standing = Standing({"ada": graded(tmp_path)}, {"kim1": "has handed in nothing", "joerg": "not graded"})
    said = told(standing, roster=made.class_list(tmp_path))
    assert "Made feedback for 0 students; that of 1 was up to date." in said
    assert "Packed the feedback of 1 student into" in said
    assert "No feedback for 5 students:" in said
    assert "  kim1, kim2, mary, zoe: has handed in nothing" in said
    assert "  joerg: not graded" in said


def test_what_a_person_has_yet_to_grade(told, tmp_path):
    waiting = {name: graded(tmp_path, name, points=None, marked=True) for name in ("ada", "kim1")}
    said = told(Standing({**waiting, "joerg": graded(tmp_path, "joerg", marked=True)}))
    assert "  p1/essay: 2 of 3 students" in said
    assert re.search(r"Marked for you to look at in formgrader.*\n  joerg\n", said)
    assert "Not graded by hand" not in told(Standing({"ada": graded(tmp_path)}))


def test_a_forgotten_roster_is_asked_for(told, tmp_path):
    path = tmp_path / "submissions.zip"
    path.write_bytes(made.canvas([("lovelaceada", False, 101, made.hand_in())]))
    with pytest.raises(Refused, match="--roster FILE"):
        told(Standing({"ada": graded(tmp_path)}), canvas=path)
    said = told(Standing({"ada": graded(tmp_path), "joerg": graded(tmp_path, "joerg")}), canvas=path,
                roster=made.class_list(tmp_path))  # fmt: skip
    assert "Graded, but not in the download, so not packed:\n  joerg" in said
    assert "Upload Submissions" in said
