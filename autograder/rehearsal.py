"""A rehearsal: a source notebook's cells run in this process, with any answers, and are judged as in earnest.

It is for our own notebooks and samples alone. What students hand in is executed behind walls.
"""

from __future__ import annotations

import ast
import contextlib
import io
import os
import sys
import warnings
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from autograder.judge.engine import Engine, InThisProcess
from autograder.judge.hidden import HiddenTest, Judged, imports, judge, split
from autograder.judge.session import Session
from autograder.samples import notebooks
from course_lib import graph
from course_lib.errors import CourseError

BEGIN, END = "### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS"


@dataclass(frozen=True)
class Attempt:
    """What came of one exercise.

    Attributes:
        visible: what the visible check raised; empty if it was content.
        judged: what the hidden test found.
        shown: what went wrong in the cells above that are neither answer nor test, in words.
    """

    visible: str
    judged: Judged
    shown: str = ""

    @property
    def hints(self) -> list[str]:
        """The hints that a student gets."""
        return [part.hint for part in self.judged.parts if part.hint]


def rehearse(
    path: Path,
    answers: Mapping[str, str] | None = None,
    seed: int = 0,
    tests: Collection[str] = (),
    *,
    draw: bool = False,
) -> dict[str, Attempt]:
    """Run a source notebook from top to bottom.

    Args:
        path: the notebook, which is only read.
        answers: what stands in solution cells, by their `grade_id`; in the others it is the solution.
        seed: where random inputs start.
        tests: stop after the last of these test cells; if none is named, at the end.
        draw: whether to draw what cells show, as Jupyter would; it takes a while.

    Returns:
        What came of each exercise, by the `grade_id` of its test cell.
    """
    cells = [cell for cell in notebooks.read(path).cells if cell.cell_type == "code"]
    names: dict[str, Any] = {"__name__": "__main__"}
    session = Session(Engine(InThisProcess(lambda: names)), seed)
    given = imports(tuple(split(cell.source, BEGIN, END)[0] for cell in cells if not _is(cell, "solution")))
    attempts: dict[str, Attempt] = {}
    shown: list[str] = []
    with _own_node_types(), _no_windows(), beside(path), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # as where students' notebooks are graded
        for cell in cells:
            name = notebooks.grade_id(cell)
            visible, hidden = split((answers or {}).get(name, cell.source), BEGIN, END)
            said = _run(visible, names, draw=draw)
            if _is(cell, "grade"):
                points = float(cell.metadata.nbgrader.points)
                judged = judge(HiddenTest(name, hidden, points, given), session)
                attempts[name] = Attempt(said, judged, "\n".join(shown))
                shown.clear()
            elif said and not _is(cell, "solution"):
                shown.append(f"{name or 'a cell'}: {said}")
            if tests and attempts.keys() >= set(tests):
                break
    if shown and attempts:  # below the last test
        last, attempt = list(attempts.items())[-1]
        attempts[last] = replace(attempt, shown="\n".join([attempt.shown, *shown]).strip())
    return attempts


def _is(cell: Any, what: str) -> bool:  # noqa: ANN401 - nbformat is not typed
    return bool(cell.metadata.get("nbgrader", {}).get(what))


def _run(source: str, names: dict[str, Any], *, draw: bool) -> str:
    """Run a cell; return what it raised, in words."""
    with contextlib.redirect_stdout(io.StringIO()):
        try:
            tree = ast.parse(source)
            end = tree.body[-1] if tree.body else None
            last = end.value if isinstance(end, ast.Expr) else None
            if last:
                tree.body.pop()
            exec(compile(tree, "<cell>", "exec"), names)  # noqa: S102 - our own cells
            value = eval(compile(ast.Expression(last), "<cell>", "eval"), names) if last else None  # noqa: S307
            if draw:
                _draw(value)
        except (Exception, CourseError) as error:  # noqa: BLE001 - a wrong solution raises anything
            return f"{type(error).__name__}: {error}"
    return ""


def _draw(value: object) -> None:
    """Draw what Jupyter would show of a cell: its last value, and the figures that are open."""
    from matplotlib import pyplot as plt  # noqa: PLC0415 - it takes a while

    if hasattr(value, "_repr_mimebundle_"):
        value._repr_mimebundle_()
    for number in plt.get_fignums():
        plt.figure(number).canvas.draw()
    plt.close("all")


@contextlib.contextmanager
def _own_node_types() -> Iterator[None]:
    """Forget afterwards which classes of nodes the cells have defined."""
    before = dict(graph._node_types)  # noqa: SLF001 - the engine finds a student's classes by name
    try:
        yield
    finally:
        graph._node_types.clear()  # noqa: SLF001
        graph._node_types.update(before)  # noqa: SLF001


@contextlib.contextmanager
def beside(path: Path) -> Iterator[None]:
    """Work in the notebook's folder, and import what lies there anew: it defines classes of nodes."""
    folder, writes = str(path.parent.resolve()), sys.dont_write_bytecode
    with contextlib.chdir(folder):
        sys.path.insert(0, folder)
        sys.dont_write_bytecode = True
        try:
            yield
        finally:
            sys.dont_write_bytecode = writes
            sys.path.remove(folder)
            for name, module in list(sys.modules.items()):
                if str(getattr(module, "__file__", None) or "").startswith(folder + os.sep):
                    del sys.modules[name]


@contextlib.contextmanager
def _no_windows() -> Iterator[None]:
    """Draw plots into memory, and drop them afterwards."""
    import matplotlib as mpl  # noqa: PLC0415 - only here, and it takes a while
    from matplotlib import pyplot as plt  # noqa: PLC0415

    with mpl.rc_context():
        mpl.use("agg")
        try:
            yield
        finally:
            plt.close("all")
