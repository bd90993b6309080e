"""Small classes: who handed in what, in nbgrader's layout."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from autograder.samples import manifest, notebooks, ps1_class, ps2_class, ps3_class, ps4_class
from autograder.samples.manifest import ProblemSet
from autograder.samples.sample import Sample, saved_by_colab

__all__ = ["CLASSES", "SAMPLES", "build", "saved_by_colab", "work_of"]

CLASSES = {
    "ps1": ps1_class.SAMPLES,
    "ps2": ps2_class.SAMPLES,
    "ps3": ps3_class.SAMPLES,
    "ps4": ps4_class.SAMPLES,
}
SAMPLES = CLASSES["ps1"]


def build(release: Path, source: Path, submitted: Path, assignment: str = "ps1") -> None:
    """Write the whole class's submissions in nbgrader's layout.

    Args:
        release: the folder of the released assignment.
        source: the folder of its source, where the solutions are.
        submitted: nbgrader's folder of submissions; a folder for each student is made in it.
        assignment: the assignment's name.
    """
    for sample in CLASSES[assignment]:
        for name, book in work_of(sample, release, source, assignment).items():
            notebooks.write(book, submitted / sample.student / assignment / f"{name}.ipynb")


def work_of(sample: Sample, release: Path, source: Path, assignment: str) -> dict[str, Any]:
    """Return what a sample's student made of the released notebooks, by their names."""
    problem_set = manifest.of(assignment)
    solved = {path.stem: notebooks.read(path) for path in sorted(source.glob("*.ipynb"))}
    books = {name: notebooks.read(release / f"{name}.ipynb") for name in solved}
    for name, book in books.items():
        for cell in notebooks.solution_names(book):
            if sample.answered is None or cell in sample.answered:
                text = notebooks.solution(solved[name], cell)
                notebooks.cell_named(book, cell).source = _with_mistakes(text, cell, sample, problem_set)
    if sample.spoil:
        sample.spoil(books)
    return books


def _with_mistakes(text: str, cell: str, sample: Sample, problem_set: ProblemSet) -> str:
    for mistake in map(problem_set.named, sample.mistakes):
        if mistake.cell == cell:
            text = mistake.applied_to(text)
    return text
