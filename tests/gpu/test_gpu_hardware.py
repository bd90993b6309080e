"""The cost lab on a GPU: what is measured there, beside what is counted and what must hold whatever the machine."""

import pytest
import torch
from solved import solutions_of
from torch.utils.checkpoint import checkpoint

from autograder.samples import manifest
from course_lib.hardware import Kernel, measure_machine, measure_rates, peak_bytes, seconds, sweeping
from course_lib.hardware import machine as machines
from course_lib.hardware.alive import Alive

PS4 = manifest.of("ps4")
# torch's allocator fills blocks of up to 1 MiB, as all are here, up to so many bytes; what a sum uses within itself is
# no tensor that is counted.
BLOCK, WITHIN = 512, 2**16
# A ceiling is measured, too: it may come out this much lower than what another operation reaches.
MARGIN = 1.15


@pytest.fixture
def lab(cuda):
    """What the notebook's solution and its given cells define."""
    return solutions_of(PS4, "3_hardware", "passes", torch=torch, checkpoint=checkpoint, device=cuda)


@pytest.fixture
def _wanted(monkeypatch):
    """Figures are waited for, as in a notebook."""
    for module in (sweeping, machines):
        monkeypatch.setattr(module, "no_reason_to_measure", lambda: "")


def test_times_are_positive_and_grow_with_size(real_cuda):
    """A product of matrices 16 times as large takes 4096 times as many operations."""
    small, large = (torch.randn(size, size, device=real_cuda) for size in (512, 8192))
    short, long = (seconds(lambda x=x: torch.mm(x, x), real_cuda, of=min) for x in (small, large))
    assert 0 < short < long / 4


def test_a_time_covers_what_the_gpu_was_told_to_do(real_cuda):
    """Whoever reads a clock without waiting for the GPU finds the time that it takes to tell it."""
    x = torch.randn(4096, 4096, device=real_cuda)
    one, many = (seconds(lambda n=n: [torch.mm(x, x) for _ in range(n)], real_cuda, of=min) for n in (1, 20))
    assert 10 * one < many < 40 * one


class Counted(Alive):
    """Counts bytes as the lab does on the CPU, and how many tensors were made."""

    tensors = 0

    def _hold(self, storage):
        self.tensors += 1
        super()._hold(storage)


@pytest.mark.parametrize("name", ["run", "forward", "backward"])
@pytest.mark.parametrize(("n", "b", "d"), [(4, 500, 300), (16, 1024, 256)])
def test_the_allocators_peak_is_the_count_within_its_blocks(lab, cuda, name, n, b, d):
    weights, x = lab["make_network"](n=n, b=b, d=d)

    def one_pass():
        return lab[name](weights, x)

    with Counted() as counted:
        one_pass()
    assert counted.peak <= peak_bytes(one_pass, cuda) <= counted.peak + BLOCK * counted.tensors + WITHIN


def test_checkpointing_needs_less_memory_and_gives_the_same_gradients(lab, cuda):
    """Of 64 layers, 8 inputs and the layers of one segment are held at most, and not all 64."""
    weights, x = lab["make_network"](n=64, b=4096, d=64)
    plain, saving = (peak_bytes(lambda name=name: lab[name](weights, x), cuda) for name in ("backward", "checkpointed"))
    assert saving < plain / 2
    for one, other in zip(lab["backward"](weights, x), lab["checkpointed"](weights, x), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-3, atol=1e-3 * float(other.abs().max()))


@pytest.mark.usefixtures("_wanted")
def test_no_operation_lies_above_the_roofline(lab, real_cuda):
    machine = measure_machine(real_cuda, allowed=4)
    m, d = 2**26, 4096
    x, y, z = (torch.rand(m, device=real_cuda) for _ in range(3))
    weights = torch.randn(d, d, device=real_cuda)
    kernels = [
        Kernel("ReLU", m, lab["elementwise_intensity"](1, 1, 1), lambda: torch.clamp(x, min=0, out=z)),
        Kernel("x + y", m, lab["elementwise_intensity"](1, 2, 1), lambda: torch.add(x, y, out=z)),
        Kernel("product", 2 * d**3, lab["matmul_intensity"](d, d, d), lambda: torch.mm(weights, weights)),
    ]
    rates = measure_rates(kernels, real_cuda, allowed=4)
    assert len(rates) == len(kernels)
    for rate in rates:
        assert 0 < rate.rate < MARGIN * min(machine.peak, machine.bandwidth * rate.intensity), rate
