"""Small random graphs as the judge describes them, with inputs that make no number too large or too small."""

import numpy as np

from autograder.judge.description import _needed

_SHAPES = [(), (3,), (1, 3), (3, 3), (3, 3)]
_OPERATIONS = {
    "-x": (1, np.negative),
    "T": (1, np.transpose),
    "exp": (1, np.exp),
    "sum": (1, np.sum),
    "mean": (2, lambda x, y: (x + y) / 2),
    "+": (2, np.add),
    "-": (2, np.subtract),
    "*": (2, np.multiply),
    "/": (2, np.divide),
    "@": (2, np.matmul),
}
_SMALLEST, _LARGEST = 1e-2, 1e3


def described_graph(seed, *, numbers_only=False):
    """Return the steps and the inputs of a graph; of numbers, and without exp, where fractions are to be put in."""
    random = np.random.default_rng(seed)
    steps, values = [], []
    for i in range(random.integers(2, 5)):
        shape = () if numbers_only else _SHAPES[random.integers(len(_SHAPES))]
        steps.append(("leaf", f"x{i}"))
        # Both a fraction with a small denominator and a number in single precision.
        values.append(np.asarray(random.integers(32, 97, shape) * random.choice([-1, 1], shape) / 64))
    inputs = {step[1]: value for step, value in zip(steps, values, strict=True)}
    names = [name for name in _OPERATIONS if not (numbers_only and name in ("exp", "sum", "T", "@"))]
    for _ in range(random.integers(2, 14)):
        with np.errstate(over="ignore"):  # what is too large does not fit
            step, value = _next(random, names, steps, values)
        if _fits(step, value):
            steps.append(step)
            values.append(value)
    return _used(steps, inputs)


def _next(random, names, steps, values):
    at = random.integers(len(steps) - 1, len(steps)) if random.random() < 0.6 else random.integers(len(steps))
    if random.random() < 0.15:
        power = int(random.choice([-2, -1, 2, 3]))
        return ("**", int(at), power), values[at] ** power
    name = names[random.integers(len(names))]
    arity, compute = _OPERATIONS[name]
    operands = [int(at), int(random.integers(len(steps)))][:arity]
    if (name == "@" and any(values[i].ndim != 2 for i in operands)) or (name == "T" and values[at].ndim != 2):
        return None, None
    try:
        return (name, *operands), np.asarray(compute(*(values[i] for i in operands)))
    except ValueError:
        return None, None


def _fits(step, value):
    return step is not None and bool(((np.abs(value) > _SMALLEST) & (np.abs(value) < _LARGEST)).all())


def _used(steps, inputs):
    """Return what the last step depends on."""
    needed = _needed(steps, len(steps) - 1)
    names = {step[1] for step in needed if step[0] == "leaf"}
    return needed, {name: value for name, value in inputs.items() if name in names}
