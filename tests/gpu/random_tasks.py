"""Small random graphs, described by plain data as hidden tests describe theirs."""

import numpy as np
from random_graphs import shape_and_size

from autograder.judge.description import _needed
from course_lib.described import Task

SHAPES = [(), (2, 2), (2, 2), (1, 2), (2,)]
_NO_MATRIX = np.full(1, np.inf)  # too large, so such a step is left out
OPERATIONS = {
    "-x": np.negative,
    "exp": np.exp,
    "sum": np.sum,
    "T": lambda x: x.T if x.ndim == 2 else _NO_MATRIX,
    "mean": lambda x, y: (x + y) / 2,
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "@": lambda x, y: x @ y if x.ndim == y.ndim == 2 else _NO_MATRIX,
}
UNARY = ("-x", "exp", "sum", "T")


def random_task(seed, device):
    """Return a task in which values are shared, copied to larger shapes, and multiplied; its output is a number."""
    random = np.random.default_rng(seed)
    shapes = [SHAPES[random.integers(len(SHAPES))] for _ in range(random.integers(1, 4))]
    inputs = {f"x{i}": random.uniform(-2, 2, shape) for i, shape in enumerate(shapes)}
    steps, entries = [("leaf", name) for name in inputs], list(inputs.values())
    for _ in range(random.integers(4, 16)):
        operation = str(random.choice(list(OPERATIONS)))
        operands = [int(random.integers(len(steps))) for _ in range(1 if operation in UNARY else 2)]
        value = shape_and_size(OPERATIONS[operation], *(entries[i] for i in operands))
        if value is not None:
            steps.append((operation, *operands))
            entries.append(value)
    steps.append(("sum", len(steps) - 1))
    return Task(_needed(steps, len(steps) - 1), inputs, "torch", device=device)
