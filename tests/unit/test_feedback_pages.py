"""What a student reads: points, what was found, hints and comments; nothing to fetch, and nothing foreign that runs."""

import html
import json
import re
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from runs import cosh

from autograder.cleaning import OURS, CleanPages
from autograder.execution.verdict import MIME
from autograder.feedback_pages import contents, page, writing
from autograder.feedback_pages.grades import Grade, NotebookGrades, SubmissionGrades
from autograder.feedback_pages.submission import Submission

SOURCE = Path(__file__).parents[2] / "source"
HINT = "Two paths arrive here."
PARTS = [
    {"what": "a chain", "earned": 2, "points": 2, "words": "", "hint": "", "mistake": ""},
    {"what": "two paths", "earned": 0, "points": 1, "words": "x is 1.", "hint": HINT, "mistake": "overwritten"},
    {"what": "three <paths>", "earned": 0, "points": 1, "words": "x is 2.", "hint": HINT, "mistake": "overwritten"},
]


def labels(name, *, solution=False, points=None, task=False):
    return {
        "nbgrader": {
            "grade_id": name, "solution": solution, "grade": points is not None, "locked": not solution,
            "task": task, "schema_version": 3,
        }
    }  # fmt: skip


def answer(name="engine", source="x = 1"):
    return new_code_cell(source, metadata=labels(name, solution=True))


def check(name="test_engine", *, parts=PARTS, shown=(), points=4, **more):
    told = {"name": name, "points": 2, "most": points, "parts": parts, "words": "", **more}
    outputs = [*shown, new_output("display_data", {MIME: told, "text/plain": "as text"})]
    outputs.append(new_output("execute_result", {"text/plain": "2"}))
    return new_code_cell("check.gradient(x)", metadata=labels(name, points=points), outputs=outputs)


def grades(points=2.0, **more):
    return NotebookGrades({"test_engine": Grade(points, 4.0)}, **more)


def read(*cells, of=None):
    notebook = new_notebook(cells=[new_markdown_cell("# 2 · An *engine*"), *cells])
    cleaned, _ = CleanPages().preprocess(notebook, {})
    return contents.read("2_engine", cleaned, of or grades())


def submission(*held, name="", late_by=0.0, **others):
    about = {one.name: one.grades for one in held} | others
    return Submission("ps1", "ada", SubmissionGrades(name, late_by, about), {one.name: one for one in held}, "ab12")


def shown(*cells, of=None):
    """Return the page of a notebook."""
    held = read(*cells, of=of)
    return page.notebook(held, submission(held))


def words(made):
    """Return what a page says, without its tags."""
    text = html.unescape(re.sub(r"<[^>]*>", " ", made.partition("<body>")[2]))
    return " ".join(text.split())


# --- What it says -----------------------------------------------------------------------------------------------------


def test_a_question_says_what_was_checked_what_came_and_the_hint_once():
    said = words(shown(new_markdown_cell("## Step 2"), answer(), check()))
    assert "2 of 4 points" in said
    assert "two paths x is 1. Hint Two paths arrive here. 0 / 1" in said
    assert "three <paths> x is 2. The same hint as above. 0 / 1" in said
    assert "overwritten" not in said
    assert "as text" not in said


def test_the_earliest_mistake_comes_first():
    held = read(new_markdown_cell("## Step 1"), check(), new_markdown_cell("## Step 2"), check())
    assert held.first.title == "Step 1"
    assert held.first.first.what == "two paths"
    assert words(page.overview(submission(held))).index("Look at this first") < 200


def test_what_is_all_right_is_said_to_be():
    held = read(check(parts=PARTS[:1]), of=grades(4.0))
    said = words(page.overview(submission(held)))
    assert "Everything that was checked is right." in said
    assert "Look at this first" not in said


def test_a_question_that_waits_for_a_person_is_not_a_zero():
    held = read(check(parts=[]), of=grades(None))
    assert [one.state for one in held.questions] == ["open"]
    said = words(page.overview(submission(held)))
    assert "4 points are still to be given by a person." in said
    assert "… / 4" in said


def test_comments_and_untouched_answers():
    said = shown(answer(), check(), of=grades(comments={"engine": "Well **done**, $x^2$."}, untouched=("engine",)))
    assert "Well <strong>done</strong>" in said
    assert "<msup>" in said
    assert "You left this as it was." in words(said)


def test_lateness_and_missing_notebooks():
    held = read(check(), of=grades(penalty=1.5))
    said = words(page.overview(submission(held, late_by=93_600.0, **{"3_cost": NotebookGrades()})))
    assert "0.5 of 4 points" in said
    assert "You handed in 1 day and 2 hours late. That costs 1.5 points" in said
    assert "3_cost 0 / 0 You did not hand in this notebook." in said


def test_a_list_of_repairs_is_one_notice():
    text = "Repaired before grading:\n\n- one thing\n- another\n\n<small>Executed behind walls.</small>"
    found = read(new_markdown_cell(text, metadata={"autograder": {"report": True}}))
    assert found.notices == ["Repaired before grading:\n\n- one thing\n- another"]
    assert len(found.small_print) == 1


def test_headings_look_as_in_the_notebook():
    made = page.overview(submission(read(new_markdown_cell("## Cost of $n^2$ `steps`"), check())))
    assert "An <em>engine</em></a>" in made
    assert re.search(r"Cost of <math.*?</math> <code>steps</code></a>", made)


def test_questions_under_one_heading_are_told_apart():
    of = NotebookGrades({"test_a": Grade(1.0, 1.0), "test_the_sum": Grade(0.0, 1.0)})
    held = read(new_markdown_cell("## Both\n```\n# no heading\n```"), check("test_a"), check("test_the_sum"), of=of)
    assert [one.title for one in held.questions] == ["Both", "Both · the sum"]


@pytest.mark.parametrize(
    "told", [[], {"parts": 3}, {"parts": [{"what": "x"}]}, {"parts": [{**PARTS[0], "points": "a"}]}]
)
def test_a_verdict_that_is_none_is_left_out(told):
    forged = new_output("display_data", {MIME: told, "text/plain": "forged"})
    cell = new_code_cell("1", metadata=labels("test_engine", points=4), outputs=[forged])
    assert "2 of 4 points" in words(shown(cell))


def test_the_judges_verdict_is_the_last_one():
    forged = new_output("display_data", {MIME: {"parts": [{**PARTS[0], "what": "forged"}]}})
    assert read(check(shown=[forged])).questions[0].verdict.parts[0].what == "a chain"


# --- Mathematics ------------------------------------------------------------------------------------------------------


def test_every_formula_of_the_course_can_be_read_without_a_network():
    texts = [
        "".join(cell["source"])
        for path in sorted(SOURCE.glob("*/*.ipynb"))
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]
        if cell["cell_type"] == "markdown"
    ]
    made = [writing.markdown(text) for text in texts if "$" in text]
    assert len(made) > 100
    for one in made:
        outside = re.sub(r"<(code|pre|math)\b.*?</\1>", "", one, flags=re.DOTALL)
        assert "$" not in outside
        assert "\\" not in "".join(re.findall(r"<math.*?</math>", one, re.DOTALL))


@pytest.mark.parametrize("tex", [r"\begin{nothing}", "x" * 5000])
def test_a_formula_that_cannot_be_read_stays_as_it_was_written(tex):
    assert f"<code>{tex}</code>" in writing.mathematics(tex, display=False)


@pytest.mark.parametrize(
    "tex",
    [
        r"\text{<img src=x onerror=alert(1)>}",
        "<script>alert(1)</script>",
        r"\href{javascript:alert(1)}{x}",
        "<a href=x>",
    ],
)
def test_a_formula_does_nothing(tex):
    made = writing.markdown(f"${tex}$ $${tex}$$")
    assert not re.search(r"<(img|script|a)\b|<[^>]*(href|onerror)", made)


# --- What it is made of -----------------------------------------------------------------------------------------------


def test_nothing_is_fetched():
    badge = "[![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com)"
    made = shown(new_markdown_cell(badge), check())
    assert 'alt="Open in Colab"' in made
    assert not re.search(r"<(?:link|iframe|script)\b|@import|url\(|src=\"(?!data:)", made)
    assert "default-src &#39;none&#39;; img-src data:" in made
    assert "script-src &#39;none&#39;" in made


def test_pictures_step_and_no_other_script_may_run(recorded):
    forward, backward = recorded
    ours = new_output("display_data", backward(forward(cosh()))._repr_mimebundle_())
    theirs = new_output("display_data", {"text/html": "<b>b</b><script>alert(1)</script>"}, metadata={OURS: True})
    made = shown(new_code_cell("show(x)", outputs=[ours, theirs]), check())
    (script,) = re.findall(r"<script>(.*?)</script>", made, re.DOTALL)
    assert "alert" not in script
    allowed = page.hashes_of(made)
    assert f"sha256-{b64encode(sha256(script.encode()).digest()).decode()}" in allowed
    assert len(allowed) == 2  # what unpacks, and what is unpacked


def test_floods_are_cut():
    printed = new_output("stream", name="stdout", text="spam " * 100_000)
    huge = new_output("display_data", {"image/png": "A" * 2_000_000, "text/plain": "a picture"})
    many = [new_output("stream", name="stderr", text=f"line {i}") for i in range(500)]
    made = shown(new_code_cell("", outputs=[printed, huge, *many]), check())
    assert len(made) < 100_000
    said = words(made)
    assert "480,000 more characters are not shown here." in said
    assert "a picture" in said
    assert "302 more outputs are not shown here." in said


def test_names_are_text():
    held = read(check())
    made = page.overview(submission(held, name="<b>Ada</b> & Co"))
    assert "&lt;b&gt;Ada&lt;/b&gt; &amp; Co (ada)" in made


def test_a_page_says_what_it_was_made_from():
    held = read(check())
    assert page.state_of(page.overview(submission(held))) == "ab12"
    assert page.state_of(page.notebook(held, submission(held))[:4000]) == "ab12"
    assert page.state_of("<html></html>") == ""
