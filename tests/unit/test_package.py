"""What importing costs, and who may know whom."""

import ast
import subprocess
import sys

import pytest

from course_files import ROOT

# From the ground up: a module imports only what stands below it.
FLOORS = [
    {"errors", "values", "tree", "comparison"},
    {"rounding", "unreadable", "limits", "rules", "report", "plain_data", "handing_in"},
    {"formula", "exact", "formula_building", "formula_reading", "dominance", "growth_terms", "witness", "reading"},
    {"expressions", "asymptotics", "graph"},
    {"nodes", "draw", "recording"},
    {"trace", "stepper", "environment"},
    {"described"},
    {"answering", "counting", "debugger"},
    {"check", "hardware"},
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


def test_imports_lead_downwards():
    """`graph` asks `stepper` for a picture when Jupyter wants one: the only arrow up, and it is not there at import."""
    floor = {name: number for number, names in enumerate(FLOORS) for name in names}
    upwards = []
    for path in (ROOT / "course_lib").rglob("*.py"):
        own = path.relative_to(ROOT / "course_lib").parts[0].removesuffix(".py")
        if own == "__init__":
            continue
        for name in imports(path):
            parts = name.split(".")
            if parts[0] == "course_lib" and len(parts) > 1 and floor.get(parts[1], 0) > floor[own]:
                upwards.append((own, parts[1]))
    assert set(upwards) == {("graph", "stepper")}


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
