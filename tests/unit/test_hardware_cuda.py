"""The cost lab on a GPU, as far as it can be proved without one: on a GPU that is made up (see `fake_gpu`)."""

import gc
import types

import pytest
import torch
from fake_gpu import FakeGpu
from solved import solutions_of
from torch.utils.checkpoint import checkpoint

from autograder.samples import manifest
from course_lib.errors import CourseError
from course_lib.hardware import (
    Kernel,
    Machine,
    alive,
    devices,
    measure_machine,
    measure_passes,
    measure_rates,
    peak_bytes,
    seconds,
    sweeping,
)
from course_lib.hardware import machine as machines
from course_lib.hardware.telling import Progress

PS4 = manifest.of("ps4")


@pytest.fixture
def gpu(monkeypatch):
    """The made-up GPU in the place of torch's."""
    fake = FakeGpu()
    monkeypatch.setattr(torch.cuda, "Event", fake.event)
    monkeypatch.setattr(torch.cuda, "synchronize", fake.synchronize)
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda: (int(fake.free), 16 * 10**9))
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda: (7, 5))
    for name in ("memory_reserved", "memory_allocated", "max_memory_allocated"):
        monkeypatch.setattr(torch.cuda, name, lambda: 0)
    monkeypatch.setattr(torch.cuda, "reset_peak_memory_stats", lambda: None)
    with fake:
        yield fake


@pytest.fixture
def said(monkeypatch):
    """What is written below a cell in which somebody waits for figures."""
    lines = []
    monkeypatch.setattr(Progress, "say", lambda _, words: lines.append(words))
    for module in (sweeping, machines):
        monkeypatch.setattr(module, "no_reason_to_measure", lambda: "")
    return lines


@pytest.fixture(scope="module")
def on():
    """Return what the notebook's cells define on a device."""
    return {
        device: solutions_of(PS4, "3_hardware", "passes", torch=torch, checkpoint=checkpoint, device=device)
        for device in ("cpu", "cuda")
    }


@pytest.fixture
def names(on):
    return on["cuda"]


# --- Seconds


def test_events_stand_around_the_run_and_are_read_when_the_gpu_has_come_to_the_second(gpu):
    def run():
        gpu.calls.append("run")
        gpu.work(0.25)

    assert seconds(run, "cuda", repeats=3) == pytest.approx(0.25, rel=1e-4)
    assert gpu.calls == 4 * ["record", "run", "record", "synchronize", "elapsed"]


def test_the_first_run_on_a_gpu_is_not_counted(gpu):
    lengths = iter([30.0, 0.5, 0.5, 0.5])
    assert seconds(lambda: gpu.work(next(lengths)), "cuda", of=max, repeats=3) == pytest.approx(0.5, rel=1e-4)


def test_a_run_hardly_longer_than_it_takes_to_start_it_is_measured_among_others(gpu):
    """Alone, it would seem longer by what the program needs to start it."""
    assert seconds(lambda: gpu.work(20e-6), "cuda") == pytest.approx(20e-6, rel=0.01)
    gpu.synchronize()
    assert devices.known("cuda").stretch(lambda: gpu.work(20e-6), 1) == pytest.approx(25e-6)


def test_a_run_far_below_what_events_can_tell_is_measured_among_others(gpu):
    gpu.telling = 0.1e-6
    assert seconds(lambda: gpu.work(0.33e-6), "cuda") == pytest.approx(0.33e-6, rel=0.01)


def test_where_the_program_is_slower_than_the_gpu_it_is_the_programs_time(gpu):
    assert seconds(lambda: gpu.work(1e-6), "cuda") == pytest.approx(gpu.telling, rel=0.01)


# --- Bytes


def test_the_highest_mark_is_reset_between_a_first_run_and_the_one_that_counts(gpu, monkeypatch):
    def note(name, found=None):
        return lambda: (gpu.calls.append(name), found)[1]

    monkeypatch.setattr(torch.cuda, "reset_peak_memory_stats", note("reset"))
    monkeypatch.setattr(torch.cuda, "memory_allocated", note("before", 1000))
    monkeypatch.setattr(torch.cuda, "max_memory_allocated", note("most", 1512))
    assert peak_bytes(note("run"), "cuda") == 512
    assert gpu.calls == ["run", "synchronize", "reset", "before", "run", "synchronize", "most"]


@pytest.mark.usefixtures("gpu")
@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_no_garbage_from_before_is_let_go_meanwhile(device):
    collecting = []
    peak_bytes(lambda: collecting.append(gc.isenabled()), device)
    assert not any(collecting)
    assert gc.isenabled()
    with pytest.raises(ZeroDivisionError):
        peak_bytes(lambda: 1 / 0, device)
    assert gc.isenabled()


@pytest.mark.usefixtures("gpu")
@pytest.mark.parametrize("name", ["run", "forward", "backward"])
def test_what_is_counted_does_not_depend_on_the_device(on, name):
    """So it is counted where no counter is; on a GPU, it is what torch's own may be held against."""

    def counted(device):
        weights, x = on[device]["make_network"](n=5, b=7, d=4)
        found = alive.Alive()
        with found:
            on[device][name](weights, x)
        return x.device.type, found.peak

    (cpu, here), (meta, there) = counted("cpu"), counted("cuda")
    assert (cpu, meta) == ("cpu", "meta")
    assert here == there > 0


# --- The roof


@pytest.mark.parametrize("free", [15e9, 2e9, 4e6])
def test_the_limits_of_a_machine_are_found_in_whatever_memory_it_has_free(gpu, said, free):
    gpu.free, gpu.telling = free, 1e-6
    found = measure_machine("cuda", allowed=600)
    assert found.bandwidth == pytest.approx(gpu.bandwidth, rel=0.01)
    assert found.peak == pytest.approx(gpu.peak, rel=0.01)
    assert 3 * gpu.largest <= free / 2
    assert said[-1].startswith(repr(found))


def test_what_torch_keeps_for_later_is_free(monkeypatch, gpu):
    gpu.free = 1000
    monkeypatch.setattr(torch.cuda, "memory_reserved", lambda: 500)
    monkeypatch.setattr(torch.cuda, "memory_allocated", lambda: 200)
    assert devices.known("cuda").free() == 1300


def test_a_machine_without_memory_is_not_measured_and_says_so(gpu, said):
    gpu.free = 1000
    assert measure_machine("cuda") is None
    assert said == ["Nothing is measured: too little memory is free on the GPU. Do other notebooks use it?"]


@pytest.mark.usefixtures("gpu", "said")
def test_what_a_gpu_loads_first_takes_nothing_from_the_time_to_measure(monkeypatch):
    """However long: even the time until the first size is measured may be longer than all that is allowed."""
    monkeypatch.setattr(Progress, "left", property(lambda _: -1.0))
    assert measure_machine("cuda").peak > 0


@pytest.mark.parametrize(
    ("capability", "allowed", "precision"),
    [((8, 0), "tf32", "TF32"), ((9, 0), "ieee", "float32"), ((7, 5), "tf32", "float32"), ((9, 0), "none", "float32")],
)
@pytest.mark.usefixtures("gpu", "said")
def test_a_machine_says_how_exact_its_products_were(monkeypatch, capability, allowed, precision):
    """A T4 (7.5) has no TF32, whatever is allowed."""
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda: capability)
    monkeypatch.setattr(devices, "product_precision", lambda device: allowed if device == "cuda" else "bf16")
    found = measure_machine("cuda")
    assert found.precision == precision
    assert f"({precision})" in repr(found)


def test_a_cpu_names_what_less_it_was_allowed(monkeypatch):
    for allowed, words in (("ieee", "float32"), ("none", "float32"), ("bf16", "float32, BF16 allowed")):
        monkeypatch.setattr(devices, "product_precision", lambda _, allowed=allowed: allowed)
        assert devices.known("cpu").precision() == words


def test_a_gpu_says_what_it_is():
    assert repr(Machine("cuda", 8.1e12, 3e11, "TF32")) == (
        "the GPU: 8,100 billion operations a second (TF32), 300 billion bytes a second"
    )


# --- No more memory


def test_rates_end_where_memory_does(gpu, said):
    gpu.telling = 1e-3

    def kernels():
        for size in (2**10, 2**20, 2**40):
            x = torch.ones(size, device="cuda")
            yield Kernel(f"{size}", size, 1 / 8, lambda x=x: torch.clamp(x, min=0, out=x))

    assert [rate.label for rate in measure_rates(kernels(), "cuda", allowed=600)] == ["1024", "1048576"]
    assert said[-1].endswith("More does not fit into what is free of the memory of the GPU.")


@pytest.mark.parametrize("most", [5, 3])
def test_a_sweep_ends_where_memory_does(gpu, names, said, most):
    gpu.free, gpu.telling = 4 * 2**most * 2**most, 1e-3
    sizes = {"n": {"n": [1, 2, 3], "b": 2, "d": 2}, "d": {"n": 1, "b": 2, "d": [2, 4, 8, 16, 32, 64, 128]}}
    found = measure_passes(names["make_network"], [names["run"], names["backward"]], sizes, "cuda", allowed=600)
    assert [m.size for m in found if (m.name, m.direction) == ("backward", "d")] == [2**k for k in range(1, most + 1)]
    assert len(found) == 2 * (3 + most)
    assert said[-1].endswith(f"up to n = 3, d = {2**most}. Over d, more does not fit into its memory.")


@pytest.mark.parametrize("free", [200, 3])
def test_too_few_sizes_for_a_line_are_none(gpu, names, said, free):
    gpu.free, gpu.telling = free, 1e-3
    sizes = {"n": {"n": [1, 2, 3], "b": 2, "d": 2}, "d": {"n": 1, "b": 2, "d": [2, 4, 8, 16]}}
    assert measure_passes(names["make_network"], [names["run"]], sizes, "cuda") == []
    assert "not even 3 fit into the memory of the GPU" in said[-1]


@pytest.mark.usefixtures("gpu", "said")
def test_other_errors_are_not_taken_for_a_lack_of_memory(names):
    def broken(*_):
        raise RuntimeError("mat1 and mat2 shapes cannot be multiplied")

    sizes = {"n": {"n": [1, 2, 3], "b": 2, "d": 2}}
    with pytest.raises(RuntimeError, match="cannot be multiplied"):
        measure_passes(names["make_network"], [broken], sizes, "cuda")
    with pytest.raises(RuntimeError, match="cannot be multiplied"):
        measure_rates([Kernel("broken", 1, 1, broken)], "cuda")


@pytest.mark.usefixtures("said")
def test_memory_ends_on_the_cpu_in_other_words():
    assert measure_rates([Kernel("far too much", 1, 1, lambda: torch.empty(2**60))], "cpu") == []


# --- Apple's GPUs, and none


def test_an_apple_gpu_is_waited_for_before_each_look_at_the_clock(monkeypatch):
    calls, time = [], iter(range(100))
    clock = types.SimpleNamespace(perf_counter=lambda: (calls.append("clock"), float(next(time)))[1])
    monkeypatch.setattr(devices, "time", clock)
    monkeypatch.setattr(torch.mps, "synchronize", lambda: calls.append("synchronize"))
    assert seconds(lambda: calls.append("run"), "mps", repeats=1) == 1.0
    assert calls == 2 * ["synchronize", "clock", "run", "synchronize", "clock"]


def test_memory_of_an_apple_gpu_is_counted(monkeypatch):
    x = torch.ones(100)
    assert peak_bytes(lambda: x + 1 + 1, "mps") == 2 * x.nbytes
    monkeypatch.setattr(torch.mps, "recommended_max_memory", lambda: 5000)
    monkeypatch.setattr(torch.mps, "current_allocated_memory", lambda: 2000)
    assert devices.known("mps").free() == 3000


def test_every_device_to_choose_can_be_measured():
    for device in ("cpu", "cuda", "mps"):
        assert device in machines._LARGEST
        assert device in machines._NUMBERS
        assert devices.known(device).words
    with pytest.raises(CourseError, match=r"'cuda:1'.*cpu, cuda, mps"):
        seconds(lambda: None, "cuda:1")
