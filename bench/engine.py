"""How fast the engine's base is: the time of an import, and of a long chain, per node and against its length."""

import gc
import statistics
import subprocess
import sys
import time

from course_lib import Leaf, recording

LENGTHS = (10_000, 100_000, 1_000_000)
RUNS = 3


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


if __name__ == "__main__":
    main()
