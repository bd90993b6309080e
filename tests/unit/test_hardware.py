"""The cost lab: what is counted is exact, what is measured comes within its time, and the notebook's figures hold."""

import numpy as np
import pytest
import torch
from solved import solutions_of
from torch.utils.checkpoint import checkpoint

from autograder.samples import manifest
from course_lib.hardware import (
    Kernel,
    Machine,
    kept_bytes,
    measure_machine,
    measure_passes,
    measure_rates,
    peak_bytes,
    seconds,
    sweeping,
)
from course_lib.hardware import machine as machines
from course_lib.hardware.alive import Alive
from course_lib.hardware.clock import one_core

PS4 = manifest.of("ps4")
BYTES = 4


@pytest.fixture(scope="module")
def names():
    return solutions_of(PS4, "3_hardware", "passes", torch=torch, checkpoint=checkpoint, device="cpu")


@pytest.fixture
def wanted(monkeypatch):
    """Figures are waited for, as in a notebook."""
    monkeypatch.setattr(sweeping, "no_reason_to_measure", lambda: "")
    monkeypatch.setattr(machines, "no_reason_to_measure", lambda: "")


# --- Counted bytes


def test_the_peak_of_a_chain_of_steps_is_two_neighbours():
    x = torch.ones(100)

    def chain():
        y = x
        for _ in range(7):
            y = y + 1
        return y

    assert peak_bytes(chain) == 2 * x.nbytes


def test_views_and_what_was_given_are_no_new_memory():
    x = torch.ones(10, 10)
    assert peak_bytes(lambda: x.T[2:, :3]) == 0
    assert peak_bytes(lambda: x.view(100).add_(1)) == 0
    assert peak_bytes(lambda: [x.exp().T, x.view(4, 25)]) == x.nbytes


def test_what_was_let_go_is_counted_no_longer():
    x = torch.ones(1000)

    def one_after_the_other():
        for _ in range(5):
            large = x.repeat(3)
            del large

    assert peak_bytes(one_after_the_other) == 3 * x.nbytes


@pytest.mark.parametrize(("n", "b", "d"), [(1, 3, 2), (6, 7, 5), (9, 1, 4), (16, 20, 3)])
def test_passes_hold_what_the_layers_need(names, n, b, d):
    """One pair of neighbours and the product between; with gradients, the results of all layers and one product."""
    weights, x = names["make_network"](n=n, b=b, d=d)
    one = b * d * BYTES

    def peak(name):
        return peak_bytes(lambda: names[name](weights, x))

    assert peak("forward") == (n + 1) * one
    assert peak("run") == min(n + 1, 3) * one
    assert kept_bytes(lambda: names["forward"](weights, x)) == (n + 1) * one
    assert (n + 1) * one <= peak("backward") <= (n + 3) * one + n * d * d * BYTES


@pytest.mark.parametrize("name", ["run", "forward", "backward", "checkpointed"])
def test_passes_leave_nothing_that_only_the_garbage_collector_would_find(names, name):
    weights, x = names["make_network"](n=5, b=3, d=4)
    names[name](weights, x)
    found = Alive()
    with found:
        names[name](weights, x)
    assert found.live == 0 < found.peak


def test_memory_of_a_checkpointed_pass_grows_with_the_root_of_n(names):
    """Where b is large against d, what is kept is what counts."""

    def peak(name, n):
        weights, x = names["make_network"](n=n, b=400, d=4)
        return peak_bytes(lambda: names[name](weights, x))

    assert peak("backward", 64) > 3 * peak("checkpointed", 64)
    assert peak("checkpointed", 64) < 2.5 * peak("checkpointed", 16)
    assert peak("backward", 64) > 3.5 * peak("backward", 16)


def test_the_passes_agree(names):
    weights, x = names["make_network"](n=5, b=3, d=4)
    for one, other in zip(names["backward"](weights, x), names["checkpointed"](weights, x), strict=True):
        assert torch.allclose(one, other)
    assert torch.allclose(names["run"](weights, x), names["forward"](weights, x))


@pytest.mark.parametrize("activation", [torch.relu, torch.tanh, torch.sigmoid, torch.nn.functional.gelu])
def test_torch_keeps_four_bytes_for_each_entry_of_an_activation(activation):
    z = torch.randn(50, requires_grad=True)
    assert kept_bytes(lambda: activation(2 * z)) == 4 * 50


# --- Measured seconds


def test_the_median_is_taken_of_runs_after_the_first():
    """The first run is long, and so is one of the others."""
    lengths = iter([10**7, 0, 10**7, 0, 0, 0])
    found = seconds(lambda: sum(range(next(lengths))), repeats=5)
    assert found < 0.01
    lengths = iter([0, 10**7, 0, 10**6, 0, 0])
    assert seconds(lambda: sum(range(next(lengths))), of=max, repeats=5) > 10 * found


def test_as_many_runs_as_the_time_allows_and_at_least_three():
    calls = []
    seconds(lambda: calls.append(1), repeats=9)
    assert len(calls) == 10
    calls.clear()
    seconds(lambda: calls.append(1), repeats=9, at_most=0)
    assert len(calls) == 4


def test_one_core_is_used_and_all_are_given_back():
    before = torch.get_num_threads()
    with one_core():
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == before


@pytest.mark.usefixtures("wanted")
def test_sizes_grow_until_the_time_is_used_up(names):
    sizes = {"n": {"n": [1, 2, 3, 4], "b": 2, "d": 2}, "d": {"n": 1, "b": 2, "d": [2, 4, 8, 16, 32]}}
    found = measure_passes(names["make_network"], [names["run"], names["backward"]], sizes, "cpu", allowed=60)
    assert {(m.name, m.direction, m.size) for m in found} == {
        (name, direction, size)
        for name in ("run", "backward")
        for direction in sizes
        for size in sizes[direction][direction]
    }
    assert all(m.seconds > 0 and m.peak > 0 for m in found)
    hurried = measure_passes(names["make_network"], [names["run"]], sizes, "cpu", allowed=0)
    assert [(m.direction, m.size) for m in hurried] == [("n", 1), ("n", 2), ("n", 3), ("d", 2), ("d", 4), ("d", 8)]


@pytest.mark.usefixtures("wanted")
def test_a_direction_needs_a_list_of_sizes(names):
    with pytest.raises(TypeError, match="a list of sizes"):
        measure_passes(names["make_network"], [names["run"]], {"n": {"n": 3, "b": 2, "d": 2}}, "cpu")


@pytest.mark.usefixtures("wanted")
def test_a_machine_has_two_limits(monkeypatch):
    monkeypatch.setitem(machines._LARGEST, "cpu", 256)
    monkeypatch.setitem(machines._NUMBERS, "cpu", 2**12)
    found = measure_machine("cpu", allowed=60)
    assert found.peak > 1e6
    assert found.bandwidth > 1e6
    assert (
        repr(Machine("cpu", 75e9, 8e9))
        == "one core of the CPU: 75 billion operations a second (float32), 8 billion bytes a second"
    )


@pytest.mark.usefixtures("wanted")
def test_rates_are_operations_in_a_second():
    calls = []
    kernels = [Kernel("a", 10.0, 0.25, lambda: calls.append(1)), Kernel("b", 20.0, 0.5, lambda: None)]
    found = measure_rates(kernels, "cpu")
    assert [(rate.label, rate.intensity) for rate in found] == [("a", 0.25), ("b", 0.5)]
    assert calls
    assert [rate.label for rate in measure_rates(kernels, "cpu", allowed=-1)] == ["a"]


@pytest.mark.parametrize("graded", [True, False])
def test_nothing_is_measured_while_work_is_graded_or_outside_a_notebook(monkeypatch, capsys, names, graded):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde" if graded else "")
    assert measure_machine("cpu") is None
    assert measure_rates([], "cpu") == []
    assert measure_passes(names["make_network"], [names["run"]], {}, "cpu") == []
    assert capsys.readouterr().out.count("Nothing is measured") == 3


# --- What the notebook says


def test_the_example_of_three_measurements(names):
    assert names["fit_exponent"]([1, 2, 4], [1, 2, 16]) == pytest.approx((2, np.sqrt(1 / 3)))
    assert round(np.sqrt(1 / 3), 2) == 0.58


def test_the_table_of_intensities(names):
    assert names["matmul_intensity"](2, 3, 4) == pytest.approx(48 / 104)
    assert round(48 / 104, 2) == 0.46
    assert names["elementwise_intensity"](1, 1, 1) == 1 / 8
    assert names["elementwise_intensity"](1, 1, 0) == 1 / 4


def test_additional_memory_is_twice_the_model_with_momentum(names):
    """The rule of thumb in the concluding remarks of the slides on backpropagation."""
    extra = [names["extra_bytes"](1000, optimiser) / (1000 * BYTES) for optimiser in ("descent", "momentum", "adam")]
    assert extra == [1, 2, 3]


def test_the_bits_of_relu_are_a_thirty_second_of_its_numbers(names):
    z = np.random.default_rng(0).normal(size=(8, 40)).astype(np.float32)
    x, kept = names["relu_forward"](z)
    assert x.nbytes == 32 * kept.nbytes
    assert (names["relu_backward"](kept, z) == np.maximum(z, 0)).all()
