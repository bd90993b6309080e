"""Stepping through a student's run, in every place where students and graders meet the picture."""

import json
import shutil
import subprocess
import sys

import pytest
import torch
from lab_page import open_notebook, run_all, widths_of
from looks import assert_looks_as_it_did
from nbformat.v4 import new_code_cell, new_notebook
from offline import new_page

from autograder.commands import environment
from autograder.samples import notebooks
from course_files import ROOT
from course_lib import Leaf, recording
from course_lib.stepper.story import MIME

pytestmark = pytest.mark.browser

SETUP = "import math, course_lib\nfrom course_lib import *\ncourse_lib.setup()"
RUN = """x = Leaf(math.log(2), "x")
{z} = Mean(Exp(x), Exp(-x))
forward_algorithm({z})
backward_algorithm({z})
{shown}"""
STEPS = 11  # of cosh: five values, the start, five contributions
LAST = "∂z∂v₁·∂v₁∂x=0.5·2=1 ∂z∂x=−0.25+1=0.75"


def a_notebook(*cells):
    solution = notebooks.solution(notebooks.read(ROOT / "source" / "ps1" / "2_engine.ipynb"), "engine")
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    cells = [new_code_cell(source) for source in (SETUP, solution, *cells)]
    return new_notebook(cells=cells, metadata={"kernelspec": kernel})


def convert(folder, *arguments):
    command = [sys.executable, "-m", *arguments]
    subprocess.run(command, cwd=folder, env=environment(), check=True, capture_output=True)


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    """A notebook with two pictures of one graph, run, as a file that no Jupyter has seen, and as HTML."""
    folder = tmp_path_factory.mktemp("stepper")
    shown = [RUN.format(z="z", shown="z"), RUN.format(z="z", shown="show(z, predict=True)")]
    notebooks.write(a_notebook(*shown), folder / "steps.ipynb")
    convert(folder, "jupyter", "nbconvert", "--execute", "--to", "notebook", "--inplace", "steps.ipynb")
    convert(folder, "jupyter", "nbconvert", "--to", "html", "steps.ipynb")
    return folder


def steppers(page, count):
    """Wait until the page has unpacked the script that makes so many pictures step, and return them."""
    page.locator(".stepper").nth(count - 1).wait_for()
    found = page.locator(".stepper").all()
    assert len(found) == count
    return found


def said(stepper):
    """The line of mathematics, without its spaces."""
    parts = stepper.locator(".line > *").all_inner_texts()
    return " ".join("".join(part.split()) for part in parts)


def place(stepper):
    return stepper.locator(".count").inner_text()


def node(stepper, name):
    """What the box of a node shows: value and gradient."""
    box = stepper.locator(".node", has=stepper.page.locator(".name", has_text=name)).first
    return [box.locator(f".{kind} .mid").text_content() for kind in ("value", "gradient")]


def click_through(stepper):
    """From the end to the beginning, and step by step to the end again, by every control."""
    assert place(stepper) == f"{STEPS} / {STEPS}"
    assert said(stepper) == LAST
    assert node(stepper, "x") == ["0.6931", "0.75"]
    stepper.locator("input[type=range]").fill("0")
    assert node(stepper, "x") == ["", ""]
    assert stepper.locator(".node.later").count() == 5
    onward = stepper.get_by_role("button", name="One step on")
    for number in range(1, STEPS + 1):
        onward.click()
        assert place(stepper) == f"{number} / {STEPS}"
        assert stepper.locator(".node.active").count() == 1
        assert stepper.locator(".edge.back").count() == (number > 6)
    assert onward.is_disabled()
    assert said(stepper) == LAST
    stepper.get_by_role("button", name="One step back").click()
    assert node(stepper, "x") == ["0.6931", "−0.25"]
    assert "9 now, 9 at the peak" in stepper.locator(".memory").inner_text().replace("10", "9")
    stepper.locator("input[type=range]").press("Home")
    assert place(stepper) == f"0 / {STEPS}"
    stepper.press("ArrowRight")
    stepper.press("ArrowRight")
    assert said(stepper) == "v₁=ex=e0.6931=2"
    stepper.press("End")
    assert place(stepper) == f"{STEPS} / {STEPS}"


def predict(stepper):
    """Each number is held back until it is asked for."""
    assert place(stepper) == f"0 / {STEPS}"
    onward = stepper.get_by_role("button", name="One step on")
    onward.click()
    assert said(stepper) == "x=?"
    assert node(stepper, "x") == ["?", ""]
    onward.click()  # reveals
    assert place(stepper) == f"1 / {STEPS}"
    assert node(stepper, "x") == ["0.6931", ""]
    stepper.locator("input[type=range]").fill(str(STEPS - 1))
    onward.click()
    assert said(stepper) == "∂z∂v₁·∂v₁∂x=0.5·2=? ∂z∂x=?"
    assert stepper.locator(".edge.back .sent").text_content() == "?"
    stepper.locator(".hid").first.click()
    assert said(stepper) == LAST


def test_in_html_made_by_nbconvert_two_pictures_step_each_for_itself(page, executed):
    page.goto((executed / "steps.html").as_uri(), wait_until="domcontentloaded")
    first, second = steppers(page, 2)
    click_through(first)
    assert_looks_as_it_did(first, "last-step")
    first.locator("input[type=range]").fill("8")
    assert_looks_as_it_did(first, "a-step-back")
    assert place(second) == f"0 / {STEPS}"
    predict(second)
    assert place(first) == f"8 / {STEPS}"


def test_the_box_of_a_tensor_without_entries_says_its_shape(page, tmp_path):
    z = Leaf(torch.zeros(3, 4, device="meta"), "x").exp().sum()
    z.name = "z"
    recording.start()
    try:
        for one in z.sorted_nodes():
            one.forward()
        page_of_its_own = f'<!doctype html><meta charset="utf-8">{z._repr_mimebundle_()["text/html"]}'
    finally:
        recording.stop()
    (tmp_path / "meta.html").write_text(page_of_its_own, encoding="utf-8")
    page.goto((tmp_path / "meta.html").as_uri())
    (stepper,) = steppers(page, 1)
    values = stepper.locator(".value .mid")
    assert values.all_text_contents() == ["3×4 on meta", "3×4 on meta", "number on meta"]
    stepper.locator("input[type=range]").fill("1")
    assert values.all_text_contents() == ["3×4 on meta", "", ""]


def test_it_plays(page, executed):
    page.goto((executed / "steps.html").as_uri(), wait_until="domcontentloaded")
    stepper = page.locator(".stepper").first
    stepper.get_by_role("button", name="Play").click()
    page.wait_for_function(
        "() => document.querySelector('.backprop-steps').shadowRoot.querySelector('input').value >= 2"
    )
    stepper.get_by_role("button", name="One step back").click()  # which also stops it
    stepper.get_by_role("button", name="Play").wait_for()
    assert int(place(stepper).split()[0]) >= 1


def test_a_wide_picture_pans_to_where_something_happens(browser, executed):
    page = new_page(browser, viewport={"width": 420, "height": 800})
    page.goto((executed / "steps.html").as_uri(), wait_until="domcontentloaded")
    stepper = steppers(page, 2)[0]
    assert page.evaluate("document.documentElement.scrollWidth") <= 420
    for step, scrolled in ((1, False), (5, True), (11, False)):
        stepper.locator("input[type=range]").fill(str(step))
        active = stepper.locator(".active").bounding_box()
        assert active["x"] >= 0
        assert active["x"] + active["width"] <= 420
        if scrolled:
            assert stepper.locator(".frame").evaluate("frame => frame.scrollLeft") > 0
    page.context.close()


def test_without_scripts_the_picture_stands_still(browser, executed):
    page = new_page(browser, java_script_enabled=False)
    page.goto((executed / "steps.html").as_uri(), wait_until="domcontentloaded")
    assert page.locator(".stepper").count() == 0
    pictures = page.locator(".backprop-steps img")
    assert pictures.count() == 2
    assert min(widths_of(pictures)) > 300
    assert_looks_as_it_did(pictures.first, "without-scripts")
    assert "gradient 0.75" in pictures.first.get_attribute("alt")
    page.context.close()


def test_printing_shows_how_it_ended(page, executed):
    page.goto((executed / "steps.html").as_uri(), wait_until="domcontentloaded")
    first = page.locator(".stepper").first
    first.locator("input[type=range]").fill("3")
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert not first.locator(".controls").is_visible()
    assert node(first, "x") == ["0.6931", "0.75"]
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert place(first) == f"3 / {STEPS}"


def test_on_a_dark_page_the_picture_is_dark(page, executed):
    page.goto((executed / "steps.html").as_uri(), wait_until="domcontentloaded")
    card = page.locator(".stepper .card").first
    assert card.evaluate("card => getComputedStyle(card).fill") == "rgb(255, 255, 255)"
    page.evaluate("document.body.style.background = '#111'; document.querySelector('main').style.background = '#111'")
    page.wait_for_function("() => document.querySelector('.backprop-steps').hasAttribute('dark')")
    assert card.evaluate("card => getComputedStyle(card).fill") == "rgb(26, 30, 36)"
    assert_looks_as_it_did(page.locator(".stepper").first, "dark")


def test_in_jupyterlab_it_steps_and_leaves_the_cells_alone(page, lab):
    path = lab[1] / "stepping.ipynb"
    notebooks.write(a_notebook(RUN.format(z="z", shown="z"), RUN.format(z="z", shown="show(z, predict=True)")), path)
    open_notebook(page, lab, path)
    run_all(page)
    first, second = steppers(page, 2)
    active = "() => window.jupyterapp.shell.currentWidget.content.activeCellIndex"
    first.focus()
    before = page.evaluate(active)
    click_through(first)
    assert page.evaluate(active) == before
    assert_looks_as_it_did(first, "in-jupyterlab")
    predict(second)


def test_in_an_untrusted_notebook_there_is_the_picture_and_nothing_else(page, lab, executed):
    path = lab[1] / "untrusted_steps.ipynb"
    shutil.copy(executed / "steps.ipynb", path)
    open_notebook(page, lab, path)
    outputs = page.locator(".jp-OutputArea-output")
    outputs.nth(1).locator("img").wait_for()  # JupyterLab renders one cell after another
    assert page.locator(".stepper").count() == 0
    assert [text.strip() for text in outputs.all_inner_texts()] == ["", ""]
    assert min(widths_of(outputs.first.locator("img"))) > 300
    assert_looks_as_it_did(outputs.first, "in-jupyterlab-untrusted")


@pytest.fixture(scope="module")
def feedback(tmp_path_factory):
    """The feedback page of a student who has also made a story up, with a script in it."""
    folder = tmp_path_factory.mktemp("course")
    forged = json.dumps({MIME: "[]", "text/html": "<b>forged</b><script>document.title = 'forged'</script>"})
    named = RUN.format(z="z", shown="z").replace('"x"', '"x</script><script>document.title=1</script>"')
    cells = [RUN.format(z="z", shown="z"), f"from IPython.display import display\ndisplay({forged}, raw=True)", named]
    notebooks.write(a_notebook(*cells), folder / "source" / "ps1" / "p1.ipynb")
    notebooks.write(a_notebook(*cells), folder / "submitted" / "ada" / "ps1" / "p1.ipynb")
    (folder / "nbgrader_config.py").write_text(
        "from autograder.config import configure\nc = get_config()\nconfigure(c, repository='some/course')\n"
        "c.IncludeHeaderFooter.header = ''\nc.Grading.workers = 1\n"
    )
    for command in ("generate_assignment", "autograde", "generate_feedback"):
        convert(folder, "nbgrader", command, "ps1")
    return folder / "feedback" / "ada" / "ps1" / "p1.html"


def test_a_feedback_page_steps_by_the_graders_script_alone(page, feedback):
    page.goto(feedback.as_uri(), wait_until="domcontentloaded")
    page.locator("details").evaluate_all("folded => folded.forEach(one => { one.open = true; })")
    first, second = steppers(page, 2)
    click_through(first)
    assert_looks_as_it_did(first, "in-feedback")
    assert "forged" in page.locator("b").all_inner_texts()
    assert page.title() not in ("forged", "1")
    second.locator("input[type=range]").fill("1")
    assert said(second).startswith("x</script>")
