"""How long a picture takes, from the run to the output, and how large it is."""

import sys
import time
from pathlib import Path

import course_lib
from autograder.samples import notebooks
from course_lib import Exp, Leaf, recording

SOURCE = Path(__file__).parents[1] / "source" / "ps1" / "2_engine.ipynb"


def ladder(rungs):
    """Return a graph of `rungs` equal steps, each with two paths to the one before."""
    h = x = Leaf(0.5, "x")
    for _ in range(rungs):
        h = Exp(-h) * x + h * 0.25
    return h


def tangle(count):
    """Return a graph without repeated structure."""
    nodes = [Leaf(0.1 * i, f"x{i}") for i in range(8)]
    while len(nodes) < count:
        i = len(nodes)
        a, b = nodes[i - 1 - i * i % 5], nodes[i - 8]
        nodes.append(a * b if i % 3 else a + b)
    return nodes[-1]


def main():
    engine = dict(vars(course_lib))
    exec(notebooks.solution(notebooks.read(SOURCE), "engine"), engine)  # noqa: S102 - our own solution
    recording.start()
    ladder(1)._repr_mimebundle_()  # the first layout warms the engine up
    print("nodes          seconds   html kB   all kB")
    for name, graph in (
        ("ladder", ladder(6)),
        ("ladder", ladder(166)),
        ("tangle", tangle(40)),
        ("tangle", tangle(1000)),
    ):
        engine["backward_algorithm"](engine["forward_algorithm"](graph))
        start = time.perf_counter()
        bundle = graph._repr_mimebundle_()
        seconds = time.perf_counter() - start
        html, everything = len(bundle["text/html"].encode()), sum(len(form.encode()) for form in bundle.values())
        count = len(graph.sorted_nodes())
        print(f"{name} {count:6,}   {seconds:8.2f}   {html / 1000:7.1f}  {everything / 1000:7.1f}")


if __name__ == "__main__":
    sys.exit(main())
