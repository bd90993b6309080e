"""The engine's notebook as the grader executes it, on a device of one's choice."""

from whole_job import job_of

from autograder.execution.settings import Grading
from autograder.sandbox import provisioner
from autograder.sandbox.levels import NoSandbox


def plan_for(device, isolation, **limits):
    """Return what kernels are like as configured."""
    return Grading(device=device, isolation=isolation, limits=limits).plan(())


def best_isolation():
    """Return the strongest isolation that can be had: a borrowed machine may allow none, and the notebooks are ours."""
    try:
        provisioner.warm(plan_for("cpu", "strongest"))
    except NoSandbox:
        return "unsafe"
    return "strongest"


def engine_job(plan, answers):
    """Return the notebook as a job: solved, but for the answers that are given, by the `grade_id` of their cells."""
    return job_of("ps1/2_engine.ipynb", plan, answers)
