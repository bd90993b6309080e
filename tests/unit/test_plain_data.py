"""Plain data: what goes over comes back bit for bit, and whatever comes instead is refused in one way."""

import base64
import json
import math
from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from autograder.judge.engine import finite
from course_lib.plain_data import MOST_ENTRIES, NotPlain, as_array, from_json, pack, to_json, unpack

_DOUBLES = st.floats(width=64)
_ARRAYS = hnp.arrays(np.float64, hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4), elements=_DOUBLES)
_NUMBERS = (
    st.integers(-(10**60), 10**60)
    | st.floats(allow_nan=False)
    | st.fractions()
    | st.booleans()
    | st.none()
    | st.text(st.characters(exclude_categories=["Cs"]))
)
_VALUES = st.recursive(
    _NUMBERS, lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=9), inner), max_leaves=20
)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4),
    max_leaves=12,
)
_SHAPES = st.lists(st.none() | st.lists(st.integers(-2, 10**40) | _JSON, max_size=9) | _JSON, max_size=4)
_PACKED = st.fixed_dictionaries(
    {
        "shapes": _SHAPES | _JSON,
        "doubles": st.text("AQ=/+ é", max_size=24) | st.just(base64.b64encode(bytes(24)).decode()),
    }
)
# Nearly right, at each place something that is not.
_NEARLY = st.recursive(
    _JSON
    | st.fixed_dictionaries({"array": _PACKED | _JSON, "tensor": st.booleans()})
    | st.fixed_dictionaries({"fraction": st.lists(st.text("-+0123456789_ ²٣", max_size=5) | _JSON, max_size=3)})
    | st.fixed_dictionaries({"callback": st.integers() | _JSON}),
    lambda inner: (
        st.fixed_dictionaries({"list": st.lists(inner, max_size=4)})
        | st.fixed_dictionaries({"dict": st.lists(st.tuples(st.text(max_size=3), inner).map(list) | inner, max_size=4)})
    ),
    max_leaves=8,
)
_EXACTLY = (type(None), bool, int, float, str, Fraction, np.ndarray, list, dict)


def _through(value):
    return from_json(json.loads(json.dumps(to_json(value, "it"), allow_nan=False)))


@given(st.lists(st.none() | _ARRAYS, max_size=4))
def test_arrays_come_back_bit_for_bit(arrays):
    found = unpack(json.loads(json.dumps(pack(arrays))), len(arrays))
    for one, other in zip(arrays, found, strict=True):
        assert (one is None) == (other is None)
        if one is not None:
            assert (one.shape, one.dtype, one.tobytes()) == (other.shape, other.dtype, other.tobytes())


@given(_VALUES)
def test_values_come_back_as_they_were(value):
    found = _through(value)
    assert repr(found) == repr(_plainest(value))


def _plainest(value):
    """Return a value as it comes back: whole fractions as whole numbers."""
    match value:
        case Fraction() if value.denominator == 1:
            return int(value)
        case list():
            return [_plainest(entry) for entry in value]
        case dict():
            return {key: _plainest(entry) for key, entry in value.items()}
    return value


@given(_DOUBLES)
def test_numbers_come_back_bit_for_bit_whatever_they_were_kept_in(number):
    same = np.float64(number).tobytes()
    for kept in (number, np.float64(number), np.array(number), torch.tensor(number, dtype=torch.float64)):
        found = _through(kept)
        assert type(found) is float
        assert np.float64(found).tobytes() == same


def test_tuples_and_tensors_come_back_as_lists_and_arrays():
    found = _through((1, torch.ones(2, 3)))
    assert found[0] == 1
    assert found[1].tolist() == [[1.0] * 3] * 2
    assert _through(...) is None


@pytest.mark.parametrize("value", [object(), 1j, {1, 2}, b"7", lambda: 3, type, [1, [object()]]])
def test_what_has_behaviour_of_its_own_stays(value):
    with pytest.raises(NotPlain, match="where a number or tensor is expected"):
        to_json(value, "It")


def test_a_number_of_a_type_of_its_own_goes_over_as_what_it_holds():
    class Lying(float):
        def __eq__(self, other):
            return True

        __hash__ = None

        def __float__(self):
            return 9.0

    found = _through(Lying(2.5))
    assert type(found) is float
    assert found in (2.5, 9.0)  # either is a number, and no more


@given(_JSON | _PACKED, st.none() | st.integers(0, 4))
def test_whatever_comes_instead_of_arrays_is_refused(data, count):
    try:
        found = unpack(data, count)
    except NotPlain:
        return
    assert count in (None, len(found))
    assert all(array is None or (type(array) is np.ndarray and array.dtype == np.float64) for array in found)
    assert sum(array.size for array in found if array is not None) <= MOST_ENTRIES


@given(_NEARLY)
def test_whatever_comes_instead_of_a_value_is_refused(data):
    try:
        found = from_json(data)
    except NotPlain:
        return
    _assert_plain(found)
    assert finite(found) in (True, False)


def _assert_plain(value, depth=0):
    assert type(value) in _EXACTLY
    assert depth <= 22
    for inner in value if type(value) is list else value.values() if type(value) is dict else ():
        _assert_plain(inner, depth + 1)


@pytest.mark.parametrize(
    "shapes",
    [
        [[MOST_ENTRIES + 1]],
        [[10**30]],
        [[MOST_ENTRIES], [1]],
        [[0, 10**30]],
        [[2**62, 0]],
        [[10**6] * 7 + [0]],
        [[1] * 9],
        [[-1]],
        [[True]],
        [[1.0]],
    ],
    ids=str,
)
def test_shapes_that_numpy_cannot_hold_are_refused(shapes):
    with pytest.raises(NotPlain):
        unpack({"shapes": shapes, "doubles": ""})


@pytest.mark.parametrize(
    "data",
    [
        {"list": [0] * 100_001},
        "x" * 100_001,
        {"fraction": ["1" * 4001, "1"]},
        {"fraction": ["1", "0"]},
        {"fraction": ["1_0", "1"]},
        {"fraction": ["--1", "1"]},
        {"callback": 0},
        float("inf"),
        float("nan"),
        {},
        [1],
    ],
    ids=lambda data: repr(data)[:24],
)
def test_what_is_too_large_or_odd_is_refused(data):
    with pytest.raises(NotPlain):
        from_json(data)


def test_deep_nesting_is_refused():
    data = 0
    for _ in range(900):
        data = {"list": [data]}
    with pytest.raises(NotPlain, match="nested too deeply"):
        from_json(data)


def test_functions_are_known_by_their_places_alone():
    functions = []
    sent = to_json([math.sin, math.cos], "it", functions)
    assert sent == {"list": [{"callback": 0}, {"callback": 1}]}
    assert functions == [math.sin, math.cos]
    assert from_json(sent, lambda place: f"function {place}") == ["function 0", "function 1"]


@pytest.mark.parametrize(
    ("value", "is_finite"),
    [
        (1.0, True),
        (10**400, True),
        ("nan", True),
        ([1, [2.0, {"a": float("nan")}]], False),
        (np.array([1.0, np.inf]), False),
        (np.array([]), True),
    ],
)
def test_what_is_finite(value, is_finite):
    assert finite(value) is is_finite


@pytest.mark.parametrize("value", [np.ones(2) * 1j, np.complex64(1 + 2j), torch.ones(2, dtype=torch.complex64), 1 + 2j])
def test_complex_numbers_are_no_numbers_here(value):
    """Else a gradient with the right real part would be right."""
    assert as_array(value) is None
    with pytest.raises(NotPlain):
        to_json(value, "the gradient")


@pytest.mark.parametrize("kind", [torch.float64, torch.float32, torch.float16, torch.bfloat16])
def test_tensors_of_any_precision_hold_numbers(kind):
    found = as_array(torch.tensor([1.5, -0.25], dtype=kind, requires_grad=True))
    assert found.dtype == np.float64
    assert found.tolist() == [1.5, -0.25]
