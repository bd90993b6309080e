"""What importing costs, and who may know whom."""

import ast
import subprocess
import sys

import pytest
from conftest import ROOT

# From the ground up: a module may import only what stands on a lower floor.
FLOORS = [
    {"errors", "values", "unreadable", "environment", "limits", "tree", "expressions", "asymptotics"},
    {"rules"},
    {"graph"},
    {"nodes", "draw"},
    {"described"},
    {"report", "reading"},
    {"check"},
]


def imports(path):
    """Return the modules that a file imports when it runs (not those that only a type checker sees)."""
    tree = ast.parse(path.read_text())
    hidden = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if id(node) in hidden:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_course_lib_knows_nothing_of_the_instructors_side():
    for path in (ROOT / "course_lib").rglob("*.py"):
        found = [name for name in imports(path) if name.split(".")[0] in {"autograder", "nbgrader", "jupyterlab"}]
        assert found == [], path


@pytest.mark.parametrize("heavy", ["torch", "matplotlib", "sympy", "IPython", "wasmtime", "lark"])
def test_importing_course_lib_leaves_heavy_packages_alone(heavy):
    code = f"import course_lib, sys; sys.exit({heavy!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("heavy", ["torch", "matplotlib"])
def test_checking_answers_on_paper_leaves_torch_alone(heavy):
    code = (
        f"import sys; from course_lib import check; from autograder import student; sys.exit({heavy!r} in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
