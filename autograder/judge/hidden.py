"""Hidden tests: cut out of the master copy of a cell, and run here, where student code cannot see them.

A hidden region is ordinary Python. Of the student's it gets what it asks for, through `student` or by name; and of that
only plain data.
"""

from __future__ import annotations

import ast
import builtins
import copy
import math
import traceback
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from types import CodeType
from typing import Any

from autograder.judge.engine import Failed
from autograder.judge.score import PartResult
from autograder.judge.session import Findings, Session, taking_part
from autograder.judge.student import student
from course_lib.plain_data import NotPlain

_FILE = "<hidden tests of {}>"
_MOST_SAID = 4000
_NO_FAULT = "This test could not be carried out. It is not your fault; a person will look at it."


@dataclass(frozen=True)
class HiddenTest:
    """The hidden region of one test cell.

    Attributes:
        name: the cell's `grade_id`.
        source: the cell's lines, those that are not hidden left empty, so that they count as in the cell.
        points: what the cell is worth.
        imports: the import statement for each name that the notebook's given cells import, such as `np`.
    """

    name: str
    source: str
    points: float
    imports: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Judged:
    """What the judge found.

    Attributes:
        name: the cell's `grade_id`.
        points: what was earned; None if a person has to decide.
        most: what could be earned.
        parts: what was checked, and what was found.
        words: what else there is to say to the student.
        fault: what is wrong with the test itself, for the instructor; empty if nothing is.
        flags: what a person should look at, for the instructor.
        seed: where random inputs started, if there were any.
    """

    name: str
    points: float | None
    most: float
    parts: list[PartResult] = field(default_factory=list)
    words: str = ""
    fault: str = ""
    flags: list[str] = field(default_factory=list)
    seed: int | None = None

    def to_json(self) -> dict[str, Any]:
        """Return this as JSON."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Judged:
        """Return what `to_json` made JSON of."""
        return cls(**{**data, "parts": [PartResult(**part) for part in data["parts"]]})


class Abandoned(BaseException):
    """Raised within a test that takes too long itself."""


def split(source: str, begin: str, end: str) -> tuple[str, str]:
    """Return the visible and the hidden lines of a cell; of the hidden ones, each in its place.

    Args:
        source: the cell.
        begin: what the line before a hidden region contains.
        end: what the line after it contains.
    """
    visible: list[str] = []
    hidden: list[str] = []
    inside = False
    for line in source.split("\n"):
        if begin in line or end in line:
            inside = begin in line
            hidden.append("")
            continue
        (hidden if inside else visible).append(line)
        if not inside:
            hidden.append("")
    return "\n".join(visible).strip("\n"), "\n".join(hidden) if any(map(str.strip, hidden)) else ""


def judge(test: HiddenTest, session: Session) -> Judged:
    """Run a hidden test.

    An AssertionError means that the student's answer is not right, and any other error that the test is not: then
    nobody scores zero for it, and a person decides.

    Args:
        test: from the instructor's own copy.
        session: whom it asks, with what was found in the tests before it.
    """
    found = session.found = Findings()
    said: list[str] = []
    points: float | None = 0.0
    words = fault = ""
    try:
        with taking_part(session):
            points = _points(_run(test, said.append), test)
    except Failed as failure:
        words = str(failure)
    except AssertionError as failure:
        words = str(failure) or "The answer is not as expected."
    except (Exception, SystemExit, Abandoned) as error:  # noqa: BLE001 - a test may have any mistake
        points, fault = None, _fault(test, error, found.seen)
        words = _NO_FAULT
    return Judged(
        test.name,
        points,
        test.points,
        found.parts,
        "\n".join([words, *said]).strip()[:_MOST_SAID],
        fault,
        found.flags,
        session.__dict__.get("seed"),  # only if it was needed
    )


def abandoned(test: HiddenTest) -> Judged:
    """Return what there is to say of a test that takes too long, and that nothing stops."""
    return Judged(test.name, None, test.points, words=_NO_FAULT, fault=_fault(test, Abandoned(), []))


def _run(test: HiddenTest, say: Callable[[str], None]) -> Any:  # noqa: ANN401 - the value of the last line
    body, last = _compiled(test.source, _FILE.format(test.name))

    def print_(*values: object, sep: str = " ", **_: object) -> None:
        say(sep.join(map(str, values)))

    names = _Names(test.imports, {"__name__": "__hidden_tests__", "__builtins__": {**vars(builtins), "print": print_}})
    exec(body, names)  # noqa: S102 - the instructor's own code
    return eval(last, names) if last else None  # noqa: S307


@lru_cache(maxsize=256)
def _compiled(source: str, file: str) -> tuple[CodeType, CodeType | None]:
    """Return the code of a test, that of its last line apart if that is an expression."""
    tree = ast.parse(source, file)
    last = tree.body[-1] if tree.body else None
    if not isinstance(last, ast.Expr):
        return compile(tree, file, "exec"), None
    tree.body.pop()
    return compile(tree, file, "exec"), compile(ast.Expression(last.value), file, "eval")


class _Names(dict[str, Any]):
    """The names of a hidden test. What it does not define itself is asked for from the student's notebook.

    So `assert square(3) == 9` works as it does in the notebook, though `square` runs there, and here is only what it
    gives. But what the notebook's given cells import, such as `np` or `isclose`, is imported here: a helper that
    decides about right and wrong is not the student's to define.
    """

    def __init__(self, imports: Mapping[str, str], own: dict[str, Any]) -> None:
        super().__init__(own)
        self._imports = imports

    def __missing__(self, name: str) -> Any:  # noqa: ANN401 - whatever the student wrote
        if name in self["__builtins__"]:
            return self["__builtins__"][name]
        if name in self._imports:
            exec(self._imports[name], self)  # noqa: S102 - the instructor's own code
            return self[name]
        return student.named(name)


@lru_cache(maxsize=64)
def imports(sources: tuple[str, ...]) -> dict[str, str]:
    """Return the import statement for each name that cells import. What does not parse, as with magics, imports none.

    Args:
        sources: cells of the instructor's own.
    """
    found: dict[str, str] = {}
    for source in sources:
        try:
            body = ast.parse(source).body
        except (SyntaxError, ValueError):
            continue
        for statement in body:
            if isinstance(statement, ast.Import | ast.ImportFrom):
                for alias in statement.names:
                    one = copy.copy(statement)
                    one.names = [alias]
                    found[alias.asname or alias.name.partition(".")[0]] = ast.unparse(one)
    return found


def _points(value: object, test: HiddenTest) -> float:
    """Return the points that a test gives, as nbgrader reads its last line: a number, or all if it is none."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return test.points
    if not math.isfinite(value) or not 0 <= value <= test.points:
        raise ValueError(f"the test gives {value:g} points, and the cell is worth {test.points:g}")
    return float(value)


def _fault(test: HiddenTest, error: BaseException, seen: list[str]) -> str:
    """Say what is wrong with a test, and in which line of its cell."""
    file = _FILE.format(test.name)
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file]
    if isinstance(error, SyntaxError) and error.filename == file:
        lines.append(error.lineno)
    where = f", line {lines[-1]} of the cell" if lines else ""
    advice = ""
    if isinstance(error, NotPlain):
        advice = " Only numbers, text, arrays and lists of these go to the student's code and come back."
    given = f" The student's code had given: {'; '.join(seen[-3:])}." if seen else ""
    kind = "takes too long" if isinstance(error, Abandoned) else f"{type(error).__name__}: {error}"
    return f"The hidden test of {test.name} stopped{where}: {kind}.{advice}{given}"
