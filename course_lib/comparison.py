"""How two values differ, in words."""

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

# What single precision leaves of a result that is right otherwise.
_SINGLE = 1e-6


def difference(found: Array | None, right: Array, relative: float, absolute: float) -> str:
    """Return how a value differs from the right one, to follow its name in a sentence; empty if it does not.

    Args:
        found: what there is; None if nothing is.
        right: what should be there.
        relative: the error that is allowed, as a part of each entry of `right`.
        absolute: the error that is allowed beside that.
    """
    if found is None:
        return "is None: nothing arrived there"
    if found.shape == right.shape and _close(found, right, relative, absolute):
        return ""
    transposed = found.shape == right.shape[::-1] and _close(found.T, right, relative, absolute)
    hint = " (it is the transpose of the right one)" if transposed else ""
    if found.shape != right.shape:
        return f"has the shape {found.shape}; it should have {right.shape}{hint}"
    worst = np.unravel_index(np.argmax(np.nan_to_num(np.abs(found - right), nan=np.inf)), found.shape)
    at = f" at {[int(i) for i in worst]}" if found.ndim else ""
    digits = 4 if f"{found[worst]:.4g}" != f"{right[worst]:.4g}" else 12
    single = _close(found, right, _SINGLE, _SINGLE)
    precision = ", and differs by no more than single precision would explain" if single else ""
    return f"is {found[worst]:.{digits}g}{at}; it should be {right[worst]:.{digits}g}{hint}{precision}"


def _close(found: Array, right: Array, relative: float, absolute: float) -> bool:
    # As `np.allclose`, which takes ten times as long for a number; what is not finite is never close.
    return bool((np.isfinite(found) & (np.abs(found - right) <= absolute + relative * np.abs(right))).all())
