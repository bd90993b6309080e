"""The sample class of problem set 3."""

from __future__ import annotations

from autograder.samples.manifest import points_only_for
from autograder.samples.ps3 import PROBLEM_SET
from autograder.samples.sample import Sample, saved_by_colab

FULL = PROBLEM_SET.points

SAMPLES = [
    Sample("ada", "everything right", FULL),
    Sample("blaise", "untouched, as released", points_only_for(FULL), answered=()),
    Sample(
        "carl",
        "stops once orders have been found",
        points_only_for(FULL, "test_is_order", "test_find_order"),
        answered=("is_order", "find_order"),
    ),
    Sample(
        "dorothy",
        "walks long chains by recursion, and lets the target move",
        FULL | {"test_find_order": 3, "test_three_graphs": 2},
        mistakes=("recursion in a long chain", "no brackets around the target"),
    ),
    Sample(
        "emmy",
        "keeps only the last step's gradient of shared weights, and stacks columns as rows",
        FULL | {"test_rnn_backward": 2, "test_whole_jacobian": 1},
        mistakes=("= where += is meant, for shared weights", "columns stacked as rows"),
    ),
    Sample("maria", "everything right, saved by Colab", FULL, spoil=saved_by_colab),
]
