"""An instructor's week by clicks: JupyterLab, formgrader in it, and the pages that come of it."""

import sys
from pathlib import Path

import pytest
from clicked_course import DUE, RIGHT, WRONG, ClickedCourse
from formgrader_page import Formgrader, choose, open_desk, open_in_lab
from lab_page import open_notebook
from looks import assert_looks_as_it_did
from nbgrader.api import Gradebook
from playwright.sync_api import expect
from served_lab import jupyterlab

from autograder.samples import notebooks
from course_files import ROOT

pytestmark = pytest.mark.browser

_TWO_LINES = 40


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    return ClickedCourse(tmp_path_factory.mktemp("clicked"))


@pytest.fixture(scope="module")
def address(course, tmp_path_factory):
    """JupyterLab in the course's folder, as an instructor starts it; no bubblewrap is found there."""
    path = str(Path(sys.executable).parent)
    with jupyterlab(course.folder, tmp_path_factory.mktemp("clicked-settings"), PATH=path) as address:
        yield address


@pytest.fixture(scope="module")
def desk(browser):
    page = open_desk(browser)
    yield page
    page.context.close()


@pytest.fixture
def formgrader(desk, address):
    return open_in_lab(desk, address)


@pytest.fixture(scope="module")
def generated(course, desk, address):
    """Generate the assignment and have it due, then three students hand in; what the dialog said."""
    said = open_in_lab(desk, address).click("ps1", "assign")
    with Gradebook(f"sqlite:///{course.folder}/gradebook.db") as book:
        book.update_or_create_assignment("ps1", duedate=DUE)
    course.hand_in("ada", RIGHT)
    course.hand_in("blaise", WRONG)
    course.hand_in("carl", RIGHT)
    course.submitted("carl").write_text("{ this was a notebook")
    return said


@pytest.fixture(scope="module")
def autograded(generated, desk, address):
    """Autograde each student; what the dialogs said."""
    assert generated.title == "Success"
    formgrader = open_in_lab(desk, address)
    formgrader.to_submissions()
    return {student: formgrader.autograde(student) for student in ("ada", "blaise", "carl")}


def test_generate_makes_the_students_version_and_says_so(generated, course):
    assert (generated.title, generated.traceback) == ("Success", "")
    assert generated.said == "Successfully created the student version of 'ps1':"
    released = (course.folder / "release" / "ps1" / "p1.ipynb").read_text()
    assert "YOUR CODE HERE" in released
    assert "HIDDEN" not in released


@pytest.mark.usefixtures("generated")
def test_the_table_of_assignments_says_what_is_due_and_what_came(formgrader):
    row = formgrader.row("ps1")
    expect(row.locator(".duedate")).to_have_text("2030-01-01 12:00:00 UTC")
    expect(row.locator(".status")).to_have_text("draft")
    expect(row.locator(".num-submissions")).to_have_text("3")
    expect(formgrader.row("twice").locator(".num-submissions")).to_have_text("0")


def test_autograde_says_what_was_done_and_the_points_are_in_the_gradebook(autograded, course, formgrader):
    waits = "needs manual grading"
    for student, code, status in (("ada", 4, waits), ("blaise", 1, waits), ("carl", 0, "graded")):
        said = autograded[student]
        assert (said.title, said.traceback) == ("Success", "")
        assert said.said == f"Successfully autograded 'ps1' for student '{student}'."
        assert f"{student}: 1 notebook in " in said.log
        assert sum(course.grades(student)[name][0] for name in ("test_x", "test_lengths")) == code
        formgrader.to_submissions()
        expect(formgrader.row(student).locator(".score")).to_have_text(f"{code} / 9")
        expect(formgrader.row(student).locator(".status")).to_have_text(status)
        formgrader.to_assignments()


def test_a_hand_in_that_nobody_can_read_is_named_in_words(autograded):
    words = "carl: p1: The file is not a notebook, or a damaged one: in line 1, "
    assert words in autograded["carl"].log
    assert "again: nbgrader autograde ps1 --student carl --force" in autograded["carl"].log


@pytest.mark.usefixtures("autograded")
def test_verdicts_look_right_where_submissions_are_graded_by_hand(formgrader):
    formgrader.to_manual_grading()
    formgrader.to_submission_of("blaise")
    short, long = verdicts(formgrader.place)
    assert style(short.locator("caption"), "color") == style(short, "color")
    assert_fits(short)
    assert_fits(long)
    assert_looks_as_it_did(short, "verdict-in-formgrader", above=".navbar, .help")


@pytest.mark.usefixtures("autograded")
def test_points_and_a_comment_by_hand_are_kept_when_a_submission_is_autograded_again(course, formgrader):
    formgrader.to_manual_grading()
    formgrader.to_submission_of("ada")
    formgrader.give("essay", points="4", comment="Clear and *short*.")
    assert course.grades("ada")["essay"] == (None, 4)
    assert course.grades("ada")["essay comment"] == "Clear and *short*."
    formgrader.give_all("essay")
    assert course.grades("ada")["essay"] == (None, 5)
    formgrader.to_assignments()
    formgrader.to_submissions()
    assert formgrader.autograde("ada").title == "Success"
    assert course.grades("ada") == course.grades("ada") | {
        "test_x": (3, None),
        "essay": (None, 5),
        "essay comment": "Clear and *short*.",
    }
    expect(formgrader.row("ada").locator(".score")).to_have_text("9 / 9")


@pytest.mark.usefixtures("autograded")
def test_feedback_is_generated_by_a_click_and_opens_in_jupyterlab(desk, address, formgrader):
    said = formgrader.click("ps1", "generate-feedback")
    assert (said.title, said.traceback) == ("Success", "")
    desk.goto(f"{address}/lab/tree/feedback/blaise/ps1/p1.html?reset")
    shown = desk.frame_locator(".jp-HTMLViewer iframe")
    shown.get_by_text("It is 3, as for somebody with another hand.").first.wait_for()
    assert shown.get_by_text("_hidden_tests").count() == 0
    room, content = shown.locator("html").evaluate("page => [page.clientWidth, page.scrollWidth]")
    assert content <= room


@pytest.mark.usefixtures("autograded")
def test_a_dark_jupyterlab_shows_a_verdict_that_can_be_read(course, desk, address):
    open_notebook(desk, (address, course.folder), course.folder / "autograded" / "blaise" / "ps1" / "p1.ipynb")
    choose(desk, "Settings", "Theme")
    desk.locator(".lm-Menu-itemLabel").get_by_text("JupyterLab Dark", exact=True).click()
    desk.wait_for_selector("body[data-jp-theme-light=false]", state="attached")
    short, long = verdicts(desk)
    assert_fits(short)
    assert_fits(long)
    assert_looks_as_it_did(short, "verdict-in-the-dark")


@pytest.mark.usefixtures("autograded")
def test_in_a_tab_of_its_own_it_autogrades_and_shows_submissions_alike(browser, address, course):
    page = open_desk(browser)
    page.goto(f"{address}/formgrader")
    formgrader = Formgrader(page)
    formgrader.to_submissions()
    assert formgrader.autograde("blaise").title == "Success"
    assert course.grades("blaise")["test_x"] == (1, None)
    page.set_viewport_size({"width": 700, "height": 1000})
    formgrader.to_manual_grading()
    formgrader.to_submission_of("blaise")
    short, long = verdicts(page)
    assert_fits(short)
    assert_fits(long)
    assert_looks_as_it_did(short, "verdict-in-a-narrow-tab", above=".navbar, .help")
    page.context.close()


@pytest.mark.usefixtures("autograded")
def test_where_nothing_can_be_isolated_the_dialog_says_what_to_do(course, formgrader):
    formgrader.to_submissions()
    course.said_in_config("c.Grading.isolation = 'bubblewrap'")
    try:
        said = formgrader.autograde("ada")
    finally:
        course.said_in_config("c.Grading.isolation = 'strongest'")  # nbgrader forgets nothing that was said before
    assert said.title == "Error"
    words = "Submissions are not executed, since they cannot be isolated on this machine."
    assert f"[ERROR] {words}" in said.log
    assert "What you can do:" in said.log
    assert "Traceback" not in said.log
    # nbgrader itself adds a panel for whatever has stopped it; it ends with the same words.
    assert words in said.traceback
    assert formgrader.autograde("ada").title == "Success"


@pytest.mark.usefixtures("generated")
def test_a_source_notebook_that_has_a_name_twice_is_refused_in_words(formgrader):
    said = formgrader.click("twice", "assign")
    assert said.title == "Error"
    assert "test_x" in said.log


def test_create_assignment_shows_kinds_and_points_and_complains_of_a_name_that_is_there_twice(course, desk, address):
    open_notebook(desk, (address, course.folder), course.folder / "source" / "twice" / "p1.ipynb")
    choose(desk, "Nbgrader", "Create assignment")
    panel = desk.locator(".nbgrader-CreateAssignmentWidget")
    expect(panel.locator(".nbgrader-CellWidget")).to_have_count(6)
    shown = panel.locator(".nbgrader-CellWidget").evaluate_all(
        """cells => cells.map(cell => {
            const [kind, name, points] = ['select', '.nbgrader-CellId input', '.nbgrader-CellPoints input'];
            const chosen = cell.querySelector(kind).selectedOptions[0].text;
            return [chosen, cell.querySelector(name).value, cell.querySelector(points).value];
        })"""
    )
    assert shown == [
        ["-", "", "0"],
        ["Read-only", "given", "0"],
        ["Autograded answer", "test_x", "0"],
        ["Autograded tests", "test_x", "3"],
        ["Autograded tests", "test_lengths", "1"],
        ["Manually graded answer", "essay", "5"],
    ]
    expect(panel.locator(".nbgrader-TotalPointsInput")).to_have_value("9")
    choose(desk, "File", "Save Notebook")
    dialog = desk.locator(".jp-Dialog")
    expect(dialog).to_contain_text("Duplicate nbgrader cell ID")
    expect(dialog).to_contain_text('The nbgrader ID "test_x" has been used for more than one cell.')
    dialog.get_by_role("button", name="Ok").click()


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        (["time_cost", "memory_cost"], "Success! Your notebook passes all the tests."),
        (["time_cost"], "The following cell failed:\n\nwith check.public():\n    cost.memory(globals())\nNot yet:"),
    ],
)
def test_validate_tells_a_student_what_is_missing(answers, words, course, desk, address):
    source = notebooks.read(ROOT / "source" / "ps1" / "3_cost.ipynb")
    book = notebooks.read(course.folder / "at_home" / "3_cost.ipynb")
    for name in answers:
        notebooks.cell_named(book, name).source = notebooks.solution(source, name)
    path = course.folder / "at_home" / f"with_{len(answers)}.ipynb"
    notebooks.write(book, path)
    open_notebook(desk, (address, course.folder), path)
    desk.locator(".validate-button").click()
    said = desk.locator(".jp-Dialog #validation-message").inner_text()
    assert words in said
    assert "Traceback" not in said
    assert ("M_run has no answer yet" in said) == ("memory_cost" not in answers)
    assert "T_run" not in said
    desk.locator(".jp-Dialog").get_by_role("button", name="Ok").click()


def verdicts(place):
    """Return the tables of both hidden tests, once they are there: one with short lines, one with long ones."""
    found = [place.locator("table", has_text=title) for title in ("Hidden tests: 1 of 3", "Hidden tests: 0 of 1")]
    for table in found:
        table.scroll_into_view_if_needed()
    return found


def style(element, name):
    return element.evaluate(f"element => getComputedStyle(element).{name}")


def assert_fits(table):
    """A table is not wider than what it stands in, nor is anything in it, and its title stays in one line."""
    content, own, room, title = table.evaluate(
        "table => [table.scrollWidth, table.clientWidth, table.parentElement.clientWidth, table.caption.clientHeight]"
    )
    assert content <= own <= room
    assert title < _TWO_LINES
