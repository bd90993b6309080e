"""A GPU that is not there: tensors on `"cuda"` that hold their numbers in ordinary memory, and mix with no others.

Torch is told that they are on its device "meta", so that each operation on them comes by here. It is computed on the
CPU, after a look at where its inputs are: what a GPU would refuse is refused, in the words that torch has for it.
"""

import contextlib
from unittest import mock

import torch
from torch.overrides import TorchFunctionMode
from torch.utils._device import _device_constructors
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map

DEVICE = torch.device("cuda:0")
_META = torch.device("meta")
# What makes a tensor on the CPU unless it is told otherwise.
_FROM_NOTHING = _device_constructors()


class ForgottenDevice(Exception):  # noqa: N818 - the name is the message
    """A tensor would be made on the CPU only because nobody has said where."""


class OnFakeGPU(torch.Tensor):
    """A tensor on the GPU that is not there."""

    @staticmethod
    def __new__(cls, held):
        """Stand for `held`, a tensor on the CPU."""
        return torch.Tensor._make_wrapper_subclass(
            cls, held.size(), held.stride(), held.storage_offset(), dtype=held.dtype, device=_META
        )

    def __init__(self, held):
        self.held = held

    @property
    def device(self):
        """Where the tensor says that it is."""
        return DEVICE

    def __repr__(self):
        """Show the numbers, as torch does for any device."""
        return f"{self.held!r} on {DEVICE}"

    def tolist(self):
        """Return the numbers, which torch copies from a GPU by itself."""
        return self.held.tolist()

    def untyped_storage(self):
        """Return where the numbers are."""
        return self.held.untyped_storage()

    def numpy(self, **_):
        """Refuse: numpy knows only what lies in the computer's memory."""
        raise TypeError(f"can't convert {DEVICE} device type tensor to numpy. Use Tensor.cpu() to copy the tensor")

    def __array__(self, *_, **__):
        """Refuse likewise."""
        return self.numpy()

    @classmethod
    def __torch_dispatch__(cls, func, types, args=(), kwargs=None):
        """Do what torch would do on the GPU."""
        return _computed(func, args, kwargs or {})


@contextlib.contextmanager
def fake_gpu():
    """Within this block, torch has a GPU to which tensors are moved, and which computes nothing that is elsewhere."""
    with (
        mock.patch("torch.cuda.is_available", return_value=True),
        mock.patch("torch.cuda.synchronize"),
        _Calls(),
        _Operations(),
    ):
        yield


class _Operations(TorchDispatchMode):
    """Every operation within the block comes by here, also one that makes a tensor out of none."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        return _computed(func, args, kwargs or {})


class _Calls(TorchFunctionMode):
    """What torch does before it comes to an operation: it looks for the GPU."""

    def __torch_function__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        if func in _FROM_NOTHING and kwargs.get("device") is None:
            raise ForgottenDevice(f"torch.{func.__name__}(…) was called without device=device.")
        if func is torch.tensor and _is_fake(kwargs.get("device")):
            asks = kwargs.pop("requires_grad", False)
            with torch._C._DisableFuncTorch():  # it would wrap what is to be held
                made = OnFakeGPU(func(*args, **{**kwargs, "device": "cpu"}))
            return made.requires_grad_() if asks else made
        args, kwargs = tree_map(lambda value: _META if _is_fake(value) else value, (args, kwargs))
        return func(*args, **kwargs)


def _is_fake(device):
    return isinstance(device, str | torch.device) and str(device) in {"cuda", "cuda:0"}


def _computed(func, args, kwargs):
    """Compute one operation on the CPU, and put what comes of it where it belongs."""
    tensors = [value for value in tree_leaves((args, kwargs)) if isinstance(value, torch.Tensor)]
    there = [isinstance(tensor, OnFakeGPU) for tensor in tensors]
    if func is torch.ops.aten._efficientzerotensor.default:
        func = torch.ops.aten.zeros.default  # the efficient one has no entries that could be held
    found = func(*_held(args), **_held({**kwargs, **({"device": "cpu"} if kwargs.get("device") else {})}))
    if func is torch.ops.aten.copy_.default:  # between any two devices
        return args[0]
    if any(there) and any(tensor.dim() for tensor, is_there in zip(tensors, there, strict=True) if not is_there):
        raise RuntimeError(
            f"Expected all tensors to be on the same device, but found at least two devices, {DEVICE} and cpu!"
        )
    if func._schema.is_mutable:
        return args[0]
    if kwargs.get("device") == _META or (any(there) and not kwargs.get("device")):
        return tree_map(lambda value: OnFakeGPU(value) if isinstance(value, torch.Tensor) else value, found)
    return found


def _held(values):
    return tree_map(lambda value: value.held if isinstance(value, OnFakeGPU) else value, values)
