"""The notebooks on a GPU that is not there: what `device` says holds in every cell in which torch computes."""

import contextlib
import io
import re

import numpy as np
import pytest
import torch
from fake_device import ForgottenDevice, fake_gpu

from autograder.judge.hidden import split
from autograder.rehearsal import BEGIN, END, beside
from course_files import PROBLEM_SETS, books
from course_lib import graph
from course_lib.errors import GraphError

# The lab looks at the machine itself, and has tests of its own.
LAB = "3_hardware"
# What a cell has for people to look at, in a size that torch's slow ways of being looked at can bear.
SMALLER = {"w=256, b=128": "w=8, b=4", "intervals = [1, 2, 3, 4, 6, 9, 12, 18, 36]": "intervals = [1, 36]"}
# A place where a cell says on which device something is to be.
SAID = re.compile(r", device=device|device=device, |\.cpu\(\)")


@pytest.fixture(autouse=True)
def _own_node_types(monkeypatch):
    monkeypatch.setattr(graph, "_node_types", dict(graph._node_types))
    monkeypatch.delenv("BACKPROP_COURSE_DEVICE", raising=False)


def visible(problem_set, name):
    """Return the code that students see, cell by cell, up to the last cell in which there is torch."""
    cells = [cell.source for cell in books(problem_set).read(name).cells if cell.cell_type == "code"]
    found = [split(source, BEGIN, END)[0] for source in cells]
    while found and "torch" not in found[-1]:
        found.pop()
    for large, small in SMALLER.items():
        found = [source.replace(large, small) for source in found]
    return found


def in_torch():
    """Return the notebooks in which students see torch, as parameters of a test."""
    names = [(s, name) for s in PROBLEM_SETS for name in s.notebooks]
    found = [(s, name) for s, name in names if any("import torch" in source for source in visible(s, name))]
    return [pytest.param(s, name, id=f"{s.name}-{name}") for s, name in found]


def run(source, names):
    with contextlib.redirect_stdout(io.StringIO()):
        exec(source, names)


def caught(cells, names):
    """Tell whether one of the cells fails as a mix-up of devices does."""
    try:
        for source in cells:
            run(source, names)
    except (ForgottenDevice, GraphError, RuntimeError, TypeError) as error:
        return re.search("device", str(error)) is not None
    return False


@pytest.mark.parametrize(("problem_set", "name"), in_torch())
def test_the_device_is_chosen_in_the_first_cell(problem_set, name):
    first = visible(problem_set, name)[0]
    assert re.search(r'^device = choose_device\("auto"(, float64=True)?\)  # or "cpu", "cuda"', first, re.MULTILINE)


@pytest.mark.parametrize(("problem_set", "name"), [p for p in in_torch() if LAB not in p.values])
@pytest.mark.filterwarnings("ignore:.torch.jit.script. is deprecated:DeprecationWarning")  # torch's own, within jacfwd
def test_every_cell_honours_it_and_forgetting_it_anywhere_is_found(problem_set, name):
    """Each cell runs on the GPU; with any one `device=device` or `.cpu()` taken out of it, it or a later one fails."""
    cells, names, unnoticed = visible(problem_set, name), {"__name__": "__main__"}, []
    with fake_gpu(), beside(books(problem_set).folder / f"{name}.ipynb"):
        for source in cells:
            run(source, names)
        assert names["device"] == "cuda"
        for i, source in enumerate(cells):
            later = [cell for cell in cells[i + 1 :] if "torch" in cell]
            mutants = [source[: place.start()] + source[place.end() :] for place in SAID.finditer(source)]
            unnoticed += [mutant for mutant in mutants if not caught([mutant, *later], names)]
            if mutants and later:
                run(source, names)
    assert unnoticed == []


@pytest.mark.parametrize(
    "mixed",
    [
        lambda x: x + torch.ones(2, device="cpu"),
        lambda x: torch.ones(2, 2, device="cpu") @ x,
        lambda x: torch.stack([x, torch.ones(2, device="cpu")]),
        lambda x: x.exp().backward(torch.ones(2, device="cpu")),
        lambda x: x.detach().numpy(),
        lambda x: np.asarray(x.detach()),
        lambda x: torch.zeros(2) + x.cpu(),
    ],
)
def test_this_gpu_refuses_what_a_real_one_would(mixed):
    with fake_gpu(), pytest.raises((RuntimeError, TypeError, ForgottenDevice), match="device"):
        mixed(torch.ones(2, device="cuda", requires_grad=True))


def test_this_gpu_computes_what_the_cpu_does():
    def slope(device):
        weights = torch.tensor([[1.0, 2.0], [3.0, 4.0]], device=device, requires_grad=True)
        (
            torch.tanh(weights @ torch.tensor([0.5, -0.2], device=device)) * torch.tensor(2.0, device="cpu")
        ).sum().backward()
        return weights.grad

    with fake_gpu():
        there = slope("cuda")
        assert str(there.device) == "cuda:0"
        assert there.tolist() == there.cpu().tolist() == slope("cpu").tolist()
