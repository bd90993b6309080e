"""`c.Grading`: what an instructor can set about executing notebooks."""

from __future__ import annotations

import hashlib
import os
import platform
from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

import psutil
from traitlets import Bool, Dict, Enum, Integer, List, TraitError, Unicode, default, validate
from traitlets.config import LoggingConfigurable

import autograder
import course_lib
from autograder.execution.job import Patience
from autograder.sandbox.inside.gpu import CUDA
from autograder.sandbox.inside.limits import Limits
from autograder.sandbox.plan import CPU, STRONGEST, Plan

_AUTOGRADER = Path(autograder.__file__).parent
_MEMORY_OF_WORKER_MIB = 1024
_VERSIONS = ("torch", "numpy", "matplotlib", "ipykernel", "ipython", "nbclient")
# Hidden tests ask the student's code by way of this module, whatever else notebooks need.
_ANSWERING = "course_lib.answering"

IMPORTS = (
    "ipykernel.kernelapp", "numpy", "torch", "matplotlib.pyplot", "matplotlib_inline.backend_inline",
    "course_lib", "course_lib.check", "course_lib.handing_in.findings",
)  # fmt: skip
WARM_UP = (
    """
import io, torch
from matplotlib.figure import Figure
from course_lib import Leaf, Mean
x = Leaf(torch.ones(2), "x")
Mean(x.exp(), -x)._repr_mimebundle_()
figure = Figure()
figure.subplots().plot([1, 2], label="$x^2$")
figure.legend()
figure.savefig(io.BytesIO())
""",
    """
from course_lib.asymptotics import compare, read_growth
from course_lib.expressions import read
compare(read_growth("n b d^2"), read_growth("n b d^2 + log d"))
read("log 2 - 1/2")
""",
)
# For kernels with these modules: cells of the kind that notebooks have, with nothing but what students are given.
# What runs for the first time takes several times as long; so it runs before the first fork.
_REHEARSAL = {
    "matplotlib.pyplot": (
        """
from matplotlib import pyplot as plt
plt.plot([1, 2], label="y")
plt.legend()
plt.show()
""",
    ),
    "course_lib": (
        """
from course_lib import ComputationNode, Leaf, Matsum, Mean, check, read_source, show
from course_lib.check import by_hand
by_hand.graph()
""",
        """
read_source(ComputationNode.sorted_nodes, Leaf, Mean, Matsum)
x = Leaf(2.0, "x")
y = Mean(x.exp(), -x)
y.gradient = 1.0
for given in (x, *y.input_nodes, y):
    given.forward()
    given.backward()
y.input_nodes[0].accumulate_gradient(0.5)
print(y)
show(y)
""",
        "y",
        """
with check.public():
    check.result(y, 1.0)
""",
        """
answers = dict.fromkeys("abcdez", "3/7") | {f"dz_d{name}": "-e^d / 2" for name in "zedcbax"}
with check.public():
    by_hand.forward(answers)
""",
        """
with check.public():
    by_hand.backward(answers)
""",
        """
from course_lib import recording
recording.stop()
recording.start()
""",
    ),
}
# Where torch sees a GPU, the first backward pass starts threads for it, even on the CPU, and none can be run in a fork
# after that (torch/csrc/autograd/engine.cpp, `start_device_threads`). So this is for those who see no GPU.
_AUTOGRAD = """
import torch
w = torch.ones(2, 2, requires_grad=True)
(w @ w).sum().backward()
"""


class Grading(LoggingConfigurable):  # type: ignore[misc]
    """How the notebooks of a class are executed."""

    isolation = Unicode(
        STRONGEST, help="The name of a level of isolation (see `course doctor`), `strongest`, or `unsafe` for none."
    ).tag(config=True)
    workers = Integer(0, help="Notebooks to execute at the same time; 0 for as many as there are cores.").tag(
        config=True
    )
    device = Enum(
        [CPU, CUDA],
        CPU,
        help="What torch computes on. Where there is no GPU, `cuda` falls back to the CPU, and says so.",
    ).tag(config=True)
    gpu_notebooks = Integer(1, min=1, help="Notebooks that use the GPU at the same time, if `device` is `cuda`.").tag(
        config=True
    )
    scheduler = Unicode("", help="A Dask scheduler to execute on, such as tcp://host:8786; empty: here.").tag(
        config=True
    )
    limits = Dict(help="Of what one notebook may use up, what differs from the defaults; see `Limits`.").tag(
        config=True
    )
    cell_seconds = Integer(30, help="Seconds that a cell may take.", allow_none=True).tag(config=True)
    after_hang_seconds = Integer(
        2, help="Seconds for each cell of a notebook in which one cell has run out of time"
    ).tag(config=True)
    test_seconds = Integer(120, help="Seconds for a hidden test, with all that student code does for it.").tag(
        config=True
    )
    start_seconds = Integer(60, help="Seconds that a kernel may take to start.").tag(config=True)
    cache = Bool(True, help="Whether to keep results, and not to execute again what has been executed.").tag(
        config=True
    )
    imports = List(
        Unicode(),
        list(IMPORTS),
        help="Modules that kernels have imported when they start, besides those of the notebooks.",
    ).tag(config=True)
    warm_up = List(Unicode(), list(WARM_UP), help="Code that is run once, before the first kernel.").tag(config=True)
    packages = List(
        Unicode(), ["course_lib"], help="Packages that kernels may use though they are not installed but checked out."
    ).tag(config=True)
    shown = List(Unicode(), help="More folders and files that kernels may read, such as data sets.").tag(config=True)
    environment = Dict(help="Environment variables of kernels.").tag(config=True)

    @default("environment")  # type: ignore[untyped-decorator]
    def _environment_default(self) -> dict[str, str]:
        return {"NBGRADER_EXECUTION": "autograde", "PYTHONWARNINGS": "ignore"}

    @validate("limits")  # type: ignore[untyped-decorator]
    def _known_limits(self, proposal: Mapping[str, Any]) -> dict[str, Any]:
        known = {field.name: float if field.type == "float" else int for field in fields(Limits)}
        for name, value in proposal["value"].items():
            if name not in known:
                raise TraitError(f"There is no limit called {name!r}. There are {', '.join(known)}.")
            if not isinstance(value, (int, float)) or isinstance(value, bool) or not value > 0:
                raise TraitError(f"The limit {name} must be a number above 0, and is {value!r}.")
        return {name: known[name](value) for name, value in proposal["value"].items()}

    def plan(self, secret: tuple[Path, ...], modules: Iterable[str] = ()) -> Plan:
        """Return what kernels are like.

        Args:
            secret: what must stay hidden from them.
            modules: what the notebooks import.
        """
        limits = Limits(**{"wall_seconds": 300.0, **self.limits})
        imports = tuple(dict.fromkeys([*self.imports, *modules, _ANSWERING]))
        rehearsed = [cell for module, cells in _REHEARSAL.items() if module in imports for cell in cells]
        planned = Plan(
            imports=imports,
            warm_up=tuple(self.warm_up),
            rehearsal=(*Plan().rehearsal, *rehearsed),
            packages=tuple(self.packages),
            shown=tuple(map(Path, self.shown)),
            secret=secret,
            isolation=self.isolation,
            limits=limits,
            environment=tuple(sorted(self.environment.items())),
            device=CUDA,
        )
        return planned if self.device == CUDA else on_cpu(planned)

    def patience(self) -> Patience:
        """Return how long cells are waited for."""
        return Patience(self.cell_seconds, self.after_hang_seconds, self.start_seconds, self.test_seconds)

    def count(self, device: str) -> int:
        """Return how many notebooks to execute at the same time on this machine, on a device."""
        free = psutil.virtual_memory().available // 2**20
        count = self.workers or max(1, min(len(os.sched_getaffinity(0)), free // _MEMORY_OF_WORKER_MIB))
        return int(count if device == CPU else min(count, self.gpu_notebooks))


def on_cpu(plan: Plan) -> Plan:
    """Return a plan for the GPU as one for the CPU."""
    torch = "torch" in plan.imports
    return replace(plan, device=CPU, warm_up=(*plan.warm_up, *([_AUTOGRAD] if torch else [])))


@cache
def fingerprint() -> str:
    """Return a digest of the versions and of our own code, which decide results as the notebooks themselves do."""
    total = hashlib.sha256(platform.python_version().encode())
    for name in _VERSIONS:
        total.update(f"{name} {metadata.version(name)}\n".encode())
    for package in (Path(course_lib.__file__).parent, _AUTOGRADER):
        for path in sorted(package.rglob("*.py")) + sorted(package.rglob("*.lark")):
            total.update(path.relative_to(package).as_posix().encode() + path.read_bytes())
    return total.hexdigest()
