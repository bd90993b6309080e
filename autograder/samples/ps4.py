"""Problem set 4: what it costs in practice."""

from __future__ import annotations

from autograder.samples.manifest import Exercise, ProblemSet
from autograder.samples.subset_mistakes import SUBSETS

PROBLEM_SET = ProblemSet(
    "ps4",
    exercises=[
        Exercise(
            "test_predictions",
            notebook="1_subsets",
            cells=("predictions",),
            points=3,
            seed="000, explanation: only the last layer; example 3: learning rates by layer",
        ),
        Exercise(
            "test_message",
            notebook="1_subsets",
            cells=("message",),
            points=2,
            seed="000: matrix products dominate the cost of a gradient",
        ),
        Exercise(
            "test_backward_for",
            notebook="1_subsets",
            cells=("backward_for",),
            points=6,
            seed="002, graph coloring: skip GREY nodes; 000: the portion of the graph affected by the subset",
        ),
        Exercise(
            "test_formulas",
            notebook="1_subsets",
            cells=("formulas",),
            points=3,
            seed="000, example 1: a single layer's weights; two separate branches",
        ),
        Exercise(
            "test_masked_gradient",
            notebook="1_subsets",
            cells=("masked_gradient",),
            points=3,
            seed="000, example 2: subsetting weights within a layer",
        ),
        Exercise(
            "test_growth",
            notebook="1_subsets",
            cells=("growth",),
            points=3,
            seed="001, exercise 2.3: only some gradients wanted (time and memory)",
        ),
    ],
    mistakes=SUBSETS,
)
