"""The sample classes of the problem sets after the first are graded by plain nbgrader, as they deserve."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from autograder import demo, grades
from autograder.samples.sample_class import CLASSES, SAMPLES
from course_files import ASSIGNMENTS, ROOT


def test_each_problem_set_has_a_class():
    assert list(CLASSES) == ASSIGNMENTS
    assert CLASSES["ps1"] is SAMPLES


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in CLASSES if name != "ps1"])
def test_a_class_gets_exactly_what_it_deserves(name, tmp_path):
    printed = io.StringIO()
    content = demo.run(ROOT, tmp_path / "class", Console(file=printed, width=140), [name])
    found = grades.read(tmp_path / "class" / "gradebook.db", name)
    assert found.points == {sample.student: dict(sample.points) for sample in CLASSES[name]}
    assert content
    shown = [line.split()[-1] for line in printed.getvalue().splitlines() if line.startswith("  a student's feedback")]
    assert [Path(path).exists() for path in shown] == [True]
