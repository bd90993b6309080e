"""The engine's visible checks on a GPU, in each precision: they accept what is right, and no mistake that they know."""

import contextlib

import pytest
import torch
from tolerance_cases import CHECKS, GIVEN, _cells, _define, _from_a_tensor, _leaf_in, _seen, run_checks

from autograder.judge.hidden import split
from autograder.rehearsal import BEGIN, END
from autograder.samples.engine_mistakes import ENGINE
from course_lib import graph

PRECISIONS = ("float32", "tf32", "bfloat16")


@contextlib.contextmanager
def computing_in(precision):
    """Let tensors be made in a precision; for TF32, let torch round single precision when it multiplies matrices."""
    dtype, products = torch.get_default_dtype(), torch.get_float32_matmul_precision()
    torch.set_default_dtype(torch.bfloat16 if precision == "bfloat16" else torch.float32)
    torch.set_float32_matmul_precision("high" if precision == "tf32" else "highest")
    try:
        yield
    finally:
        torch.set_default_dtype(dtype)
        torch.set_float32_matmul_precision(products)


def verdicts(engine, precision, device, monkeypatch):
    """Return what each visible check says of an engine that computes on a device."""
    monkeypatch.setattr(graph, "_node_types", dict(graph._node_types))
    monkeypatch.setattr("course_lib.check.engine._first_fault", lambda _: None)  # that takes its time
    names, cells = {}, _cells()
    with computing_in(precision):
        for given in GIVEN:
            _define(cells[given], names)
        exec(engine, names)
        names |= {"device": device, "Leaf": _leaf_in(precision)}
        if precision == "bfloat16":
            names["backward_algorithm"] = _from_a_tensor(names["backward_algorithm"])
        return {check: _seen(split(cells[check], BEGIN, END)[0], names) for check in CHECKS}


@pytest.mark.parametrize("precision", PRECISIONS)
def test_the_right_engine_is_never_found_wrong(gpu, solutions, monkeypatch, precision):
    found = verdicts(solutions["engine"], precision, gpu, monkeypatch)
    assert {check: seen.words for check, seen in found.items() if seen.verdict == "wrong"} == {}
    if precision == "float32":
        assert {seen.verdict for seen in found.values()} == {"right"}


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("mistake", ENGINE, ids=lambda mistake: mistake.name)
def test_no_check_accepts_what_it_refuses_in_double_precision(gpu, solutions, monkeypatch, mistake, precision):
    """A check that says that it cannot judge does not accept."""
    engine = mistake.applied_to(solutions["engine"])
    exact = run_checks(engine, "float64", monkeypatch)
    found = verdicts(engine, precision, gpu, monkeypatch)
    assert [check for check in CHECKS if exact[check].verdict == "wrong" and found[check].verdict == "right"] == []
