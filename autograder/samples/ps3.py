"""Problem set 3: graphs."""

from __future__ import annotations

from autograder.samples.architecture_mistakes import ARCHITECTURES
from autograder.samples.grey_mistakes import GREY
from autograder.samples.jacobian_mistakes import JACOBIANS
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
        Exercise(
            "test_black_nodes",
            notebook="2_black_and_grey",
            cells=("black_nodes",),
            points=3,
            seed="002, parameters and fixed inputs, graph colouring; requires_grad",
        ),
        Exercise(
            "test_backward_black",
            notebook="2_black_and_grey",
            cells=("backward_black",),
            points=4,
            seed="002, backprop theorem for black nodes; issue 6: the engine skips grey nodes",
        ),
        Exercise(
            "test_severed",
            notebook="2_black_and_grey",
            cells=("severed",),
            points=3,
            seed="002, meaning of intermediate partials: edge severing",
        ),
        Exercise(
            "test_inner_slope",
            notebook="2_black_and_grey",
            cells=("inner_slope",),
            points=2,
            seed="002, intermediate partials with edge severing, as a derivative",
        ),
        Exercise(
            "test_detach",
            notebook="2_black_and_grey",
            cells=("detach",),
            points=3,
            seed="002, stop-gradient",
        ),
        Exercise(
            "test_three_graphs",
            notebook="2_black_and_grey",
            cells=("three_graphs",),
            points=3,
            seed="002, stop-gradient: detach() and the brackets of reinforcement learning",
        ),
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
        Exercise(
            "test_mode_costs",
            notebook="4_jacobians",
            cells=("mode_costs",),
            points=3,
            seed="002, autodiff by Jacobian multiplication: forward mode and reverse mode",
        ),
        Exercise(
            "test_bracket_cost",
            notebook="4_jacobians",
            cells=("bracket_cost",),
            points=3,
            seed="002, autodiff by Jacobian multiplication: any order of the products",
        ),
        Exercise(
            "test_best_order",
            notebook="4_jacobians",
            cells=("best_order",),
            points=4,
            seed="002, matrix chain multiplication by dynamic programming",
        ),
        Exercise(
            "test_when_reverse",
            notebook="4_jacobians",
            cells=("when_reverse",),
            points=3,
            seed="002, reverse mode is optimal when n_L ≤ … ≤ n_0; and when it is not",
        ),
        Exercise(
            "test_vector_products",
            notebook="4_jacobians",
            cells=("vector_products",),
            points=3,
            seed="002, autodiff by Jacobian multiplication, without the Jacobians",
        ),
        Exercise(
            "test_whole_jacobian",
            notebook="4_jacobians",
            cells=("whole_jacobian",),
            points=3,
            seed="002, forward mode and reverse mode: a Jacobian by columns and by rows",
        ),
    ],
    mistakes=[*ORDER, *GREY, *ARCHITECTURES, *JACOBIANS],
)
