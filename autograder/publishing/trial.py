"""The proof: a bundle is unpacked where nothing else is, and each notebook is run as released, with nothing solved.

What the notebooks import is the bundle's own wheel, and nothing of the instructor's. A cell that waits for an answer
may fail, and so may what needs that answer; all else must run.
"""

from __future__ import annotations

import ast
import asyncio
import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from IPython.core.inputtransformer2 import TransformerManager
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError
from nbformat.v4 import new_code_cell

from autograder.publishing import wheel
from autograder.publishing.address import WHEELS
from autograder.publishing.bundle import sets
from autograder.publishing.places import unpack
from autograder.samples import notebooks

_KERNEL = "student"
_SECONDS = 600
_MOST_AT_ONCE = 4
# Nobody answers there: a bundle needs no network but to be downloaded.
_NOWHERE = "http://127.0.0.1:9"
_INSTRUCTORS = ("autograder", "nbgrader")
_ABSENT = "raise ModuleNotFoundError(f'No module named {__name__!r}: students do not have it', name=__name__)\n"
_PROBE = """
import json as _json, course_lib as _lib
from course_lib.errors import CourseError as _root
_kinds = [_root]
for _kind in _kinds:
    _kinds += _kind.__subclasses__()
print(_json.dumps([_lib.__file__, [_kind.__name__ for _kind in _kinds]]))
"""


@dataclass(frozen=True)
class Ran:
    """What came of one notebook.

    Attributes:
        notebook: its name in the bundle.
        faults: what failed in it that must not, in words.
        waiting: how many cells failed because an answer is not there yet.
    """

    notebook: str
    faults: Sequence[str]
    waiting: int


def run(
    files: Mapping[str, bytes],
    solutions: Mapping[str, Mapping[str, str]],
    folder: Path,
    on_done: Callable[[Ran], None],
    seconds: int = _SECONDS,
) -> list[Ran]:
    """Unpack a bundle into an empty folder, and run its notebooks.

    Args:
        files: the bundle.
        solutions: of each notebook, by its name in the bundle, what would stand in its answers, by their `grade_id`;
            it is only used to tell which names an answer defines.
        folder: an empty folder.
        on_done: is called as each notebook is done.
        seconds: how long a cell may take.
    """
    unpacked, site, home = (folder / name for name in ("bundle", "site", "home"))
    for path in (unpacked, site, home):
        path.mkdir()
    unpack(files, unpacked)
    for path in (unpacked / WHEELS).glob("*.whl"):
        unpack(wheel.unpacked(path.read_bytes()), site)
    for name in _INSTRUCTORS:
        (site / f"{name}.py").write_text(_ABSENT, encoding="utf-8")
    _describe_kernel(home / _KERNEL, site, home)

    names = [
        str(path.relative_to(unpacked)) for top in sets(files) for path in sorted((unpacked / top).glob("*.ipynb"))
    ]
    turn = asyncio.Semaphore(min(os.cpu_count() or 1, _MOST_AT_ONCE))

    async def one(name: str) -> Ran:
        async with turn:
            done = await _one(name, unpacked, site, home, solutions.get(name, {}), seconds)
        on_done(done)
        return done

    async def every() -> list[Ran]:
        return await asyncio.gather(*map(one, names))

    return asyncio.run(every())


def _describe_kernel(folder: Path, site: Path, home: Path) -> None:
    """Write down how Jupyter starts a kernel that has what a student has."""
    folder.mkdir()
    environment = {
        "PYTHONPATH": str(site),
        "PYTHONNOUSERSITE": "1",
        "IPYTHONDIR": str(home / "ipython"),  # the lecturer's own start-up files stay out of it
        "NBGRADER_EXECUTION": "",
        "PIP_NO_INDEX": "1",
        "PYTHONWARNINGS": "ignore",
        **dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), _NOWHERE),
        "no_proxy": "",
        "NO_PROXY": "",
    }
    spec = {
        "argv": [sys.executable, "-m", "ipykernel_launcher", "--log-level=ERROR", "-f", "{connection_file}"],
        "display_name": _KERNEL,
        "language": "python",
        "env": environment,
    }
    (folder / "kernel.json").write_text(json.dumps(spec), encoding="utf-8")


async def _one(name: str, unpacked: Path, site: Path, home: Path, solutions: Mapping[str, str], seconds: int) -> Ran:
    path = unpacked / name
    notebook = notebooks.read(path)
    notebook.cells.append(new_code_cell(_PROBE))
    manager = AsyncKernelManager(kernel_name=_KERNEL, kernel_spec_manager=KernelSpecManager(kernel_dirs=[str(home)]))
    client = NotebookClient(
        notebook,
        km=manager,
        timeout=seconds,
        startup_timeout=seconds,
        allow_errors=True,
        resources={"metadata": {"path": str(path.parent)}},
    )
    try:
        await client.async_execute(cleanup_kc=True)
    except CellTimeoutError:
        return Ran(name, [f"{name}: a cell took longer than {seconds} s"], 0)
    except RuntimeError:  # nbclient's word for a kernel that died, or never came up
        return Ran(name, [f"{name}: its kernel died"], 0)
    probe = notebook.cells.pop()
    said = "".join(output.get("text", "") for output in probe.outputs)
    try:
        place, course_errors = json.loads(said)
    except ValueError:
        return Ran(name, [f"{name}: course_lib cannot be imported from the bundle's wheel"], 0)
    if not Path(place).is_relative_to(site):
        return Ran(name, [f"{name}: course_lib came from {place}, not from the bundle's wheel"], 0)
    faults, waiting = judge(notebook.cells, solutions, course_errors)
    return Ran(name, [f"{name}: {fault}" for fault in faults], waiting)


def judge(cells: Sequence[Any], solutions: Mapping[str, str], course_errors: Sequence[str]) -> tuple[list[str], int]:
    """Return what failed that must not, and how many cells failed for want of an answer.

    An answer that is not there raises `NotImplementedError`, and so does whoever calls a function of it. Names that it
    would have defined are missing, and so are those of cells that could not run for this reason. The course's own
    checks say that there is no answer yet. Nothing else may fail, and nothing above the first answer.

    Args:
        cells: of a notebook that has been run.
        solutions: what would stand in its answers.
        course_errors: the names of the errors that `course_lib` raises to speak to students.
    """
    faults, waiting, missing, answers = [], 0, set[str](), 0
    for number, cell in enumerate(cells, 1):
        if cell.cell_type != "code":
            continue
        name = notebooks.grade_id(cell)
        answers += bool(cell.metadata.get("nbgrader", {}).get("solution"))
        errors = [output for output in cell.outputs if output.output_type == "error"]
        if not errors:
            continue
        error = errors[0]
        if answers and _for_want_of_an_answer(error, missing, course_errors):
            waiting += 1
            missing |= defined(solutions.get(name, cell.source)) | defined(cell.source)
        else:
            said = str(error.evalue).strip().splitlines()
            faults.append(
                f"cell {number}{f' ({name})' if name else ''} raises {error.ename}: {said[0] if said else ''}"
            )
    return faults, waiting


def defined(source: str) -> set[str]:
    """Return the names that a cell defines."""
    try:
        tree = ast.parse(TransformerManager().transform_cell(source))  # type: ignore[no-untyped-call]
    except SyntaxError:
        return set()
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.alias):
            found.add((node.asname or node.name).split(".")[0])
    return found


def _for_want_of_an_answer(error: Any, missing: set[str], course_errors: Sequence[str]) -> bool:  # noqa: ANN401
    if error.ename == "NameError":
        return any(f"name '{name}' is not defined" in error.evalue for name in missing)
    return error.ename == "NotImplementedError" or error.ename in course_errors
