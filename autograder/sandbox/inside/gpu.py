"""What a fork does about a GPU. CUDA is a thing of one process: whoever has used it cannot be forked any more.

So the warm process never touches it, not even to ask whether there is one; each fork begins to use it on its own.
"""

from __future__ import annotations

import sys
from typing import Any

CUDA = "cuda"
_MIB = 2**20


def require_unused() -> None:
    """Look whether this process may still be forked.

    Raises:
        RuntimeError: if it has begun to use the GPU.
    """
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_initialized():
        raise RuntimeError(
            "What was imported or run beforehand has used the GPU, and then no kernel that is forked could. "
            "Take out of c.Grading.imports and c.Grading.warm_up what computes on it."
        )


def bound(memory_mib: int) -> None:
    """Begin to use the GPU, and have torch take no more than so much of its memory in this process.

    It is torch that keeps to it: code that calls the driver itself, or raises the bound, can take more.
    """
    import torch  # noqa: PLC0415 - where there is no GPU, kernels may do without

    whole = torch.cuda.get_device_properties(CUDA).total_memory
    torch.cuda.set_per_process_memory_fraction(min(1.0, memory_mib * _MIB / whole))


def tried(device: str, memory_mib: int) -> dict[str, Any]:
    """Compute something on a device as kernels will, and return its `name`; or what it `lacks`, in words."""
    try:
        import torch  # noqa: PLC0415 - as above

        bound(memory_mib)
        x = torch.ones(2, 2, dtype=torch.float64, device=device, requires_grad=True)
        (x @ x).exp().sum().backward()  # type: ignore[no-untyped-call]
        torch.cuda.synchronize()
        return {"name": torch.cuda.get_device_name(device)}
    except Exception as error:  # noqa: BLE001 - drivers fail in many ways
        return {"lacks": f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"[:500]}
