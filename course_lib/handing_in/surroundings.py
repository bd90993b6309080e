"""Does the student's code need something that will not be there while grading: a name, a file, a network, a person?"""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterator
from pathlib import Path

from course_lib.handing_in.code import shell_lines
from course_lib.handing_in.findings import Finding
from course_lib.handing_in.view import View

# What IPython puts among a notebook's names.
_ALWAYS = {*dir(builtins), "In", "Out", "_", "__", "___", "display", "exit", "get_ipython", "quit"}
_NUMBERED = re.compile(r"_i*\d*")
_INSTALL = re.compile(
    r"^[!%]+\s*(?:(?:\S*python\S*|uv)\s+(?:-m\s+)?)?(?:pip3?|conda|mamba|apt(?:-get)?)\b.*\binstall\b"
)
_DOWNLOAD = re.compile(r"^!+\s*(?:wget|curl|git\s+clone|gdown)\b")
_NETWORK = {"requests", "urllib", "urllib3", "httpx", "gdown", "kagglehub"}
_ABSOLUTE = re.compile(r"(?:/(?:content|home|Users|mnt|root|kaggle|drive|Volumes)/|~[/\\]|[A-Za-z]:[\\/])\S*")
_FILE = re.compile(r"[^\n:*?\"<>|]{1,100}\.\w{1,8}")
_LISTED = 5


def look(view: View) -> Iterator[Finding]:
    """Yield what the student's code needs that it will not find."""
    yield from _names(view)
    for place in view.students:
        yield from _one(view, place)


def _names(view: View) -> Iterator[Finding]:
    """Yield the names that no cell defines, or none above."""
    codes = {place: view.code(place) for place, cell in enumerate(view.cells) if cell.kind == "code"}
    if any(code.stars for code in codes.values()) or any(codes[place].broken for place in view.students):
        return  # then nobody can tell which names there are
    given = (
        frozenset[str]().union(*(wanted.defines for wanted in view.expected.cells)) if view.expected else frozenset()
    )
    asked = frozenset[str]().union(*(wanted.asks for wanted in view.expected.cells)) if view.expected else frozenset()
    everywhere = frozenset[str]().union(given, *(code.defines for code in codes.values()), _ALWAYS)
    now = view.session.names or {}
    students, above = set(view.students), {*given, *_ALWAYS}
    for place, code in codes.items():
        above |= code.defines
        if place not in students:
            continue
        unknown = sorted(n for n in (code.uses | code.needs) - everywhere - asked if not _NUMBERED.fullmatch(n))
        here = [name for name in unknown if name in now]
        if here:
            yield Finding(
                "only in session",
                "mend",
                view.section(place),
                f"{_listed(here)}: used here, but no cell of the notebook defines it. It is left over in this session "
                "from a cell that was changed or deleted, and will not be there while grading.",
                "Write the missing lines again; then restart and run all cells.",
                view.cells[place].name,
            )
        if nowhere := [name for name in unknown if name not in now]:
            yield Finding(
                "unknown name",
                "look",
                view.section(place),
                f"{_listed(nowhere)}: used here, but nothing defines it.",
                "Look whether it is spelt as where you define it.",
                view.cells[place].name,
            )
        late = sorted(name for name in (code.uses & everywhere) - above if not _NUMBERED.fullmatch(name))
        if late:
            yield Finding(
                "defined below",
                "mend",
                view.section(place),
                f"{_listed(late)}: used here, but defined further down. That works only while cells are run out of "
                "order; the grader runs them from top to bottom.",
                "Move the cell that defines it up, or this one down.",
                view.cells[place].name,
            )


def _one(view: View, place: int) -> Iterator[Finding]:
    cell, tree = view.cells[place], view.code(place).tree
    lines = shell_lines(cell.text)

    def finding(code: str, words: str, todo: str) -> Finding:
        return Finding(code, "look", view.section(place), words, todo, cell.name)

    if any(map(_INSTALL.match, lines)):
        yield finding(
            "install",
            "This installs a package. Nothing can be installed while grading, so it will not be there.",
            "Do without it, or ask your lecturer whether the grader has it.",
        )
    imported = _imported(tree) if tree else set()
    if any(map(_DOWNLOAD.match, lines)) or imported & _NETWORK:
        yield finding(
            "network",
            "This gets something from the network. There is none while grading.",
            "Do without it, or hand the file in together with the notebook.",
        )
    if "google.colab" in imported or any("drive" in module for module in imported if module.startswith("google")):
        yield finding(
            "drive",
            "This uses Colab itself, such as its Drive. While grading, the notebook does not run in Colab.",
            "Delete these lines, and what depends on them.",
        )
    if tree is None:
        return
    if _asks(tree):
        yield finding(
            "input",
            "This asks with `input()`. While grading nobody answers, and the cell fails.",
            "Write the value into the cell.",
        )
    texts = sorted(
        {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    )
    if (absolute := [text for text in texts if _ABSOLUTE.fullmatch(text)]) and "google.colab" not in imported:
        yield finding(
            "path",
            f"{_listed(absolute)} is a place on this machine. While grading there is no such place.",
            "Use a file beside the notebook, and hand it in with it.",
        )
    if beside := _beside(view, texts, imported):
        yield finding(
            "file",
            f"This needs {_listed(beside)} beside the notebook, which did not come with it.",
            "Hand it in together with the notebook, or copy what you need into a cell.",
        )


def _beside(view: View, texts: list[str], imported: set[str]) -> list[str]:
    """Return the files of the student's own that code reads or imports."""
    folder = view.found.path.parent if view.found.path else Path.cwd()
    given = view.expected.files if view.expected else frozenset()
    named = [*(text for text in texts if _FILE.fullmatch(text)), *(f"{name}.py" for name in sorted(imported))]
    return [name for name in named if name not in given and not name.startswith(("/", "~")) and _is_file(folder / name)]


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _imported(tree: ast.Module) -> set[str]:
    """Return what is imported: `google.colab`, and also `google`."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names | {name.partition(".")[0] for name in names}


def _asks(tree: ast.Module) -> bool:
    """Return whether `input` is called that nobody has defined here."""
    defined = any(isinstance(node, ast.FunctionDef) and node.name == "input" for node in tree.body)
    calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return not defined and any(isinstance(called, ast.Name) and called.id == "input" for called in calls)


def _listed(names: list[str]) -> str:
    shown = ", ".join(f"`{name[:80]}`" for name in names[:_LISTED])
    return f"{shown}, …" if len(names) > _LISTED else shown
