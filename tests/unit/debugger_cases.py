"""Mistaken engines, small graphs on which the mistakes show, and where the debugger is to find them."""

import math
from dataclasses import dataclass

import numpy as np
import torch

from autograder.samples.engine_mistakes import ENDLESS, ENGINE
from course_lib import Leaf, Mean, build_graph
from course_lib.debugger import debug
from course_lib.limits import time_limit


def engine_of(code):
    """Return the names that a student's cell defines; operators use its classes from then on."""
    names = {}
    exec("from course_lib import *", names)
    exec(code, names)
    return names


def run(engine, z, one=None, order=1):
    """Run the student's passes as far as they go, as a student would; within build_graph() if `order` is above 1."""
    try:
        engine["forward_algorithm"](z)
        with build_graph(order > 1), time_limit(0.3, "backward_algorithm"):
            engine["backward_algorithm"](z, **({} if one is None else {"one": one}))
    except (Exception, RecursionError):  # noqa: BLE001 - whatever a wrong engine raises, the student sees
        return z
    return z


# --- Small graphs on which mistakes show ------------------------------------------------------------------------------


def leaf(value, name):
    return Leaf(value, name)


def named(node, name):
    node.name = name
    return node


def cosh():
    """(eˣ + e⁻ˣ) / 2: two paths of unequal length arrive at x."""
    x = leaf(math.log(2), "x")
    return named(Mean(named(x.exp(), "d"), named((-x).exp(), "e")), "z")


def uneven():
    """S · (−(−s)), and beyond s lies x."""
    s = named(leaf(1.5, "x") * 0.5, "s")
    return named(s * named(-named(-s, "a"), "b"), "z")


def product():
    """−(x · y)."""
    return named(-named(leaf(2.0, "x") * leaf(-0.302, "y"), "w"), "z")


def inner_reuse():
    """S = x + y is used twice."""
    s = named(leaf(2.0, "x") + leaf(3.0, "y"), "s")
    return named(named(s * 3.0, "p") + named(s * 4.0, "q"), "z")


def square():
    x = leaf(3.0, "x")
    return named(x * x, "z")


def scaled_sum():
    return named(named(leaf(2.0, "x") + leaf(3.0, "y"), "s") * 2.0, "z")


def in_place():
    x, y = (leaf(torch.tensor(v, dtype=torch.float64), n) for v, n in ((2.0, "x"), (3.0, "y")))
    return named(named(x + y, "s") + x, "z")


def broadcast():
    a, b = leaf(np.arange(6.0).reshape(2, 3) + 1, "A"), leaf(np.array([1.0, 2.0, 3.0]), "b")
    return named(named(a + b, "s").sum(), "z")


def _matrix(rows, columns, name):
    return leaf(torch.arange(1.0, 1 + rows * columns, dtype=torch.float64).reshape(rows, columns) / 3, name)


def rectangles():
    return named((named(_matrix(2, 3, "A") @ _matrix(3, 4, "B"), "P") ** 2).sum(), "z")


def squares():
    return named((named(_matrix(2, 2, "A") @ _matrix(2, 2, "B"), "P") ** 2).sum(), "z")


def chain():
    node = leaf(1.0, "x")
    for _ in range(3000):
        node = -node
    return named(node, "z")


def cube():
    x = leaf(3.0, "x")
    return named(named(x * x, "s") * x, "z")


# --- Mistakes, and where they are ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Case:
    """A mistake, the graph it is met on, and at which node and as what it is found.

    `kind` is what is said where the debugger may run the passes again, `alone` what it says from the gradients alone.
    """

    mistake: str
    build: object
    node: str
    kind: str
    alone: str = ""
    alone_at: str = ""
    order: int = 1
    one: object = None
    times: int = 1


CASES = [
    Case("forward order used for the backward pass", cosh, "x", "walk", "no gradient", "e"),
    Case("output node dropped from the list", cosh, "e", "walk", "no gradient", "e"),
    Case("breadth-first instead of topological order", uneven, "s", "walk", "combination", "x"),
    Case("recursion that pushes a node's total again on every visit", uneven, "s", "walk", "combination", "x"),
    Case("forward pass not in order", cosh, "z", "walk", "error"),
    Case("recursion too deep on a long chain", chain, "z", "walk", "error"),
    Case("= where += is meant", cosh, "x", "combination"),
    Case("overwriting only at inner nodes", inner_reuse, "s", "combination"),
    Case("the same input used twice counted once", square, "x", "combination"),
    Case("adding in place to a tensor that another node holds too", in_place, "z", "shared", "shared", "x"),
    Case("gradients never reset", cosh, "e", "reset", "combination", "e", times=2),
    Case("reset inside the loop", cosh, "e", "reset", "no gradient", "e"),
    Case("every node seeded with one", cosh, "e", "start"),
    Case("hard-coded 1.0 instead of one", cosh, "z", "start", "right", one=2.5),
    Case("the wrong node seeded", cosh, "z", "start"),
    Case("Mul: inputs not swapped", product, "w", "rule"),
    Case("Mul: upstream forgotten", product, "w", "rule"),
    Case("Add returns ones", scaled_sum, "s", "rule"),
    Case("broadcast input not summed back", broadcast, "s", "shape"),
    Case("Matmul: no transposes", rectangles, "P", "rule"),
    Case("Matmul: no transposes", squares, "P", "rule"),
    Case("Matmul: factors swapped", rectangles, "P", "rule"),
    Case("Matmul: factors swapped", squares, "P", "rule"),
    Case("Matmul: outputs returned in the wrong order", rectangles, "P", "shape"),
    Case("Matmul: outputs returned in the wrong order", squares, "P", "rule"),
    Case("Matmul: the transpose of the right answer", rectangles, "P", "shape"),
    Case("Matmul: the transpose of the right answer", squares, "P", "rule"),
    Case("Matmul: * for @", rectangles, "P", "value"),
    Case("Matmul: * for @", squares, "P", "value"),
    Case("the gradient is a number, not a node", cube, "z", "cut", order=2),
    Case("a saved output treated as a constant", cube, "z", "cut", order=2),
    Case("stale gradient returned", cube, "x", "reset", order=3),
    Case("an endless loop", cosh, "z", "walk", "combination", "e"),
]


def find(case, solution, *, again, convert=lambda value: value):
    """Return what is found after the mistaken engine has run; with `again`, the debugger may run it again.

    All that the leaves hold, and what the pass starts from, is converted before.
    """
    mistake = next(m for m in [*ENGINE, ENDLESS] if m.name == case.mistake)
    engine = engine_of(mistake.applied_to(solution))
    z = case.build()
    leaves = [node for node in z.sorted_nodes() if isinstance(node, Leaf)]
    for leaf in leaves:
        leaf.value = convert(leaf.value)
    x = leaves[0]
    for order in range(2, case.order + 1):
        run(engine, z, Leaf(convert(1.0)), order)
        if order < case.order:
            z = x.gradient
    for _ in range(case.times if case.order == 1 else 0):
        run(engine, z, convert(torch.tensor(1.0, dtype=torch.float64)) if hasattr(x.value, "detach") else case.one)
    names = ("backward_algorithm", "forward_algorithm")
    return debug(z, **{name: engine[name] for name in names} if again else {})
