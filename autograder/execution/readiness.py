"""What comes before the first notebook of a run: processes get warm, walls are tried, and the device is."""

from __future__ import annotations

from dataclasses import dataclass

from autograder.execution import workers
from autograder.execution.settings import Grading, on_cpu
from autograder.execution.workers import Workers
from autograder.sandbox.plan import CPU, Plan


@dataclass(frozen=True)
class Ready:
    """Where and how notebooks are executed.

    Attributes:
        workers: who executes them.
        plan: what their kernels are like: as planned, or on the CPU where the GPU cannot be used.
        words: how they are isolated, and on what they compute, in sentences.
    """

    workers: Workers
    plan: Plan
    words: list[str]


def get_ready(crew: Workers, settings: Grading, plan: Plan) -> Ready:
    """Get warm for a plan, or where its device cannot be used, for the same on the CPU.

    Raises:
        NoSandbox: if notebooks cannot be isolated.
        Unprepared: if what kernels are to import fails.
    """
    words = [f"Isolation: {crew.isolation(plan)}."]
    if plan.device == CPU:
        return Ready(crew, plan, words)
    name, lack = crew.device(plan)
    if not lack:
        return Ready(crew, plan, [*words, f"Device: {name}."])
    notice = (
        f"Device: {plan.device} cannot be used here ({lack}). Notebooks are executed on the CPU, where hidden tests "
        "compare with the same numbers. See c.Grading.device."
    )
    plan = on_cpu(plan)
    if not settings.scheduler:
        crew = workers.workers(settings.count(CPU), "")
    return Ready(crew, plan, [f"Isolation: {crew.isolation(plan)}.", notice])
