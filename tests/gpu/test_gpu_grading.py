"""Grading on a GPU: a warm process that never touches it, kernels that do, and the same scores as on the CPU."""

import json

import nbformat
import pytest
from engine_job import best_isolation, engine_job, plan_for
from fast_nbgrader import Server
from small_course import SmallCourse

from autograder.execution.job import Job
from autograder.execution.notebook import execute
from autograder.samples import manifest
from autograder.sandbox import provisioner

BACKWARD = """
import torch
x = torch.ones(3, device="{device}", requires_grad=True)
(x * x).sum().backward()
print(x.grad.device.type, x.grad.tolist())
"""
# The answers of two students, who compute on whatever device they are given.
ON_DEVICE = """
import torch
from course_lib import choose_device
x = int(torch.{made}(2, device=choose_device()).sum())
"""
CLASS = {"ada": {"answer_x": ON_DEVICE.format(made="ones")}, "carl": {"answer_x": ON_DEVICE.format(made="zeros")}}


@pytest.fixture(autouse=True, scope="module")
def _warm_processes_end():
    yield
    provisioner.cool_down()


@pytest.fixture(scope="module")
def walls():
    """The strongest isolation that can be had here."""
    return best_isolation()


def run(plan, *cells):
    """Return the last output of a notebook with these cells."""
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    done = execute(Job(json.dumps(book), plan))
    assert not done.verdict, done.verdict
    return done.outputs[-1][-1]


@pytest.mark.parametrize("isolation", ["strongest", "unsafe"])
def test_each_fork_of_a_warm_process_can_compute_gradients(cuda, walls, isolation):
    """The warm-up of the configuration has run; had it touched the GPU or torch's autograd, this would be an error."""
    if isolation == "strongest" != walls:
        pytest.skip("NO WALLS can be put up here: that kernels reach the GPU through them was not tried")
    plan = plan_for(cuda, isolation)
    for _ in range(2):
        said = run(plan, BACKWARD.format(device=cuda), BACKWARD.format(device="cpu"), BACKWARD.format(device=cuda))
        assert said.get("text") == f"{cuda} [2.0, 2.0, 2.0]\n", said


def test_who_takes_more_gpu_memory_than_the_bound_has_an_error_and_nobody_else(real_cuda, walls):
    plan = plan_for(real_cuda, walls, gpu_memory_mib=512)
    allocate = "import torch\nx = torch.ones({mib} * 2**20 // 4, device='cuda')\nprint(x.device.type)"
    assert run(plan, allocate.format(mib=256))["text"] == "cuda\n"
    assert "out of memory" in run(plan, allocate.format(mib=1024))["evalue"]
    assert run(plan, allocate.format(mib=256))["text"] == "cuda\n"


WRONG = [mistake for mistake in manifest.of("ps1").mistakes if mistake.cell == "engine"][::6]


@pytest.mark.parametrize("mistake", [None, *WRONG], ids=lambda mistake: mistake.name if mistake else "right")
def test_hidden_tests_give_the_engine_the_same_scores(cuda, walls, solutions, mistake):
    answers = {"engine": mistake.applied_to(solutions["engine"]) if mistake else solutions["engine"]}
    jobs = [engine_job(plan_for(device, walls), answers) for device in (cuda, "cpu")]
    there, here = ({test.name: test.points for test in execute(job).judged} for job in jobs)
    assert there == here
    assert len(here) == 6


@pytest.fixture(scope="module")
def graded(tmp_path_factory, walls):
    """Return a function that grades the class with more lines in the configuration: its points, and what is said."""
    server = Server()
    template = SmallCourse.new(tmp_path_factory.mktemp("course"), server)

    def grade(lines):
        course = template.copy(tmp_path_factory.mktemp("graded") / "course")
        course.configure(f'c.Grading.isolation = "{walls}"\nc.Grading.imports += ["torch", "course_lib"]\n{lines}')
        for student, answers in CLASS.items():
            course.hand_in(student, **answers)
        said = course.autograde()
        return {student: course.points(student) for student in CLASS}, said

    yield grade
    server.close()


@pytest.fixture(scope="module")
def on_cpu(graded):
    points, _ = graded('c.Grading.device = "cpu"')
    assert [of_one["test_x"] for of_one in points.values()] == [3.0, 0.0]
    return points


@pytest.mark.parametrize("at_a_time", [1, 2], ids=["one at a time", "two at a time"])
def test_a_class_gets_the_same_points(cuda, graded, on_cpu, at_a_time):
    lines = f'c.Grading.device = "{cuda}"\nc.Grading.workers = 2\nc.Grading.gpu_notebooks = {at_a_time}'
    points, said = graded(lines)
    assert points == on_cpu
    assert "cannot be used here" not in said  # it did not fall back
