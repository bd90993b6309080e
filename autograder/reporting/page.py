"""The page: one HTML file that needs nothing else, and shows students' words as text alone."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from statistics import median
from urllib.parse import quote

import jinja2
from markupsafe import Markup

from autograder.reporting import clusters, items, plots, summary
from autograder.reporting.clusters import Cluster
from autograder.reporting.graded_class import GradedClass, Submission
from autograder.reporting.items import Item
from autograder.reporting.plots import Plot
from autograder.reporting.summary import Bin, Summary

MOST_CLUSTERS = 25
_MOST_BARS = 12
_MOST_LINKS = 8
MOST_GROUPS = 60

_PAGES = jinja2.Environment(
    loader=jinja2.PackageLoader("autograder.reporting"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_PAGES.filters |= {
    "plain": summary.plain,
    "percent": lambda share: f"{100 * share:.0f} %",
    "data": lambda content, kind: f"data:{kind};base64,{base64.b64encode(content).decode()}",
    "svg": lambda plot: Markup(plot.inline),  # noqa: S704 - drawn by us, with letters as shapes
}


@dataclass(frozen=True)
class Example:
    """Code that shows a mistake.

    Attributes:
        cell: the `grade_id` of the cell that it is from.
        code: as text.
        student: whose.
    """

    cell: str
    code: str
    student: str


@dataclass(frozen=True)
class Link:
    """Where formgrader shows a student's notebook; no address where nbgrader has no page for it."""

    label: str
    address: str


@dataclass(frozen=True)
class Group:
    """The same words about several students."""

    words: str
    count: int
    links: list[Link]

    @property
    def more(self) -> int:
        """How many have no link."""
        return self.count - len(self.links)


@dataclass(frozen=True)
class Shown:
    """How people are shown.

    Attributes:
        labels: what a student is called, by id.
        clean: takes out of a text what must not be shown.
        named: whether people are called by their names.
        formgrader: the address of the Jupyter server.
    """

    labels: Mapping[str, str]
    clean: Callable[[str], str]
    named: bool
    formgrader: str

    def link(self, submission: Submission, notebook: str = "") -> Link:
        """Return where a student's notebook is shown; the first one if none is named."""
        page = submission.pages.get(notebook) or next((submission.pages[n] for n in sorted(submission.pages)), "")
        address = f"{self.formgrader}/formgrader/submissions/{quote(page)}" if page else ""
        return Link(self.labels[submission.student], address)


@dataclass(frozen=True)
class Report:
    """All that stands on the page."""

    graded: GradedClass
    numbers: Summary
    bins: list[Bin]
    items: list[Item]
    unanswered: Mapping[str, int]
    clusters: list[Cluster]
    further: int
    examples: list[Example | None]
    problems: list[Group]
    repairs: list[Group]
    waiting: list[Group]
    seconds: list[float]


def anonymous(graded: GradedClass) -> dict[str, str]:
    """Return what students are called without their names: a number each, in an order that says nothing about them."""
    # nbgrader's ids are drawn at random, and only the gradebook knows whose they are.
    drawn = sorted(graded.submissions, key=lambda submission: sorted(submission.pages.values()))
    return {submission.student: f"student {number}" for number, submission in enumerate(drawn, 1)}


def named(graded: GradedClass, names: Mapping[str, str]) -> dict[str, str]:
    """Return what students are called, by id: their name from a roster, or as the gradebook has it, and their id."""
    labels = {}
    for submission in graded.submissions:
        known = names.get(submission.student) or " ".join(name for name in submission.names if "@" not in name)
        labels[submission.student] = f"{known} ({submission.student})" if known else submission.student
    return labels


def compose(graded: GradedClass, found: Sequence[Cluster], examples: Sequence[Example | None], shown: Shown) -> Report:
    """Return all that stands on the page.

    Args:
        graded: the class.
        found: the mistakes that it made, the most frequent first.
        examples: of each, as far as there are any.
        shown: how people are shown.
    """
    totals = [submission.total for submission in graded.submissions]
    asked = items.items(graded)
    cleaned = [
        replace(cluster, title=_cut(shown.clean(cluster.title), 160), words=_cut(shown.clean(cluster.words), 800))
        for cluster in found[:MOST_CLUSTERS]
    ]
    return Report(
        graded=graded,
        numbers=summary.summary(graded),
        bins=summary.histogram(totals, graded.most),
        items=asked,
        unanswered=Counter(q for submission in graded.submissions for q in clusters.unanswered(submission)),
        clusters=cleaned,
        further=len(found) - len(cleaned),
        examples=list(examples[:MOST_CLUSTERS]),
        problems=_groups(graded, lambda submission: submission.problems, shown),
        repairs=_groups(graded, lambda submission: submission.repaired, shown),
        waiting=_waiting(graded, shown),
        seconds=sorted(s.seconds for s in graded.submissions if s.seconds is not None),
    )


def draw(report: Report) -> dict[str, Plot]:
    """Return the plots that there is something to see in, by name."""
    name, totals = report.graded.assignment, [submission.total for submission in report.graded.submissions]
    drawn = [plots.scores(totals, report.graded.most, name), plots.questions(report.items, name)]
    if separating := [item for item in report.items if item.separates is not None]:
        drawn.append(plots.separation(separating, name))
    if report.clusters:
        drawn.append(plots.mistakes(report.clusters[:_MOST_BARS], name))
    if report.seconds:
        drawn.append(plots.durations(report.seconds, name))
    return {plot.name: plot for plot in drawn}


def render(report: Report, pictures: Mapping[str, Plot], shown: Shown, made: datetime) -> str:
    """Return the page.

    Args:
        report: what stands on it.
        pictures: its plots, by name.
        shown: how people are shown.
        made: when, as it is to be read.
    """

    def of_notebook(notebook: str) -> str:
        where = f"{quote(report.graded.assignment)}/{quote(notebook)}"
        return f"{shown.formgrader}/formgrader/gradebook/{where}"

    return _PAGES.get_template("report.html").render(
        report=report,
        plots=pictures,
        graded=report.graded,
        numbers=report.numbers,
        shown=shown,
        made=f"{made:%Y-%m-%d %H:%M}",
        of_notebook=of_notebook,
        title_of={question.key: question.title for question in report.graded.questions},
        median=median,
        fewest=items.FEWEST,
        poor=items.POOR,
        most_groups=MOST_GROUPS,
        missing=report.numbers.missing,
    )


def _cut(words: str, most: int) -> str:
    return words if len(words) <= most else f"{words[:most]}…"


def _groups(graded: GradedClass, of: Callable[[Submission], Sequence[str]], shown: Shown) -> list[Group]:
    """Return what was said about submissions, with those about whom it was said; the most frequent first."""
    about: dict[str, list[Submission]] = {}
    for submission in graded.submissions:
        for words in of(submission):
            about.setdefault(words, []).append(submission)
    notebooks = {question.notebook for question in graded.questions}
    groups = []
    for words, who in about.items():
        prefix = words.partition(":")[0]
        links = [shown.link(one, prefix if prefix in notebooks else "") for one in who[:_MOST_LINKS]]
        groups.append(Group(shown.clean(words), len(who), links))
    return sorted(groups, key=lambda group: (-group.count, group.words))


def _waiting(graded: GradedClass, shown: Shown) -> list[Group]:
    """Return the questions that wait for a person, and whose answers."""
    found = []
    for question in graded.questions:
        who = [submission for submission in graded.submissions if question.key in submission.waiting]
        if who:
            links = [shown.link(submission, question.notebook) for submission in who[:_MOST_LINKS]]
            found.append(Group(question.key, len(who), links))
    return found
