"""What a lecturer sees of a watch: a live table in a terminal, and a line for each event in a log."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

_MOST_ROWS, _MOST_WORDS = 12, 2
_STYLES = {"arriving": "dim", "waiting": "dim", "grading": "cyan", "graded": "green", "not graded": "red"}
_LOOKED_AT = "yellow"


@dataclass(frozen=True)
class _Row:
    at: datetime
    what: str
    words: tuple[str, ...]
    points: str

    @property
    def told(self) -> list[str]:
        more = [f"and {len(self.words) - _MOST_WORDS} more"] if len(self.words) > _MOST_WORDS else []
        return [*filter(None, [self.points]), *self.words[:_MOST_WORDS], *more]


class Show:
    """Shows how a watch gets on."""

    def __init__(
        self, console: Console, title: str, points: Callable[[str], str], now: Callable[[], datetime] = datetime.now
    ) -> None:
        """Begin with nobody.

        Args:
            console: where to show it.
            title: what is watched, in words.
            points: returns the points of a student who is graded, in words.
            now: says the time of day.
        """
        self._console = console
        self._title = title
        self._points = points
        self._now = now
        self._rows: dict[str, _Row] = {}
        self._ending = ""
        self._changing = threading.Lock()  # the table is drawn by a thread of its own
        self._spinner = Spinner("dots")
        self._live = Live(get_renderable=self._drawn, console=console, refresh_per_second=4)

    def __enter__(self) -> Self:
        """Begin to draw, where somebody watches."""
        if self._console.is_terminal:
            self._live.start()
        elif self._title:
            self._line(self._title)
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _t: TracebackType | None
    ) -> None:
        """Leave the last picture standing."""
        self._title = ""
        if self._console.is_terminal:
            self._live.stop()

    def say(self, words: str) -> None:
        """Say something that is about no student."""
        self._line(words)

    def student(self, student: str, what: str, words: Sequence[str] = ()) -> None:
        """Say how it stands with a student."""
        before = self._rows.get(student)
        if before and (before.what, before.words) == (what, tuple(words)):
            return
        row = _Row(self._now(), what, tuple(words), self._points(student) if what == "graded" else "")
        with self._changing:
            self._rows.pop(student, None)
            self._rows[student] = row
        if self._console.is_terminal or what not in ("graded", "not graded"):
            return
        if not before or before.what != what:
            self._line(f"{student}: {what}" + f", {row.points}" * bool(row.points))
        for word in words:
            self._line(f"  {student}: {word}")

    def ending(self, times: int) -> None:
        """Say what Ctrl-C does."""
        busy = any(row.what == "grading" for row in self._rows.values())
        if times == 1 and busy:
            self._ending = (
                "Ending after those that are being graded. Ctrl-C again stops at once; they are graded later."
            )
            if not self._console.is_terminal:
                self._line(self._ending)

    def _line(self, words: str) -> None:
        stamp = "" if self._console.is_terminal else f"{self._now():%H:%M:%S} "
        self._console.print(Text(stamp + words), soft_wrap=True)

    def _drawn(self) -> RenderableType:
        with self._changing:
            parts: list[RenderableType] = [self._table()] if self._rows else []
        if self._title:
            self._spinner.update(text=Text(self._ending or self._title, style="yellow" if self._ending else ""))
            parts.append(self._spinner)
        return Group(*parts)

    def _table(self) -> Table:
        whats = [row.what for row in self._rows.values()]
        counts = ", ".join(f"{whats.count(what)} {what}" for what in reversed(_STYLES) if what in whats)
        hidden = len(self._rows) - _MOST_ROWS
        table = Table(
            title=counts, title_justify="left", title_style="bold", box=None, padding=(0, 2, 0, 0), show_header=False,
            caption=f"and {hidden} before" if hidden > 0 else None, caption_justify="left",
        )  # fmt: skip
        table.add_column(no_wrap=True)
        table.add_column(no_wrap=True, overflow="ellipsis", max_width=30)
        table.add_column(no_wrap=True)
        table.add_column(overflow="fold")
        for student in reversed(list(self._rows)[-_MOST_ROWS:]):
            row = self._rows[student]
            style = _LOOKED_AT if row.what == "graded" and row.words else _STYLES[row.what]
            table.add_row(
                Text(f"{row.at:%H:%M:%S}", style="dim"),
                Text(student),
                Text(row.what, style=style),
                Text("\n".join(row.told)),
            )
        return table
