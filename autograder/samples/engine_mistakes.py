"""What students really get wrong in the engine, in the order of the steps."""

from __future__ import annotations

from autograder.samples.mistake import Mistake


def _backward(loop: str, start: str = "graph.gradient = one", reset: str = "node.gradient = None") -> str:
    """Return a backward pass with another start, reset, or loop over the nodes than the right one."""
    return f"""
def backward_algorithm(graph, one=1.0):
    nodes = graph.sorted_nodes()[::-1]
    for node in nodes:
        {reset}
    {start}
    for node in nodes:
{loop}
    return graph
"""


_RIGHT_LOOP = """
        for input_node, gradient in zip(node.input_nodes, node.backward()):
            input_node.accumulate_gradient(gradient)
"""

_MATMUL = "self.gradient @ self.input(1).T, self.input(0).T @ self.gradient"
_FORWARD_ORDER = "for node in graph.sorted_nodes():\n        node.forward()"

ENGINE = [
    # --- Walking the graph
    Mistake(
        "forward order used for the backward pass",
        "engine",
        ("test_backward", "test_add_mul"),
        hint="Who must be finished",
        edits={"graph.sorted_nodes()[::-1]": "graph.sorted_nodes()"},
    ),
    Mistake(
        "output node dropped from the list",
        "engine",
        ("test_backward", "test_add_mul"),
        hint="which node of the graph is missing",
        edits={"graph.sorted_nodes()[::-1]": "graph.sorted_nodes()[:-1][::-1]"},
    ),
    Mistake(
        "breadth-first instead of topological order",
        "engine",
        ("test_backward", "test_add_mul"),
        hint="heard from all its consumers",
        code="""
def backward_algorithm(graph, one=1.0):
    for node in graph.sorted_nodes():
        node.gradient = None
    graph.gradient = one
    queue, seen = [graph], {graph}
    while queue:
        node = queue.pop(0)
        for input_node, gradient in zip(node.input_nodes, node.backward()):
            input_node.accumulate_gradient(gradient)
            if input_node not in seen:
                seen.add(input_node)
                queue.append(input_node)
    return graph
""",
    ),
    Mistake(
        "recursion that pushes a node's total again on every visit",
        "engine",
        ("test_backward", "test_add_mul"),
        hint="Visit each node once",
        code="""
def send(node):
    for input_node, gradient in zip(node.input_nodes, node.backward()):
        input_node.accumulate_gradient(gradient)
        send(input_node)


def backward_algorithm(graph, one=1.0):
    for node in graph.sorted_nodes():
        node.gradient = None
    graph.gradient = one
    send(graph)
    return graph
""",
    ),
    Mistake(
        "forward pass not in order",
        "engine",
        ("test_forward", "test_backward"),
        hint="Inputs come before",
        edits={_FORWARD_ORDER: "for node in graph.sorted_nodes()[::-1]:\n        node.forward()"},
    ),
    Mistake(
        "recursion too deep on a long chain",
        "engine",
        ("test_forward", "test_backward"),
        hint="no recursion limit",
        code="""
def visit(node, seen, order):
    if node not in seen:
        seen.add(node)
        for input_node in node.input_nodes:
            visit(input_node, seen, order)
        order.append(node)
    return order


def forward_algorithm(graph):
    for node in visit(graph, set(), []):
        node.forward()
    return graph


def backward_algorithm(graph, one=1.0):
    nodes = visit(graph, set(), [])[::-1]
    for node in nodes:
        node.gradient = None
    graph.gradient = one
    for node in nodes:
        for input_node, gradient in zip(node.input_nodes, node.backward()):
            input_node.accumulate_gradient(gradient)
    return graph
""",
    ),
    # --- Accumulating
    Mistake(
        "= where += is meant",
        "engine",
        ("test_backward", "test_add_mul"),
        hint="Two paths arrive at this node",
        edits={"input_node.accumulate_gradient(gradient)": "input_node.gradient = gradient"},
    ),
    Mistake(
        "overwriting only at inner nodes",
        "engine",
        ("test_backward", "test_add_mul"),
        hint="Leaves are not special",
        code=_backward("""
        for input_node, gradient in zip(node.input_nodes, node.backward()):
            if isinstance(input_node, Leaf):
                input_node.accumulate_gradient(gradient)
            else:
                input_node.gradient = gradient
"""),
    ),
    Mistake(
        "the same input used twice counted once",
        "engine",
        ("test_backward", "test_add_mul"),
        hint="One node, two slots",
        code=_backward("""
        for input_node, gradient in dict(zip(node.input_nodes, node.backward())).items():
            input_node.accumulate_gradient(gradient)
"""),
    ),
    Mistake(
        "adding in place to a tensor that another node holds too",
        "engine",
        ("test_polynomial",),
        hint="who else holds that tensor",
        code=_backward("""
        for input_node, gradient in zip(node.input_nodes, node.backward()):
            if input_node.gradient is None:
                input_node.gradient = gradient
            else:
                input_node.gradient += gradient
"""),
    ),
    Mistake(
        "gradients never reset",
        "engine",
        ("test_backward", "test_higher_order"),
        hint="Yesterday's gradient",
        code=_backward(_RIGHT_LOOP, reset="pass"),
    ),
    Mistake(
        "reset inside the loop",
        "engine",
        ("test_backward", "test_add_mul"),
        hint="When is the time to forget",
        code=_backward("""
        node.gradient = None
        if node is graph:
            node.gradient = one
        for input_node, gradient in zip(node.input_nodes, node.backward()):
            input_node.accumulate_gradient(gradient)
"""),
    ),
    # --- Starting
    Mistake(
        "every node seeded with one",
        "engine",
        ("test_backward", "test_add_mul"),
        hint="only one gradient is known",
        code=_backward(_RIGHT_LOOP, reset="node.gradient = one"),
    ),
    Mistake(
        "hard-coded 1.0 instead of one",
        "engine",
        ("test_backward", "test_higher_order"),
        hint="The argument `one`",
        edits={"graph.gradient = one": "graph.gradient = 1.0"},
    ),
    Mistake(
        "the wrong node seeded",
        "engine",
        ("test_backward", "test_add_mul"),
        hint="Which node is the last",
        edits={"graph.gradient = one": "nodes[-1].gradient = one"},
    ),
    # --- Local rules
    Mistake(
        "Mul: inputs not swapped",
        "engine",
        ("test_add_mul", "test_polynomial"),
        hint="Wiggle x",
        edits={
            "sum_to(self.gradient * self.input(1), x.shape)": "sum_to(self.gradient * self.input(0), x.shape)",
            "sum_to(self.gradient * self.input(0), y.shape)": "sum_to(self.gradient * self.input(1), y.shape)",
        },
    ),
    Mistake(
        "Mul: upstream forgotten",
        "engine",
        ("test_add_mul", "test_polynomial"),
        hint="What you send is ∂w/∂v",
        edits={
            "self.gradient * self.input(1), x": "self.input(1), x",
            "self.gradient * self.input(0), y": "self.input(0), y",
        },
    ),
    Mistake(
        "Add returns ones",
        "engine",
        ("test_add_mul",),
        hint="passes on what it receives",
        edits={"return [sum_to(self.gradient, node.shape) for node in self.input_nodes]": "return [1.0, 1.0]"},
    ),
    Mistake(
        "broadcast input not summed back",
        "engine",
        ("test_polynomial",),
        hint="Copied forward, summed backward",
        edits={
            "sum_to(self.gradient * self.input(1), x.shape)": "self.gradient * self.input(1)",
            "sum_to(self.gradient * self.input(0), y.shape)": "self.gradient * self.input(0)",
            "sum_to(self.gradient, node.shape) for node": "self.gradient for node",
        },
    ),
    # --- Matmul
    Mistake(
        "Matmul: no transposes",
        "engine",
        ("test_matmul",),
        hint="what must be turned",
        edits={_MATMUL: "self.gradient @ self.input(1), self.input(0) @ self.gradient"},
    ),
    Mistake(
        "Matmul: factors swapped",
        "engine",
        ("test_matmul",),
        hint="From which side",
        edits={_MATMUL: "self.input(1).T @ self.gradient, self.gradient @ self.input(0).T"},
    ),
    Mistake(
        "Matmul: outputs returned in the wrong order",
        "engine",
        ("test_matmul",),
        hint="same order as the inputs",
        edits={_MATMUL: "self.input(0).T @ self.gradient, self.gradient @ self.input(1).T"},
    ),
    Mistake(
        "Matmul: the transpose of the right answer",
        "engine",
        ("test_matmul",),
        hint="Which way round",
        edits={_MATMUL: "(self.gradient @ self.input(1).T).T, (self.input(0).T @ self.gradient).T"},
    ),
    Mistake(
        "Matmul: * for @",
        "engine",
        ("test_matmul",),
        hint="Which index is summed over",
        edits={"self.result = self.input(0) @ self.input(1)": "self.result = self.input(0) * self.input(1)"},
    ),
    # --- Higher order
    Mistake(
        "the gradient is a number, not a node",
        "engine",
        ("test_higher_order",),
        hint="Can your gradient be differentiated",
        edits={
            "self.gradient * self.input(1)": "self.gradient * self.input_nodes[1].result",
            "self.gradient * self.input(0)": "self.gradient * self.input_nodes[0].result",
        },
    ),
    Mistake(
        "a saved output treated as a constant",
        "engine",
        ("test_higher_order",),
        hint="Then it must stay a node",
        edits={
            "self.gradient * self.input(1)": "self.gradient * self.result / self.input(0)",
            "self.gradient * self.input(0)": "self.gradient * self.result / self.input(1)",
        },
    ),
    Mistake(
        "stale gradient returned",
        "engine",
        ("test_higher_order",),
        hint="Did the new pass reach x",
        code=_backward(
            """
        for input_node, gradient in zip(node.input_nodes, node.backward()):
            if input_node not in finished:
                input_node.accumulate_gradient(gradient)
""",
            start="finished = {node for node in nodes if node.gradient is not None}\n    graph.gradient = one",
            reset="node.gradient = node.gradient if isinstance(node, Leaf) else None",
        ),
    ),
]

# Not a mistake that may cost points, though stock nbgrader gives none to a test that writes to stderr.
NOISY = Mistake(
    "a warning on stderr",
    "engine",
    (),
    edits={"    graph.gradient = one\n": '    __import__("warnings").warn("here we go")\n    graph.gradient = one\n'},
)

# Apart from the others, since only a grader with a time limit survives it.
ENDLESS = Mistake(
    "an endless loop",
    "engine",
    ("test_backward", "test_add_mul"),
    code="""
def backward_algorithm(graph, one=1.0):
    graph.gradient = one
    waiting = [graph]
    while waiting:
        node = waiting[0]
        for input_node, gradient in zip(node.input_nodes, node.backward()):
            input_node.accumulate_gradient(gradient)
    return graph
""",
)
