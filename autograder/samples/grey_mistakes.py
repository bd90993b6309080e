"""What goes wrong with grey nodes, with cuts above a node, and with gradients that are stopped on purpose."""

from __future__ import annotations

from autograder.samples.mistake import Mistake

GREY = [
    # --- Colours
    Mistake(
        "only nodes with black inputs alone thought black",
        "black_nodes",
        ("test_black_nodes",),
        hint="How many black inputs does a node need",
        edits={
            "if black.intersection(node.input_nodes)": "if node.input_nodes and black.issuperset(node.input_nodes)",
        },
    ),
    Mistake(
        "every leaf thought a parameter",
        "black_nodes",
        ("test_black_nodes",),
        hint="Which leaves are wanted",
        edits={"black = set(parameters)": "black = {node for node in z.sorted_nodes() if not node.input_nodes}"},
    ),
    Mistake(
        "the colour handed on by one arrow only",
        "black_nodes",
        ("test_black_nodes",),
        hint="Is a consumer of a consumer",
        edits={"if black.intersection(": "if set(parameters).intersection("},
    ),
    # --- The backward pass
    Mistake(
        "black nodes send to grey ones, too",
        "backward_black",
        ("test_backward_black",),
        hint="To whom do you send",
        edits={"            if source in black:\n    ": ""},
    ),
    Mistake(
        "grey nodes visited",
        "backward_black",
        ("test_backward_black",),
        hint="Is there one in every class",
        code="""
def backward_black(z, parameters, one=1.0):
    black = black_nodes(z, parameters)
    for node in z.sorted_nodes():
        node.gradient = None
    z.gradient = one
    for node in reversed(z.sorted_nodes()):
        for source, share in zip(node.input_nodes, node.backward()):
            source.accumulate_gradient(share)
    for node in z.sorted_nodes():
        if node not in black:
            node.gradient = None
""",
    ),
    Mistake(
        "old gradients forgotten at black nodes only",
        "backward_black",
        ("test_backward_black",),
        hint="What is left of the pass before",
        edits={"for node in z.sorted_nodes():": "for node in black:"},
    ),
    Mistake(
        "the parameters alone get a gradient",
        "backward_black",
        ("test_backward_black",),
        hint="What arrives at a black node",
        edits={"if source in black": "if source in parameters"},
    ),
    # --- Severing
    Mistake(
        "a leaf that holds 1 instead of the node's value",
        "severed",
        ("test_severed",),
        hint="What does the node hold",
        edits={"Leaf(old.result, old.name)": "Leaf(1.0, old.name)"},
    ),
    Mistake(
        "copies that still take the given nodes as inputs",
        "severed",
        ("test_severed",),
        hint="From which nodes are the new ones computed",
        edits={"[twins[source] for source in old.input_nodes]": "list(old.input_nodes)"},
    ),
    Mistake(
        "a copy's inputs exchanged in the list that the given node has",
        "severed",
        ("test_severed",),
        hint="Which lists and nodes",
        edits={"twins[old].input_nodes = [": "twins[old].input_nodes[:] = ["},
    ),
    Mistake(
        "the given graph itself cut",
        "severed",
        ("test_severed",),
        hint="Which lists and nodes",
        code="""
def severed(z, node):
    leaf = Leaf(node.result, node.name)
    for other in z.sorted_nodes():
        other.input_nodes = [leaf if source is node else source for source in other.input_nodes]
    return (leaf if z is node else z), leaf
""",
    ),
    # --- Measuring
    Mistake(
        "the leaf of the whole graph moved on both ways",
        "inner_slope",
        ("test_inner_slope",),
        hint="what is held meanwhile",
        code="""
def inner_slope(z, node, h=1e-5):
    leaf = z.sorted_nodes()[0]
    at, results = leaf.value, []
    for move in (h, -h):
        leaf.value = at + move
        forward_algorithm(z)
        results.append((z.result, node.result))
    leaf.value = at
    forward_algorithm(z)
    (z_right, right), (z_left, left) = results
    return (z_right - z_left) / (right - left)
""",
    ),
    Mistake(
        "a difference to one side only",
        "inner_slope",
        ("test_inner_slope",),
        hint="At which two points is z computed",
        edits={"for move in (h, -h):": "for move in (h, 0):", "/ (2 * h)": "/ h"},
    ),
    Mistake(
        "the difference divided by h instead of 2h",
        "inner_slope",
        ("test_inner_slope",),
        hint="how far, and what is held",
        edits={"/ (2 * h)": "/ h"},
    ),
    # --- Stop-gradient
    Mistake(
        "the gradient goes on through the brackets",
        "detach",
        ("test_detach",),
        hint="What is sent to the input",
        edits={"self.gradient * 0": "self.gradient"},
    ),
    Mistake(
        "the value stopped, too",
        "detach",
        ("test_detach",),
        hint="What does forward() leave",
        edits={"self.result = self.input(0)": "self.result = self.input(0) * 0"},
    ),
    Mistake(
        "a zero that is a mere number",
        "detach",
        ("test_detach",),
        hint="Can it be a node",
        edits={"self.gradient * 0": "0.0"},
    ),
    # --- Three graphs
    Mistake(
        "both factors taken as given",
        "three_graphs",
        ("test_three_graphs",),
        hint="Which of the two factors may send",
        edits={"return x * Detach(x)": "return Detach(x) * Detach(x)"},
    ),
    Mistake(
        "the rounded value alone, in brackets",
        "three_graphs",
        ("test_three_graphs",),
        hint="What is the slope of each term",
        edits={"x + Detach(Rounded(x) - x)": "Detach(Rounded(x)) + 0 * x"},
    ),
    Mistake(
        "the target moves towards the estimate",
        "three_graphs",
        ("test_three_graphs",),
        hint="Who is to move towards whom",
        edits={"(w - Detach(1 + w * 0.5))": "(Detach(w) - (1 + w * 0.5))"},
    ),
    Mistake(
        "no brackets around the target",
        "three_graphs",
        ("test_three_graphs",),
        hint="Who is to move towards whom",
        edits={"Detach(1 + w * 0.5)": "(1 + w * 0.5)"},
    ),
]
