"""What one rounding does, by type and device, and what many do."""

from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tolerance_cases import TF32

from course_lib import rounding


@pytest.mark.parametrize("name", rounding.UNITS)
def test_the_unit_is_half_of_what_lies_between_one_and_the_next_number(name):
    dtype = getattr(torch, name)
    assert rounding.UNITS[name] == torch.finfo(dtype).eps / 2
    assert rounding.kind_of(torch.tensor(1.0, dtype=dtype)) == name
    assert rounding.digits(rounding.UNITS[name]) == {"float64": 53, "float32": 24, "float16": 11, "bfloat16": 8}[name]


@pytest.mark.parametrize("value", [1.0, 3, Fraction(1, 3), np.float64(1), torch.tensor(3), np.array([1]), None])
def test_what_has_no_type_of_its_own_is_as_exact_as_a_double(value):
    assert rounding.unit_of([value]) == 2.0**-53


def test_the_least_precise_counts():
    assert rounding.unit_of([1.0, np.float32(1), torch.tensor(1.0, dtype=torch.float16)]) == 2.0**-11
    assert rounding.unit_of([]) == 2.0**-53


@given(st.integers(0, 2000), st.sampled_from([2.0**-8, 2.0**-11, 2.0**-24]), st.data())
def test_no_product_of_roundings_is_beyond_gamma(count, unit, data):
    """Higham, Lemma 3.1: of factors 1 ± δ with |δ| ≤ u, some of them in the denominator."""
    signs = data.draw(st.lists(st.sampled_from([-1, 1]), min_size=count, max_size=count)) if count < 40 else [1] * count
    product = 1.0
    for i, sign in enumerate(signs):
        product = product * (1 + sign * unit) if i % 3 else product / (1 + sign * unit)
    assert abs(product - 1) <= rounding.gamma(count, unit) * (1 + 1e-9)


def test_nothing_is_left_of_a_number_that_was_rounded_too_often():
    assert rounding.gamma(256, 2.0**-8) == np.inf
    assert rounding.gamma(255, 2.0**-8) == 255


# --- Products of matrices ---------------------------------------------------------------------------------------------


@pytest.fixture
def as_before():
    yield
    torch.set_float32_matmul_precision("highest")


@pytest.mark.parametrize(
    ("asked", "gpu", "cpu"),
    [("highest", "ieee", "ieee"), ("high", "tf32", "tf32"), ("medium", "tf32", "bf16")],
)
@pytest.mark.usefixtures("as_before")
def test_what_was_asked_of_torch_is_seen(asked, gpu, cpu):
    """Asking for "medium", one gets TF32 on CUDA, and bfloat16 on a CPU that has it."""
    torch.set_float32_matmul_precision(asked)
    for device, name in (("cuda", gpu), ("cuda:1", gpu), ("cpu", cpu)):
        assert rounding.product_precision(device).replace("none", "ieee") == name
    for device in ("mps", "meta", None):
        assert rounding.product_precision(device) == "ieee"


@pytest.mark.usefixtures("as_before")
def test_the_older_way_to_ask_is_seen_too():
    torch.backends.cuda.matmul.allow_tf32 = True
    assert rounding.product_precision("cuda:0") == "tf32"


@pytest.mark.parametrize(("allowed", "precision"), [(True, "tf32"), (False, "ieee")])
def test_an_older_torch_is_asked_in_its_way(allowed, precision, monkeypatch):
    matmul = SimpleNamespace(allow_tf32=allowed)
    backends = SimpleNamespace(cuda=SimpleNamespace(matmul=matmul), mkldnn=SimpleNamespace(matmul=SimpleNamespace()))
    monkeypatch.setitem(rounding.sys.modules, "torch", SimpleNamespace(backends=backends))
    assert rounding.product_precision("cuda:0") == precision
    assert rounding.product_precision("cpu") == "ieee"


def test_only_tensors_of_single_precision_are_shortened(monkeypatch):
    monkeypatch.setattr(rounding, "product_precision", lambda _: "tf32")
    assert rounding.product_unit(torch.ones(2, 2)) == 2.0**-10
    assert rounding.product_name(torch.ones(2, 2)) == "TF32"
    for other in (torch.ones(2, 2).double(), torch.ones(2, 2).bfloat16(), np.ones((2, 2), np.float32), 1.0):
        assert rounding.product_unit(other) == 0


def test_the_stand_in_for_such_a_device_keeps_eleven_digits():
    """It rounds, to nearest, ties to even. A device that cuts off is off by up to twice as much, as is allowed for."""
    ones = torch.ones(1, 1)
    for entry, kept in (
        (1 + 2.0**-10, 1 + 2.0**-10),
        (1 + 2.0**-11, 1.0),
        (1 + 3 * 2.0**-11, 1 + 2.0**-9),
        (1 + 2.0**-11 + 2.0**-20, 1 + 2.0**-10),
        (-(1 + 2.0**-12), -1.0),
        (3.0e-5, pytest.approx(3.0e-5, rel=2.0**-11)),
    ):
        with TF32():
            assert (torch.full((1, 1), entry) @ ones).item() == kept
    with TF32():
        exact = torch.full((1, 1), 1 + 2.0**-30, dtype=torch.float64)
        assert (exact @ ones.double()).item() == 1 + 2.0**-30
    random = torch.randn(50, 50, generator=torch.Generator().manual_seed(0))
    with TF32():
        shortened = random @ torch.eye(50)
    off = ((shortened - random).abs() / random.abs()).max()
    assert 2.0**-13 < off <= 2.0**-11
