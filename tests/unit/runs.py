"""Graphs that are run, rightly and wrongly, for tests of what is seen of it."""

import math

from course_lib import Exp, Leaf, Mean


def cosh():
    x = Leaf(math.log(2), "x")
    return Mean(Exp(x), Exp(-x))


def tanh():
    x = Leaf(math.log(2), "x")
    a, b = Exp(x), Exp(-x)
    return (a - b) / (a + b)


def each_visit_sends_on(graph, one=1.0):
    """A depth-first walk, which comes to a node once for each path."""

    def send(node):
        for child, gradient in zip(node.input_nodes, node.backward(), strict=True):
            child.accumulate_gradient(gradient)
            send(child)

    _forget(graph)
    graph.gradient = one
    send(graph)


def nearest_first(graph, one=1.0):
    """A breadth-first walk, which comes to some nodes too early."""
    _forget(graph)
    graph.gradient = one
    queue = [graph]
    for node in queue:
        for child, gradient in zip(node.input_nodes, node.backward(), strict=True):
            child.accumulate_gradient(gradient)
            if child not in queue:
                queue.append(child)


def leaves_only_the_first(graph, one=1.0):
    """A walk that goes to the first input alone."""
    _forget(graph)
    graph.gradient = one
    node = graph
    while node.input_nodes:
        sent = node.backward()
        node, gradient = node.input_nodes[0], sent[0]
        node.accumulate_gradient(gradient)


def never_forgets(graph, one=1.0):
    graph.gradient = one
    for node in reversed(graph.sorted_nodes()):
        for child, gradient in zip(node.input_nodes, node.backward(), strict=True):
            child.accumulate_gradient(gradient)


def assigns(graph, one=1.0):
    """The last contribution wins, and none is added."""
    _forget(graph)
    graph.gradient = one
    for node in reversed(graph.sorted_nodes()):
        for child, gradient in zip(node.input_nodes, node.backward(), strict=True):
            child.gradient = gradient


def outputs_first(graph):
    """A forward pass in the wrong order; it only works because all results are there from before."""
    for node in reversed(graph.sorted_nodes()):
        node.forward()


def _forget(graph):
    for node in graph.sorted_nodes():
        node.gradient = None
