"""The levels that this machine offers, each with warm processes of its own, and a world around them."""

import json
import os
import time
from dataclasses import replace

import nbformat
import pytest
import world as outside
from attacks.attack import Where

from autograder.execution import notebook
from autograder.execution.job import Executed, Job, Patience
from autograder.execution.notebook import execute
from autograder.sandbox import levels, provisioner
from autograder.sandbox.inside import landlock
from autograder.sandbox.inside.limits import Limits
from autograder.sandbox.plan import STRONGEST, UNSAFE, Plan

LIMITS = Limits(wall_seconds=15, cpu_seconds=8, memory_mib=250, processes=40, disk_mib=16, output_mib=2, threads=2)
HASTY = replace(LIMITS, wall_seconds=8, cpu_seconds=1)
WEAKEST = "landlock"
# How Linux 5.13 and Linux 6.7 have it; our own code is told so, the kernel itself cannot be.
_OLDER = {f"landlock of version {number}": number for number in (1, 4)}


class Walled:
    """Kernels behind the walls of one level."""

    def __init__(self, name, world):
        self.name, older = name, _OLDER.get(name)
        self.level = WEAKEST if older else name
        self.mark = f"{name} of {os.getpid()}, {world.mark}"
        self.plan = Plan(
            imports=("ipykernel.kernelapp", "numpy"),
            warm_up=(f"import inside.landlock as l; l.version = lambda: {older}",) if older else (),
            secret=(world.course, world.home),
            isolation=self.level,
            limits=LIMITS,
            environment=(("KERNELS", self.mark),),
        )
        self.hasty = replace(self.plan, limits=HASTY)

    @property
    def zygote(self):
        return provisioner.warm(self.plan)

    def run(self, *cells, files=None, cell_seconds=5, plan=None) -> Executed:
        """Execute a notebook."""
        nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
        job = Job(json.dumps(nb), plan or self.plan, files or {}, Patience(cell_seconds, 1, 20))
        return outside.within(40, lambda: execute(job))

    def get_warm(self, plan):
        """Start a warm process, and take note of what has to stay."""
        provisioner.warm(plan)
        time.sleep(0.3)
        self.warm = self.processes()

    def end(self):
        """End the warm processes, and see that nothing outlives them."""
        for plan in (self.plan, self.hasty):
            if plan in provisioner._shared:
                provisioner._shared.pop(plan).close()
        assert not self.processes()

    def processes(self):
        """Return the processes of these kernels that the machine has."""
        return outside.processes(self.mark)

    def left(self, seconds=10.0):
        """Wait until there are no processes but the warm ones; return those that are too many, or too few, in the end.

        A watcher stays until it has removed the files of its submission, which may be many.
        """
        end = time.monotonic() + seconds
        while (found := self.processes() ^ self.warm) and time.monotonic() < end:
            time.sleep(0.01)
        return found


@pytest.fixture(scope="session", autouse=True)
def _no_long_waits():
    """Once a cell has run out of time, nobody waits long for what else it has to say."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(notebook, "_AFTER_INTERRUPT_SECONDS", {False: 1.0, True: 1.0})
        yield


@pytest.fixture(scope="session")
def world():
    made = outside.World()
    yield made
    made.close()


@pytest.fixture(scope="session")
def strongest():
    """The name of the strongest level that this machine offers."""
    try:
        return provisioner.warm(Plan(imports=(), rehearsal=(), isolation=STRONGEST)).level.name
    except levels.NoSandbox as problem:
        pytest.skip(str(problem))


@pytest.fixture(scope="module", params=[*(level.name for level in levels.LEVELS), *_OLDER])
def walled(request, world, strongest):
    """Kernels behind walls of each level that can be had here."""
    made = Walled(request.param, world)
    if (older := _OLDER.get(made.name)) and landlock.version() < older:
        pytest.skip(f"{made.name}: this machine has version {landlock.version()}")
    (level,) = levels.named(made.level)
    if lack := levels.lacks(level):
        pytest.skip(f"{made.name}: {lack}")
    try:
        made.get_warm(made.plan)
    except levels.NoSandbox as problem:
        words = str(problem).partition("\nWhat you can do")[0]
        if "student code could" in words:
            pytest.fail(words)
        pytest.skip(words)
    if made.name in (strongest, WEAKEST):
        made.get_warm(made.hasty)
    yield made
    assert outside.text(made.run("print('as if nothing had been')")) == "as if nothing had been\n"
    assert not made.left()
    made.end()


@pytest.fixture
def worth(walled, strongest):
    """Skip what comes out on this level as on another one."""

    def skip_if_not(where):
        if walled.name not in {Where.EVERYWHERE: (walled.name,), Where.EACH_KIND: (strongest, WEAKEST)}.get(
            where, (strongest,)
        ):
            pytest.skip(f"{where.value}: not on {walled.name}")

    return skip_if_not


@pytest.fixture(scope="module")
def unwalled(world):
    """Kernels without any walls, to see that attacks would succeed."""
    made = Walled(UNSAFE, world)
    made.get_warm(made.plan)
    yield made
    made.end()
