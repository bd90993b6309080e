"""The wheel that students install: `course_lib` alone, built from the checkout, without the network."""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from collections.abc import Mapping
from pathlib import Path

import course_lib
from autograder import expected_cells
from autograder.commands import environment
from autograder.lms.refusal import Refused

_README = "# course_lib\n\nWhat the notebooks of this course import. Nothing in it is an answer.\n"
_BUILD = "import sys; from setuptools import build_meta; build_meta.build_wheel(sys.argv[1])"
_EPOCH = "315619200"  # 1980-01-02, as early as a zip can say everywhere on earth


def name(course: Path) -> str:
    """Return the file name of the wheel that a course's `course_lib` makes.

    Raises:
        Refused: if there is no checkout.
    """
    project = tomllib.loads((_checkout(course) / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return f"{project['name'].replace('-', '_')}-{project['version']}-py3-none-any.whl"


def build(course: Path, expected: Mapping[str, str] | None = None) -> tuple[str, bytes]:
    """Return the wheel's file name and content. The same files make the same bytes.

    Args:
        course: the course's folder; if it has no `course_lib`, the checkout is taken that is installed.
        expected: what `check_submission()` is to know, by problem set; as in the checkout if None.

    Raises:
        Refused: if there is no checkout, or the wheel cannot be built.
    """
    checkout = _checkout(course)
    with tempfile.TemporaryDirectory() as folder:
        stage, out = Path(folder) / "stage", Path(folder) / "out"
        out.mkdir()
        _stage(checkout, stage, expected)
        done = subprocess.run(
            [sys.executable, "-c", _BUILD, str(out)],
            cwd=stage,
            env=environment() | {"SOURCE_DATE_EPOCH": _EPOCH},
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        found = list(out.glob("*.whl"))
        if done.returncode or len(found) != 1:
            end = "\n".join((done.stdout + done.stderr).splitlines()[-15:])
            raise Refused(f"The wheel of course_lib could not be built from {checkout}. It said last:\n{end}")
        return found[0].name, found[0].read_bytes()


def faults(title: str, content: bytes) -> list[str]:
    """Return what is in a wheel beside `course_lib`, in words."""
    tops = {file.split("/")[0] for file in unpacked(content)}
    foreign = sorted(top for top in tops if top != "course_lib" and not top.endswith(".dist-info"))
    return [f"{title} holds {top}, which is not course_lib" for top in foreign]


def unpacked(content: bytes) -> dict[str, bytes]:
    """Return the files in a wheel or another zip, by their names."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {entry.filename: archive.read(entry) for entry in archive.infolist() if not entry.is_dir()}


def _checkout(course: Path) -> Path:
    for folder in (course, Path(course_lib.__file__).parents[1]):
        if (folder / "course_lib" / "__init__.py").is_file() and (folder / "pyproject.toml").is_file():
            return folder
    raise Refused(
        f"There is no course_lib to make a wheel of: neither {course} nor the installed package is a checkout. "
        "Install the course from its checkout: pip install -e . -e ./autograder"
    )


def _stage(checkout: Path, stage: Path, expected: Mapping[str, str] | None) -> None:
    """Put what the wheel is built from in a place of its own, with rights that are the same everywhere."""
    ignored = shutil.ignore_patterns("__pycache__", ".*")
    shutil.copytree(checkout / "course_lib", stage / "course_lib", ignore=ignored)
    for file in ("pyproject.toml", "LICENSE"):
        shutil.copyfile(checkout / file, stage / file)
    (stage / "README.md").write_text(_README, encoding="utf-8")  # the course's own speaks to instructors
    if expected is not None:
        shutil.rmtree(stage / expected_cells.FOLDER)
        for problem_set, text in expected.items():
            path = stage / expected_cells.FOLDER / f"{problem_set}.json"
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
    for path in (stage, *stage.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
