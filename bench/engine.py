"""How fast the engine's base is (imports, and a long chain, per node and against its length), and what passes cost.

Costs are counted in operations of the model solution: function and gradient may cost five functions at most.
"""

import gc
import math
import statistics
import subprocess
import sys
import time
from pathlib import Path

from autograder.samples import notebooks
from course_lib import Leaf, Mean, count, recording
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


def network(n, b, d):
    x = Leaf(Counted(d, b), "x")
    for _ in range(n):
        x = (Leaf(Counted(d, d), "W") @ x).exp()
    return (x**2).sum()


def graphs():
    """Yield the graphs of the course, and some that come close to the bound, with what they are."""
    x, y = Leaf(Counted(), "x"), Leaf(Counted(), "y")
    yield "cosh x", Mean(x.exp(), (-x).exp())
    yield "a polynomial of the 4th degree", 3 * x**4 - 2 * x**3 + x**2 - 7 * x + 2
    yield "a quotient, x / y", x / y
    grid = Leaf(Counted(25), "x")
    yield "the same polynomial on a grid", (3 * grid**4 - 2 * grid**3 + grid**2 - 7 * grid + 2).sum()
    A, B, C = (Leaf(Counted(*shape), name) for name, *shape in (("A", 2, 2), ("B", 2, 3), ("C", 2, 3)))  # noqa: N806
    yield "(A B − C)² of 2 × 3 matrices", ((A @ B - C) ** 2).sum()
    for n, b, d in ((8, 1, 1), (8, 1, 1000), (8, 1000, 1), (64, 16, 4096)):
        yield f"a network, n = {n:,}, b = {b:,}, d = {d:,}", network(n, b, d)
    yield "a product of 100 factors", math.prod(Leaf(Counted()) for _ in range(100))
    squares = x
    for _ in range(50):
        squares = squares * squares
    yield "squared 50 times, as x · x", squares
    inverse = x
    for _ in range(50):
        inverse = inverse**-1
    yield "inverted 50 times", inverse


def ratios():
    engine = solution()
    for what, z in graphs():
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
