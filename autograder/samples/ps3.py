"""Problem set 3: graphs."""

from __future__ import annotations

from autograder.samples.architecture_mistakes import ARCHITECTURES
from autograder.samples.manifest import Exercise, ProblemSet

PROBLEM_SET = ProblemSet(
    "ps3",
    exercises=[
        Exercise(
            "test_networks",
            notebook="3_architectures",
            cells=("networks",),
            points=4,
            seed="002, forward evaluation with MLP, ResNet and RNN",
        ),
        Exercise(
            "test_paths",
            notebook="3_architectures",
            cells=("path_counts",),
            points=3,
            seed="002, backprop theorem: a gradient as a sum over the arrows of the graph",
        ),
        Exercise(
            "test_shapes",
            notebook="3_architectures",
            cells=("shapes",),
            points=4,
            seed="002, forward evaluation with MLP, ResNet and RNN: their graphs",
        ),
        Exercise(
            "test_resnet_backward",
            notebook="3_architectures",
            cells=("resnet_backward",),
            points=3,
            seed="002, backprop with MLP and ResNet",
        ),
        Exercise(
            "test_depth",
            notebook="3_architectures",
            cells=("depth",),
            points=3,
            seed="002, backprop with ResNet: what comes back along the shortcut",
        ),
        Exercise(
            "test_rnn_backward",
            notebook="3_architectures",
            cells=("rnn_backward",),
            points=3,
            seed="002, backprop with RNN: shared parameters, +=",
        ),
    ],
    mistakes=[*ARCHITECTURES],
)
