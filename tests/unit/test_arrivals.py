"""What a student hands in: which file is taken for which notebook, what may go along, and what is refused."""

import contextlib
import json
import os
import shutil
import socket
import unicodedata

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autograder.arrivals import MOST_FILES, Refused, look_through, quarantine

EXPECTED = ["1_by_hand", "2_engine", "3_cost"]
CELLS = {"by_hand_forward": "1_by_hand", "engine": "2_engine", "test_matmul": "2_engine", "time_cost": "3_cost"}


def owns(ids):
    owners = {CELLS.get(name) for name in ids}
    return owners.pop() if len(owners) == 1 else None


def book(*ids):
    cells = [{"cell_type": "code", "metadata": {"nbgrader": {"grade_id": name}}, "source": ""} for name in ids]
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells})


@pytest.fixture
def submission(tmp_path):
    """Return a function that writes files into a submission, later ones newer, and looks through it."""
    folder = tmp_path / "submitted" / "ada" / "ps1"

    def look(files, expected=EXPECTED, **options):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for age, (name, text) in enumerate(files.items()):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)
            os.utime(folder / name, ns=(age * 10**9, age * 10**9))
        return look_through(folder, expected, quarantine(folder, tmp_path / "refused"), **options)

    look.folder = folder
    look.refused = tmp_path / "refused"
    return look


def taken(found):
    return {name: path.name for name, path in found.notebooks.items()}


def test_a_submission_as_it_should_be_is_taken_as_it_is(submission):
    found = submission({f"{name}.ipynb": name for name in EXPECTED} | {"data/x.csv": "1", "timestamp.txt": "now"})
    assert taken(found) == {name: f"{name}.ipynb" for name in EXPECTED}
    assert list(found.files) == ["data/x.csv"]
    assert found.repaired == found.problems == []


NAMES = [
    "2_engine (1).ipynb",
    "2_engine(2).ipynb",
    "2_engine-1.ipynb",
    "2_engine 2.ipynb",
    "2_engine[1].ipynb",
    "2_engine-Copy1.ipynb",
    "2_engine copy.ipynb",
    "2_engine copy 2.ipynb",
    "2_engine - Copy (2).ipynb",
    "2_engine - Kopie.ipynb",
    "2_engine (Kopie).ipynb",
    "2_engine_fixed.ipynb",
    "2_engine_v2.ipynb",
    "2_engine.ipynb.txt",
    "2_engine.ipynb.json",
    "2_engine.ipynb.ipynb",
    "2_engine.ipynb (1)",
    "2_engine.IPYNB",
    "2 Engine.ipynb",
    "2-engine.ipynb",
    "2%20engine.ipynb",
    "2_engine.ipynb - Colab.ipynb",
    "Copy of 2_engine.ipynb",
    "Copy of Copy of 2_engine.ipynb",
    "Copy of 2_engine (1).ipynb",
    "Copy_of_2_engine.ipynb",
    "Kopie von 2_engine.ipynb",
    "Copie de 2_engine.ipynb",
    "Copia de 2_engine.ipynb",
    "Cópia de 2_engine.ipynb",
    'Копия_блокнота_"2_engine_ipynb".ipynb',
    "「2_engine_ipynb」的副本.ipynb",
    "“2_engine.ipynb”的副本.ipynb",
    "2_engine_ipynb_のコピー.ipynb",
    "2_engine.ipynb의 사본",
    "2_engine_ipynb_adlı_not_defterinin_kopyası.ipynb",
    "ps1/2_engine.ipynb",
    "ada/ps1/2_engine (3).ipynb",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_names_as_they_arrive_are_matched_and_the_student_is_told(submission, name):
    found = submission({name: "{}", "1_by_hand.ipynb": "{}", "3_cost.ipynb": "{}"})
    assert found.notebooks["2_engine"] == submission.folder / name
    assert found.repaired == [f"`{name}` was taken for 2_engine.ipynb"]
    assert found.problems == []


DRIVE = ["Copy of ", "Kopie von ", "Copia di ", "Kopia av ", "Kopie van ", "Kopi af ", "Копия "]
BROWSER = [" (1)", "(12)", " (2) (1)", "-Copy1", "_fixed", " - Copy", " - Kopie", ".ipynb", "_v3"]
FORMS = [str, str.upper, str.title, lambda name: name.replace("_", " "), lambda name: name.replace("_", "-")]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(
    st.sampled_from(["1_by_hand", "2_engine", "übung_3", "Blatt 4", "p1"]),
    st.lists(st.sampled_from(DRIVE), max_size=2),
    st.lists(st.sampled_from(BROWSER), max_size=3),
    st.sampled_from(FORMS),
    st.sampled_from(["NFC", "NFD"]),
    st.sampled_from(["", "ps1/", "a/b/"]),
)
def test_however_a_file_is_renamed_it_is_found(submission, name, before, behind, form, normal, inside):
    file = unicodedata.normalize(normal, "".join([*before, form(name), *behind, ".ipynb"]))
    found = submission({inside + file: "{}"}, ["1_by_hand", "2_engine", "übung_3", "Blatt 4", "p1"])
    assert taken(found) == {name: file}
    assert not any("left out" in line for line in found.problems)


@pytest.mark.parametrize(
    ("expected", "name"),
    [(["lab", "lab-1"], "lab-2.ipynb"), (["p1", "P1"], "p1 (1).ipynb"), (["p1", "p2"], "p1_and_p2.ipynb")],
)
def test_what_could_mean_two_notebooks_is_left_to_a_person(submission, expected, name):
    found = submission({name: "{}"}, expected)
    assert found.notebooks == {}
    assert f"`{name}` is none of {', '.join(expected)}, and was left out" in found.problems


def test_a_number_that_belongs_to_the_name_stays_with_it(submission):
    found = submission({"lab-1.ipynb": "a", "lab.ipynb": "b", "lab 2 (1).ipynb": "c"}, ["lab", "lab-1", "lab_2"])
    assert taken(found) == {"lab": "lab.ipynb", "lab-1": "lab-1.ipynb", "lab_2": "lab 2 (1).ipynb"}


def test_a_name_that_only_holds_the_right_one_is_taken_and_shown_to_a_person(submission):
    found = submission({"lovelace_4711_2_engine_draft.ipynb": "{}"}, ["2_engine"])
    assert taken(found) == {"2_engine": "lovelace_4711_2_engine_draft.ipynb"}
    assert found.problems == found.repaired
    assert "please check" in found.problems[0]


def test_the_right_name_wins_and_a_different_copy_is_reported(submission):
    found = submission({"2_engine.ipynb": "old", "2_engine (1).ipynb": "new"}, ["2_engine"])
    assert taken(found) == {"2_engine": "2_engine.ipynb"}
    (line,) = found.problems
    assert "`2_engine (1).ipynb` and `2_engine.ipynb` could all be 2_engine.ipynb and are not the same" in line
    assert line.endswith("`2_engine.ipynb` was taken, which has the right name")


def test_the_same_file_twice_is_no_problem(submission):
    found = submission({"2_engine.ipynb": "same", "2_engine (1).ipynb": "same"}, ["2_engine"])
    assert found.problems == found.repaired == []


def test_of_copies_the_newest_is_taken_and_the_choice_reported(submission):
    found = submission({"2_engine (2).ipynb": "a", "2_engine (1).ipynb": "b"}, ["2_engine"])
    assert taken(found) == {"2_engine": "2_engine (1).ipynb"}
    assert "seems to be the newest" in found.problems[0]


def test_of_equally_old_copies_the_last_attempt_is_taken(submission):
    files = {"2_engine (2).ipynb": "a", "2_engine (10).ipynb": "b", "2_engine (9).ipynb": "c"}
    submission(files)
    for name in files:
        os.utime(submission.folder / name, ns=(0, 0))
    found = look_through(submission.folder, ["2_engine"], quarantine(submission.folder, submission.refused))
    assert taken(found) == {"2_engine": "2_engine (10).ipynb"}


def test_a_notebook_is_known_by_its_cells_whatever_its_name(submission):
    found = submission({"homework.ipynb": book("engine", "test_matmul")}, owns=owns)
    assert taken(found) == {"2_engine": "homework.ipynb"}
    assert found.repaired == ["`homework.ipynb` was taken for 2_engine.ipynb, whose cells it holds"]


def test_notebooks_that_were_saved_under_each_others_names_are_told_apart(submission):
    found = submission({"2_engine.ipynb": book("time_cost"), "3_cost.ipynb": book("engine")}, owns=owns)
    assert taken(found) == {"2_engine": "3_cost.ipynb", "3_cost": "2_engine.ipynb"}


def test_cells_of_several_notebooks_decide_nothing(submission):
    found = submission({"all.ipynb": book("engine", "time_cost"), "2_engine.ipynb": book("engine", "x")}, owns=owns)
    assert taken(found) == {"2_engine": "2_engine.ipynb"}
    assert "`all.ipynb` is none of 1_by_hand, 2_engine, 3_cost, and was left out" in found.problems


@pytest.mark.parametrize("content", ["{}", '{"cells": [{"metadata": {"nbgrader": {"grade_id": [1]}}}]}', "broken"])
def test_odd_content_decides_nothing(submission, content):
    found = submission({"2_engine (1).ipynb": content, "x.ipynb": content}, ["2_engine"], owns=owns)
    assert taken(found) == {"2_engine": "2_engine (1).ipynb"}


def test_a_notebook_saved_as_json_or_text_is_one_and_other_such_files_are_not(submission):
    files = {"2_engine.json": book("engine"), "3_cost.txt": "my notes", "numbers.json": "{}"}
    found = submission(files, ["2_engine", "3_cost"])
    assert taken(found) == {"2_engine": "2_engine.json"}
    assert sorted(found.files) == ["3_cost.txt", "numbers.json"]


def test_what_is_missing_is_reported_and_so_is_an_archive_that_may_hold_it(submission):
    found = submission({"1_by_hand.ipynb": "", "3_cost.ipynb": "", "ps1.zip": "PK", "2_engine.html": ""})
    assert found.problems == ["2_engine.ipynb was not handed in", "`ps1.zip` is an archive; nobody has looked into it"]


def test_what_programs_leave_behind_is_ignored(submission):
    rubbish = [
        ".ipynb_checkpoints/2_engine-checkpoint.ipynb",
        "__pycache__/m.cpython-311.pyc",
        "m.pyc",
        ".DS_Store",
        "Thumbs.db",
        "__MACOSX/._2_engine.ipynb",
        "._2_engine.ipynb",
        ".~2_engine.ipynb",
        "x/timestamp.txt",
    ]
    found = submission(dict.fromkeys(rubbish, "x"), [])
    assert (found.notebooks, found.files, found.repaired, found.problems) == ({}, {}, [], [])


def irregular(folder):
    (folder / "data").symlink_to("/etc")
    (folder / "1_by_hand.ipynb").symlink_to("/etc/passwd")
    (folder / ".ipynb_checkpoints").mkdir()
    os.mkfifo(folder / ".ipynb_checkpoints" / "pipe")
    # A socket's path may not be long.
    with contextlib.chdir(folder), socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket")


def test_links_and_other_irregular_files_are_moved_away_unopened(submission):
    submission({"2_engine.ipynb": ""})
    irregular(submission.folder)
    found = look_through(submission.folder, EXPECTED, quarantine(submission.folder, submission.refused))
    assert taken(found) == {"2_engine": "2_engine.ipynb"}
    assert found.repaired == [
        "a pipe was refused: `.ipynb_checkpoints/pipe`",
        "a link was refused: `1_by_hand.ipynb`",
        "a link was refused: `data`",
        "a socket was refused: `socket`",
    ]
    assert set(found.repaired) <= set(found.problems)
    assert sorted(path.name for path in submission.folder.iterdir()) == [".ipynb_checkpoints", "2_engine.ipynb"]
    assert (submission.refused / "data").readlink().as_posix() == "/etc"
    assert (submission.refused / ".ipynb_checkpoints" / "pipe").exists()


def test_a_link_in_quarantine_leads_nothing_astray_and_names_stay_unique(submission, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    submission({"2_engine.ipynb": ""})
    refuse = quarantine(submission.folder, submission.refused)
    for _ in range(2):
        (submission.folder / "a").symlink_to(elsewhere)
        look_through(submission.folder, EXPECTED, refuse)
    (submission.folder / "a").mkdir()
    os.mkfifo(submission.folder / "a" / "pipe")
    look_through(submission.folder, EXPECTED, refuse)
    assert list(elsewhere.iterdir()) == []
    assert sorted(path.name for path in submission.refused.iterdir()) == ["a", "a~1", "a~2"]
    assert (submission.refused / "a~2" / "pipe").exists()


def test_what_cannot_be_moved_away_stops_the_submission(submission):
    submission({"2_engine.ipynb": ""})
    (submission.folder / "data").symlink_to("/etc")

    def refuse(_):
        raise PermissionError(13, "Permission denied")

    with pytest.raises(Refused, match=r"a link could not be moved away: `data` \(Permission denied\)"):
        look_through(submission.folder, EXPECTED, refuse)


@pytest.mark.parametrize("depth", [0, 1])
def test_a_folder_that_is_a_link_is_not_looked_into(submission, tmp_path, depth):
    submission({"2_engine.ipynb": ""})
    place = [submission.folder, submission.folder.parent][depth]
    place.rename(tmp_path / "moved")
    place.symlink_to(tmp_path / "moved")
    with pytest.raises(Refused, match="is a link to another place"):
        look_through(submission.folder, EXPECTED, lambda _: None)


def test_no_folder_at_all_is_said_in_words(tmp_path):
    with pytest.raises(Refused, match="no folder with a submission"):
        look_through(tmp_path / "ada" / "ps1", EXPECTED, lambda _: None)


def test_too_much_is_refused_before_it_is_read(submission):
    with pytest.raises(Refused, match=r"at least 3\.0 MiB, and at most 1\.0 MiB are taken"):
        submission({"a.bin": "x" * 3 * 2**20}, most_bytes=2**20)
    with pytest.raises(Refused, match="more than 2000 files"):
        submission({f"{number}.txt": "" for number in range(MOST_FILES + 1)})


def test_names_that_would_break_a_report_are_shown_harmless_and_left_out(submission):
    found = submission({"a`b\nc\u202e.csv": "", "\udcff.csv": "", "x`y.ipynb": ""}, [])
    assert found.files == {}
    assert all(line.isprintable() and line.count("`") == 2 for line in found.problems)
    assert len(found.problems) == 3


def test_a_file_that_cannot_be_opened_is_reported(submission, monkeypatch):
    submission({"2_engine.ipynb": ""})
    monkeypatch.setattr("pathlib.Path.open", lambda *_: (_ for _ in ()).throw(PermissionError()))
    found = look_through(submission.folder, ["2_engine"], lambda _: None)
    assert found.problems == ["`2_engine.ipynb` could not be opened", "2_engine.ipynb was not handed in"]


def test_the_digest_changes_when_and_only_when_the_submission_does(submission):
    files = {"2_engine.ipynb": "a", "data/x.csv": "1", "timestamp.txt": "now"}
    first = submission(files).digest
    assert submission(files).digest == submission(dict(reversed(files.items()))).digest == first
    changed = [files | {"2_engine.ipynb": "b"}, files | {"timestamp.txt": "later"}, files | {"y": ""}]
    moved = {"2_engine.ipynb": "a", "data/y.csv": "1", "timestamp.txt": "now"}
    digests = {submission(other).digest for other in [*changed, moved]}
    submission(files)
    (submission.folder / "link").symlink_to("/etc")
    digests.add(look_through(submission.folder, EXPECTED, lambda _: None).digest)
    assert len(digests | {first}) == 5  # what is refused does not count: it is put away


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(
    st.dictionaries(
        st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=30)
        .map(lambda name: name + ".ipynb")
        .filter(lambda name: len(name.encode()) < 200 and name.casefold() == name),
        st.text(st.characters(exclude_categories=["Cs"])),
        max_size=3,
    )
)
def test_no_name_and_no_content_make_it_fail(submission, files):
    found = submission(files, owns=owns)
    assert all(line.isprintable() for line in found.problems + found.repaired)
