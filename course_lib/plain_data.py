"""Values as JSON holds them: what a test and a student's engine say to each other.

Numbers, text, lists and arrays go over; objects with behaviour of their own do not. Arrays travel as the bytes of their
doubles, so that nothing is rounded.
"""

from __future__ import annotations

import base64
import binascii
import math
from collections.abc import Callable, Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import accumulate
from typing import Any, TypeGuard

import numpy as np
import numpy.typing as npt

from course_lib.errors import CourseError

Array = npt.NDArray[np.float64]
Callback = Callable[..., Any]

MOST_ENTRIES = 1_000_000  # of all arrays in a message together
_MOST_AXES = 8
_MOST_LETTERS = 100_000
_MOST_DEPTH = 20
_MOST_ITEMS = 100_000
_MOST_DIGITS = 4000
_DOUBLES = np.dtype("<f8")


class NotPlain(CourseError):  # noqa: N818 - the name is the message
    """It is not plain data, or not of the form that was asked for."""


def pack(arrays: Sequence[Array | None]) -> dict[str, Any]:
    """Return arrays (and None where there is none) as one piece of JSON: their shapes, and the bytes of all entries."""
    shapes = [None if array is None else list(array.shape) for array in arrays]
    content = b"".join(a.astype(_DOUBLES, copy=False).tobytes() for a in arrays if a is not None)
    return {"shapes": shapes, "doubles": base64.b64encode(content).decode()}


def unpack(data: object, count: int | None = None) -> list[Array | None]:
    """Return the arrays that `pack` packed.

    Args:
        data: JSON from anybody.
        count: how many there must be.

    Raises:
        NotPlain: if it is anything else, or larger than `MOST_ENTRIES`.
    """
    if not isinstance(data, dict) or data.keys() != {"shapes", "doubles"}:
        raise NotPlain("Arrays were expected.")
    shapes, doubles = data["shapes"], data["doubles"]
    if not isinstance(shapes, list) or not isinstance(doubles, str):
        raise NotPlain("Arrays were expected.")
    if count is not None and len(shapes) != count:
        raise NotPlain(f"{count} arrays were expected; {len(shapes)} came.")
    sizes = [0 if shape is None else _size(shape) for shape in shapes]
    if sum(sizes) > MOST_ENTRIES:
        raise NotPlain(f"These arrays have {sum(sizes):,} entries in all; {MOST_ENTRIES:,} are the most.")
    try:
        content = np.frombuffer(base64.b64decode(doubles, validate=True), _DOUBLES).astype(np.float64)
    except (binascii.Error, ValueError):
        raise NotPlain("Arrays were expected.") from None
    if content.size != sum(sizes):
        raise NotPlain("The shapes of arrays and their entries do not fit.")
    try:
        return [
            None if shape is None else content[end - size : end].reshape(shape)
            for shape, size, end in zip(shapes, sizes, accumulate(sizes), strict=True)
        ]
    except ValueError:  # an empty array may have any shape, but numpy cannot count up to each
        raise NotPlain("The shape of an array was expected.") from None


def _size(shape: object) -> int:
    """Return how many entries an array of this shape has."""
    if shape == []:
        return 1
    if isinstance(shape, list) and len(shape) <= _MOST_AXES and all(type(n) is int and n >= 0 for n in shape):
        return math.prod(shape)
    raise NotPlain("The shape of an array was expected.")


def to_json(  # noqa: C901, PLR0911 - a case per type
    value: object, what: str, callbacks: list[Callback] | None = None
) -> Any:  # noqa: ANN401 - JSON
    """Return a value as JSON.

    Args:
        value: a number, text, array, tensor, or a list or dict of such.
        what: what it is, for messages.
        callbacks: takes functions, of which only the place in this list goes over; None where there may be none.

    Raises:
        NotPlain: if it is anything else.
    """
    if value is None or value is Ellipsis:
        return None
    if type(value) in (bool, str):
        return value
    if type(value) is int and abs(value) < 2**53:
        return value
    if type(value) in (int, Fraction):
        return {"fraction": [str(value.numerator), str(value.denominator)]}  # type: ignore[attr-defined]
    if type(value) is float:
        return value if math.isfinite(value) else {"array": pack([np.array(value)])}
    if isinstance(value, (Fraction, Decimal)) or type(value).__module__.startswith("sympy."):
        return str(value)
    if type(value) in (list, tuple):
        return {"list": [to_json(entry, what, callbacks) for entry in value]}  # type: ignore[attr-defined]
    if type(value) is dict:
        return {"dict": [[str(key), to_json(entry, what, callbacks)] for key, entry in value.items()]}
    if callbacks is not None and callable(value) and not hasattr(value, "shape"):
        callbacks.append(value)
        return {"callback": len(callbacks) - 1}
    array = as_array(value)
    if array is None:
        raise NotPlain(f"{what} is {value!r:.60} ({type(value).__name__}), where a number or tensor is expected.")
    return {"array": pack([array]), "tensor": hasattr(value, "detach")}


def from_json(  # noqa: C901, PLR0911 - a case per type
    data: object, callback: Callable[[int], Callback] | None = None, depth: int = 0
) -> Any:  # noqa: ANN401
    """Return the value that `to_json` has made JSON of; tensors as tensors if callbacks are taken, else as arrays.

    Args:
        data: JSON from anybody.
        callback: makes a function of its place in the other side's list; None where there may be none. Only a student's
            side takes functions, and only there tensors become tensors again.
        depth: how deep this is within what was asked for.

    Raises:
        NotPlain: if it is anything else.
    """
    if depth > _MOST_DEPTH:
        raise NotPlain("This is nested too deeply.")
    if data is None or type(data) in (bool, int):
        return data
    if isinstance(data, str) and len(data) <= _MOST_LETTERS:
        return data
    if type(data) is float and math.isfinite(data):
        return data
    if not isinstance(data, dict):
        raise NotPlain("Plain data were expected.")
    match data:
        case {"array": packed}:
            return _array(packed, tensor=data.get("tensor") is True and callback is not None)
        case {"list": list(entries)} if len(entries) <= _MOST_ITEMS:
            return [from_json(entry, callback, depth + 1) for entry in entries]
        case {"dict": list(entries)} if len(entries) <= _MOST_ITEMS and all(map(_is_pair, entries)):
            return {key: from_json(entry, callback, depth + 1) for key, entry in entries}
        case {"fraction": [str(above), str(below)]} if _is_number(above) and _is_number(below) and int(below):
            return Fraction(int(above), int(below)) if below != "1" else int(above)
        case {"callback": int(place)} if callback is not None:
            return callback(place)
    raise NotPlain("Plain data were expected.")


def as_array(value: Any) -> Array | None:  # noqa: ANN401 - anything
    """Return a number, array or tensor of real numbers as an array of doubles; None if it is something else."""
    if hasattr(value, "detach"):
        value = value.detach().cpu()
        value = (value.float() if "bfloat16" in str(value.dtype) else value).numpy()  # numpy knows no bfloat16
    if isinstance(value, bool) or not isinstance(value, (int, float, np.ndarray, np.generic)):
        return None
    if getattr(value, "dtype", _DOUBLES).kind == "c":  # of which numpy would keep half
        return None
    try:
        return np.array(value, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        return None


def _array(packed: object, *, tensor: bool) -> Any:  # noqa: ANN401
    (array,) = unpack(packed, 1)
    if array is None:
        raise NotPlain("An array was expected.")
    if tensor:
        import torch  # noqa: PLC0415 - only where tensors are asked for

        return torch.tensor(array)
    return array if array.ndim else float(array)


def _is_pair(entry: object) -> bool:
    match entry:
        case [str(), _]:
            return True
    return False


def _is_number(text: object) -> TypeGuard[str]:
    return isinstance(text, str) and len(text) <= _MOST_DIGITS and text.removeprefix("-").isdecimal()
