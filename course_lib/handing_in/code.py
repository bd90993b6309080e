"""What a cell's code defines, uses and still lacks, without running it."""

from __future__ import annotations

import ast
import re
import symtable
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field

_NOT_WRITTEN = "NotImplementedError"
# IPython's own lines: magics, shell commands, questions. What they do is not looked into.
_CELL_MAGIC = re.compile(r"\s*%%(\w+)")
_PYTHON_INSIDE = {"time", "timeit", "capture", "prun"}
_ASSIGNED = re.compile(r"^([ \t]*[^\W\d][\w, ]*=[ \t]*)[!%].*$", re.MULTILINE)
_LINE = re.compile(r"^([ \t]*)(?:[!%?].*|[\w.]+\?{1,2}[ \t]*)$", re.MULTILINE)
_SHELL = re.compile(r"^[ \t]*(?:[^\W\d][\w, ]*=[ \t]*)?([!%].{0,200})", re.MULTILINE)


@dataclass(frozen=True)
class Code:
    """What can be seen of a cell's code.

    Attributes:
        defines: names that the cell binds for the notebook.
        uses: names that it needs when it is run.
        needs: names that its functions need when they are called.
        gaps: what still raises `NotImplementedError`, such as `Mul.forward`; an empty text is the cell itself.
        broken: why it is no Python, in words; empty if it is.
        stars: whether it imports everything from somewhere.
        tree: the code itself; None if it is no Python.
    """

    defines: frozenset[str] = frozenset()
    uses: frozenset[str] = frozenset()
    needs: frozenset[str] = frozenset()
    gaps: tuple[str, ...] = ()
    broken: str = ""
    stars: bool = False
    tree: ast.Module | None = field(default=None, compare=False)


def read_code(text: str) -> Code:
    """Read a cell of code; it may be anything."""
    plain = _python(text)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(plain)
            table = symtable.symtable(plain, "cell", "exec")
    except SyntaxError as error:
        return Code(broken=f"{error.msg}, line {error.lineno}" if error.lineno else str(error.msg))
    except (ValueError, RecursionError, MemoryError) as error:
        return Code(broken=f"it cannot be read ({type(error).__name__})")
    try:
        defines, uses, needs = _names(table)
        gaps = tuple(_gaps(tree.body, ""))
        stars = any(isinstance(n, ast.ImportFrom) and n.names[0].name == "*" for n in ast.walk(tree))
    except RecursionError:
        return Code()
    return Code(frozenset(defines), frozenset(uses), frozenset(needs), gaps, "", stars, tree)


def shell_lines(text: str) -> list[str]:
    """Return the lines of a cell that are IPython's or the shell's: `%pip install …`, `!ls`."""
    return [match.strip() for match in _SHELL.findall(text)]


def _python(text: str) -> str:
    """Return a cell without what is not Python in it."""
    magic = _CELL_MAGIC.match(text)
    if magic:
        text = text.lstrip().partition("\n")[2] if magic[1] in _PYTHON_INSIDE else ""
    return _LINE.sub(r"\1pass", _ASSIGNED.sub(r"\1None", text))


def _names(table: symtable.SymbolTable) -> tuple[set[str], set[str], set[str]]:
    defines: set[str] = set()
    uses: set[str] = set()
    needs: set[str] = set()
    for symbol in table.get_symbols():
        if symbol.is_assigned() or symbol.is_imported() or symbol.is_namespace():
            defines.add(symbol.get_name())
        elif symbol.is_referenced():
            uses.add(symbol.get_name())
    for inner, later in _inner(table, later=False):
        for symbol in inner.get_symbols():
            if not symbol.is_global():
                continue
            if symbol.is_assigned() or symbol.is_imported():
                defines.add(symbol.get_name())
            elif symbol.is_referenced():
                (needs if later else uses).add(symbol.get_name())
    return defines, uses - defines, needs - defines - uses


def _inner(table: symtable.SymbolTable, *, later: bool) -> Iterator[tuple[symtable.SymbolTable, bool]]:
    """Yield the scopes within one, and whether they are run only when something is called."""
    for inner in table.get_children():
        at_call = later or (
            inner.get_type() == "function" and not inner.get_name().endswith(("comp", "genexpr", "<genexpr>"))
        )
        yield inner, at_call
        yield from _inner(inner, later=at_call)


def _gaps(body: list[ast.stmt], place: str) -> Iterator[str]:
    """Yield where `NotImplementedError` is raised, by the functions around it; nothing below a `return` is run."""
    for statement in body:
        if isinstance(statement, ast.Raise):
            if _raised(statement) == _NOT_WRITTEN:
                yield place
            return
        if isinstance(statement, ast.Return):
            return
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield from _gaps(statement.body, f"{place}.{statement.name}".lstrip("."))
            continue
        for part in ("body", "orelse", "finalbody"):
            yield from _gaps(getattr(statement, part, []), place)


def _raised(statement: ast.Raise) -> str:
    raised = statement.exc.func if isinstance(statement.exc, ast.Call) else statement.exc
    return raised.id if isinstance(raised, ast.Name) else ""
