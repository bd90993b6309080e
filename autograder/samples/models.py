"""Model solutions of the engine that differ in style: each is right, and deserves all points.

A check that fails one of them asks for a certain way of writing, not for a right engine.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Model:
    """A right solution of the engine's cell.

    Attributes:
        name: in what it differs from the others.
        code: what a student would have in the cell.
    """

    name: str
    code: str


_NODES = """
class Mul(ComputationNode):
    def forward(self):
        self.result = self.input(0) * self.input(1)

    def backward(self):
        x, y = self.input_nodes
        return [sum_to(self.gradient * self.input(1), x.shape), sum_to(self.gradient * self.input(0), y.shape)]


class Matmul(ComputationNode):
    def forward(self):
        self.result = self.input(0) @ self.input(1)

    def backward(self):
        return [self.gradient @ self.input(1).T, self.input(0).T @ self.gradient]

class Add(ComputationNode):
    def forward(self):
        self.result = self.input(0) + self.input(1)

    def backward(self):
        x, y = self.input_nodes
        return [sum_to(self.gradient, x.shape), sum_to(self.gradient, y.shape)]
"""
_FORWARD = """

def forward_algorithm(graph):
    for node in graph.sorted_nodes():
        node.forward()
    return graph
"""

OWN_STACK = Model(
    "a depth-first search of its own, with a list as its stack",
    _NODES
    + """

def finished(graph):
    order, seen, stack = [], {graph}, [(graph, 0)]
    while stack:
        node, i = stack.pop()
        if i == len(node.input_nodes):
            order.append(node)
            continue
        stack.append((node, i + 1))
        child = node.input_nodes[i]
        if child not in seen:
            seen.add(child)
            stack.append((child, 0))
    return order


def forward_algorithm(graph):
    for node in finished(graph):
        node.forward()
    return graph


def backward_algorithm(graph, one=1.0):
    order = finished(graph)
    for node in order:
        node.gradient = None
    graph.gradient = one
    while order:
        node = order.pop()
        for child, gradient in zip(node.input_nodes, node.backward()):
            child.accumulate_gradient(gradient)
    return graph
""",
)

COUNTING = Model(
    "nodes send when all their consumers have, by counting these",
    _NODES
    + """

def forward_algorithm(graph):
    consumers, missing, ready, seen, found = {}, {}, [], {graph}, [graph]
    for node in found:
        missing[node] = len(node.input_nodes)
        if not node.input_nodes:
            ready.append(node)
        for child in node.input_nodes:
            consumers.setdefault(child, []).append(node)
            if child not in seen:
                seen.add(child)
                found.append(child)
    for node in ready:
        node.forward()
        for consumer in consumers.get(node, []):
            missing[consumer] -= 1
            if missing[consumer] == 0:
                ready.append(consumer)
    return graph


def backward_algorithm(graph, one=1.0):
    missing, seen, found = {graph: 0}, {graph}, [graph]
    for node in found:
        node.gradient = None
        for child in node.input_nodes:
            missing[child] = missing.get(child, 0) + 1
            if child not in seen:
                seen.add(child)
                found.append(child)
    graph.gradient = one
    ready = [graph]
    while ready:
        node = ready.pop()
        for child, gradient in zip(node.input_nodes, node.backward()):
            child.accumulate_gradient(gradient)
            missing[child] -= 1
            if missing[child] == 0:
                ready.append(child)
    return graph
""",
)

BY_INDEX = Model(
    "lists and indices only",
    _NODES
    + """

def forward_algorithm(graph):
    nodes = graph.sorted_nodes()
    for i in range(len(nodes)):
        nodes[i].forward()


def backward_algorithm(graph, one=1.0):
    nodes = graph.sorted_nodes()
    n = len(nodes)
    for i in range(n):
        nodes[i].gradient = None
    nodes[n - 1].gradient = one
    for i in range(n - 1, -1, -1):
        sent = nodes[i].backward()
        for k in range(len(sent)):
            inp = nodes[i].input_nodes[k]
            if inp.gradient is None:
                inp.gradient = sent[k]
            else:
                inp.gradient = inp.gradient + sent[k]
""",
)

IN_PLACE = Model(
    "adds in place, to copies of its own",
    _NODES
    + _FORWARD
    + """

def own_copy(value):
    if isinstance(value, ComputationNode):
        return value
    return value.clone() if hasattr(value, "clone") else value + 0


def backward_algorithm(graph, one=1.0):
    nodes = list(reversed(graph.sorted_nodes()))
    for node in nodes:
        node.gradient = None
    graph.gradient = one
    for node in nodes:
        for child, gradient in zip(node.input_nodes, node.backward()):
            if child.gradient is None:
                child.gradient = own_copy(gradient)
            else:
                child.gradient += gradient
    return graph
""",
)

SET_WHEN_COMPLETE = Model(
    "totals in a dict; a node's gradient is set when its turn comes",
    _NODES
    + _FORWARD
    + """

def backward_algorithm(graph, one=1.0):
    totals = {graph: one}
    for node in reversed(graph.sorted_nodes()):
        node.gradient = totals.pop(node)
        for child, gradient in zip(node.input_nodes, node.backward()):
            totals[child] = totals[child] + gradient if child in totals else gradient
    return graph
""",
)

PULLING = Model(
    "each node fetches what its consumers have for it",
    _NODES
    + _FORWARD
    + """

def backward_algorithm(graph, one=1.0):
    slots, sent, nodes = {}, {}, graph.sorted_nodes()
    for node in nodes:
        for i, child in enumerate(node.input_nodes):
            slots.setdefault(child, []).append((node, i))
    for node in nodes[::-1]:
        shares = [one] if node is graph else [sent[consumer][i] for consumer, i in slots[node]]
        total = shares[0]
        for share in shares[1:]:
            total = total + share
        node.gradient = total
        sent[node] = node.backward()
    return graph
""",
)

MODELS = [OWN_STACK, COUNTING, BY_INDEX, IN_PLACE, SET_WHEN_COMPLETE, PULLING]
