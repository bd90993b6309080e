"""A tensor on a device that is not there: it says "cuda:0" or "mps", and every entry that leaves it is counted.

Its entries lie in ordinary memory, so that torch computes with it as ever. As on a GPU, numpy cannot look into it, and
it does not mix with tensors of another device; as on Apple's GPUs, an "mps" tensor has no double precision.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor

# What hands out all entries, what hands out a single one, and what a GPU's tensor refuses.
_ALL = {Tensor.cpu, Tensor.tolist, Tensor.__repr__, Tensor.__format__, Tensor.__reduce_ex__, Tensor.__deepcopy__}
_ONE = {
    *(Tensor.item, Tensor.__bool__, Tensor.__float__, Tensor.__int__, Tensor.__index__, Tensor.__complex__),
    *(Tensor.__contains__, Tensor.equal, Tensor.allclose, Tensor.is_nonzero, torch.equal, torch.allclose),
}
_REFUSED = {Tensor.numpy, Tensor.__array__, Tensor.__dlpack__}


# How many entries were handed out, each time.
_left: list[int] = []


class Far(Tensor):
    """A tensor on "cuda:0"."""

    place = torch.device("cuda", 0)

    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        """Do what torch would do with such a tensor on its device."""
        kwargs = kwargs or {}
        if function == Tensor.device.__get__:
            return cls.place
        if function in _REFUSED:
            raise TypeError(f"can't convert {cls.place} device type tensor to numpy. Use Tensor.cpu() first.")
        with torch._C.DisableTorchFunctionSubclass():
            places = {_place(one) for one in args if isinstance(one, Tensor) and one.dim()}
            if len(places) > 1 and function is not Tensor.to:
                raise RuntimeError(f"Expected all tensors to be on the same device, but found {places}")
            comes = function is Tensor.to and torch.device("cpu") in _targets(args, kwargs)
            if comes or function in _ALL or function in _ONE:
                _left.append(1 if function in _ONE else args[0].numel())
                here = [one.as_subclass(Tensor) if isinstance(one, Far) else one for one in args]
                return function(*here, **kwargs)
        made = super().__torch_function__(function, types, args, kwargs)
        return cls._checked(made)

    @classmethod
    def _checked(cls, made):
        return made


class FarMps(Far):
    """A tensor on "mps"."""

    place = torch.device("mps", 0)

    @classmethod
    def _checked(cls, made):
        if isinstance(made, Tensor) and made.dtype == torch.float64:
            raise TypeError("Cannot convert a MPS Tensor to float64 dtype as MPS does not support float64.")
        return made


def far(entries, kind=Far, **options):
    """Return a tensor with these entries that is far away."""
    return torch.as_tensor(entries, **options).as_subclass(kind)


@contextmanager
def leaving() -> Iterator[list[int]]:
    """Within this block, note how many entries leave tensors that are far away, each time that some do."""
    _left.clear()
    yield _left


def _place(tensor):
    return type(tensor).place if isinstance(tensor, Far) else tensor.device


def _targets(args, kwargs):
    """Return the devices that `to` may have been given."""
    given = [*args[1:], *kwargs.values()]
    return [torch.device(one) if isinstance(one, str) else getattr(one, "device", one) for one in given]
