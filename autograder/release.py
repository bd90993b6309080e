"""`release/`: what students get. It is generated from `source/` and must hold nothing that is not for them."""

from __future__ import annotations

import ast
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from autograder import commands, finished_engine
from autograder.links import PLACEHOLDER
from autograder.samples import notebooks

# What marks a text as the instructor's.
_FORBIDDEN = ("BEGIN SOLUTION", "END SOLUTION", "BEGIN HIDDEN TESTS", "autograder", "BEGIN MARK SCHEME")
# Behind code; a line that is a comment is compared as if it were none.
_COMMENT = re.compile(r"(?<=\S)\s+#.*$")


def assignments(course: Path) -> list[str]:
    """Return the names of a course's assignments: the folders of `source/`."""
    return sorted(path.name for path in (course / "source").iterdir() if path.is_dir() and path.name[0] not in "._")


def orphans(course: Path) -> list[str]:
    """Return the folders of `release/` that no assignment of `source/` stands behind."""
    released = course / "release"
    found = {path.name for path in released.iterdir() if path.is_dir()} if released.is_dir() else set()
    return sorted(found - set(assignments(course)))


def generate(course: Path, assignment: str, target: Path) -> None:
    """Generate one assignment with nbgrader, away from the course's own gradebook, into `target`.

    Args:
        course: the folder with `nbgrader_config.py` and `source/`; it is read only.
        assignment: the assignment's name.
        target: the folder to make.

    Raises:
        CommandFailed: if nbgrader ends with an error.
    """
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        shutil.copytree(course / "source", work / "source", ignore=shutil.ignore_patterns(".*"))
        shutil.copy(course / "nbgrader_config.py", work)
        commands.nbgrader(["generate_assignment", assignment], work, work / "nbgrader.log")
        shutil.copytree(work / "release" / assignment, target)


def replace(made: Path, kept: Path) -> None:
    """Put what was made in the place of what was kept, so that an interruption leaves one of the two."""
    kept.parent.mkdir(parents=True, exist_ok=True)
    new, old = kept.with_name(f"{kept.name}.new"), kept.with_name(f"{kept.name}.old")
    for leftover in (new, old):
        shutil.rmtree(leftover, ignore_errors=True)
    shutil.copytree(made, new)
    if kept.exists():
        kept.rename(old)
    new.rename(kept)
    shutil.rmtree(old, ignore_errors=True)


def differences(first: Path, second: Path) -> list[str]:
    """Return the files, relative to both folders, that are not the same in the two."""
    names = {str(path.relative_to(top)) for top in (first, second) for path in top.rglob("*") if path.is_file()}
    return sorted(name for name in names if _bytes(first / name) != _bytes(second / name))


def leaks(source: Path, texts: Mapping[str, str]) -> list[str]:
    """Return what of the instructor's is found in texts that students get, in words.

    Looked for are nbgrader's marks, imports of the autograder, and each line of a solution or hidden test that stands
    nowhere else in the source notebooks, nor in the engine that students are given. Spaces, comments and the marks of
    Markdown do not hide a line.

    Args:
        source: the folder of an assignment's source notebooks.
        texts: what students get, by file name.
    """
    return marks(texts) + copied(lines(source)[0], texts)


def marks(texts: Mapping[str, str]) -> list[str]:
    """Return which texts hold marks of the instructor's, in words."""
    found = []
    for name, text in texts.items():
        found += [f"{name} holds {mark!r}" for mark in _FORBIDDEN if mark in text]
        found += [f"{name} holds an unfilled {match[0]!r}" for match in PLACEHOLDER.finditer(text)]
    return found


def copied(secret: Mapping[str, str], texts: Mapping[str, str]) -> list[str]:
    """Return which texts hold a secret line, in words.

    Args:
        secret: the lines that students must not get, by what is compared of them.
        texts: what students get, by file name.
    """
    found = []
    for name, text in texts.items():
        lines = {_plain(line) for line in text.splitlines()}
        found += [f"{name} holds the solution's line {secret[line]!r}" for line in sorted(secret.keys() & lines)]
    return found


def lines(source: Path) -> tuple[dict[str, str], set[str]]:
    """Return the lines that students must not get, and what is compared of those that they do.

    Args:
        source: the folder of an assignment's source notebooks.

    Returns:
        The first as they stand in the source, by what is compared of them.
    """
    secret, public = _lines(source)
    told = {plain: line for plain, line in secret.items() if plain not in public and _says_something(line)}
    return told, public


def texts(folder: Path) -> dict[str, str]:
    """Return what students would read in the files of a folder, by file: of notebooks, every text in them.

    Raises:
        UnicodeDecodeError: if a file is not text, so that nobody can tell what is in it.
    """
    found = {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        if path.suffix == ".ipynb":
            content = "\n".join(strings(notebooks.read(path)))
        else:
            content = path.read_text(encoding="utf-8")
        found[str(path.relative_to(folder))] = content
    return found


def strings(part: object) -> Iterator[str]:
    """Yield every text in a notebook: cells, outputs, attachments and metadata.

    Lines that are kept apart, as in a file, come as the text that they are together, too.
    """
    if isinstance(part, str):
        yield part
    elif isinstance(part, Mapping):
        for name, value in part.items():
            yield str(name)
            yield from strings(value)
    elif isinstance(part, Sequence):
        for value in part:
            yield from strings(value)
        yield "".join(line for line in part if isinstance(line, str))


def _lines(source: Path) -> tuple[dict[str, str], set[str]]:
    """Return the lines of solutions and hidden tests, by what is compared of them, and that of all others."""
    secret: dict[str, str] = {}
    given = source / finished_engine.FILE
    public: set[str] = set()
    if given.is_file() and finished_engine.needed_by(source):
        public |= set(map(_plain, given.read_text(encoding="utf-8").splitlines()))
    for path in sorted(source.glob("*.ipynb")):
        for cell in notebooks.read(path).cells:
            hidden = False
            for line in map(str.strip, cell.source.splitlines()):
                if line.startswith(("### BEGIN SOLUTION", "### BEGIN HIDDEN")):
                    hidden = True
                elif line.startswith(("### END SOLUTION", "### END HIDDEN")):
                    hidden = False
                elif hidden:
                    secret[_plain(line)] = line
                else:
                    public.add(_plain(line))
    return secret, public


def _plain(line: str) -> str:
    """Return what is compared of a line: neither spaces, nor a comment behind it, nor marks of Markdown around it."""
    return "".join(_COMMENT.sub("", line).strip("#>*-` \t;").split())


def _says_something(line: str) -> bool:
    """Tell whether a line of code gives anything away: a bare name, bracket or `return graph` does not."""
    try:
        nodes: Iterable[ast.AST] = ast.walk(ast.parse(line))
    except SyntaxError:
        return len(line) > 12  # noqa: PLR2004 - long enough not to be a bracket or an `else:`
    return any(isinstance(node, ast.Call | ast.BinOp | ast.Assign) for node in nodes)


def _bytes(path: Path) -> bytes | None:
    return path.read_bytes() if path.exists() else None
