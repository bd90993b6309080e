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
        "works the unmoved value out again for each entry",
        FULL | {"test_numeric_gradient": 3},
        mistakes=("the unmoved value worked out for each entry",),
    ),
    Sample(
        "emmy",
        "goes uphill, and divides by h where the points are 2h apart",
        FULL | {"test_descent": 0, "test_central_gradient": 1, "test_gradient_check": 0},
        mistakes=("uphill instead of down", "divided by h where the points are 2h apart"),
    ),
    Sample(
        "felix",
        "asks for equality, and counts places from one",
        FULL | {"test_gradient_check": 0, "test_mended_gradient": 1},
        mistakes=("equality asked of rounded numbers", "places counted from one"),
    ),
    Sample(
        "grace",
        "thinks that both kinds of differences have the same best step",
        FULL | {"test_best_step": 3},
        mistakes=("the same best step for both kinds of differences",),
    ),
    Sample("maria", "everything right, saved by Colab", FULL, spoil=saved_by_colab),
]
