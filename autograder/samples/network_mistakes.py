"""What goes wrong in the loops of a network: indices, slopes, and what is kept."""

from __future__ import annotations

from autograder.samples.mistake import Mistake

NETWORK = [
    # --- The forward pass
    Mistake(
        "the indices of a weight exchanged",
        "network_forward",
        ("test_network_forward",),
        hint="Over which index is summed",
        edits={"W[l][j][i] * xs": "W[l][i][j] * xs"},
    ),
    Mistake(
        "biases forgotten",
        "network_forward",
        ("test_network_forward",),
        hint="Row j of W[l] has the weights",
        edits={" + b[l][j]": ""},
    ),
    Mistake(
        "sums handed on without the activation",
        "network_forward",
        ("test_network_forward",),
        hint="What happens to a sum",
        edits={"[sigma(z) for z in zs[l - 1]]": "zs[l - 1]"},
    ),
    Mistake(
        "an activation at the output, too",
        "network_forward",
        ("test_network_forward",),
        hint="how many have a σ behind them",
        edits={"    return xs, zs": "    zs[-1] = [sigma(z) for z in zs[-1]]\n    return xs, zs"},
    ),
    # --- The backward pass
    Mistake(
        "the slope of the activation forgotten",
        "network_backward",
        ("test_network_backward",),
        hint="By how much does σ(z) grow",
        edits={"sigma_slope(zs[l][j]) * arrived": "arrived"},
    ),
    Mistake(
        "the slope taken where the activation has been applied already",
        "network_backward",
        ("test_network_backward",),
        hint="where is that slope taken",
        edits={"sigma_slope(zs[l][j])": "sigma_slope(xs[l + 1][j])"},
    ),
    Mistake(
        "summed over the wrong index of the weights",
        "network_backward",
        ("test_network_backward",),
        hint="Which of their two indices is j",
        edits={"W[l + 1][k][j]": "W[l + 1][j][k]"},
    ),
    Mistake(
        "only the first unit above heard",
        "network_backward",
        ("test_network_backward",),
        hint="Which weights lead away from unit j",
        edits={"for k in range(len(W[l + 1])))": "for k in range(1))"},
    ),
    Mistake(
        "gradients with their indices exchanged",
        "network_backward",
        ("test_network_backward",),
        hint="Which index comes first",
        edits={"[[d * v for v in xs[l]] for d in deltas[l]]": "[[d * v for d in deltas[l]] for v in xs[l]]"},
    ),
    Mistake(
        "a weight's gradient taken with what comes out of the layer",
        "network_backward",
        ("test_network_backward",),
        hint="Which number was this weight multiplied by",
        edits={
            "[[d * v for v in xs[l]] for d in deltas[l]]": (
                "[[d * (xs[l + 1][j] if l + 1 < len(W) else 1.0) for _ in xs[l]] for j, d in enumerate(deltas[l])]"
            )
        },
    ),
    # --- Biases, and several outputs
    Mistake(
        "the sign of the output's error",
        "bias_gradients",
        ("test_bias_gradients",),
        hint="If ŷ grows a little",
        edits={"-(y[k] - zs[-1][k])": "y[k] - zs[-1][k]"},
    ),
    Mistake(
        "all outputs given the sum of their errors",
        "bias_gradients",
        ("test_bias_gradients",),
        hint="Which one goes to which unit",
        edits={"[-(y[k] - zs[-1][k]) for k in range(len(y))]": "[sum(zs[-1]) - sum(y)] * len(y)"},
    ),
    Mistake(
        "a bias's gradient multiplied by the unit's sum",
        "bias_gradients",
        ("test_bias_gradients",),
        hint="Which number is a bias multiplied by",
        edits={"return dW, deltas": "return dW, [[d * z for d, z in zip(*pair)] for pair in zip(deltas, zs)]"},
    ),
    # --- The fault
    Mistake(
        "both lists thought wrong still",
        "mended_loop",
        ("test_mended_loop",),
        hint="Mend the name alone",
        edits={'right_already = "db"': 'right_already = "neither"'},
    ),
    Mistake(
        "the old value still kept",
        "mended_loop",
        ("test_mended_loop",),
        hint="what should xs[1] be",
        edits={"xs.append(new_x)": "xs.append(next_x)"},
    ),
    Mistake(
        "the wrong index left as it was",
        "mended_loop",
        ("test_mended_loop",),
        hint="Which of them did the weights of layer 0 multiply",
        edits={"np.outer(delta, xs[l])": "np.outer(delta, xs[l + 1])"},
    ),
    # --- A batch
    Mistake(
        "the slope of the activation taken twice inside",
        "batch_gradients",
        ("test_batch_gradients",),
        hint="Where is the slope of σ taken",
        edits={"sigma_slope(zs[l - 1])": "sigma_slope(xs[l])"},
    ),
    Mistake(
        "a bias's gradient left in a column for each example",
        "batch_gradients",
        ("test_batch_gradients",),
        hint="What belongs to a copy",
        edits={"delta.sum(axis=1, keepdims=True)": "delta"},
    ),
    Mistake(
        "the loss summed over the batch",
        "batch_gradients",
        ("test_batch_gradients",),
        hint="Is it the mean over the examples",
        edits={".sum() / m": ".sum()"},
    ),
    Mistake(
        "gradients summed over the batch",
        "batch_gradients",
        ("test_batch_gradients",),
        hint="should the gradients double",
        edits={"-(Y - zs[-1]) / m": "-(Y - zs[-1])"},
    ),
    Mistake(
        "divided by the batch at every layer",
        "batch_gradients",
        ("test_batch_gradients",),
        hint="should the gradients double",
        edits={"sigma_slope(zs[l - 1]) * (W[l].T @ delta)": "sigma_slope(zs[l - 1]) * (W[l].T @ delta) / m"},
    ),
    # --- The graph
    Mistake(
        "an activation at the output of the graph",
        "network_graph",
        ("test_network_graph",),
        hint="Is the output linear",
        edits={"(z - Y)": "(x - Y)"},
    ),
    Mistake(
        "no activation between the layers of the graph",
        "network_graph",
        ("test_network_graph",),
        hint="What happens to a sum on its way",
        edits={"x = 1 / (1 + (-z).exp())": "x = z"},
    ),
    Mistake(
        "values of the biases in place of their nodes",
        "network_graph",
        ("test_network_graph",),
        hint="Is each node that you were given",
        edits={"+ b[l]": "+ b[l].value"},
    ),
]
