"""Local rules, right and wrong, for the node classes that students write.

A rule is a pair of functions, forward and backward, each of them a method of a node class that is made of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from course_lib.graph import ComputationNode
from course_lib.values import Value, exp, sum_to

Node = ComputationNode
Backward = Callable[[Node], list[Value]]


@dataclass(frozen=True)
class Rule:
    """What a node computes, and what it sends back."""

    forward: Callable[[Node], Value]
    backward: Backward

    def node_class(self, name: str) -> type[Node]:
        """Return a node class with this rule; making it registers it as the newest of that name."""

        def forward(node: Node) -> None:
            node.result = self.forward(node)

        def backward(node: Node) -> list[Value]:
            return self.backward(node)

        return type(name, (Node,), {"forward": forward, "backward": backward})


def _back(node: Node, *sent: Value) -> list[Value]:
    """Return what is sent, summed back to the shapes of the inputs."""
    return [sum_to(gradient, target.shape) for gradient, target in zip(sent, node.input_nodes, strict=True)]


def _ones(node: Node) -> Value:
    """Return ones in the shape of a node's value."""
    return node.result * 0 + 1


def _add(node: Node) -> Value:
    return node.input(0) + node.input(1)


def _mul(node: Node) -> Value:
    return node.input(0) * node.input(1)


def _matmul(node: Node) -> Value:
    return node.input(0) @ node.input(1)


RIGHT: Mapping[str, Rule] = {
    "Add": Rule(_add, lambda z: _back(z, z.gradient, z.gradient)),
    "Mul": Rule(_mul, lambda z: _back(z, z.gradient * z.input(1), z.gradient * z.input(0))),
    "Matmul": Rule(_matmul, lambda z: [z.gradient @ z.input(1).T, z.input(0).T @ z.gradient]),
}

_PLAIN_ADD = Rule(_add, lambda z: [z.gradient, z.gradient])
_PLAIN_MUL = Rule(_mul, lambda z: [z.gradient * z.input(1), z.gradient * z.input(0)])

# For each mistake, ways to make it: node classes that differ from the right ones.
MUL_AND_ADD: tuple[tuple[str, Mapping[str, Rule]], ...] = (
    (
        "Mul: inputs not swapped",
        {"Mul": Rule(_mul, lambda z: _back(z, z.gradient * z.input(0), z.gradient * z.input(1)))},
    ),
    ("Mul: inputs not swapped", {"Mul": Rule(_mul, lambda z: [z.gradient * z.input(0), z.gradient * z.input(1)])}),
    ("Mul: upstream forgotten", {"Mul": Rule(_mul, lambda z: _back(z, z.input(1), z.input(0)))}),
    ("Mul: upstream forgotten", {"Mul": Rule(_mul, lambda z: [z.input(1), z.input(0)])}),
    ("Add returns ones", {"Add": Rule(_add, lambda _: [1.0, 1.0])}),
    ("Add returns ones", {"Add": Rule(_add, lambda z: _back(z, _ones(z), _ones(z)))}),
    ("Add returns ones", {"Add": Rule(_add, lambda z: [_ones(z), _ones(z)])}),
    ("Add returns ones", {"Add": Rule(_add, lambda z: [_ones(node) for node in z.input_nodes])}),
    ("broadcast input not summed back", {"Add": _PLAIN_ADD, "Mul": _PLAIN_MUL}),
    ("broadcast input not summed back", {"Add": _PLAIN_ADD}),
    ("broadcast input not summed back", {"Mul": _PLAIN_MUL}),
)

# What is sent to the first and to the second factor of a product of matrices. The names are those of the mistakes.
_SENT: Mapping[str, tuple[Callable[[Any, Any, Any], Value], Callable[[Any, Any, Any], Value]]] = {
    "": (lambda g, _, y: g @ y.T, lambda g, x, _: x.T @ g),
    "Matmul: no transposes": (lambda g, _, y: g @ y, lambda g, x, _: x @ g),
    "Matmul: factors swapped": (lambda g, _, y: y.T @ g, lambda g, x, _: g @ x.T),
    "Matmul: the transpose of the right answer": (lambda g, _, y: y @ g.T, lambda g, x, _: g.T @ x),
    "Matmul: * for @": (lambda g, _, y: g * y, lambda g, x, _: x * g),
}


def _sending(first: str, second: str) -> Rule:
    send = _SENT[first][0], _SENT[second][1]
    return Rule(_matmul, lambda z: [f(z.gradient, z.input(0), z.input(1)) for f in send])


def _elementwise() -> Rule:
    return Rule(_mul, RIGHT["Matmul"].backward)


MATMUL: tuple[tuple[str, Mapping[str, Rule]], ...] = (
    *((name, {"Matmul": _sending(name, name)}) for name in _SENT if name),
    (
        "Matmul: factors swapped",
        {"Matmul": Rule(_matmul, lambda z: [z.input(1) @ z.gradient, z.gradient @ z.input(0)])},
    ),
    (
        "Matmul: outputs returned in the wrong order",
        {"Matmul": Rule(_matmul, lambda z: [z.input(0).T @ z.gradient, z.gradient @ z.input(1).T])},
    ),
    ("Matmul: * for @", {"Matmul": _elementwise()}),
    ("Matmul: * for @", {"Matmul": Rule(_mul, RIGHT["Mul"].backward)}),
    *((name, {"Matmul": _sending(name, "")}) for name in _SENT if name),
    *((name, {"Matmul": _sending("", name)}) for name in _SENT if name),
)


def _number(node: Node, i: int) -> Value:
    """Return the value of an input, even where graphs of gradients are built."""
    return node.input_nodes[i].result


HIGHER_ORDER: tuple[tuple[str, Mapping[str, Rule]], ...] = (
    (
        "the gradient is a number, not a node",
        {"Mul": Rule(_mul, lambda z: _back(z, z.gradient * _number(z, 1), z.gradient * _number(z, 0)))},
    ),
    (
        "the gradient is a number, not a node",
        {"Mul": Rule(_mul, lambda z: _back(z, z.gradient * z.input(1), z.gradient * _number(z, 0)))},
    ),
    (
        "the gradient is a number, not a node",
        {"Mul": Rule(_mul, lambda z: _back(z, z.gradient * _number(z, 1), z.gradient * z.input(0)))},
    ),
    (
        "a saved output treated as a constant",
        {"Mul": Rule(_mul, lambda z: _back(z, z.gradient * z.result / z.input(0), z.gradient * z.result / z.input(1)))},
    ),
    (
        "a saved output treated as a constant",
        {"Exp": Rule(lambda z: exp(z.input(0)), lambda z: [z.gradient * z.result])},
    ),
)
