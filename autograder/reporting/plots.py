"""The plots of a graded class, fit for a slide: large letters, and colours that everybody can tell apart."""

from __future__ import annotations

import io
import math
import re
import textwrap
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import fmean, median
from typing import TYPE_CHECKING, Any

from autograder.reporting.clusters import Cluster
from autograder.reporting.items import POOR, Item
from autograder.reporting.summary import histogram, plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Okabe and Ito's palette, which people with any kind of colour blindness can tell apart.
BLUE, ORANGE, SKY, GREY = "#0072B2", "#E69F00", "#56B4E9", "#999999"
# Letters and lines have this colour; the page gives it its own, which may be light on dark.
_INK = "#1a1b1c"
_WIDTH = 8.0  # inches
_DPI = 200
# matplotlib writes each label into a comment, too, and about itself into the metadata.
_NEEDLESS = re.compile(r"<!--.*?-->|<metadata>.*?</metadata>", re.DOTALL)
_STYLE: Any = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],  # comes with matplotlib
    "font.size": 12.5,
    "axes.titlesize": 14.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlepad": 14,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "svg.fonttype": "path",  # looks the same wherever it is opened
    **{f"{part}.color": _INK for part in ("text", "xtick", "ytick")},
    "axes.labelcolor": _INK,
    "axes.edgecolor": _INK,
}


@dataclass(frozen=True)
class Plot:
    """A picture, in two formats.

    Attributes:
        name: of its files.
        says: what it shows, in words, for those who do not see it.
        svg: as text.
        png: for a slide, on white.
    """

    name: str
    says: str
    svg: str
    png: bytes

    @property
    def inline(self) -> str:
        """The SVG as it stands in a page: without a header, in the page's colour, as wide as there is room."""
        body = self.svg[self.svg.index("<svg") :].replace(_INK, "currentColor")
        start, _, rest = body.partition(">")
        shape = next(part for part in start.split("viewBox=")[1:]).split('"')[1]
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="{shape}" '
            f'role="img" aria-labelledby="{self.name}-caption">{rest}'
        )


def scores(totals: Sequence[float], most: float, assignment: str) -> Plot:
    """Show how many students got how many points."""
    bins = histogram(totals, most)
    half, mean = median(totals), fmean(totals)
    with _canvas(4.2) as (figure, axes):
        width = bins[0].high - bins[0].low
        bars = axes.bar([b.low for b in bins], [b.count for b in bins], width=0.94 * width, align="edge", color=BLUE)
        axes.bar_label(bars, labels=[str(b.count) if b.count else "" for b in bins], padding=2, fontsize=11)
        top = max(b.count for b in bins)
        # Above the bars, where they cross no number.
        axes.plot([half], [1.2 * top], "v", color=_INK, markersize=13, label=f"median {plain(half)}")
        axes.plot([mean], [1.2 * top], "v", color=ORANGE, markersize=13, label=f"mean {plain(mean)}")
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.2), frameon=False, ncols=2)
        axes.set_xlim(0, bins[-1].high)
        axes.set_ylim(0, 1.28 * top)
        axes.set_xlabel(f"points of {most:g}")
        axes.set_ylabel("students")
        axes.locator_params(axis="y", integer=True)
        axes.set_title(f"{assignment}: points of {len(totals):,} students")
    says = f"Histogram of the points of {len(totals)} students: median {plain(half)}, mean {plain(mean)} of {most:g}."
    return _plot("scores", says, figure)


def questions(items: Sequence[Item], assignment: str) -> Plot:
    """Show, for each question, which share of students has all points, some, or none."""
    with _canvas(1.9 + 0.46 * len(items)) as (figure, axes):
        left = [0.0] * len(items)
        kinds = [
            ("all points", BLUE, "white", [item.full for item in items]),
            ("some", SKY, _INK, [item.some for item in items]),
            ("none", ORANGE, _INK, [item.none for item in items]),
            ("waits for a person", "#dddddd", _INK, [item.waiting for item in items]),
        ]
        for name, colour, ink, counts in kinds:
            shares = [100 * n / ((i.graded + i.waiting) or 1) for n, i in zip(counts, items, strict=True)]
            if any(counts) or name != "waits for a person":
                bars = axes.barh(range(len(items)), shares, left=left, color=colour, label=name, height=0.74)
                labels = [f"{share:.0f} %" if share >= 7 else "" for share in shares]  # noqa: PLR2004 - as wide as the text
                # On a bar, letters keep their colour when the page is dark.
                axes.bar_label(bars, labels, label_type="center", color="#000000" if ink == _INK else ink, fontsize=11)
            left = [x + y for x, y in zip(left, shares, strict=True)]
        _rows(axes, [f"{item.question.title} ({item.question.most:g})" for item in items])
        axes.set_xlim(0, 100)
        axes.set_xlabel("share of students, %")
        axes.legend(loc="upper center", bbox_to_anchor=(0.4, -0.75 / (0.46 * len(items) + 0.2)), frameon=False, ncols=4)
        axes.set_title(f"{assignment}: who has the points, by question")
        return _plot("questions", "For each question, the share of students with all points, some, and none.", figure)


def mistakes(found: Sequence[Cluster], assignment: str) -> Plot:
    """Show the most frequent mistakes, and which share of students made each."""
    with _canvas(1.5 + 0.62 * len(found)) as (figure, axes):
        bars = axes.barh(range(len(found)), [100 * one.share for one in found], color=ORANGE, height=0.7)
        labels = [f"{100 * one.share:.0f} %  ({len(one.students)})" for one in found]
        axes.bar_label(bars, labels, padding=4, fontsize=11.5)
        _rows(axes, [_two_lines(one.title) for one in found])
        axes.set_xlim(0, min(100.0, 100 * max(one.share for one in found) * 1.25 + 4))
        axes.locator_params(axis="x", integer=True)
        axes.set_xlabel("share of students, % (number)")
        axes.set_title(f"{assignment}: the most frequent mistakes")
        return _plot("mistakes", "The most frequent mistakes, and the share of students who made each.", figure)


def separation(items: Sequence[Item], assignment: str) -> Plot:
    """Show how well each question separates those who know much from those who know little."""
    with _canvas(1.6 + 0.42 * len(items)) as (figure, axes):
        axes.axvspan(-1, POOR, color=GREY, alpha=0.22, linewidth=0)
        values = [item.separates or 0.0 for item in items]
        axes.hlines(range(len(items)), 0, values, color=BLUE, linewidth=2.5)
        axes.plot(values, range(len(items)), "o", color=BLUE, markersize=10)
        for row, value in enumerate(values):
            axes.annotate(f"{value:.2f}", (value, row), (10 if value >= 0 else -10, 0), textcoords="offset points",
                          va="center", ha="left" if value >= 0 else "right", fontsize=11.5)  # fmt: skip
        _rows(axes, [item.question.title for item in items])
        axes.set_xlim(min(0.0, *values) - (0.12 if min(values) < 0 else 0), 1.08)
        axes.axvline(0, color=_INK, linewidth=1)
        axes.set_xlabel(f"correlation with the points of all other questions (grey: below {POOR:g})")
        axes.set_title(f"{assignment}: which questions separate")
        return _plot("separation", "For each question, its correlation with the rest.", figure)


def durations(seconds: Sequence[float], assignment: str) -> Plot:
    """Show how long submissions took to be graded."""
    with _canvas(3.8) as (figure, axes):
        axes.hist(seconds, bins=min(30, max(5, round(math.sqrt(len(seconds))))), color=BLUE, rwidth=0.94)
        axes.axvline(
            median(seconds), color=_INK, linestyle="--", linewidth=1.6, label=f"median {plain(median(seconds))} s"
        )
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.22), frameon=False)
        axes.set_xlim(left=0)
        axes.set_xlabel("seconds to execute and judge a submission")
        axes.set_ylabel("students")
        axes.locator_params(axis="y", integer=True)
        axes.set_title(f"{assignment}: time to grade")
        return _plot("durations", "Histogram of how long submissions took to be executed and judged.", figure)


@contextmanager
def _canvas(height: float) -> Iterator[tuple[Figure, Axes]]:
    """Give room for a plot in our style; what is drawn within this block has it."""
    import matplotlib as mpl  # noqa: PLC0415 - it takes a while, and `course` has other commands
    from matplotlib.figure import Figure  # noqa: PLC0415

    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(_WIDTH, height))
        axes: Axes = figure.subplots()
        axes.tick_params(length=0)
        yield figure, axes


def _two_lines(words: str) -> str:
    """Return words on at most two lines, so that the picture keeps room for the bars."""
    drawable = "".join(letter if letter.isprintable() else " " for letter in words)
    return "\n".join(textwrap.wrap(drawable, 32, max_lines=2, placeholder=" …"))


def _rows(axes: Axes, names: Sequence[str]) -> None:
    """Label horizontal bars, the first on top. What stands there is text, and no mathematics."""
    axes.set_yticks(range(len(names)), names, parse_math=False)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.spines["left"].set_visible(False)


def _plot(name: str, says: str, figure: Figure) -> Plot:
    import matplotlib as mpl  # noqa: PLC0415 - see `_canvas`

    svg, png = io.StringIO(), io.BytesIO()
    with mpl.rc_context({**_STYLE, "svg.hashsalt": name}), warnings.catch_warnings():  # the same plot is the same file
        warnings.filterwarnings("ignore", "Glyph .* missing", UserWarning)  # students write in all letters
        figure.savefig(svg, format="svg", bbox_inches="tight", transparent=True, metadata={"Date": None})
        figure.savefig(png, format="png", bbox_inches="tight", dpi=_DPI, facecolor="white")
    return Plot(name, says, _NEEDLESS.sub("", svg.getvalue()), png.getvalue())
