"""Problem set 3: graphs."""

from __future__ import annotations

from autograder.samples.manifest import Exercise, ProblemSet
from autograder.samples.order_mistakes import ORDER

PROBLEM_SET = ProblemSet(
    "ps3",
    exercises=[
        Exercise(
            "test_is_order",
            notebook="1_order",
            cells=("is_order",),
            points=3,
            seed="002, topological ordering of DAGs: what an order is",
        ),
        Exercise(
            "test_find_order",
            notebook="1_order",
            cells=("find_order",),
            points=4,
            seed="002, topological ordering of DAGs: all arrows go forward; acyclic",
        ),
        Exercise(
            "test_count_orders",
            notebook="1_order",
            cells=("count_orders",),
            points=3,
            seed="002, the dressing routine: it has many orders",
        ),
        Exercise(
            "test_backward_asking",
            notebook="1_order",
            cells=("backward_asking",),
            points=4,
            seed="002, backprop theorem, and graph-form backward pass I",
        ),
        Exercise(
            "test_backward_sending",
            notebook="1_order",
            cells=("backward_sending",),
            points=3,
            seed="002, graph-form backward pass II",
        ),
        Exercise(
            "test_loads",
            notebook="1_order",
            cells=("loads",),
            points=3,
            seed="002, examples I and II: which values must be loaded",
        ),
    ],
    mistakes=[*ORDER],
)
