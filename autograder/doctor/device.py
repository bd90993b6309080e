"""The device that notebooks are to compute on: whether kernels can use it behind their walls."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from autograder.doctor.finding import GOOD, NOTE, Finding
from autograder.execution.settings import Grading
from autograder.sandbox import zygote
from autograder.sandbox.levels import NoSandbox
from autograder.sandbox.plan import CPU, Plan
from autograder.sandbox.view import Exposed
from autograder.sandbox.zygote import Unprepared, Zygote


def findings(course: Path, made: Grading, start: Callable[[Plan], Zygote] = zygote.start) -> Iterator[Finding]:
    """Compute something on the device of `c.Grading.device`, as kernels would; on the CPU there is nothing to find.

    Args:
        course: the folder of the course, which must stay hidden.
        made: what is set.
        start: gets a process warm behind walls.
    """
    if made.device == CPU:
        return
    plan = made.plan((course.resolve(),))
    on_cpu = "Notebooks would be executed on the CPU, with the same hidden tests"
    try:
        warm = start(plan)
    except (NoSandbox, Exposed, Unprepared) as problem:
        yield Finding("device", NOTE, f"{made.device} could not be tried: {str(problem).splitlines()[0]}")
        return
    try:
        name, lack = warm.try_device(plan.device)
    except OSError as problem:
        name, lack = "", str(problem)
    finally:
        warm.close()
    if lack:
        yield Finding("device", NOTE, f"{made.device} cannot be used by kernels here: {lack}. {on_cpu}")
    else:
        at_a_time = made.count(made.device)
        words = f"{name}; {at_a_time} notebook{'s' * (at_a_time != 1)} at a time would use it, each with at most"
        yield Finding("device", GOOD, f"{words} {plan.limits.gpu_memory_mib:,} MiB of its memory")
