"""Numbers and tensors in a few letters, as a textbook would set them: `0.6931`, `−0.32`, `1.2e−7`, `tensor 2×3`."""

import math
from typing import Any, SupportsFloat

from course_lib.values import device_of

_LONGEST_INTEGER = 99_999


def number(value: SupportsFloat) -> str:
    """A number with four significant digits; integers up to five digits in full."""
    try:
        real = float(value)
    except OverflowError:  # an integer of hundreds of digits
        return "huge"
    if math.isnan(real):
        return "NaN"
    if math.isinf(real):
        return "∞" if real > 0 else "−∞"
    if real == int(real) and abs(real) <= _LONGEST_INTEGER:
        return f"{int(real)}".replace("-", "−")
    digits, _, exponent = f"{real:.4g}".partition("e")
    if exponent:
        digits += f"e{int(exponent)}"
    return digits.replace("-", "−")


def shape(value: Any) -> str:  # noqa: ANN401 - a number, an array, a tensor, or what a student's mistake has left there
    """The shape of a tensor such as `2×3`, or nothing if the value is no tensor of at least one dimension."""
    try:
        return "×".join(str(int(length)) for length in value.shape)
    except (AttributeError, TypeError, ValueError):
        return ""


def whereabouts(device: str | None) -> str:
    """What to add to a tensor of which there is nothing but a shape, because of the device that it is on."""
    return " on meta" if device == "meta" else ""


def value(value: Any) -> str:  # noqa: ANN401
    """Any value of a graph: a number, a tensor (by its shape; its entries stay where they are), or a node's result."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if hasattr(value, "input_nodes"):
        result = _of_anything(getattr(value, "result", None))
        return f"node {result}" if result else "node"
    return _of_anything(value)


def _of_anything(value: Any) -> str:  # noqa: ANN401
    if value is None:
        return ""
    try:
        nowhere = whereabouts(device_of(value))
        if its_shape := shape(value):
            return f"tensor {its_shape}{nowhere}"
        if nowhere:
            return f"number{nowhere}"
        if hasattr(value, "item"):
            value = value.item()
        if isinstance(value, bool):
            return str(value)
        return _complex(value) if isinstance(value, complex) else number(value)
    except Exception:  # noqa: BLE001 - whatever a student has put there, and however it fails, has at least a type
        return type(value).__name__


def _complex(value: complex) -> str:
    imaginary = number(value.imag)
    rest = f" − {imaginary[1:]}" if imaginary.startswith("−") else f" + {imaginary}"
    return f"{number(value.real)}{rest} i"
