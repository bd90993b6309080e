"""A small class: who handed in what, and the points that it deserves."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.samples import notebooks
from autograder.samples.mistakes import named

FULL = {
    "test_by_hand_forward": 6,
    "test_by_hand_backward": 7,
    "test_forward": 4,
    "test_backward": 6,
    "test_add_mul": 6,
    "test_polynomial": 5,
    "test_higher_order": 6,
    "test_matmul": 5,
    "test_time_cost": 4,
    "test_memory_cost": 4,
}
NONE = dict.fromkeys(FULL, 0)
_ALL_CELLS = ("by_hand_forward", "by_hand_backward", "engine", "time_cost", "memory_cost")

Spoil = Callable[[dict[str, Any]], None]


@dataclass(frozen=True)
class Sample:
    """One student's submission.

    Attributes:
        student: the student's id.
        about: what is special about it.
        points: what each question deserves.
        answered: the solution cells that were worked on; the others are as they were released.
        mistakes: the names of the mistakes in them.
        spoil: changes the finished notebooks (by name), as other programs or accidents do.
    """

    student: str
    about: str
    points: Mapping[str, float]
    answered: tuple[str, ...] = _ALL_CELLS
    mistakes: tuple[str, ...] = ()
    spoil: Spoil | None = None


def saved_by_colab(books: dict[str, Any]) -> None:
    """Change notebooks as Colab does when it saves a copy: a badge cell, metadata of its own, other ids."""
    for name, book in books.items():
        book.metadata["colab"] = {"provenance": [], "include_colab_link": True}
        book.metadata["accelerator"] = "GPU"
        book.metadata["widgets"] = {"application/vnd.jupyter.widget-state+json": {}}
        book.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
        for cell in book.cells:
            cell.metadata["id"] = cell.pop("id")
            if cell.cell_type == "code":
                cell.metadata["colab"] = {"base_uri": "https://localhost:8080/", "height": 35}
                cell.metadata["outputId"] = f"output-{cell.metadata['id']}"
        badge = {"id": "view-in-github", "colab_type": "text"}
        book.cells.insert(
            0, type(book.cells[0])(cell_type="markdown", metadata=badge, source=f"<a>{name} in Colab</a>")
        )
        book.nbformat_minor = 0


def accidents(books: dict[str, Any]) -> None:
    """Double the engine's cell and leave the first one half done; double a test, delete one, and delete given code."""
    book = books["2_engine"]
    finished = notebooks.cell_named(book, "engine")
    earlier = copy.deepcopy(finished)
    earlier.source = earlier.source.replace("self.input(0) * self.input(1)", "self.input(0)")
    book.cells.insert(book.cells.index(finished), earlier)
    tested = notebooks.cell_named(book, "test_matmul")
    book.cells.insert(book.cells.index(tested), copy.deepcopy(tested))
    for name in ("imports", "step3_run", "test_polynomial"):
        book.cells.remove(notebooks.cell_named(book, name))
    notebooks.cell_named(book, "test_forward").metadata.nbgrader.schema_version = 1


SAMPLES = [
    Sample("ada", "everything right", FULL),
    Sample("blaise", "untouched, as released", NONE, answered=()),
    Sample(
        "carl",
        "only the first notebook done",
        NONE | {"test_by_hand_forward": 6, "test_by_hand_backward": 7},
        answered=("by_hand_forward", "by_hand_backward"),
    ),
    Sample(
        "dorothy",
        "only the engine done; it warns on stderr",
        FULL | {"test_by_hand_forward": 0, "test_by_hand_backward": 0, "test_time_cost": 0, "test_memory_cost": 0},
        answered=("engine",),
        mistakes=("a warning on stderr",),
    ),
    Sample(
        "emmy",
        "only the last notebook done",
        NONE | {"test_time_cost": 4, "test_memory_cost": 4},
        answered=("time_cost", "memory_cost"),
    ),
    Sample(
        "felix",
        "overwrites gradients where it should add them",
        FULL | {"test_backward": 2, "test_add_mul": 2, "test_polynomial": 0, "test_higher_order": 0, "test_matmul": 3},
        mistakes=("= where += is meant",),
    ),
    Sample(
        "grace",
        "never resets gradients",
        FULL | {"test_backward": 5, "test_higher_order": 0},
        mistakes=("gradients never reset",),
    ),
    Sample(
        "henri",
        "breadth-first order",
        FULL | {"test_backward": 5, "test_add_mul": 4, "test_higher_order": 2},
        mistakes=("breadth-first instead of topological order",),
    ),
    Sample(
        "ida",
        "Mul multiplies by its own input",
        FULL | {"test_add_mul": 2, "test_polynomial": 0, "test_higher_order": 0, "test_matmul": 3},
        mistakes=("Mul: inputs not swapped",),
    ),
    Sample(
        "jacob",
        "Matmul without transposes",
        FULL | {"test_matmul": 0},
        mistakes=("Matmul: no transposes",),
    ),
    Sample(
        "kurt",
        "gradients are numbers, not nodes",
        FULL | {"test_higher_order": 0},
        mistakes=("the gradient is a number, not a node",),
    ),
    Sample(
        "lise",
        "rounds logarithms, forgets the mean's half, drops a term",
        FULL | {"test_by_hand_forward": 5, "test_by_hand_backward": 5, "test_memory_cost": 3},
        mistakes=("a rounded decimal", "the mean's half forgotten", "a term dropped that another does not dominate"),
    ),
    Sample("maria", "everything right, saved by Colab", FULL, spoil=saved_by_colab),
    Sample("niels", "everything right; cells doubled, deleted, of an old schema", FULL, spoil=accidents),
    Sample(
        "otto",
        "an endless loop in the backward pass",
        FULL
        | dict.fromkeys(["test_backward", "test_add_mul", "test_polynomial", "test_higher_order", "test_matmul"], 0),
        mistakes=("an endless loop",),
    ),
]


def build(release: Path, source: Path, submitted: Path, assignment: str = "ps1") -> None:
    """Write the whole class's submissions in nbgrader's layout.

    Args:
        release: the folder of the released assignment.
        source: the folder of its source, where the solutions are.
        submitted: nbgrader's folder of submissions; a folder for each student is made in it.
        assignment: the assignment's name.
    """
    solved = {path.stem: notebooks.read(path) for path in sorted(source.glob("*.ipynb"))}
    for sample in SAMPLES:
        books = {name: notebooks.read(release / f"{name}.ipynb") for name in solved}
        for name, book in books.items():
            for cell in notebooks.solution_names(book):
                if cell in sample.answered:
                    text = notebooks.solution(solved[name], cell)
                    notebooks.cell_named(book, cell).source = _with_mistakes(text, cell, sample)
        if sample.spoil:
            sample.spoil(books)
        for name, book in books.items():
            notebooks.write(book, submitted / sample.student / assignment / f"{name}.ipynb")


def _with_mistakes(text: str, cell: str, sample: Sample) -> str:
    for mistake in map(named, sample.mistakes):
        if mistake.cell == cell:
            text = mistake.applied_to(text)
    return text
