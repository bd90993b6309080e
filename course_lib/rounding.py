"""How much rounding may change a number: what one rounding does, by type and device, and what many do.

The unit roundoff u is what one rounding may change, as a part of the number. n of them on the way to a number change it
by γₙ = n u / (1 − n u) at most (N. J. Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed. 2002, Lemma 3.1),
where nothing cancels.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from math import inf, log2

from course_lib.values import Value, device_of

# By the number of digits of the fraction, with the one that is not stored: 53, 24, 11 and 8.
UNITS = {"float64": 2.0**-53, "float32": 2.0**-24, "float16": 2.0**-11, "bfloat16": 2.0**-8}
# What becomes of a number of single precision before it is multiplied: TF32 keeps 11 digits, bfloat16 8. Whether the
# others are rounded or cut off is for the device to say; cutting off changes up to twice as much.
_INPUTS = {"tf32": 2.0**-10, "bf16": 2.0**-7}


def gamma(roundings: float, unit: float) -> float:
    """Return γₙ for n roundings; infinite where that has no meaning, as nothing is left of the number."""
    return compounded(roundings * unit)


def compounded(total: float) -> float:
    """Return what becomes of roundings that together change a part `total` of a number, if they are not the same."""
    return total / (1 - total) if total < 1 else inf


def kind_of(value: Value) -> str:
    """Return the type of a value's numbers, as `UNITS` calls it; what is exact, or a Python float, is a double."""
    name = str(getattr(value, "dtype", "float64")).removeprefix("torch.")
    return name if name in UNITS else "float64"


def unit_of(values: Iterable[Value]) -> float:
    """Return the unit roundoff of the least precise of `values`."""
    return max((UNITS[kind_of(value)] for value in values), default=UNITS["float64"])


def product_unit(value: Value) -> float:
    """Return by how much matrices like `value` are changed, beyond their own type, when they are multiplied."""
    single = kind_of(value) == "float32" and hasattr(value, "detach")
    return _INPUTS.get(product_precision(device_of(value)), 0.0) if single else 0.0


def product_precision(device: str | None) -> str:
    """Return in what torch multiplies matrices of single precision on a device: `"tf32"`, `"bf16"`, or something else.

    A program may ask for it by `torch.set_float32_matmul_precision("high")`, or in other ways; this sees all of them.
    """
    torch, name = sys.modules.get("torch"), str(device).split(":", maxsplit=1)[0]
    if torch is None or name not in ("cuda", "cpu"):
        return "ieee"
    matmul = torch.backends.cuda.matmul if name == "cuda" else torch.backends.mkldnn.matmul
    if hasattr(matmul, "fp32_precision"):
        return str(matmul.fp32_precision)
    return "tf32" if name == "cuda" and matmul.allow_tf32 else "ieee"  # torch before 2.9


def product_name(value: Value) -> str:
    """Return what people call the precision in which matrices like `value` are multiplied."""
    return {"tf32": "TF32", "bf16": "bfloat16"}.get(product_precision(device_of(value)), kind_of(value))


def digits(unit: float) -> int:
    """Return how many binary digits a type keeps, by its unit roundoff."""
    return round(-log2(unit))
