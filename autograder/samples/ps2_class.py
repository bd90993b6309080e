"""The sample class of problem set 2."""

from __future__ import annotations

from autograder.samples.manifest import points_only_for
from autograder.samples.ps2 import PROBLEM_SET
from autograder.samples.sample import Sample, saved_by_colab

FULL = PROBLEM_SET.points

SAMPLES = [
    Sample("ada", "everything right", FULL),
    Sample("blaise", "untouched, as released", points_only_for(FULL), answered=()),
    Sample(
        "carl",
        "stops after forward differences",
        points_only_for(FULL, "test_numeric_gradient", "test_descent"),
        answered=("numeric_gradient", "descent"),
    ),
    Sample(
        "dorothy",
        "works the unmoved value out again for each entry, and forgets a constant factor",
        FULL | {"test_numeric_gradient": 3, "test_slope_of_wave": 1},
        mistakes=("the unmoved value worked out for each entry", "a constant factor forgotten"),
    ),
    Sample(
        "emmy",
        "goes uphill, and divides by h where the points are 2h apart",
        FULL | {"test_descent": 0, "test_central_gradient": 1, "test_gradient_check": 0},
        mistakes=("uphill instead of down", "divided by h where the points are 2h apart"),
    ),
    Sample(
        "felix",
        "asks for equality, counts places from one, and sums the loss over the batch",
        FULL | {"test_gradient_check": 0, "test_mended_gradient": 1, "test_batch_gradients": 3},
        mistakes=(
            "equality asked of rounded numbers",
            "places counted from one",
            "the loss summed over the batch",
        ),
    ),
    Sample(
        "grace",
        "has the same best step for both kinds of differences, drops a batch, and takes a kink for a jump",
        FULL | {"test_best_step": 3, "test_batches": 2, "test_train_epoch": 4, "test_branches": 3},
        mistakes=(
            "the same best step for both kinds of differences",
            "the last, smaller batch dropped",
            "kink and jump confused",
        ),
    ),
    Sample("maria", "everything right, saved by Colab", FULL, spoil=saved_by_colab),
]
