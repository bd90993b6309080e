"""Small random graphs in which values are shared, copied to larger shapes, and multiplied."""

import numpy as np
import torch

from course_lib import Leaf, Mean

KINDS = {
    "float": lambda entries: float(np.sum(entries)),
    "numpy": np.asarray,
    "numpy float32": lambda entries: np.asarray(entries, np.float32),
    "torch": lambda entries: torch.tensor(entries, dtype=torch.float64),
    "torch float32": lambda entries: torch.tensor(entries, dtype=torch.float32),
}
LARGEST = 30.0


def shape_and_size(operation, *inputs):
    """Return the entries that an operation makes, or None where it does not fit, or gives numbers too large."""
    try:
        with np.errstate(all="ignore"):
            result = operation(*inputs)
    except ValueError:
        return None
    return result if np.abs(result).max() < LARGEST else None


UNARY = [
    (lambda x: -x, np.negative),
    (lambda x: x.exp(), np.exp),
    (lambda x: x**2, np.square),
    (lambda x: x * 0.5 + 1.0, lambda x: x * 0.5 + 1),
    (lambda x: x.sum(), np.sum),
]
BINARY = [
    (lambda x, y: x + y, np.add),
    (lambda x, y: x - y, np.subtract),
    (lambda x, y: x * y, np.multiply),
    (Mean, lambda x, y: (x + y) / 2),
]


def random_graph(seed, kind):
    """Return the output of a small random graph in which values are shared, copied to larger shapes, and multiplied."""
    random = np.random.default_rng(seed)
    scalar = kind == "float"
    nodes = []
    for i in range(random.integers(1, 4)):
        shape = () if scalar else [(), (2, 2), (2, 2), (1, 2), (2,)][random.integers(5)]
        entries = random.uniform(-2, 2, shape)
        nodes.append((Leaf(KINDS[kind](entries), f"x{i}"), entries))
    operations = [(1, *pair) for pair in UNARY[: 4 if scalar else 5]] + [(2, *pair) for pair in BINARY]
    if not scalar:
        operations += [(2, lambda x, y: x @ y, lambda x, y: x @ y if x.ndim == y.ndim == 2 else np.full(1, np.inf))]
        operations += [(1, lambda x: x.T, lambda x: x.T if x.ndim == 2 else np.full(1, np.inf))]
    for _ in range(random.integers(2, 16)):
        arity, build, entries_of = operations[random.integers(len(operations))]
        chosen = [nodes[-1 if i == 0 and random.random() < 0.6 else random.integers(len(nodes))] for i in range(arity)]
        entries = shape_and_size(entries_of, *(e for _, e in chosen))
        if entries is not None:
            nodes.append((build(*(n for n, _ in chosen)), entries))
    return nodes[-1][0]


def ones_for(z, seed):
    """Return a gradient to start from, in the shape of the output."""
    entries = np.random.default_rng(seed).uniform(0.5, 2, np.shape(z.result))
    if hasattr(z.result, "new_tensor"):
        return z.result.new_tensor(entries)
    return np.asarray(entries, z.result.dtype) if isinstance(z.result, np.ndarray) else float(entries)
