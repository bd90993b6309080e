"""What came of looking at a notebook before it is handed in: plain data, and how it reads."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Literal

Level = Literal["mend", "look", "note"]
_TITLES: dict[Level, str] = {"mend": "Mend", "look": "Look at", "note": "Good to know"}
_COLOURS: dict[Level, str] = {"mend": "#c5221f", "look": "#b06000", "note": "#80868b"}
_WIDTH = 100
_CELL = "text-align:left;vertical-align:top;white-space:normal;padding:6px 10px"
_WIDTHS = ("1%", "60%", "39%")


@dataclass(frozen=True)
class Finding:
    """One thing to say.

    Attributes:
        code: a word for programs: `unsaved`, `empty`, …
        level: `mend` if points are at stake, `look` if they may be, `note` if the grader copes.
        where: a few words by which the student finds the place.
        words: what is the matter.
        todo: what to do about it.
        cell: the `grade_id` that this is about; empty if it is about no single one.
    """

    code: str
    level: Level
    where: str
    words: str
    todo: str = ""
    cell: str = ""


@dataclass(frozen=True)
class Report:
    """All that was found. Jupyter shows it as a table, and a terminal as text.

    Attributes:
        notebook: its name, as in the course; empty if that is not known.
        findings: what there is to say, the gravest first.
        answers: by the answer's `grade_id`: `written`, `unfinished`, `broken`, `empty`, `elsewhere` or `absent`.
        checks: by the check's `grade_id`: `passed`, `failed`, `stale`, `not run`, `unknown`, `changed` or `absent`.
        source: what was looked at, in words.
        fresh: whether all cells ran once, from top to bottom, in a fresh session.
        faults: what went wrong in looking, if anything did; that is nobody's fault but ours.
        graded: whether this is the grader's own run, in which nothing is looked at.
    """

    notebook: str = ""
    findings: Sequence[Finding] = ()
    answers: Mapping[str, str] = field(default_factory=dict)
    checks: Mapping[str, str] = field(default_factory=dict)
    source: str = ""
    fresh: bool = False
    faults: Sequence[str] = ()
    graded: bool = False

    def of(self, code: str) -> list[Finding]:
        """Return the findings with that code."""
        return [finding for finding in self.findings if finding.code == code]

    def __repr__(self) -> str:
        """Return the report as lines of text."""
        return _storable("\n".join(self._lines()))

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:  # noqa: ARG002
        text = repr(self)
        return {"text/plain": text} if self.graded else {"text/html": _storable(self._html()), "text/plain": text}

    def _lines(self) -> Iterator[str]:
        if self.graded:
            yield "Nothing is checked here while work is graded."
            return
        yield self._title()
        yield from self._counts()
        level = ""
        for finding in self.findings:
            if finding.level != level:
                level = finding.level
                yield f"\n{_TITLES[finding.level].upper()}"
            yield from _wrapped(f"[{finding.where}] {finding.words}" if finding.where else finding.words, "- ", "  ")
            if finding.todo:
                yield from _wrapped(finding.todo, "  → ", "    ")
        yield ""
        yield from self._closing()

    def _html(self) -> str:
        counts = "".join(f"<div>{escape(line)}</div>" for line in self._counts())
        closing = "".join(f"<div>{escape(line)}</div>" for line in self._closing())
        rows = "".join(map(_row, self.findings))
        titles = zip(("", "What", "What to do"), _WIDTHS, strict=True)
        head = "".join(f'<th style="{_CELL};width:{width}">{title}</th>' for title, width in titles)
        table = (
            '<table style="table-layout:auto;border-collapse:collapse;margin:10px 0;width:100%">'
            f"<tr>{head}</tr>{rows}</table>"
        )
        return (
            f'<div style="max-width:64em;line-height:1.45"><div style="font-weight:600;font-size:1.15em;'
            f'margin-bottom:4px">{escape(self._title())}</div>{counts}{table if rows else ""}'
            f'<div style="opacity:.75;margin-top:8px">{closing}</div></div>'
        )

    def _title(self) -> str:
        return f"Before you hand in: {self.notebook}" if self.notebook else "Before you hand in"

    def _counts(self) -> Iterator[str]:
        """Yield how much is there, and how much there is to do; never more than is known."""
        if self.answers:
            yield f"Answers filled in: {_count(self.answers, 'written')} of {len(self.answers)}."
        if self.checks:
            passed = _count(self.checks, "passed")
            whose = "in this session, with the answers as they are now"
            yield f"Public checks passed {whose}: {passed} of {len(self.checks)}."
        levels = [finding.level for finding in self.findings]
        if "mend" in levels or "look" in levels:
            yield f"To mend: {levels.count('mend')}. To look at: {levels.count('look')}."
        elif not self.faults:
            yield "Nothing was found that would be lost."

    def _closing(self) -> Iterator[str]:
        if self.source:
            yield self.source
        if self.fresh:
            yield "All cells above ran once, from top to bottom, in a fresh session, as they do while grading."
        if self.checks:
            yield (
                "Public checks know no solutions. Hidden tests decide about the points, so passing every check does "
                "not promise full marks."
            )
        for fault in self.faults:
            yield f"A part of this check failed itself, which is not your fault: {fault}"


def _row(finding: Finding) -> str:
    colour = _COLOURS[finding.level]
    style = f"{_CELL};white-space:nowrap;border-left:4px solid {colour};font-weight:600"
    where = f'<div style="opacity:.75">{_marked(finding.where)}</div>' if finding.where else ""
    return (
        f'<tr><td style="{style}">{_TITLES[finding.level]}</td>'
        f'<td style="{_CELL}">{where}{_marked(finding.words)}</td><td style="{_CELL}">{_marked(finding.todo)}</td></tr>'
    )


def _marked(words: str) -> str:
    """Return words as HTML, with what stands between backticks as code."""
    parts = escape(words).split("`")
    if len(parts) % 2 == 0:
        return "`".join(parts)
    return "".join(f"<code>{part}</code>" if place % 2 else part for place, part in enumerate(parts))


def _storable(text: str) -> str:
    """Return a text without what no file can hold, as it may come from the name of one."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _wrapped(words: str, first: str, later: str) -> list[str]:
    return textwrap.wrap(words, _WIDTH, initial_indent=first, subsequent_indent=later, break_on_hyphens=False)


def _count(states: Mapping[str, str], state: str) -> int:
    return sum(found == state for found in states.values())
