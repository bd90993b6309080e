"""`course`: thin commands around nbgrader for those who run this course."""

from __future__ import annotations

from collections.abc import Callable

import typer

from autograder.cli.collect import collect
from autograder.cli.demo import demo
from autograder.cli.doctor import doctor
from autograder.cli.exercises import new_exercise, sound
from autograder.cli.feedback import feedback
from autograder.cli.grades import grades
from autograder.cli.new import new
from autograder.cli.publish import publish
from autograder.cli.regrade import regrade
from autograder.cli.release import release
from autograder.cli.report import report
from autograder.cli.watch import watch

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__, pretty_exceptions_enable=False)

# In the order in which `course --help` lists them.
PANELS: dict[str, list[Callable[..., None]]] = {
    "To begin": [demo, new, doctor],
    "Through the term": [publish, collect, watch, feedback, grades, regrade, report],
    "For authors": [new_exercise, sound, release],
}
for panel, commands in PANELS.items():
    for command in commands:
        app.command(rich_help_panel=panel)(command)


def main() -> None:
    """Run the command line."""
    app()
