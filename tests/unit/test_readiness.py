"""What a run settles before its first notebook: walls, and a device that can be used."""

import pytest

from autograder.execution import workers
from autograder.execution.readiness import get_ready
from autograder.execution.settings import Grading
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
def on_the_cpu(monkeypatch):
    """The workers that are put in the place of others."""
    second = Crew("")
    monkeypatch.setattr(workers, "workers", lambda count, scheduler: second)
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


def test_without_a_gpu_notebooks_are_executed_on_the_cpu_and_it_is_said(on_the_cpu):
    ready = get_ready(Crew("", "no driver"), Grading(device="cuda"), Plan(device="cuda", packages=("mine",)))
    assert ready.workers is on_the_cpu
    assert ready.plan == Plan(packages=("mine",))
    assert on_the_cpu.asked == ["walls for cpu"]
    assert ready.words[1].startswith("Device: cuda cannot be used here (no driver). Notebooks are executed on the CPU")


def test_a_cluster_without_a_gpu_stays_the_cluster(on_the_cpu):
    crew = Crew("", "no driver")
    ready = get_ready(crew, Grading(device="cuda", scheduler="tcp://there:8786"), Plan(device="cuda"))
    assert ready.workers is crew
    assert crew.asked == ["walls for cuda", "try cuda", "walls for cpu"]
    assert not on_the_cpu.asked
