"""How fast the engine's base is (imports, and a long chain, per node and against its length), and what passes cost.

Costs are counted in operations of the model solution: function and gradient may cost five functions at most.
"""

import gc
import math
import statistics
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import numpy as np

from autograder.samples import notebooks
from course_lib import Leaf, Mean, build_graph, count, recording
from course_lib.counting import Counted

ENGINE = Path(__file__).parent.parent / "source" / "ps1" / "2_engine.ipynb"
LENGTHS = (10_000, 100_000, 1_000_000)
RUNS = 3
BOUND = 5


def seconds(action, argument):
    """Return how long `action(argument)` takes."""
    gc.collect()
    start = time.perf_counter()
    action(argument)
    return time.perf_counter() - start


def chain(length):
    node = Leaf(1.0, "x")
    for _ in range(length):
        node = -node
    return node


def passes(output):
    order = output.sorted_nodes()
    for node in order:
        node.forward()
    for node in order:
        node.gradient = None
    output.gradient = 1.0
    for node in reversed(order):
        for child, gradient in zip(node.input_nodes, node.backward(), strict=True):
            child.accumulate_gradient(gradient)


def solution():
    """Return the names that the model solution of the engine defines."""
    names = {}
    exec("from course_lib import *", names)  # noqa: S102
    exec(notebooks.solution(notebooks.read(ENGINE), "engine"), names)  # noqa: S102
    return names


def leaf(*shape):
    return Leaf(Counted(*shape))


def network(n, b, d):
    x = leaf(d, b)
    for _ in range(n):
        x = (leaf(d, d) @ x).exp()
    return (x**2).sum()


def perceptron(sizes, b):
    """Return the loss of a network with biases and logistic functions, of layers of these sizes."""
    x = leaf(sizes[0], b)
    for before, after in pairwise(sizes):
        x = 1 / (1 + (-(leaf(after, before) @ x + leaf(after, 1))).exp())
    return ((x - leaf(sizes[-1], b)) ** 2).sum() / b


def residual(n, b, d):
    """Return the output of n layers, each with a way around it."""
    x = leaf(d, b)
    for _ in range(n):
        x = x + leaf(d, d) @ (leaf(d, d) @ x).exp()
    return x.sum()


def recurrent(n, b, d):
    """Return the output of a loop of n steps that share their weights."""
    w, u, h = leaf(d, d), leaf(d, d), leaf(d, b)
    for _ in range(n):
        h = (-((w @ h + u @ leaf(d, b)) ** 2)).exp()
    return h.sum()


def attention(length, d):
    """Return a sum over what each of so many places finds at the others."""
    x = leaf(length, d)
    scores = ((x @ leaf(d, d)) @ (x @ leaf(d, d)).T / math.sqrt(d)).exp()
    return ((scores / scores.sum_to((length, 1))) @ (x @ leaf(d, d))).sum()


def derivative(z, x, order, engine):
    """Return the graph of a higher derivative, built by the model solution."""
    for _ in range(order):
        engine["forward_algorithm"](z)
        with build_graph():
            engine["backward_algorithm"](z, one=Leaf(Counted(), constant=True))
        z = x.gradient.sum()
    return z


def polynomial(x):
    return x**4 - 2 * x**3 + 3 * x**2 - 4 * x + 5


def repeated(step, times, x):
    for _ in range(times):
        x = step(x)
    return x


def graphs(engine):
    """Yield the graphs of the course, and some that come close to the bound, with what they are."""
    x, y, z = leaf(), leaf(), leaf()
    up, down = x.exp(), (-x).exp()
    yield "cosh x", Mean(up, down)
    yield "sinh x", Mean(up, -down)
    yield "tanh x, of exponentials used twice", (up - down) / (up + down)
    yield "w · w", x * x
    yield "(x + y) · z", (x + y) * z
    yield "a logistic neuron", 1 / (1 + (-(x * y + leaf() * z + leaf())).exp())
    yield "a quotient, x / y", x / y
    grid = leaf(25)
    yield "a polynomial of the 4th degree", polynomial(x)
    yield "the same on a grid of 25 points", polynomial(grid).sum()
    for order in (1, 2, 3, 4):
        yield f"  its derivative of order {order}", derivative(polynomial(grid).sum(), grid, order, engine)
    yield "  the 2nd derivative of cosh", derivative(Mean(up, down), x, 2, engine)
    yield "x¹ · x⁰", x**1 * x**0
    yield "(A B − C)² of 2 × 3 matrices", ((leaf(2, 2) @ leaf(2, 3) - leaf(2, 3)) ** 2).sum()
    yield "(W X − Y)² of the gallery", ((leaf(3, 4) @ leaf(4, 5) - leaf(3, 5)) ** 2).sum()
    yield "a loop of 7 steps, of the gallery", recurrent(7, 1, 3)
    for n, b, d in ((8, 1, 1), (8, 1, 1000), (8, 1000, 1), (64, 16, 4096)):
        yield f"a network, n = {n:,}, b = {b:,}, d = {d:,}", network(n, b, d)
    random = np.random.default_rng(0)
    for _ in range(3):
        sizes = [int(size) for size in random.integers(1, 100, random.integers(2, 7))]
        yield f"a perceptron, {' → '.join(map(str, sizes))}", perceptron(sizes, int(random.integers(1, 50)))
    yield "a residual network of 20 layers", residual(20, 8, 32)
    yield "attention, 100 places, 16 wide", attention(100, 16)
    yield "a product of 100 factors", math.prod((leaf() for _ in range(99)), start=x)
    yield "squared 50 times, as x · x", repeated(lambda v: v * v, 50, x)
    yield "x / (x / (x / …)), 50 times", repeated(lambda v: x / v, 50, x)
    yield "inverted 50 times", repeated(lambda v: v**-1, 50, x)


def ratios():
    engine = solution()
    for what, z in graphs(engine):
        start = time.perf_counter()
        found = count(z, engine["forward_algorithm"], engine["backward_algorithm"])
        yield what, found, time.perf_counter() - start


def import_seconds(module):
    code = f"import time; t = time.perf_counter(); import {module}; print(time.perf_counter() - t)"
    return float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)


def main():
    print("import (median of 5)")
    for module in ("numpy", "course_lib", "torch"):
        print(f"  {module:12} {statistics.median(import_seconds(module) for _ in range(5)):6.3f} s")
    print(
        f"a chain of n negations, forward and backward (median of {RUNS}); the same while it is recorded for pictures"
    )
    for length in LENGTHS:
        output = chain(length)
        medians = []
        for switch in (recording.stop, recording.start):
            switch()
            medians.append(statistics.median(seconds(passes, output) for _ in range(RUNS)))
        recording.stop()
        columns = "".join(f"  {median:7.3f} s {1e6 * median / length:6.2f} µs a node" for median in medians)
        print(f"  n = {length:9,}{columns}")
    print(f"operations of forward and backward, in terms of forward alone ({BOUND} is the bound)")
    worst = 0.0
    for what, found, spent in ratios():
        worst = max(worst, found.ratio)
        print(f"  {what:38} {found.ratio:5.2f}  {found.forward.total:>16,} forward   counted in {1000 * spent:4.0f} ms")
    print(f"  {'the largest':38} {worst:5.2f}  {'within the bound' if worst <= BOUND else 'ABOVE THE BOUND'}")


if __name__ == "__main__":
    main()
