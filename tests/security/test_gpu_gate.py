"""The gate for a GPU, with files in the place of its devices, and a torch that has no more than what is asked of it."""

import json
import os
import resource
import tempfile
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest
import world as outside

from autograder.execution.job import Job, Patience
from autograder.execution.notebook import execute
from autograder.sandbox import gpu, levels, provisioner
from autograder.sandbox.inside.limits import Limits
from autograder.sandbox.plan import Plan
from autograder.sandbox.zygote import Unprepared

TORCH = """
import sys, types

class Cuda(types.SimpleNamespace):
    bounds = []
    is_initialized = staticmethod(lambda: {initialised})
    get_device_properties = staticmethod(lambda device: types.SimpleNamespace(total_memory=16 * 2**30))
    set_per_process_memory_fraction = bounds.append

sys.modules["torch"] = types.SimpleNamespace(
    cuda=Cuda, set_num_threads=lambda count: None, seed=lambda: 0, manual_seed=lambda seed: None, get_num_threads=lambda: 1
)
"""


@pytest.fixture(scope="module")
def device():
    """A file where kernels see none, which stands for a device of the GPU."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        Path(folder).chmod(0o755)
        path = Path(folder, "nvidia0")
        path.write_text("a device")
        path.chmod(0o666)
        yield path


@pytest.fixture(scope="module", params=[level.name for level in levels.LEVELS])
def plan(request, world, device):
    """Kernels that may use the GPU, behind walls of each level that can be had here."""
    (level,) = levels.named(request.param)
    if lack := levels.lacks(level):
        pytest.skip(lack)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gpu, "devices", lambda: (str(device),))
        made = Plan(
            imports=("ipykernel.kernelapp",),
            warm_up=(TORCH.format(initialised=False),),
            secret=(world.course, world.home),
            isolation=level.name,
            limits=Limits(memory_mib=250, gpu_memory_mib=4096),
            environment=(("KERNELS", f"gpu of {os.getpid()}, {world.mark}"),),
            device="cuda",
        )
        try:
            provisioner.warm(made)
        except levels.NoSandbox as problem:
            pytest.skip(str(problem).partition("\nWhat you can do")[0])
        yield made
        provisioner.drop(made)


def run(plan, *cells):
    """Execute a notebook."""
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    return outside.within(40, lambda: execute(Job(json.dumps(nb), plan, {}, Patience(10, 1, 20))))


READ = "print(open({path!r}).read())"


def test_the_device_is_there_for_those_who_may_use_it(plan, device):
    found = run(plan, READ.format(path=str(device)), f"open({str(device)!r}, 'r+').close(); print('written')")
    assert outside.text(found) == "a device\n\nwritten\n"


def test_it_is_not_there_for_anybody_else(plan, device):
    without = replace(plan, device="cpu")
    try:
        found = run(without, READ.format(path=str(device)))
        assert "a device" not in str(found.outputs)
        assert any(name in str(found.outputs) for name in ("FileNotFoundError", "PermissionError"))
    finally:
        provisioner.drop(without)


def test_torch_is_bounded_and_told_not_to_begin_before_the_fork(plan):
    cells = (
        "import torch; print(torch.cuda.bounds)",
        "import os; print(*(os.environ[name] for name in ('BACKPROP_COURSE_DEVICE', 'PYTORCH_NVML_BASED_CUDA_CHECK')))",
    )
    assert outside.text(run(plan, *cells)) == "[0.25]\n\ncuda 1\n"


def test_address_space_is_free_for_the_driver_and_memory_is_watched_all_the_same(plan):
    ask = (
        "import resource; print(resource.getrlimit(resource.RLIMIT_AS)[0], resource.getrlimit(resource.RLIMIT_DATA)[0])"
    )
    free = resource.RLIM_INFINITY
    assert outside.text(run(plan, ask)) == f"{free} {free}\n"
    greedy = f"import time; x = bytearray({2 * plan.limits.memory_mib} * 2**20); time.sleep(5)"
    assert "memory" in run(plan, greedy).verdict


def test_why_a_device_cannot_be_used_is_said_in_a_line(plan):
    name, lack = provisioner.warm(plan).try_device("cuda")
    assert not name
    assert lack == "AttributeError: 'types.SimpleNamespace' object has no attribute 'ones'"


def test_on_the_cpu_no_gpu_is_seen(world):
    plan = Plan(imports=("ipykernel.kernelapp",), isolation="landlock", secret=(world.course,))
    try:
        assert outside.text(run(plan, "import os; print(repr(os.environ['CUDA_VISIBLE_DEVICES']))")) == "''\n"
    finally:
        provisioner.drop(plan)


def test_a_warm_process_that_has_used_the_gpu_is_not_forked(world):
    plan = Plan(
        imports=(),
        rehearsal=(),
        warm_up=(TORCH.format(initialised=True),),
        secret=(world.course,),
        isolation="landlock",
    )
    with pytest.raises(Unprepared, match="has used the GPU"):
        provisioner.warm(plan)
