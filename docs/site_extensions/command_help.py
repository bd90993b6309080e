"""`{course-commands}`: the help of each command of `course`, as the program itself knows it."""

import inspect

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from typer.core import TyperArgument, TyperCommand, TyperOption
from typer.main import get_command

from autograder.cli import app as program


class CourseCommands(SphinxDirective):
    """Puts in a section for each command, in the order of `course --help`."""

    def run(self) -> list[nodes.Node]:
        """Read the sections as if they stood in the page."""
        return self.parse_text_to_nodes(StringList(sections(), "course --help"), allow_section_headings=True)


def sections() -> list[str]:
    """Return the lines of all sections, as Markdown."""
    panels: dict[str, list[str]] = {}
    for name, command in get_command(program).commands.items():
        panels.setdefault(command.rich_help_panel, []).extend(_section(name, command))
    return [line for panel, lines in panels.items() for line in (f"## {panel}", "", *lines)]


def _section(name: str, command: TyperCommand) -> list[str]:
    arguments = {_argument(p): p for p in command.params if isinstance(p, TyperArgument)}
    options = {", ".join([*p.opts, *p.secondary_opts]): p for p in command.params if isinstance(p, TyperOption)}
    usage = " ".join(["course", name, *arguments, *(["[OPTIONS]"] if options else [])])
    rows = [_row(shown, parameter) for shown, parameter in {**arguments, **options}.items()]
    table = ["| | |", "| --- | --- |", *rows] if rows else []
    return [f"### course {name}", "", *_text(usage), *_help(command.help or ""), *table, ""]


def _help(words: str) -> list[str]:
    """Return the paragraphs of a help; one that is a command is shown as such."""
    paragraphs = inspect.cleandoc(words).split("\n\n")
    return [line for p in paragraphs for line in (_text(p.strip()) if p.lstrip().startswith("course ") else [p, ""])]


def _text(words: str) -> list[str]:
    return ["```text", words, "```", ""]


def _argument(parameter: TyperArgument) -> str:
    shown = parameter.metavar or parameter.name.upper() + ("…" if parameter.nargs == -1 else "")
    return shown if parameter.required or shown.startswith("[") else f"[{shown}]"


def _row(shown: str, parameter: TyperArgument | TyperOption) -> str:
    here = parameter.default in (None, "", False) or str(parameter.default) == "."
    words = (parameter.help or "").replace("|", r"\|") + ("" if here else f" Else `{parameter.default}`.")
    return f"| `{shown}` | {words} |"


def setup(app: Sphinx):
    """Register the directive."""
    app.add_directive("course-commands", CourseCommands)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
