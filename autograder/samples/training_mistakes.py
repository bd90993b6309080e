"""What goes wrong where a network is trained: sums for means, lost examples, stale gradients, signs."""

from __future__ import annotations

from autograder.samples.mistake import Mistake

TRAINING = [
    # --- Softmax and cross-entropy
    Mistake(
        "probabilities that sum to one over the batch",
        "softmax_loss",
        ("test_softmax_loss",),
        hint="Over which axis",
        edits={"powers.sum(axis=0)": "powers.sum(axis=1, keepdims=True)"},
    ),
    Mistake(
        "the gradient of the scores with the wrong sign",
        "softmax_loss",
        ("test_softmax_loss",),
        hint="If the right class gets a larger score",
        edits={"(P - Y) / m": "(Y - P) / m"},
    ),
    Mistake(
        "the sum over the batch in loss and gradient",
        "softmax_loss",
        ("test_softmax_loss",),
        hint="If each example stands in the batch twice",
        edits={".sum() / m": ".sum()", "(P - Y) / m": "P - Y"},
    ),
    Mistake(
        "the mean in the loss but not in its gradient",
        "softmax_loss",
        ("test_softmax_loss",),
        hint="If each example stands in the batch twice",
        edits={"(P - Y) / m": "P - Y"},
    ),
    Mistake(
        "powers of large scores",
        "softmax_loss",
        ("test_softmax_loss",),
        hint="What is the largest power",
        edits={"np.exp(S - S.max(axis=0))": "np.exp(S)"},
    ),
    # --- The network's gradients
    Mistake(
        "an activation behind the last layer",
        "loss_and_gradients",
        ("test_loss_and_gradients",),
        hint="nothing but softmax behind the last one",
        edits={"softmax_loss(W1 @ X1 + b1, Y)": "softmax_loss(np.tanh(W1 @ X1 + b1), Y)"},
    ),
    Mistake(
        "the last layer's gradient taken before the activation",
        "loss_and_gradients",
        ("test_loss_and_gradients",),
        hint="Which numbers did these weights multiply",
        edits={"delta1 @ X1.T": "delta1 @ (W0 @ X + b0).T"},
    ),
    Mistake(
        "the slope of tanh forgotten",
        "loss_and_gradients",
        ("test_loss_and_gradients",),
        hint="what is its slope there",
        edits={"(1 - X1**2) * (W1.T @ delta1)": "W1.T @ delta1"},
    ),
    Mistake(
        "the slope of tanh taken at its value",
        "loss_and_gradients",
        ("test_loss_and_gradients",),
        hint="what is its slope there",
        edits={"(1 - X1**2)": "(1 - np.tanh(X1) ** 2)"},
    ),
    Mistake(
        "biases with the gradient of the first example alone",
        "loss_and_gradients",
        ("test_loss_and_gradients",),
        hint="What belongs to a copy",
        edits={
            "delta0.sum(axis=1, keepdims=True)": "delta0[:, :1]",
            "delta1.sum(axis=1, keepdims=True)": "delta1[:, :1]",
        },
    ),
    # --- The check
    Mistake(
        "errors not compared with the slopes",
        "gradient_errors",
        ("test_gradient_errors",),
        hint="What is there to compare it with",
        edits={" / abs(m).max()": ""},
    ),
    Mistake(
        "the mean error of an array in place of the largest",
        "gradient_errors",
        ("test_gradient_errors",),
        hint="Would one wrong entry",
        edits={"abs(m - d).max()": "abs(m - d).mean()"},
    ),
    Mistake(
        "slopes that are too large not noticed, or those that are too small",
        "gradient_errors",
        ("test_gradient_errors",),
        hint="An error may have either sign",
        edits={"abs(m - d).max()": "(d - m).max()"},
    ),
    # --- The noise
    Mistake(
        "an error thought to fall as fast as the batch grows",
        "noise_power",
        ("test_noise_power",),
        hint="The mean of 4 times as many numbers",
        edits={'"-1/2"': '"-1"'},
    ),
    # --- Batches
    Mistake(
        "the last, smaller batch dropped",
        "batches",
        ("test_batches",),
        hint="Which examples are left over",
        edits={"range(0, n, size)": "range(0, n - size + 1, size)"},
    ),
    Mistake(
        "the order drawn anew for each batch",
        "batches",
        ("test_batches",),
        hint="How often in an epoch is the order drawn",
        edits={"[order[first : first + size] for": "[permutation(n)[:size] for"},
    ),
    Mistake(
        "the examples always in the order in which they are stored",
        "batches",
        ("test_batches",),
        hint="Who says in which order",
        edits={"order = permutation(n)": "order = list(range(n))"},
    ),
    # --- The loop
    Mistake(
        "a step uphill",
        "train_epoch",
        ("test_train_epoch",),
        hint="Which way is the step",
        edits={"p - eta * gradient": "p + eta * gradient"},
    ),
    Mistake(
        "the step divided by the size of the batch once more",
        "train_epoch",
        ("test_train_epoch",),
        hint="Which way is the step, and how long",
        edits={"eta * gradient for": "eta * gradient / len(batch) for"},
    ),
    Mistake(
        "all gradients taken at the parameters of the start",
        "train_epoch",
        ("test_train_epoch",),
        hint="the gradient of the second batch taken",
        edits={
            "    for batch in": "    first = parameters\n    for batch in",
            "f(parameters, X[:, batch]": "f(first, X[:, batch]",
        },
    ),
    Mistake(
        "all examples in each step",
        "train_epoch",
        ("test_train_epoch",),
        hint="How many examples does one step look at",
        edits={"X[:, batch], Y[:, batch]": "X, Y"},
    ),
    Mistake(
        "only the first batch of an epoch used",
        "train_epoch",
        ("test_train_epoch",),
        hint="How many examples does one step look at",
        edits={"    return parameters": "        break\n    return parameters"},
    ),
    Mistake(
        "answers not taken along with their examples",
        "train_epoch",
        ("test_train_epoch",),
        hint="Which columns of Y belong",
        edits={"Y[:, batch]": "Y[:, : len(batch)]"},
    ),
]
