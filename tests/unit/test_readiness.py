"""What a run settles before its first notebook: walls, and a device that can be used."""

import pytest
import torch

from autograder.execution import workers
from autograder.execution.readiness import get_ready
from autograder.execution.settings import Grading, on_cpu
from autograder.sandbox.plan import Plan


class Crew:
    """Workers of which it is known what they would find."""

    def __init__(self, name, lack=""):
        self.found = name, lack
        self.asked = []

    def isolation(self, plan):
        self.asked.append(f"walls for {plan.device}")
        return "thick walls"

    def device(self, plan):
        self.asked.append(f"try {plan.device}")
        return self.found


@pytest.fixture
def others(monkeypatch):
    """The workers that are put in the place of others."""
    second = Crew("")
    monkeypatch.setattr(workers, "workers", lambda *_: second)
    return second


def test_nobody_asks_for_a_gpu_where_none_is_wanted():
    crew = Crew("")
    ready = get_ready(crew, Grading(), Plan())
    assert ready.workers is crew
    assert crew.asked == ["walls for cpu"]
    assert ready.words == ["Isolation: thick walls."]


def test_a_gpu_that_can_be_used_is_used_and_named():
    crew, plan = Crew("NVIDIA T4"), Plan(device="cuda")
    ready = get_ready(crew, Grading(device="cuda"), plan)
    assert (ready.workers, ready.plan) == (crew, plan)
    assert ready.words == ["Isolation: thick walls.", "Device: NVIDIA T4."]


def test_without_a_gpu_notebooks_are_executed_on_the_cpu_and_it_is_said(others):
    ready = get_ready(Crew("", "no driver"), Grading(device="cuda"), Plan(device="cuda", packages=("mine",)))
    assert ready.workers is others
    assert ready.plan == Plan(packages=("mine",))
    assert others.asked == ["walls for cpu"]
    assert ready.words[1].startswith("Device: cuda cannot be used here (no driver). Notebooks are executed on the CPU")


def test_a_cluster_without_a_gpu_stays_the_cluster(others):
    crew = Crew("", "no driver")
    ready = get_ready(crew, Grading(device="cuda", scheduler="tcp://there:8786"), Plan(device="cuda"))
    assert ready.workers is crew
    assert crew.asked == ["walls for cuda", "try cuda", "walls for cpu"]
    assert not others.asked


def warmed(plan, monkeypatch):
    """Run what a plan has run before the first fork, and tell whether torch's autograd ran a backward pass."""
    passes = []
    monkeypatch.setattr(torch.Tensor, "backward", lambda *_, **__: passes.append("backward"))
    monkeypatch.setattr(torch.autograd, "grad", lambda *_, **__: passes.append("grad"))
    for code in plan.warm_up:
        exec(code, {})
    return bool(passes)


def test_autograd_is_not_used_before_a_fork_that_may_use_the_gpu(monkeypatch):
    """Once it has been, where there is a GPU, no fork can run a backward pass. On the CPU it saves time."""
    on_gpu = Grading(device="cuda").plan(())
    assert on_gpu.device == "cuda"
    assert not warmed(on_gpu, monkeypatch)
    assert warmed(on_cpu(on_gpu), monkeypatch)
    assert on_cpu(on_gpu) == Grading().plan(())


def test_what_has_no_torch_does_not_load_it_to_get_warm():
    assert Grading(imports=["numpy"], warm_up=[]).plan(()).warm_up == ()
