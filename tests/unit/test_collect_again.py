"""`course collect` again: what was handed in before is replaced in one step or stays, whatever happens meanwhile."""

import json
import os
import sys

import lms_downloads as made
import pytest

from autograder.lms import collect, place
from autograder.lms.refusal import Refused


def test_collecting_again(course, roster):
    """The same changes nothing; another replaces, and what was there is kept; an older one leaves what is there."""

    def gradescope(day, text):
        who = [("Ada Lovelace", "ada@example.org", "")]
        return made.gradescope([(1, who, f"2026-01-{day} 10:00:00 Z", made.hand_in(text))])

    whats = [
        made.collected(course, gradescope(*handin), known=roster).placed["ada"].what
        for handin in ((12, "a"), (12, "a"), (13, "b"), (11, "c"))
    ]
    assert whats == ["new", "unchanged", "replaced", "kept"]
    assert made.text_of(course, "ada") == "b"
    assert json.loads((course / "unplaced/ps1/replaced/ada/2_engine.ipynb").read_text())["cells"][0]["source"] == "a"
    assert not list((course / "submitted").glob(".collecting/work*"))


def test_a_late_mark_becomes_a_time_after_the_due_date(course, roster):
    with made.gradebook(course) as book:
        book.add_assignment("ps1", duedate="2026-01-12 23:59:59 UTC")
    people = [("lovelaceada", True, 101, made.hand_in()), ("müllerjörg", False, 102, made.hand_in())]
    done = made.collected(course, made.canvas(people), known=roster)
    assert (course / "submitted/ada/ps1/timestamp.txt").read_text() == "2026-01-13 00:00:00.000000 UTC"
    assert any("not how late" in remark for remark in done.placed["ada"].remarks)
    assert "timestamp.txt" not in made.handed_in(course, "joerg")


def test_a_students_own_time_stamp_counts_for_nothing(course, roster):
    files = {**made.hand_in(), "timestamp.txt": b"2001-01-01 00:00:00 UTC"}
    made.collected(course, made.canvas([("lovelaceada", False, 101, files)]), known=roster)
    assert "timestamp.txt" not in made.handed_in(course, "ada")


@pytest.mark.parametrize("step", ["stage", "keep_folder", "put", "_exchange"])
def test_an_interruption_leaves_the_old_submission_whole(course, roster, monkeypatch, step):
    def stop(*_arguments):
        raise KeyboardInterrupt

    old, new = (made.canvas([("lovelaceada", False, 101, made.hand_in(text))]) for text in ("old", "new"))
    made.collected(course, old, known=roster)
    with monkeypatch.context() as patched:
        patched.setattr(place, step, stop)
        with pytest.raises(KeyboardInterrupt):
            made.collected(course, new, known=roster)
    assert made.text_of(course, "ada") == "old"
    assert len(made.handed_in(course, "ada")) == 3
    made.collected(course, new, known=roster)
    assert made.text_of(course, "ada") == "new"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux exchanges two folders in one step")
def test_two_folders_are_exchanged_in_one_step(tmp_path):
    made.write(tmp_path, {"one/1": b"", "other/2": b""})
    assert place._exchange(tmp_path / "one", tmp_path / "other")
    assert [path.name for path in (tmp_path / "one").iterdir()] == ["2"]


def test_where_two_folders_cannot_be_exchanged_the_old_one_comes_back(course, roster, monkeypatch):
    monkeypatch.setattr(place, "_exchange", lambda *_: False)
    old, new = (made.canvas([("lovelaceada", False, 101, made.hand_in(text))]) for text in ("old", "new"))
    made.collected(course, old, known=roster)
    rename = type(course).rename

    def fail(path, target):
        if path.parent.name == "staged" and target.name == "ps1" and not path.name.endswith(".before"):
            raise OSError(28, "No space left on device")
        return rename(path, target)

    with monkeypatch.context() as patched:
        patched.setattr(type(course), "rename", fail)
        with pytest.raises(OSError, match="No space left"):
            made.collected(course, new, known=roster)
    assert made.text_of(course, "ada") == "old"
    assert made.collected(course, new, known=roster).placed["ada"].what == "replaced"
    assert made.text_of(course, "ada") == "new"


def test_two_collections_at_a_time_are_refused(course):
    with collect._workplace(course / "submitted"), pytest.raises(Refused, match="Another `course collect`"):
        made.collected(course, made.zipped({}))


def test_times_of_files_survive_so_that_grading_can_tell_the_newest(course, roster):
    files = made.write(course / "plain", {"ada/2_engine.ipynb": made.notebook("engine")})
    os.utime(files / "ada/2_engine.ipynb", (10**9, 10**9))
    made.collected(course, files, known=roster)
    assert (course / "submitted/ada/ps1/2_engine.ipynb").stat().st_mtime == 10**9
