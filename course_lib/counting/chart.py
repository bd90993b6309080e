"""A small chart of lines as a picture for a cell: it needs no library, and is seen wherever pictures of graphs are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from html import escape
from urllib.parse import quote

from course_lib.draw.lettering import FONT, text_width

_LEFT, _RIGHT, _TOP, _BOTTOM = 62.0, 22.0, 34.0, 40.0
_SIZE = 11.0
_INK, _FAINT, _GRID, _CARD, _RIM = "#1f2933", "#5a6775", "#e6eaee", "#fff", "#dfe3e8"
_MOST_TICKS = 5

Point = tuple[float, float]


@dataclass(frozen=True)
class Line:
    """A line through points, with words at its end, in a colour."""

    points: Sequence[Point]
    colour: str
    label: str = ""
    width: float = 1.8
    dashed: bool = False


@dataclass(frozen=True)
class Chart:
    """Lines in one frame.

    Attributes:
        title: what is shown; it stands above.
        lines: the lines, the last one on top.
        x_label: what goes to the right.
        x_ticks: where there are marks below, and what they say.
        y_ticks: where there are marks on the left, and what they say.
        dots: points with words above them.
        description: what a reader who cannot see the picture should know.
        width: in pixels.
        height: in pixels.
    """

    title: str
    lines: Sequence[Line]
    x_label: str
    x_ticks: Sequence[tuple[float, str]]
    y_ticks: Sequence[tuple[float, str]]
    dots: Sequence[tuple[Point, str]] = ()
    description: str = ""
    width: float = 560.0
    height: float = 220.0

    def to_html(self) -> str:
        """Return the chart as an image."""
        size = f'width="{self.width:.0f}" height="{self.height:.0f}" style="border:0;max-width:100%;height:auto"'
        drawing = "data:image/svg+xml;charset=utf-8," + quote(self.to_svg())
        return f'<img alt="{escape(self.description or self.title)}" {size} src="{drawing}">'

    def to_svg(self) -> str:
        """Return the chart as a drawing."""
        width, height = f"{self.width:.0f}", f"{self.height:.0f}"
        card = f'x=".5" y=".5" width="{self.width - 1:.0f}" height="{self.height - 1:.0f}" rx="8"'
        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"',
            f'viewBox="0 0 {width} {height}" font-family="{FONT}" font-size="{_SIZE:g}">',
            f'<rect {card} fill="{_CARD}" stroke="{_RIM}"/>',
            _text(_LEFT, 20, self.title, "start", _INK, bold=True),
            *self._axes(),
            *(self._line(line) for line in self.lines),
            *(self._dot(point, words) for point, words in self.dots),
            *self._labels(),
            "</svg>",
        ]
        return "\n".join(parts)

    @cached_property
    def _range(self) -> tuple[float, float, float, float]:
        """Left, right, bottom and top of what is shown."""
        points = [point for line in self.lines for point in line.points]
        across = [x for x, _ in points] + [x for x, _ in self.x_ticks]
        upwards = [y for _, y in points] + [y for y, _ in self.y_ticks]
        return min(across), max(across), min(upwards), max(upwards)

    def _x(self, x: float) -> float:
        left, right, _, _ = self._range
        return _LEFT + (x - left) / ((right - left) or 1) * (self.width - _LEFT - _RIGHT)

    def _y(self, y: float) -> float:
        _, _, bottom, top = self._range
        return self.height - _BOTTOM - (y - bottom) / ((top - bottom) or 1) * (self.height - _TOP - _BOTTOM)

    def _axes(self) -> list[str]:
        bottom = self.height - _BOTTOM
        parts = [
            f'<path d="M{_LEFT:g} {self._y(y):.1f}H{self.width - _RIGHT:.1f}" stroke="{_GRID}"/>'
            + _text(_LEFT - 6, self._y(y) + 4, words, "end", _FAINT)
            for y, words in self.y_ticks
        ]
        parts += [
            f'<path d="M{self._x(x):.1f} {bottom:.1f}v4" stroke="{_FAINT}"/>'
            + _text(self._x(x), bottom + 16, words, "middle", _FAINT)
            for x, words in self.x_ticks
        ]
        return [*parts, _text((_LEFT + self.width - _RIGHT) / 2, self.height - 8, self.x_label, "middle", _FAINT)]

    def _line(self, line: Line) -> str:
        path = "M" + "L".join(f"{self._x(x):.1f} {self._y(y):.1f}" for x, y in line.points)
        dashes = ' stroke-dasharray="4 3"' if line.dashed else ""
        return (
            f'<path d="{path}" fill="none" stroke="{line.colour}" stroke-width="{line.width:g}"{dashes} '
            'stroke-linejoin="round"/>'
        )

    def _dot(self, point: Point, words: str) -> str:
        x, y = self._x(point[0]), self._y(point[1])
        half = text_width(words, _SIZE, bold=True) / 2
        middle = min(max(x, _LEFT + half), self.width - _RIGHT - half)
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{_INK}"/>' + _text(
            middle, y - 8, words, "middle", _INK, bold=True
        )

    def _labels(self) -> list[str]:
        """Write what each line is at its end, on the side that it does not come from."""
        written = []
        for line in self.lines:
            if line.label:
                (x, y), falls = line.points[-1], line.points[-1][1] < line.points[0][1]
                beside = self._y(y) + (15 if falls else -6)
                written.append(_text(self._x(x) - 2, beside, line.label, "end", line.colour))
        return written


def round_ticks(highest: float) -> list[tuple[float, str]]:
    """Return a few round numbers from 0 up to at least the highest value."""
    highest = max(highest, 1)
    step = 10.0 ** math.floor(math.log10(highest))
    while highest / step > _MOST_TICKS:
        step *= 2
    while highest / step < _MOST_TICKS / 2 and step % 2 == 0:
        step /= 2
    return [(step * i, f"{step * i:,.0f}") for i in range(math.ceil(highest / step) + 1)]


def _text(x: float, y: float, words: str, anchor: str, colour: str, *, bold: bool = False) -> str:
    weight = ' font-weight="700"' if bold else ""
    halo = f'paint-order="stroke" stroke="{_CARD}" stroke-width="3"'
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}" {halo}{weight}>{escape(words)}</text>'
