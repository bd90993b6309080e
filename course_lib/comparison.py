"""How two values differ, in words."""

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

# What single precision leaves of a result that is right otherwise.
_SINGLE = 1e-6


def difference(found: Array | None, right: Array, allowed: Array | float) -> str:
    """Return how a value differs from the right one, to follow its name in a sentence; empty if it does not.

    Args:
        found: what there is; None if nothing is.
        right: what should be there.
        allowed: how far each entry may be off.
    """
    if found is None:
        return "is None: nothing arrived there"
    if found.shape == right.shape and within(found, right, allowed):
        return ""
    transposed = found.shape == right.shape[::-1] and within(found.T, right, allowed)
    hint = " (it is the transpose of the right one)" if transposed else ""
    if found.shape != right.shape:
        return f"has the shape {found.shape}; it should have {right.shape}{hint}"
    worst = np.unravel_index(np.argmax(np.nan_to_num(_apart(found, right), nan=np.inf)), found.shape)
    at = f" at {[int(i) for i in worst]}" if found.ndim else ""
    digits = 4 if f"{found[worst]:.4g}" != f"{right[worst]:.4g}" else 12
    single = within(found, right, _SINGLE + _SINGLE * np.abs(right))
    precision = ", and differs by no more than single precision would explain" if single else ""
    return f"is {found[worst]:.{digits}g}{at}; it should be {right[worst]:.{digits}g}{hint}{precision}"


def within(found: Array, right: Array, allowed: Array | float) -> bool:
    """Tell whether no entry is off by more than is allowed; what is not finite, on either side, is never close."""
    # Without the last term, a difference of infinity would be within an infinite allowance.
    near = (_apart(found, right) <= allowed) & np.isfinite(found) & np.isfinite(right)
    return bool(near.all())


def _apart(found: Array, right: Array) -> Array:
    with np.errstate(invalid="ignore"):  # infinity minus infinity
        return np.asarray(np.abs(found - right))
