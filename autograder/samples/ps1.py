"""Problem set 1: backpropagation by hand, an engine for it, and what it costs."""

from __future__ import annotations

from autograder.samples.engine_mistakes import ENDLESS, NOISY
from autograder.samples.manifest import Exercise, ProblemSet
from autograder.samples.mistakes import ALL, CONSTANTS_KEPT

PROBLEM_SET = ProblemSet(
    "ps1",
    exercises=[
        Exercise(
            "test_by_hand_forward",
            notebook="1_by_hand",
            cells=("by_hand_forward",),
            points=6,
            seed="001, exercise 2.1: forward pass of cosh",
        ),
        Exercise(
            "test_by_hand_backward",
            notebook="1_by_hand",
            cells=("by_hand_backward",),
            points=7,
            seed="001, exercise 2.1: backward pass of cosh",
        ),
        Exercise(
            "test_forward",
            notebook="2_engine",
            cells=("engine",),
            points=4,
            seed="001, exercise 2.2, step 1",
        ),
        Exercise(
            "test_backward",
            notebook="2_engine",
            cells=("engine",),
            points=6,
            seed="001, exercise 2.2, step 2",
        ),
        Exercise(
            "test_add_mul",
            notebook="2_engine",
            cells=("engine",),
            points=6,
            seed="001, exercise 2.2, step 3",
        ),
        Exercise(
            "test_polynomial",
            notebook="2_engine",
            cells=("engine",),
            points=5,
            seed="001, exercise 2.2, step 4",
        ),
        Exercise(
            "test_higher_order",
            notebook="2_engine",
            cells=("engine",),
            points=6,
            seed="001, exercise 2.2, step 5",
        ),
        Exercise(
            "test_matmul",
            notebook="2_engine",
            cells=("engine",),
            points=5,
            seed="001, exercise 2.2, step 6",
        ),
        Exercise(
            "test_time_cost",
            notebook="3_cost",
            cells=("time_cost",),
            points=4,
            seed="001, exercise 2.3: time",
        ),
        Exercise(
            "test_memory_cost",
            notebook="3_cost",
            cells=("memory_cost",),
            points=4,
            seed="001, exercise 2.3: memory",
        ),
    ],
    mistakes=ALL,
    others=[ENDLESS, NOISY, CONSTANTS_KEPT],
)
