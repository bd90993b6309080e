"""What goes wrong with networks as graphs: where shortcuts lead, what a path is, and what shared weights receive."""

from __future__ import annotations

from autograder.samples.mistake import Mistake

ARCHITECTURES = [
    # --- Three networks
    Mistake(
        "the bias left out of an MLP",
        "networks",
        ("test_networks",),
        hint="What does layer i add to W x",
        code="""
def mlp(weights, biases, x):
    for W in weights:
        x = Tanh(W @ x)
    return x
""",
    ),
    Mistake(
        "the shortcut added inside of the activation",
        "networks",
        ("test_networks",),
        hint="Around what does a shortcut lead",
        edits={"Tanh(W @ x + b) + x": "Tanh(W @ x + b + x)"},
    ),
    Mistake(
        "every shortcut begins at the network's input",
        "networks",
        ("test_networks",),
        hint="Around what does a shortcut lead",
        code="""
def resnet(weights, biases, x):
    start = x
    for W, b in zip(weights, biases):
        x = Tanh(W @ x + b) + start
    return x
""",
    ),
    Mistake(
        "the sequence read backwards",
        "networks",
        ("test_networks",),
        hint="Which input is read at which step",
        edits={"for x in inputs": "for x in reversed(inputs)"},
    ),
    Mistake(
        "a leaf of its own for the shared weights at each step",
        "networks",
        ("test_networks",),
        hint="How many leaves hold W",
        edits={"Tanh(W @ state + U @ x)": "Tanh(Leaf(W.value) @ state + U @ x)"},
    ),
    # --- Paths
    Mistake(
        "the longest path over the first input alone",
        "path_counts",
        ("test_paths",),
        hint="from those of all its inputs",
        edits={"for before in node.input_nodes), default=0)": "for before in node.input_nodes[:1]), default=0)"},
    ),
    Mistake(
        "nodes of a path counted instead of arrows",
        "path_counts",
        ("test_paths",),
        hint="longest path follow",
        edits={"default=0": "default=1"},
    ),
    Mistake(
        "two arrows from the same node counted as one",
        "path_counts",
        ("test_paths",),
        hint="One node may stand in two places",
        edits={"sum(paths[before] for before in node.input_nodes)": "sum(paths[n] for n in set(node.input_nodes))"},
    ),
    Mistake(
        "every path walked on its own",
        "path_counts",
        ("test_paths",),
        hint="once for each path",
        code="""
def count_paths(output, start):
    if output is start:
        return 1
    return sum(count_paths(before, start) for before in output.input_nodes)
""",
    ),
    # --- The shape of a network
    Mistake(
        "leaves not counted as nodes",
        "shapes",
        ("test_shapes",),
        hint="Which nodes does one layer, or step, bring",
        edits={"5 * L + 1": "3 * L", "6 * L + 1": "4 * L", "5 * T + 7": "4 * T + 2"},
    ),
    Mistake(
        "one arrow for each node",
        "shapes",
        ("test_shapes",),
        hint="How many inputs has each kind of node",
        edits={"7 * L": "6 * L", "7 * T + 4": "5 * T + 6"},
    ),
    Mistake(
        "shortcuts thought to shorten the longest path",
        "shapes",
        ("test_shapes",),
        hint="What does a path meet on its way",
        edits={"4 * L": "L"},
    ),
    Mistake(
        "two paths for each layer, added instead of multiplied",
        "shapes",
        ("test_shapes",),
        hint="how many ways are there to go on",
        edits={"2**L": "2 * L"},
    ),
    # --- Back through a ResNet
    Mistake(
        "the shortcut forgotten on the way back",
        "resnet_backward",
        ("test_resnet_backward",),
        hint="Along how many arrows",
        edits={"weights[i].T @ delta + g": "weights[i].T @ delta"},
    ),
    Mistake(
        "the slope of the layer's output taken, with the shortcut in it",
        "resnet_backward",
        ("test_resnet_backward",),
        hint="What multiplies W x inside of σ",
        edits={"1 - activated[i] ** 2": "1 - xs[i + 1] ** 2"},
    ),
    Mistake(
        "the gradient of a bias left as wide as the batch",
        "resnet_backward",
        ("test_resnet_backward",),
        hint="A bias was copied to every example",
        edits={"delta.sum(axis=1, keepdims=True)": "delta"},
    ),
    # --- Depth
    Mistake(
        "slopes of layers added instead of multiplied",
        "depth",
        ("test_depth",),
        hint="A gradient passes one layer after the other",
        edits={"w**L": "w * L"},
    ),
    Mistake(
        "one shortcut around the whole network",
        "depth",
        ("test_depth",),
        hint="What does one layer with its shortcut multiply by",
        edits={"(1 + w) ** L": "1 + w**L"},
    ),
    Mistake(
        "the order of the layers counted, too",
        "depth",
        ("test_depth",),
        hint="A path chooses k of L layers",
        edits={"math.comb(L, k)": "math.perm(L, k)"},
    ),
    # --- Back through time
    Mistake(
        "= where += is meant, for shared weights",
        "rnn_backward",
        ("test_rnn_backward",),
        hint="Along how many arrows does W send",
        edits={"dW += ": "dW = ", "dU += ": "dU = "},
    ),
    Mistake(
        "the state after the step taken for the one before it",
        "rnn_backward",
        ("test_rnn_backward",),
        hint="Which state, and which input",
        edits={"delta @ states[t].T": "delta @ states[t + 1].T"},
    ),
    Mistake(
        "the output's weights given the first state",
        "rnn_backward",
        ("test_rnn_backward",),
        hint="Which state does V see",
        edits={"upstream @ states[-1].T": "upstream @ states[0].T"},
    ),
    Mistake(
        "the slope of σ forgotten between two steps",
        "rnn_backward",
        ("test_rnn_backward",),
        hint="what comes back along each",
        edits={"g = W.T @ delta": "g = W.T @ g"},
    ),
]
