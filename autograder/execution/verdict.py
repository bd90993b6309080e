"""How a verdict looks in the notebook: a small table below the test, the same as data, and the points for nbgrader."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import jinja2
from nbformat import NotebookNode, from_dict

from autograder.judge.hidden import Judged

MIME = "application/vnd.backprop-course.verdict+json"

# Colours are those of the notebook's page, which may be dark; right and wrong differ by sign and word, too. Long words
# are broken anywhere, or where a page does not let that pass, as JupyterLab's, when nothing else helps.
_TABLE = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string("""
{% set broken = "overflow-wrap: break-word; overflow-wrap: anywhere;" %}
<table style="border-collapse: collapse; text-align: left; margin: 0.3em 0;">
<caption style="color: inherit; text-align: left; font-weight: bold; white-space: nowrap; padding: 0.2em 0;">
{{- title }}</caption>
{% for part in parts %}
<tr style="border-top: 1px solid rgba(128,128,128,.4); background: none;">
<td style="padding: 0.3em 0.6em 0.3em 0; vertical-align: top; text-align: left;">{{ part.sign }}</td>
<td style="padding: 0.3em 0.8em 0.3em 0; vertical-align: top; text-align: right; white-space: nowrap;">
{{- "%g"|format(part.earned) }}&nbsp;/&nbsp;{{ "%g"|format(part.points) }}</td>
<td style="padding: 0.3em 0; vertical-align: top; text-align: left; max-width: 46em; {{ broken }}">
{{- part.what }}
{%- for line in part.words.splitlines() %}<br><span style="opacity: .85">{{ line }}</span>{% endfor %}
{%- if part.hint %}<br><em>Hint: {{ part.hint }}</em>{% endif %}</td>
</tr>
{% endfor %}
{% if words %}
<tr style="border-top: 1px solid rgba(128,128,128,.4); background: none;">
<td colspan="3" style="padding: 0.3em 0; text-align: left; white-space: pre-wrap; {{ broken }}">
{{- words }}</td></tr>
{% endif %}
</table>
""")


def outputs(visible: Iterable[Any], judged: Judged) -> list[Any]:
    """Return the outputs of a test cell: what its visible half showed, then the judge's verdict.

    nbgrader reads points from outputs. What the student's kernel sent may say anything, so it is made into what gives
    and takes none.

    Args:
        visible: the outputs of the visible half.
        judged: what the judge found.
    """
    made = [_harmless(output) for output in visible]
    made.append(
        _output("display_data", {"text/html": _html(judged), "text/plain": text(judged), MIME: _for_students(judged)})
    )
    if judged.points is not None:
        made.append(_output("execute_result", {"text/plain": f"{judged.points:.10g}"}, execution_count=None))
    return made


def text(judged: Judged) -> str:
    """Return a verdict as text, for terminals and screen readers."""
    return "\n".join([_title(judged), *(part.line() for part in judged.parts), *filter(None, [judged.words])])


def _html(judged: Judged) -> str:
    return _TABLE.render(title=_title(judged), parts=judged.parts, words=judged.words).strip()


def _title(judged: Judged) -> str:
    if judged.points is None:
        return "Hidden tests: a person will look at this."
    return f"Hidden tests: {judged.points:g} of {judged.most:g} points"


def _for_students(judged: Judged) -> dict[str, Any]:
    """Return a verdict as data that may go back to students: without what only instructors should read."""
    hidden = {"fault", "flags"}
    return {key: value for key, value in judged.to_json().items() if key not in hidden}


def _harmless(output: Any) -> Any:  # noqa: ANN401 - nbformat is not typed
    """Return an output from the student's kernel as one in which nbgrader reads no points."""
    match output.output_type:
        case "error":
            trace = "\n".join(output.traceback) + "\n"
            return from_dict({"output_type": "stream", "name": "stdout", "text": trace})
        case "execute_result" | "display_data":
            return _output("display_data", output.data, output.metadata)
    return output


def _output(kind: str, data: dict[str, Any], metadata: dict[str, Any] | None = None, **more: Any) -> NotebookNode:  # noqa: ANN401
    """Return an output, which nbformat's own function would validate each time, at ten times the cost."""
    return from_dict({"output_type": kind, "data": data, "metadata": metadata or {}, **more})
