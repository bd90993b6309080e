"""The visible checks of the engine, as its notebook has them, run in a precision of one's choice."""

import ast
import contextlib
import functools
import io
from dataclasses import dataclass

import numpy as np
import torch
from torch.overrides import TorchFunctionMode

from autograder.judge.hidden import split
from autograder.rehearsal import BEGIN, END
from autograder.samples import notebooks
from course_files import PS1
from course_lib import graph, rounding
from course_lib.check.precision import NotPreciseEnough

CHECKS = ("test_forward", "test_backward", "test_add_mul", "test_polynomial", "test_higher_order", "test_matmul")
GIVEN = ("imports", "step4_run", "step5_run", "step6_run")
NUMBERS = {"float64": np.float64, "float32": np.float32, "tf32": np.float32, "float16": np.float16}
TYPES = {"tf32": torch.float32, **{name: getattr(torch, name) for name in rounding.UNITS}}
PRECISIONS = tuple(TYPES)


@dataclass(frozen=True)
class Seen:
    """What became of a check: `"right"`, `"wrong"`, or `"not judged"`; and the words of the last two."""

    verdict: str
    words: str = ""


class TF32(TorchFunctionMode):
    """Matrices of single precision are rounded to 11 digits before they are multiplied, to nearest, ties to even.

    What torch computes below Python, in a backward pass of its own, is not: there it stays in single precision.
    """

    def __torch_function__(self, function, types, arguments=(), options=None):
        if getattr(function, "__name__", "") in ("matmul", "mm", "bmm"):
            arguments = tuple(map(_shortened, arguments))
        return function(*arguments, **(options or {}))


def _shortened(tensor):
    if tensor.dtype != torch.float32:
        return tensor
    bits = tensor.detach().contiguous().view(torch.int32)
    short = (bits + 0x0FFF + ((bits >> 13) & 1) & ~0x1FFF).view(torch.float32)
    return tensor + (short - tensor.detach())  # so torch sends gradients through; nothing is rounded here


@contextlib.contextmanager
def computing_in(precision, monkeypatch):
    """Let tensors be made in a precision; for TF32, let the CPU compute as such a GPU would, and say so."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(TYPES[precision])
    with monkeypatch.context() as patched, TF32() if precision == "tf32" else contextlib.nullcontext():
        if precision == "tf32":
            patched.setattr(rounding, "product_precision", lambda _: "tf32")
        try:
            yield
        finally:
            torch.set_default_dtype(before)


def run_checks(engine, precision, monkeypatch):
    """Return what becomes of each visible check of the notebook, with a student's engine."""
    names, cells = {}, _cells()
    with computing_in(precision, monkeypatch):
        for given in GIVEN:
            _define(cells[given], names)
        exec(engine, names)
        names["device"] = "cpu"
        names["Leaf"] = _leaf_in(precision)
        if precision == "bfloat16":
            names["backward_algorithm"] = _from_a_tensor(names["backward_algorithm"])
        return {check: _seen(split(cells[check], BEGIN, END)[0], names) for check in CHECKS}


@functools.cache
def _cells():
    return {notebooks.grade_id(cell): cell.source for cell in notebooks.read(PS1 / "2_engine.ipynb").cells}


def _define(source, names):
    """Run what a cell imports and defines, and leave what it shows."""
    tree = ast.parse(source)
    tree.body = [line for line in tree.body if isinstance(line, ast.Import | ast.ImportFrom | ast.FunctionDef)]
    exec(compile(tree, "<given>", "exec"), names)


def _seen(source, names):
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            exec(source, names)
    except NotPreciseEnough as refused:
        return Seen("not judged", str(refused))
    except (Exception, RecursionError) as error:  # noqa: BLE001 - whatever stops it, the student sees
        return Seen("wrong", f"{type(error).__name__}: {error}")
    return Seen("right")


def _leaf_in(precision):
    """Return how a notebook's `Leaf` is made: a number takes part in the precision that tensors have."""

    def leaf(value, name=None):
        if isinstance(value, float):
            value = NUMBERS[precision](value) if precision in NUMBERS else torch.tensor(value)
        return graph.Leaf(value, name)

    return leaf


def _from_a_tensor(backward_algorithm):
    """Return a backward pass that starts from the tensor 1, for those numbers that numpy does not have."""

    def backward(output, **options):
        start = {} if isinstance(output.result, float) else {"one": torch.tensor(1.0)}
        return backward_algorithm(output, **start | options)

    return backward
