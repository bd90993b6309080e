"""A graded class whose numbers are known by hand, and a page's words and tables as a person reads them."""

import re
from datetime import UTC, datetime
from html.parser import HTMLParser

from autograder.reporting import clusters, page
from autograder.reporting.graded_class import Finding, GradedClass, Question, Submission
from autograder.reporting.page import Shown

X = Question("p1", "test_x", 3, cells=("answer_x",))
Y = Question("p1", "test_y", 2, cells=("answer_y",))
ESSAY = Question("p2", "essay", 5, by_hand=True, cells=("essay",))
NO_END = "p1: A cell did not come to an end."
COLAB = "p1: what Colab had added was removed"


def submission(student, x, y, essay, **more):
    return Submission(
        student,
        points={X.key: x, Y.key: y, ESSAY.key: essay},
        waiting=frozenset({ESSAY.key} if essay is None else ()),
        pages={"p1": f"{student}-p1", "p2": f"{student}-p2"},
        **more,
    )


def sign(number):
    return Finding(X.key, "the sign", f"The sign of {number} is wrong.", "Which way is up?", "sign turned")


def wrong_y(number):
    return Finding(Y.key, "y", f"y is {number}; it should be 3.", "Count again.")


EMPTY = Finding(X.key, "the sign", "Not written yet: there is still a `raise NotImplementedError()`.", "Which way?")
KNOWN = GradedClass(
    "ps1",
    (X, Y, ESSAY),
    (
        submission("ada", 3.0, 2.0, 5.0, repaired=(COLAB,), seconds=2.0),
        submission("bob", 0.0, 2.0, None, findings=(sign(1.5),), problems=(NO_END,), repaired=(COLAB,), seconds=4.0),
        submission("cyd", 0.0, 1.0, 4.0, findings=(sign(-2), wrong_y(4)), late_by=3600.0, penalty=1.0, seconds=9.0),
        submission("dan", 3.0, 0.0, None, known=False),
        submission("eve", 0.0, 0.0, 0.0, findings=(EMPTY, wrong_y(71)), names=("Eve", "Adams")),
    ),
    ungraded=("fay",),
    absent=("gus",),
    released={"p1": {"answer_x": "raise NotImplementedError()", "answer_y": "raise NotImplementedError()"}, "p2": {}},
    texts=("raise NotImplementedError()",),
)


class Page(HTMLParser):
    """What stands on a page: text by id, tables by id as rows of text, links, and what no page of ours may have."""

    def __init__(self, html):
        super().__init__()
        self.html, self.texts, self.tables, self.links, self.tags = html, {}, {}, [], set()
        self._ids, self._cell = [], None
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        about = dict(attrs)
        self.tags.add(tag)
        if tag not in ("meta", "br", "link"):
            self._ids.append(about.get("id"))
        if tag == "table":
            self._rows = self.tables.setdefault(about["id"], [])
        if tag == "tr":
            self._rows.append([])
        if tag in ("td", "th"):
            self._cell = []
        if tag == "a":
            self.links.append(about["href"])

    def handle_endtag(self, tag):
        self._ids.pop()
        if tag in ("td", "th"):
            self._rows[-1].append(_words(self._cell))
            self._cell = None

    def handle_data(self, data):
        for name in filter(None, self._ids):
            self.texts[name] = self.texts.get(name, "") + data
        if self._cell is not None:
            self._cell.append(data)

    def text(self, name):
        return _words([self.texts[name]])

    def table(self, name):
        """Return the rows of a table, without its head."""
        return self.tables[name][1:]


def _words(parts):
    return re.sub(r"\s+", " ", "".join(parts)).strip()


def rendered(graded=KNOWN, examples=(), shown=None, *, plots=False):
    """Return the page of a class. Plots take a while, so they are there on request."""
    shown = shown or Shown(page.anonymous(graded), str, named=False, formgrader="http://localhost:8888")
    found = clusters.clusters(graded)
    some = [*examples, *([None] * (len(found) - len(examples)))]
    report = page.compose(graded, found, some, shown)
    return Page(page.render(report, page.draw(report) if plots else {}, shown, datetime(2026, 1, 2, 3, 4, tzinfo=UTC)))
