"""Draws the pictures that the README and the docs show, from real runs: `make images`."""

import math
from pathlib import Path

import course_lib
from autograder.samples import notebooks
from course_lib.draw import diagram_of, layout, to_svg

DOCS = Path(__file__).parent
SOURCE = DOCS.parent / "source" / "ps1" / "2_engine.ipynb"


def tanh(engine):
    """Return tanh x at log 2 as in Step 3 of the engine notebook, after both passes."""
    x = course_lib.Leaf(math.log(2), "x")
    expx, expnx = course_lib.Exp(x), course_lib.Exp(-x)
    graph = (expx - expnx) / (expx + expnx)
    engine["forward_algorithm"](graph)
    engine["backward_algorithm"](graph)
    return graph


def main():
    engine = dict(vars(course_lib))
    exec(notebooks.solution(notebooks.read(SOURCE), "engine"), engine)  # noqa: S102 - our own solution
    diagram = diagram_of(tanh(engine))
    (DOCS / "images").mkdir(exist_ok=True)
    (DOCS / "images" / "tanh.svg").write_text(to_svg(diagram, layout(diagram)) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
