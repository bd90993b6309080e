"""The sample class of problem set 4."""

from __future__ import annotations

from autograder.samples.manifest import points_only_for
from autograder.samples.ps4 import PROBLEM_SET
from autograder.samples.sample import Sample, saved_by_colab

FULL = PROBLEM_SET.points

SAMPLES = [
    Sample("ada", "everything right", FULL),
    Sample("blaise", "untouched, as released", points_only_for(FULL), answered=()),
    Sample(
        "carl",
        "predicts, and leaves it at that",
        points_only_for(FULL, "test_predictions"),
        answered=("predictions",),
    ),
    Sample(
        "dorothy",
        "has the last layer need the whole backward pass, and keeps every checkpoint to the end",
        FULL | {"test_predictions": 2.5, "test_checkpointed": 3},
        mistakes=("the last layer thought to need the whole backward pass", "checkpoints not let go of"),
    ),
    Sample(
        "emmy",
        "thinks the first layer's gradient cheap, forgets to checkpoint, and rounds a batch down",
        FULL | {"test_predictions": 2.5, "test_torch_checkpoint": 2, "test_smallest_batch": 2},
        mistakes=(
            "W₁ alone thought to take a product or two",
            "no checkpoint",
            "the batch rounded down",
        ),
    ),
    Sample("maria", "everything right, saved by Colab", FULL, spoil=saved_by_colab),
]
