"""`course sound`: proves exercises sound, or says what is wrong with them, before a class finds out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from autograder import soundness
from autograder.agreement import disagreements
from autograder.samples.manifest import Exercise, ProblemSet
from autograder.samples.mistake import Mistake
from autograder.soundness import Notebooks

_SEEDS = 3
CLAIMS = ("manifest", "solution", "pictures", "stub", "mistakes", "hints")
_CAPTION = (
    "manifest: agrees with the notebook; solution: gets all points; pictures: the given cells run, and what they show "
    "is drawn; stub: gets none; "
    "mistakes: each loses points; hints: each mistake is met with its own"
)


class _Findings:
    """What is wrong, by exercise and claim; an empty name of an exercise stands for the whole problem set."""

    def __init__(self, tests: Sequence[str]) -> None:
        """Take note of what concerns these exercises, or all."""
        self._tests = {"", *tests}
        self.wrong: dict[tuple[str, str], list[str]] = {}

    def add(self, claim: str, faults: Mapping[str, str]) -> None:
        for test, words in faults.items():
            if test in self._tests:
                self.wrong.setdefault((test, claim), []).append(words)

    def sign(self, test: str, claim: str, *, tried: bool) -> str:
        if (test, claim) in self.wrong:
            return "[red]✗[/]"
        return "[green]✓[/]" if tried else "·"


def run(problem_set: ProblemSet, course: Path, test: str | None, console: Console) -> bool:
    """Prove a problem set sound, or one exercise of it, and show a table.

    Args:
        problem_set: which.
        course: the folder of the course, with `nbgrader_config.py` and `source/`. It is read only.
        test: the exercise; all if None.
        console: where to show progress, the table, and what is wrong.

    Returns:
        Whether all is sound.

    Raises:
        NoManifest: if there is no such exercise.
        CommandFailed: if nbgrader cannot generate the assignment.
    """
    exercises = [problem_set.exercise(test)] if test else list(problem_set.exercises)
    books = Notebooks(problem_set, course / "source" / problem_set.name)
    findings = _Findings([exercise.test for exercise in exercises])
    for name, words in disagreements(problem_set, books.folder):
        findings.add("manifest", {name: words})
    tried = not findings.wrong  # what the two do not agree on cannot be run
    if tried:
        with Progress(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
            console=console, transient=True,
        ) as progress:  # fmt: skip
            mistakes = _mistakes(problem_set, exercises)
            steps = len(_notebooks(exercises)) * (_SEEDS + 2) + len(mistakes) + 1
            task = progress.add_task(problem_set.name, total=steps)
            _try(books, exercises, mistakes, findings, lambda: progress.advance(task))
            for words in soundness.released_secrets(course, problem_set.name):
                findings.add("release", {"": words})
    console.print(_table(problem_set, exercises, findings, tried=tried))
    return _conclude(problem_set, findings, console, tried=tried)


def _notebooks(exercises: Sequence[Exercise]) -> list[str]:
    return list(dict.fromkeys(exercise.notebook for exercise in exercises))


def _mistakes(problem_set: ProblemSet, exercises: Sequence[Exercise]) -> list[Mistake]:
    tests = {exercise.test for exercise in exercises}
    return [mistake for mistake in problem_set.mistakes if tests & set(mistake.loses)]


def _try(
    books: Notebooks,
    exercises: Sequence[Exercise],
    mistakes: Sequence[Mistake],
    findings: _Findings,
    done: Callable[[], None],
) -> None:
    for notebook in _notebooks(exercises):
        for seed in range(_SEEDS):
            findings.add("solution", soundness.solution_faults(books, notebook, seed))
            done()
        findings.add("pictures", soundness.picture_faults(books, notebook))
        done()
        findings.add("stub", soundness.stub_faults(books, notebook))
        done()
    for mistake in mistakes:
        try:
            found = soundness.catch(books, mistake, seed=0)
        except ValueError as misfit:  # the solution has changed since
            findings.add("mistakes", dict.fromkeys(mistake.loses, str(misfit)))
        else:
            findings.add("mistakes", soundness.keeps_points(found))
            findings.add("hints", soundness.misses_hint(found))
        done()


def _table(problem_set: ProblemSet, exercises: Sequence[Exercise], findings: _Findings, *, tried: bool) -> Table:
    table = Table(
        title=f"{problem_set.name}: {sum(problem_set.points.values()):g} points",
        caption=_CAPTION,
        box=box.SIMPLE,
        show_edge=False,
        pad_edge=False,
    )
    table.add_column("exercise", no_wrap=True)
    table.add_column("points", justify="right")
    for claim in CLAIMS:
        table.add_column(claim, justify="center")
    for exercise in exercises:
        known = len(problem_set.hints(exercise.test))
        signs = [findings.sign(exercise.test, claim, tried=tried or claim == "manifest") for claim in CLAIMS]
        signs[CLAIMS.index("mistakes")] += f" {known}"
        table.add_row(exercise.test, f"{exercise.points:g}", *signs)
    return table


def _conclude(problem_set: ProblemSet, findings: _Findings, console: Console, *, tried: bool) -> bool:
    for (test, claim), all_words in findings.wrong.items():
        console.print(f"\n[bold red]✗ {test or problem_set.name}, {claim}[/]")
        for words in dict.fromkeys(all_words):
            console.print(
                "\n".join(f"  {line}" for line in escape(words).splitlines()), highlight=False, soft_wrap=True
            )
    if not tried:
        console.print("\nNothing was run: manifest and notebooks have to agree first.")
    if findings.wrong:
        return False
    console.print("\nSound, and nothing that is not for students would be released.", style="bold green")
    return True
