"""Draws the pictures that the README and the gallery show, from real runs: `make images`.

Those of the stepper at work are photographs, for which a Chromium is needed.
"""

import math
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from playwright.sync_api import Page, sync_playwright

import course_lib
from autograder.samples import notebooks
from course_lib import Exp, Leaf, Mean, recording
from course_lib.draw import layout, to_svg
from course_lib.graph import ComputationNode
from course_lib.stepper.making import story_of
from course_lib.stepper.page import to_html
from course_lib.stepper.views import closed, to_diagram

DOCS = Path(__file__).parent
SOURCE = DOCS.parent / "source" / "ps1" / "2_engine.ipynb"
ENGINE = dict(vars(course_lib))
WIDTH = 980


def cosh():
    """Return cosh x at log 2, as in Step 1 of the engine notebook."""
    x = Leaf(math.log(2), "x")
    return Mean(Exp(x), Exp(-x))


def tanh():
    """Return tanh x at log 2, as in Step 3."""
    x = Leaf(math.log(2), "x")
    expx, expnx = Exp(x), Exp(-x)
    return (expx - expnx) / (expx + expnx)


def squares():
    """Return a sum of squares of a matrix product, as in Step 6."""
    torch.manual_seed(3)
    w, x, y = (Leaf(torch.randn(*shape), name) for name, shape in (("W", (3, 4)), ("X", (4, 5)), ("Y", (3, 5))))
    return ((w @ x - y) ** 2).sum()


def network():
    """Return a loop of seven steps that share their weights."""
    torch.manual_seed(4)
    w, u, h = (Leaf(torch.randn(*shape) / 2, name) for name, shape in (("W", (3, 3)), ("U", (3, 2)), ("h₀", (3, 1))))
    for step in range(7):
        h = Exp(-((w @ h + u @ Leaf(torch.randn(2, 1), f"x{step}")) ** 2))
    return h.sum()


def ran(graph, one=1.0):
    """Return a graph after both passes of the solution."""
    return ENGINE["backward_algorithm"](ENGINE["forward_algorithm"](graph), one=one)


def ran_too_early():
    """Return tanh x after a breadth-first backward pass, which visits `Exp(x)` before all has arrived there."""
    graph = ENGINE["forward_algorithm"](tanh())
    graph.gradient = 1.0
    queue = [graph]
    for node in queue:
        for child, gradient in zip(node.input_nodes, node.backward(), strict=True):
            child.accumulate_gradient(gradient)
            if child not in queue:
                queue.append(child)
    return graph


@dataclass(frozen=True)
class Photograph:
    """The stepper with a graph, after something has been done to it."""

    graph: Callable[[], ComputationNode]
    step: int
    dark: bool = False
    predict: bool = False
    press: tuple[str, ...] = ()


PHOTOGRAPHS = {
    "stepper_sum": Photograph(lambda: ran(cosh()), 11),
    "stepper_forward": Photograph(lambda: ran(tanh()), 7),
    "stepper_predict": Photograph(lambda: ran(cosh()), 8, predict=True, press=("ArrowRight",)),
    "stepper_too_early": Photograph(ran_too_early, 16),
    "stepper_tensors": Photograph(lambda: ran(squares(), torch.tensor(1.0)), 14),
    "stepper_closed": Photograph(lambda: ran(network(), torch.tensor(1.0)), 70),
    "stepper_dark": Photograph(lambda: ran(tanh()), 17, dark=True),
}


def photograph(page: Page, name: str, what: Photograph) -> None:
    """Take one photograph."""
    html = to_html(story_of(what.graph(), predict=what.predict))
    ground = "#111418" if what.dark else "#fff"
    with tempfile.NamedTemporaryFile("w", suffix=".html", encoding="utf-8") as file:
        file.write(f"<meta charset=utf-8><body style='background:{ground};margin:0;padding:14px'>{html}")
        file.flush()
        page.goto(f"file://{file.name}")
        page.locator("input[type=range]").fill(str(what.step))
        for key in what.press:
            page.locator(".stepper").press(key)
        for part in (".stepper", "input[type=range]"):
            page.locator(part).blur()
        page.wait_for_timeout(600)  # until the theme has been looked at
        page.add_style_tag(content="body{display:inline-block}")
        page.locator("body").screenshot(path=DOCS / "images" / f"{name}.png", animations="disabled")


def main():
    recording.start()
    exec(notebooks.solution(notebooks.read(SOURCE), "engine"), ENGINE)  # noqa: S102 - our own solution
    (DOCS / "images").mkdir(exist_ok=True)
    story = story_of(ran(tanh()))
    diagram = to_diagram(story, closed(story))
    (DOCS / "images" / "tanh.svg").write_text(to_svg(diagram, layout(diagram)) + "\n", encoding="utf-8")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": WIDTH, "height": 700}, device_scale_factor=1.5)
        for name, what in PHOTOGRAPHS.items():
            photograph(page, name, what)
        browser.close()


if __name__ == "__main__":
    main()
