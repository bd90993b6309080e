"""`course new-exercise`: the cells of an exercise and its entry in the manifest, with all that is to be written marked.

What it leaves says TODO, and `course sound` refuses it until that has been replaced.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import nbformat.v4

from autograder.agreement import TODO
from autograder.samples import notebooks

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_NOTEBOOK = re.compile(r"[0-9]+_[a-z0-9_]+")
_KERNEL = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}

_TITLE = f"""# {TODO}: number · title

{TODO}: what this notebook is about, in two or three sentences.

**After this notebook,** you {TODO}: can do what?"""

_IMPORTS = "from course_lib import check"

_TEXT = f"""## {TODO}: heading

{TODO}: what there is to know, in your own words; a picture where it helps.

**Your turn.** {TODO}: what is asked, with the names that the check and the hidden test use."""

_SOLUTION = f"""def NAME(x):
    ### BEGIN SOLUTION
    return x  # {TODO}: the solution
    ### END SOLUTION"""

_TEST = f"""with check.public():
    check.value("{TODO}: what is compared", NAME(2.0), 2.0, "{TODO}: a question that helps")


### BEGIN HIDDEN TESTS
def _hidden_tests():
    from autograder import Score, student

    score = Score()
    with score.part("{TODO}: what is checked", POINTS, hint="{TODO}: a question, or a pointer"):
        assert abs(student.call("NAME", 0.3) - 0.3) < 1e-9
    return score.total()


_hidden_tests()
### END HIDDEN TESTS"""

_MANIFEST = f'''"""Problem set NUMBER: {TODO}."""

from __future__ import annotations

from autograder.samples.manifest import Exercise, ProblemSet

PROBLEM_SET = ProblemSet(
    "ASSIGNMENT",
    exercises=[
    ],
    mistakes=[],
)
'''

_ENTRY = f"""        Exercise(
            "test_NAME",
            notebook="NOTEBOOK",
            cells=("NAME",),
            points=POINTS,
            seed="{TODO}: which source document, and where in it",
        ),
"""


class Refused(ValueError):  # noqa: N818 - the name is the message
    """No exercise can be begun so; nothing was written."""


def add(course: Path, assignment: str, notebook: str, name: str, points: int) -> tuple[Path, Path]:
    """Begin an exercise at the end of a notebook, which is made if it is not there, as is the manifest.

    Args:
        course: the checkout, with `source/` and `autograder/samples/`.
        assignment: the problem set, such as `ps2`.
        notebook: the notebook, such as `2_analytic`.
        name: of the exercise. Its solution cell is called so, and its test cell `test_` and so.
        points: what it is worth.

    Returns:
        The notebook and the manifest.

    Raises:
        Refused: if a name is not fit for a file or a cell, or is taken.
    """
    manifest = course / "autograder" / "samples" / f"{assignment}.py"
    path = course / "source" / assignment / f"{notebook}.ipynb"
    _require_fit(assignment, notebook, name, points)
    if not manifest.parent.is_dir():
        raise Refused(f"{course} has no autograder/samples/, where manifests are. Go to a checkout of the course.")
    cells = [cell for other in sorted(path.parent.glob("*.ipynb")) for cell in notebooks.read(other).cells]
    if taken := {name, f"test_{name}"} & set(map(notebooks.grade_id, cells)):
        raise Refused(f"source/{assignment} has a cell {min(taken)} already. Choose another name.")
    filled = {"ASSIGNMENT": assignment, "NOTEBOOK": notebook, "NAME": name, "POINTS": str(points)}
    listed = manifest.read_text(encoding="utf-8") if manifest.exists() else _filled(_MANIFEST, filled)
    listed = _with_entry(listed, notebook, _filled(_ENTRY, filled), manifest)
    book = notebooks.read(path) if path.exists() else _new_notebook(notebook)
    book.cells += [
        _markdown(f"{name}-text", _TEXT),
        _code(name, _filled(_SOLUTION, filled), solution=True),
        _code(f"test_{name}", _filled(_TEST, filled), points=points),
    ]
    path.parent.mkdir(exist_ok=True)
    path.write_text(nbformat.writes(book, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    manifest.write_text(listed, encoding="utf-8")
    return path, manifest


def _require_fit(assignment: str, notebook: str, name: str, points: int) -> None:
    for what, given, pattern, example in [
        ("a problem set", assignment, _NAME, "ps2"),
        ("a notebook", notebook, _NOTEBOOK, "2_analytic"),
        ("an exercise", name, _NAME, "chain_rule"),
    ]:
        if not pattern.fullmatch(given):
            raise Refused(f"{given!r} is no name for {what}. One would be {example!r}.")
    if name.startswith("test_"):
        raise Refused(f"{name!r} would be the name of a test. Name the exercise {name.removeprefix('test_')!r}.")
    if points < 1:
        raise Refused(f"An exercise is worth at least one point, and not {points}.")


def _with_entry(listed: str, notebook: str, entry: str, manifest: Path) -> str:
    """Return a manifest with one more entry, behind those of the same notebook and of the ones before it."""
    calls = [node for node in ast.walk(ast.parse(listed)) if isinstance(node, ast.Call)]
    found = [k.value for call in calls for k in call.keywords if k.arg == "exercises" and isinstance(k.value, ast.List)]
    if len(found) != 1:
        raise Refused(f"{manifest} has no list `exercises=[…]` that an entry could be added to.")
    line = found[0].lineno
    for element in found[0].elts:
        if _notebook_of(element) <= notebook:
            line = element.end_lineno or line
    lines = listed.splitlines(keepends=True)
    return "".join([*lines[:line], entry, *lines[line:]])


def _notebook_of(element: ast.expr) -> str:
    keywords = element.keywords if isinstance(element, ast.Call) else []
    return next((str(ast.literal_eval(k.value)) for k in keywords if k.arg == "notebook"), "")


def _new_notebook(notebook: str) -> Any:  # noqa: ANN401 - nbformat is not typed
    imports = notebook.partition("_")[2] + "_imports"
    return nbformat.v4.new_notebook(cells=[_markdown("title", _TITLE), _code(imports, _IMPORTS)], metadata=_KERNEL)


def _markdown(name: str, text: str) -> Any:  # noqa: ANN401
    return nbformat.v4.new_markdown_cell(text, id=name.replace("_", "-"))


def _code(name: str, text: str, points: int | None = None, *, solution: bool = False) -> Any:  # noqa: ANN401
    settings: dict[str, Any] = {"grade": points is not None, "grade_id": name, "locked": not solution}
    if points is not None:
        settings["points"] = points
    settings |= {"schema_version": 3, "solution": solution, "task": False}
    return nbformat.v4.new_code_cell(text, id=name.replace("_", "-"), metadata={"nbgrader": settings})


def _filled(template: str, words: dict[str, str]) -> str:
    """Return a template with its words in capitals replaced, longer ones first."""
    words = words | {"NUMBER": words["ASSIGNMENT"].lstrip("abcdefghijklmnopqrstuvwxyz_")}
    return re.sub(r"(?:ASSIGNMENT|NOTEBOOK|NUMBER|NAME|POINTS)", lambda match: words[match[0]], template)
