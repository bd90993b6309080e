"""Pictures and prints of tensors on a GPU copy no more than they show."""

import pytest
import torch
from test_copies import SHOWN, SIZE
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from course_lib import Leaf, recording

_NUMBER = torch.ops.aten._local_scalar_dense.default


class Leaving(TorchDispatchMode):
    """Counts the entries that leave a GPU: torch's operations whose inputs are there, and whose result is not."""

    def __init__(self):
        super().__init__()
        self.entries = 0

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        result = function(*args, **(kwargs or {}))
        tensors = [value for value in tree_leaves(args) if isinstance(value, torch.Tensor)]
        away = [tensor for tensor in tensors if tensor.device.type != "cpu"]
        here = isinstance(result, torch.Tensor) and result.device.type == "cpu"
        if away and (function is _NUMBER or here):
            self.entries += away[-1].numel()
        return result


@pytest.fixture
def ran(engine, gpu):
    """A graph of large tensors on the GPU, over which both passes have run while that was recorded."""
    entries = torch.linspace(-1, 1, SIZE * SIZE, device=gpu).reshape(SIZE, SIZE)
    a, b = Leaf(entries, "a"), Leaf(entries * 2, "b")
    z = (a * b + a).sum()
    z.name = "z"
    recording.start()
    with Leaving() as leaving:
        engine["backward_algorithm"](engine["forward_algorithm"](z), one=torch.tensor(1.0, device=gpu))
    assert leaving.entries == 0
    yield z
    recording.stop()


def test_what_leaves_a_gpu_is_counted(real_cuda):
    large = torch.ones(SIZE, SIZE, device=real_cuda)
    for leave in (torch.Tensor.tolist, torch.Tensor.cpu, lambda tensor: torch.empty(SIZE, SIZE).copy_(tensor)):
        with Leaving() as leaving:
            leave(large)
        assert leaving.entries == SIZE * SIZE
    with Leaving() as leaving:
        float(large[0, 0])
    assert leaving.entries == 1


@pytest.mark.parametrize(("action", "shown"), dict.fromkeys((action, shown) for action, shown, _ in SHOWN))
def test_no_more_is_copied_than_is_shown(ran, capsys, action, shown):  # noqa: ARG001
    with Leaving() as leaving:
        action(ran)
    assert leaving.entries <= shown(ran) < SIZE * SIZE
