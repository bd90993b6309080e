"""A class is graded by plain nbgrader: everyone gets what the submission deserves, and feedback to go with it."""

import html
import io
import re

import pytest
from rich.console import Console

from autograder import demo, grades
from autograder.samples.sample_class import SAMPLES
from course_files import ROOT


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    """The demonstration, played once: its folder, what it printed, and whether it was content."""
    folder = tmp_path_factory.mktemp("demo") / "class"
    printed = io.StringIO()
    content = demo.run(ROOT, folder, Console(file=printed, width=140), ["ps1"])
    return folder, printed.getvalue(), content


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.student)
def test_a_sample_gets_exactly_what_it_deserves(sample, played):
    folder, _, _ = played
    assert grades.read(folder / "gradebook.db", "ps1").points[sample.student] == sample.points


def test_the_demo_says_so(played):
    _, printed, content = played
    assert content
    assert "Every student got exactly the points" in printed


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.student)
def test_everyone_gets_feedback_for_every_notebook(sample, played):
    folder, _, _ = played
    pages = sorted(path.stem for path in (folder / "feedback" / sample.student / "ps1").glob("*.html"))
    assert pages == ["1_by_hand", "2_engine", "3_cost", "index"]


def test_feedback_shows_the_picture_and_the_words(played):
    folder, _, _ = played
    page = (folder / "feedback" / "felix" / "ps1" / "2_engine.html").read_text()
    assert "data:image/svg+xml;" in page
    assert "Two paths arrive at this node" in page


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.student)
def test_feedback_does_not_show_hidden_tests(sample, played):
    folder, _, _ = played
    for path in (folder / "feedback" / sample.student / "ps1").glob("*.html"):
        text = html.unescape(re.sub("<[^>]*>", "", path.read_text()))
        assert "score.part(" not in text
        assert "Answer(" not in text
        assert "score.growth(" not in text


def test_an_endless_loop_gets_a_clear_verdict(played):
    folder, _, _ = played
    page = (folder / "feedback" / "otto" / "ps1" / "2_engine.html").read_text()
    assert "did not come to an end within 10 s" in page


def test_the_demo_leaves_a_folder_alone_that_is_not_its_own(tmp_path):
    (tmp_path / "gradebook.db").write_text("precious")
    with pytest.raises(demo.NotOurs, match="was not made by the demo"):
        demo.run(ROOT, tmp_path, Console(file=io.StringIO()))
    assert (tmp_path / "gradebook.db").read_text() == "precious"
