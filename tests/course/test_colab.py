"""In Colab: `course_lib` installs beside Colab's own packages and changes none of them."""

import json
import re
import subprocess
import venv

import pytest

from autograder.samples import notebooks
from course_files import ROOT

# What Colab's runtimes have, of what could get in our way.
COLAB = [
    "ipython==7.34.0",
    "traitlets==5.7.1",
    "numpy==2.1.3",
    "ipykernel==6.17.1",
    "graphviz==0.21",
    "sympy==1.14.0",
    "matplotlib==3.10.0",
    "setuptools",
]


def run(*command, **options):
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def colab(tmp_path_factory, wheel):
    """The Python of an environment with Colab's versions, and our wheel beside it."""
    folder = tmp_path_factory.mktemp("colab")
    venv.create(folder / "env", with_pip=True)
    python = str(folder / "env" / "bin" / "python")
    run(python, "-m", "pip", "install", "--quiet", *COLAB)
    return python, wheel


def versions(python):
    listed = json.loads(run(python, "-m", "pip", "list", "--format", "json"))
    return {entry["name"].lower(): entry["version"] for entry in listed}


def session(python, folder, cells):
    """Run cells in IPython as a notebook would, in a folder from which the checkout cannot be imported."""
    return run(python, "-c", SESSION.format(cells=cells), cwd=folder)


SESSION = """
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
for number, cell in enumerate({cells!r}):
    result = shell.run_cell(cell, store_history=True)
    print("cell", number, "ok" if result.success else "failed")
"""


def test_the_setup_cell_installs_the_course_and_changes_nothing_of_colabs(colab, tmp_path):
    """The released cell is run as it is, but for where the package comes from, which no test can reach."""
    python, wheel = colab
    before = versions(python)
    source = notebooks.read(ROOT / "release" / "ps1" / "1_by_hand.ipynb").cells[1].source
    setup, found = re.subn(r"backprop-course @ git\+https://[^\"]+", str(wheel), source)
    assert found == 1
    assert "cell 0 ok" in session(python, tmp_path, [setup])
    after = versions(python)
    assert {name: after[name] for name in before} == before
    assert set(after) - set(before) == {"backprop-course", "lark"}
    # Once all is there the cell only asks about what this bare environment lacks and Colab has.
    said = session(python, tmp_path, [setup])
    assert [line for line in said.splitlines() if not line.startswith(("Missing: torch", "Pictures of graphs"))] == [
        "cell 0 ok"
    ]

    cells = [
        "from course_lib import *\nfrom course_lib.check import by_hand, cost",
        "x = Leaf(0.3, 'x'); node = Mean(Exp(x), Exp(-x)); node",
        "by_hand.graph()",
        "a, b, c, d, e, z = 'log 2', '2', 'log 2', '-log 2', '1/2', '5/4'\nby_hand.forward(globals())",
        "M_run = 'b d'; M_forward = 'n b d'; M_backward = 'n b d'; M_backward_W1 = 'n b d'\ncost.memory(globals())",
        "Exp(x).backward()",
    ]
    said = session(python, tmp_path, cells)
    assert "Traceback" not in said, said
    assert [line for line in said.splitlines() if line.startswith("cell")] == [
        *(f"cell {i} ok" for i in range(5)),
        "cell 5 failed",
    ]
    assert "backward() was called on Exp before forward()" in said
