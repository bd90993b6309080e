"""Problem set 2: gradients three ways."""

from __future__ import annotations

from autograder.samples.analytic_mistakes import ANALYTIC
from autograder.samples.circuit_mistakes import CIRCUITS
from autograder.samples.manifest import Exercise, ProblemSet
from autograder.samples.network_mistakes import NETWORK
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
        Exercise(
            "test_slope_of_wave",
            notebook="2_analytic",
            cells=("slope_of_wave",),
            points=2,
            seed="003, method 2: analytic, sin(5 exp x); the chain rule",
        ),
        Exercise(
            "test_product_on_paper",
            notebook="2_analytic",
            cells=("product_on_paper",),
            points=3,
            seed="003, chain rule, example: (x + y) z by elementary operations",
        ),
        Exercise(
            "test_engine_gradient",
            notebook="2_analytic",
            cells=("engine_gradient",),
            points=1,
            seed="003, neural network training: a forward and a backward pass",
        ),
        Exercise(
            "test_neuron_on_paper",
            notebook="2_analytic",
            cells=("neuron_on_paper",),
            points=5,
            seed="003, another example: the logistic function of a weighted sum, node by node",
        ),
        Exercise(
            "test_logistic_node",
            notebook="2_analytic",
            cells=("logistic_node",),
            points=3,
            seed="003, another example: the logistic function as one operation",
        ),
        Exercise(
            "test_new_nodes",
            notebook="2_analytic",
            cells=("new_nodes",),
            points=4,
            seed="002, autodiff example: sin, cosh, tanh and log",
        ),
        Exercise(
            "test_tangle",
            notebook="2_analytic",
            cells=("tangle",),
            points=2,
            seed="002, autodiff example: the three derivatives at (3.3, 1.1, 2.3)",
        ),
        Exercise(
            "test_network_forward",
            notebook="3_network",
            cells=("network_forward",),
            points=3,
            seed="004, section 1 and the forward pass of section 2; 002, MLP: forward pass",
        ),
        Exercise(
            "test_network_backward",
            notebook="3_network",
            cells=("network_backward",),
            points=4,
            seed="004, section 2: the backward pass in δ notation",
        ),
        Exercise(
            "test_bias_gradients",
            notebook="3_network",
            cells=("bias_gradients",),
            points=3,
            seed="004, section 1: the bias as a weight, several outputs; 002, MLP: the gradient of b",
        ),
        Exercise(
            "test_mended_loop",
            notebook="3_network",
            cells=("mended_loop",),
            points=3,
            seed="002, MLP: the loop that stores an undefined name",
        ),
        Exercise(
            "test_batch_gradients",
            notebook="3_network",
            cells=("batch_gradients",),
            points=4,
            seed="002, MLP: backprop with matrices",
        ),
        Exercise(
            "test_network_graph",
            notebook="3_network",
            cells=("network_graph",),
            points=3,
            seed="002 and 004: backprop by hand and by a graph; 003, computation graphs of networks",
        ),
        Exercise(
            "test_circuit_gradient",
            notebook="5_circuits",
            cells=("circuit_gradient",),
            points=5,
            seed="004, 3.1 and 3.2: the arithmetic circuit model, and its graph differentiated automatically",
        ),
        Exercise(
            "test_predicted_cost",
            notebook="5_circuits",
            cells=("predicted_cost",),
            points=4,
            seed="004, theorems 2.1 and 3.1: within a factor of 5, and what that assumes of the transfer function",
        ),
        Exercise(
            "test_dear_and_cheap",
            notebook="5_circuits",
            cells=("dear_and_cheap",),
            points=3,
            seed="004, theorem 3.1: how close a circuit comes to the factor of 5",
        ),
        Exercise(
            "test_branches",
            notebook="5_circuits",
            cells=("branches",),
            points=4,
            seed="004, 3.2: if-statements, and whether the derivative exists",
        ),
        Exercise(
            "test_three_modes",
            notebook="5_circuits",
            cells=("three_modes",),
            points=3,
            seed="004, 3.1: all partial derivatives for the price of one; 003, method 1: d + 1 evaluations",
        ),
    ],
    mistakes=[*NUMERICAL, *ANALYTIC, *NETWORK, *CIRCUITS],
)
