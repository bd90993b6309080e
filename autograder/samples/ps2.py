"""Problem set 2: gradients three ways."""

from __future__ import annotations

from autograder.samples.manifest import Exercise, ProblemSet
from autograder.samples.numerical_mistakes import NUMERICAL

PROBLEM_SET = ProblemSet(
    "ps2",
    exercises=[
        Exercise(
            "test_numeric_gradient",
            notebook="1_numerical",
            cells=("numeric_gradient",),
            points=4,
            seed="003, method 1: numerical, in d + 1 evaluations",
        ),
        Exercise(
            "test_descent",
            notebook="1_numerical",
            cells=("descent",),
            points=2,
            seed="003, neural network training: the update of x, y and z",
        ),
        Exercise(
            "test_central_gradient",
            notebook="1_numerical",
            cells=("central_gradient",),
            points=3,
            seed="003, method 1: only approximate",
        ),
        Exercise(
            "test_best_step",
            notebook="1_numerical",
            cells=("best_step",),
            points=4,
            seed="003, method 1: finite precision",
        ),
        Exercise(
            "test_gradient_check",
            notebook="1_numerical",
            cells=("gradient_check",),
            points=4,
            seed="003, method 2: gradient check",
        ),
        Exercise(
            "test_mended_gradient",
            notebook="1_numerical",
            cells=("mended_gradient",),
            points=2,
            seed="003, another example: the logistic function of a weighted sum",
        ),
    ],
    mistakes=NUMERICAL,
)
