"""`release/`: what students get. It is generated from `source/` and must hold nothing that is not for them."""

from __future__ import annotations

import ast
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

from autograder import commands
from autograder.samples import notebooks

# What marks a text as the instructor's.
_FORBIDDEN = ("BEGIN SOLUTION", "END SOLUTION", "BEGIN HIDDEN TESTS", "autograder", "BEGIN MARK SCHEME", "{{ ")


def generate(course: Path, assignment: str, target: Path) -> None:
    """Generate one assignment with nbgrader, away from the course's own gradebook, into `target`.

    Args:
        course: the folder with `nbgrader_config.py` and `source/`; it is read only.
        assignment: the assignment's name.
        target: the folder of the released assignment; what was there is replaced.

    Raises:
        CommandFailed: if nbgrader ends with an error.
    """
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        shutil.copytree(course / "source", work / "source", ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
        shutil.copy(course / "nbgrader_config.py", work)
        commands.nbgrader(["generate_assignment", assignment], work, work / "nbgrader.log")
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(work / "release" / assignment, target)


def differences(first: Path, second: Path) -> list[str]:
    """Return the files, relative to both folders, that are not the same in the two."""
    names = {str(path.relative_to(top)) for top in (first, second) for path in top.rglob("*") if path.is_file()}
    return sorted(name for name in names if _bytes(first / name) != _bytes(second / name))


def leaks(source: Path, texts: dict[str, str]) -> list[str]:
    """Return what of the instructor's is found in texts that students get, in words.

    Looked for are nbgrader's marks, imports of the autograder, and each line of a solution or hidden test that stands
    nowhere else in the source notebooks.

    Args:
        source: the folder of an assignment's source notebooks.
        texts: what students get, by file name.
    """
    secrets = _secret_lines(source)
    found = []
    for name, text in texts.items():
        lines = {line.strip() for line in text.splitlines()}
        found += [f"{name} holds {mark!r}" for mark in _FORBIDDEN if mark in text]
        found += [f"{name} holds the solution's line {line!r}" for line in sorted(secrets & lines)]
    return found


def notebook_texts(folder: Path) -> dict[str, str]:
    """Return the text of every cell and output of the notebooks in a folder, by notebook."""
    found = {}
    for path in sorted(folder.rglob("*.ipynb")):
        cells = notebooks.read(path).cells
        found[path.name] = "\n".join([c.source for c in cells] + [str(o) for c in cells for o in c.get("outputs", [])])
    return found


def _secret_lines(source: Path) -> set[str]:
    secret: set[str] = set()
    public: set[str] = set()
    for path in sorted(source.glob("*.ipynb")):
        for cell in notebooks.read(path).cells:
            hidden = False
            for line in map(str.strip, cell.source.splitlines()):
                if line.startswith(("### BEGIN SOLUTION", "### BEGIN HIDDEN")):
                    hidden = True
                elif line.startswith(("### END SOLUTION", "### END HIDDEN")):
                    hidden = False
                else:
                    (secret if hidden else public).add(line)
    return {line for line in secret - public if _says_something(line)}


def _says_something(line: str) -> bool:
    """Tell whether a line of code gives anything away: a bare name, bracket or `return graph` does not."""
    try:
        nodes: Iterable[ast.AST] = ast.walk(ast.parse(line))
    except SyntaxError:
        return len(line) > 12  # noqa: PLR2004 - long enough not to be a bracket or an `else:`
    return any(isinstance(node, ast.Call | ast.BinOp | ast.Assign) for node in nodes)


def _bytes(path: Path) -> bytes | None:
    return path.read_bytes() if path.exists() else None
