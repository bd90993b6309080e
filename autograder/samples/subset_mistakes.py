"""What goes wrong where only some gradients are wanted: grey nodes, messages that nobody needs, masks, growth."""

from __future__ import annotations

from autograder.samples.mistake import Mistake


def _backward_for(black: str, loop: str) -> str:
    """Return a backward pass that paints other nodes black, or walks back otherwise, than the right one."""
    return f"""
def backward_for(graph, wanted, one=1.0):
    nodes, black = graph.sorted_nodes(), set()
    for node in nodes:
        node.gradient = None
        if {black}:
            black.add(node)
    graph.gradient = one
    for node in reversed(nodes):
{loop}
    return graph
"""


_BLACK = "node in wanted or any(input_node in black for input_node in node.input_nodes)"
_RIGHT_LOOP = """
        for i, input_node in enumerate(node.input_nodes):
            if input_node in black:
                input_node.accumulate_gradient(message(node, i))
"""

SUBSETS = [
    # --- Predictions
    Mistake(
        "the message to the data counted",
        "predictions",
        ("test_predictions",),
        hint="Which layer has nobody below it",
        edits={"all_weights = 15": "all_weights = 16"},
    ),
    Mistake(
        "W₁ alone thought to take a product or two",
        "predictions",
        ("test_predictions",),
        hint="Which layers does the error cross on its way to the first",
        edits={"first_only = 8": "first_only = 1"},
    ),
    Mistake(
        "the last layer thought to need the whole backward pass",
        "predictions",
        ("test_predictions",),
        hint="Does any layer below have a part in it",
        edits={"last_only = 1": "last_only = 15"},
    ),
    Mistake(
        "layers counted from the wrong end",
        "predictions",
        ("test_predictions",),
        hint="on its way to the fifth",
        edits={"fifth_only = 4": "fifth_only = 5"},
    ),
    Mistake(
        "biases thought to be free",
        "predictions",
        ("test_predictions",),
        hint="The gradient of a bias takes no product",
        edits={"biases_only = 7": "biases_only = 0"},
    ),
    Mistake(
        "a learning rate of 0 thought to save products",
        "predictions",
        ("test_predictions",),
        hint="before or after the gradients are computed",
        edits={"rate_zero = 15": "rate_zero = 1"},
    ),
    # --- Messages
    Mistake(
        "both products computed, one thrown away",
        "message",
        ("test_message", "test_backward_for"),
        hint="computed too, and thrown away",
        code="""
def message(node, i):
    return node.backward()[i]
""",
    ),
    Mistake(
        "the two messages exchanged",
        "message",
        ("test_message", "test_backward_for"),
        hint="On which side is the other factor",
        edits={"if i == 0": "if i == 1"},
    ),
    Mistake(
        "always the first gradient of the list",
        "message",
        ("test_message",),
        hint="Which of the gradients in the list",
        edits={"node.backward()[i]": "node.backward()[0]"},
    ),
    # --- The backward pass
    Mistake(
        "messages computed for grey inputs, too",
        "backward_for",
        ("test_backward_for",),
        hint="Which product is computed for an input that is grey",
        code=_backward_for(
            _BLACK,
            """
        messages = [message(node, i) for i in range(len(node.input_nodes))] if node in black else []
        for input_node, sent in zip(node.input_nodes, messages):
            if input_node in black:
                input_node.accumulate_gradient(sent)
""",
        ),
    ),
    Mistake(
        "messages sent to grey inputs of black nodes",
        "backward_for",
        ("test_backward_for",),
        hint="Below a grey node there is nobody",
        code=_backward_for(
            _BLACK,
            """
        if node in black:
            for i, input_node in enumerate(node.input_nodes):
                input_node.accumulate_gradient(message(node, i))
""",
        ),
    ),
    Mistake(
        "only the wanted leaves are black",
        "backward_for",
        ("test_backward_for",),
        hint="Does the output change if this leaf does",
        code=_backward_for("node in wanted", _RIGHT_LOOP),
    ),
    Mistake(
        "a node is grey as soon as one of its inputs is",
        "backward_for",
        ("test_backward_for",),
        hint="Does the output change if this leaf does",
        code=_backward_for(
            "node in wanted or node.input_nodes and all(n in black for n in node.input_nodes)", _RIGHT_LOOP
        ),
    ),
    Mistake(
        "the last message overwrites the others",
        "backward_for",
        ("test_backward_for",),
        hint="Several messages arrive here",
        edits={"input_node.accumulate_gradient(message(node, i))": "input_node.gradient = message(node, i)"},
    ),
    Mistake(
        "always started from one",
        "backward_for",
        ("test_backward_for",),
        hint="is what the output starts from",
        edits={"graph.gradient = one": "graph.gradient = 1.0"},
    ),
    Mistake(
        "only the gradients of black nodes forgotten",
        "backward_for",
        ("test_backward_for",),
        hint="What did the pass before leave behind",
        edits={
            "        node.gradient = None\n": "",
            "            black.add(node)": "            node.gradient = None\n            black.add(node)",
        },
    ),
    # --- Formulas
    Mistake(
        "two products for every layer that the error crosses",
        "formulas",
        ("test_formulas",),
        hint="and how many matrices are wanted",
        edits={"return len(wanted) + L - min(wanted)": "return 2 * (L - min(wanted)) + 1"},
    ),
    Mistake(
        "the error thought to stop at the highest layer that is wanted",
        "formulas",
        ("test_formulas",),
        hint="How far down must the error go",
        edits={"L - min(wanted)": "L - max(wanted)"},
    ),
    Mistake(
        "the right branch crossed, too",
        "formulas",
        ("test_formulas",),
        hint="on its way to the left branch's first",
        edits={"head + 2 * left - 1": "head + 2 * left - 1 + right"},
    ),
    Mistake(
        "the error sent on into the stem",
        "formulas",
        ("test_formulas",),
        hint="on its way to the left branch's first",
        edits={"head + 2 * left - 1": "head + 2 * left"},
    ),
    # --- Masks
    Mistake(
        "the whole product, then the mask",
        "masked_gradient",
        ("test_masked_gradient",),
        hint="Which rows of δ does the wanted part",
        code="""
def masked_gradient(multiply, delta, x, mask):
    return multiply(delta, x.T) * mask
""",
    ),
    Mistake(
        "only rows left out",
        "masked_gradient",
        ("test_masked_gradient",),
        hint="And which of x",
        code="""
def masked_gradient(multiply, delta, x, mask):
    rows = mask.any(axis=1)
    gradient = np.zeros(mask.shape)
    gradient[rows] = multiply(delta[rows], x.T)
    return gradient * mask
""",
    ),
    Mistake(
        "the whole rectangle kept",
        "masked_gradient",
        ("test_masked_gradient",),
        hint="covered, not wanted",
        edits={"return gradient * mask": "return gradient"},
    ),
    # --- Growth
    Mistake(
        "time for the last layer thought to grow with depth",
        "subset_growth",
        ("test_subset_growth",),
        hint="How many products of matrices did you count",
        edits={'T_last = "b d^2"': 'T_last = "L b d^2"'},
    ),
    Mistake(
        "all activations kept for the last layer",
        "subset_growth",
        ("test_subset_growth",),
        hint="The others may go",
        edits={'M_last = "b d + d^2"': 'M_last = "L b d + d^2"'},
    ),
    Mistake(
        "the biases' error thought to take no products",
        "subset_growth",
        ("test_subset_growth",),
        hint="How does the error get from the last bias to the first",
        edits={'T_biases = "L b d^2"': 'T_biases = "L b d"'},
    ),
    Mistake(
        "gradients of weights counted for the biases",
        "subset_growth",
        ("test_subset_growth",),
        hint="What of the forward pass does the error meet",
        edits={'M_biases = "L b d"': 'M_biases = "L b d + L d^2"'},
    ),
]
