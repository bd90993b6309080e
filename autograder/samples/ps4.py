"""Problem set 4: what it costs in practice."""

from __future__ import annotations

from autograder.samples.checkpoint_mistakes import CHECKPOINTS
from autograder.samples.hardware_mistakes import HARDWARE
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
            "test_subset_growth",
            notebook="1_subsets",
            cells=("subset_growth",),
            points=3,
            seed="001, exercise 2.3: only some gradients wanted (time and memory)",
        ),
        Exercise(
            "test_plain",
            notebook="2_checkpointing",
            cells=("plain",),
            points=3,
            seed="002, computation and memory cost of backprop",
        ),
        Exercise(
            "test_checkpointed",
            notebook="2_checkpointing",
            cells=("checkpointed",),
            points=6,
            seed="002, gradient checkpointing with interval k",
        ),
        Exercise(
            "test_interval",
            notebook="2_checkpointing",
            cells=("interval",),
            points=3,
            seed="002, gradient checkpointing: k = √L, and the computation that it costs",
        ),
        Exercise(
            "test_checkpoint_growth",
            notebook="2_checkpointing",
            cells=("checkpoint_growth",),
            points=4,
            seed="002, O(wL/k + wk), O(w√L) and O(w²L)",
        ),
        Exercise(
            "test_torch_checkpoint",
            notebook="2_checkpointing",
            cells=("torch_checkpoint",),
            points=3,
            seed="002, trading off computation and memory",
        ),
        Exercise(
            "test_fit_exponent",
            notebook="3_hardware",
            cells=("fit_exponent",),
            points=4,
            seed="001, exercise 2.3: growth with n, b and d; 002, computation and memory cost of backprop",
        ),
        Exercise(
            "test_intensity",
            notebook="3_hardware",
            cells=("intensity",),
            points=4,
            seed="002, memory vs. computation: arithmetic, and reading and writing memory",
        ),
        Exercise(
            "test_roofline",
            notebook="3_hardware",
            cells=("roofline",),
            points=3,
            seed="002, memory vs. computation: the bottleneck is memory rather than computation",
        ),
        Exercise(
            "test_smallest_batch",
            notebook="3_hardware",
            cells=("smallest_batch",),
            points=3,
            seed="002, memory vs. computation; 001, exercise 2.3: the size of the batch",
        ),
        Exercise(
            "test_training_memory",
            notebook="3_hardware",
            cells=("training_memory",),
            points=3,
            seed="003, concluding remarks: additional memory of about twice the model; 002: memory for weights",
        ),
        Exercise(
            "test_relu_bits",
            notebook="3_hardware",
            cells=("relu_bits",),
            points=3,
            seed="003, concluding remarks: ReLU's gradient of 0 or 1 is cheap to store and compute",
        ),
    ],
    mistakes=[*SUBSETS, *CHECKPOINTS, *HARDWARE],
)
