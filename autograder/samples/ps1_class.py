"""The sample class of problem set 1."""

from __future__ import annotations

import copy
from typing import Any

from autograder.samples import notebooks
from autograder.samples.manifest import points_only_for, points_without
from autograder.samples.ps1 import PROBLEM_SET
from autograder.samples.sample import Sample, saved_by_colab

FULL = PROBLEM_SET.points


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
    Sample("blaise", "untouched, as released", points_only_for(FULL), answered=()),
    Sample(
        "carl",
        "only the first notebook done",
        points_only_for(FULL, "test_by_hand_forward", "test_by_hand_backward"),
        answered=("by_hand_forward", "by_hand_backward"),
    ),
    Sample(
        "dorothy",
        "only the engine done; it warns on stderr",
        points_without(FULL, "test_by_hand_forward", "test_by_hand_backward", "test_time_cost", "test_memory_cost"),
        answered=("engine",),
        mistakes=("a warning on stderr",),
    ),
    Sample(
        "emmy",
        "only the last notebook done",
        points_only_for(FULL, "test_time_cost", "test_memory_cost"),
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
        points_without(FULL, "test_matmul"),
        mistakes=("Matmul: no transposes",),
    ),
    Sample(
        "kurt",
        "gradients are numbers, not nodes",
        points_without(FULL, "test_higher_order"),
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
        points_without(FULL, "test_backward", "test_add_mul", "test_polynomial", "test_higher_order", "test_matmul"),
        mistakes=("an endless loop",),
    ),
]
