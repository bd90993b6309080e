"""Every number of a report, against a class that was counted by hand."""

import base64
import itertools
import math
import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reporting_class import COLAB, ESSAY, KNOWN, NO_END, Page, X, Y, rendered, sign, submission, wrong_y

from autograder.reporting import clusters, items, page, plots, summary
from autograder.reporting.graded_class import GradedClass
from autograder.reporting.page import Example, Shown


@pytest.fixture(scope="module", autouse=True)
def _coarse_pictures():
    """Nobody looks at them here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plots, "_DPI", 20)
        yield


@pytest.fixture(scope="module")
def known():
    return rendered()


def test_the_class_in_a_few_numbers(known):
    cards = {name: known.text(f"n-{name}") for name in ("graded", "full", "late", "waiting", "mean", "median")}
    assert cards == {
        "graded": "5", "full": "1", "late": "1 1 lost points", "waiting": "2", "mean": "4 of 10", "median": "3",
    }  # fmt: skip
    assert known.text("n-quartiles") == "2–5"
    assert known.text("n-range") == "0, 10"


def test_who_is_missing_is_said_first(known):
    missing = summary.summary(KNOWN).missing
    assert [words.split(" student")[0] for words in missing] == ["1", "1", "2", "1"]
    assert "handed in and not graded" in missing[0]
    assert "without a hand-in" in missing[1]
    assert "wait for a person" in missing[2]
    assert "without a record" in missing[3]
    assert all(words in known.html for words in missing)
    whole = replace(KNOWN, submissions=KNOWN.submissions[:1], ungraded=(), absent=())
    assert "not everybody" not in rendered(whole).html


def test_how_many_have_how_many_points(known):
    rows = dict(known.table("t-scores"))
    assert [int(count) for count in rows.values()] == [1, 0, 1, 1, 0, 1, 0, 0, 0, 1]
    assert next(iter(rows)) == "0 to less than 1"
    assert list(rows)[-1] == "9 to 10"


def test_each_question(known):
    columns = ("points", "mean", "all", "some", "none", "nothing", "waiting", "separates", "remark")
    rows = {row[0]: dict(zip(columns, row[1:], strict=True)) for row in known.table("t-questions")}
    assert rows["x"] == {
        "points": "3", "mean": "40 %", "all": "2", "some": "0", "none": "3", "nothing": "1", "waiting": "0",
        "separates": "0.00", "remark": "",
    }  # fmt: skip
    assert list(rows["y"].values()) == ["2", "50 %", "2", "1", "2", "0", "0", "0.00", ""]
    assert list(rows["essay"].values()) == ["5", "60 %", "1", "1", "1", "0", "2", "0.79", ""]


def test_what_the_class_got_wrong(known):
    found = {cluster.title: cluster for cluster in clusters.clusters(KNOWN)}
    assert list(found) == ["sign turned", "y: y is 4; it should be 3."]
    turned, counted = found.values()
    assert (turned.named, turned.students, turned.questions, turned.share) == (True, ("bob", "cyd"), (X.key,), 0.5)
    assert (counted.named, counted.students, counted.questions, counted.share) == (False, ("cyd", "eve"), (Y.key,), 0.5)
    assert turned.words == "The sign of -2 is wrong."
    heads = re.findall(r'class="share">(\d+ %)</span> <h3>(.*?)</h3>\s*<span class="soft">· (\d+)', known.html)
    assert heads == [("50 %", "sign turned", "2"), ("50 %", "y: y is 4; it should be 3.", "2")]
    assert "of 4 whose findings are known" in known.html
    assert "Which way is up?" in known.html


def test_what_is_to_be_looked_at_leads_into_formgrader(known):
    labels = page.anonymous(KNOWN)
    assert sorted(labels.values()) == [f"student {number}" for number in range(1, 6)]
    assert known.table("t-problems") == [[NO_END, "1", labels["bob"]]]
    assert known.table("t-repairs") == [[COLAB, "2", f"{labels['ada']}, {labels['bob']}"]]
    assert known.table("t-waiting") == [["essay", "2", f"{labels['bob']}, {labels['dan']}"]]
    address = "http://localhost:8888/formgrader"
    assert {f"{address}/submissions/bob-p1", f"{address}/submissions/bob-p2"} <= set(known.links)
    assert f"{address}/gradebook/ps1/p2" in known.links


def test_time_to_grade(known):
    assert known.text("n-seconds") == "4"
    assert "the longest 9 s" in known.html
    assert "Of 2 it is not known" in known.html
    untimed = replace(KNOWN, submissions=tuple(replace(s, seconds=None) for s in KNOWN.submissions))
    assert "do not say how long it took" in rendered(untimed).html


def test_plots_show_the_same_numbers(monkeypatch):
    """Letters are shapes in a plot; with letters as letters, what stands in it can be read."""
    monkeypatch.setitem(plots._STYLE, "svg.fonttype", "none")
    asked, found = items.items(KNOWN), clusters.clusters(KNOWN)
    drawn = {
        "scores": plots.scores([s.total for s in KNOWN.submissions], 10, "ps1"),
        "questions": plots.questions(asked, "ps1"),
        "separation": plots.separation(asked, "ps1"),
        "mistakes": plots.mistakes(found, "ps1"),
        "durations": plots.durations([2.0, 4.0, 9.0], "ps1"),
    }
    read = {name: re.findall(r"<text[^>]*>([^<]*)</text>", plot.svg) for name, plot in drawn.items()}
    assert {"median 3", "mean 4", "points of 10", "ps1: points of 5 students"} <= set(read["scores"])
    assert [words for words in read["questions"] if re.fullmatch(r"\d+ %", words)] == [
        *("40 %", "40 %", "20 %"), "20 %", "20 %", *("60 %", "40 %", "20 %"), "40 %",
    ]  # fmt: skip
    assert {"x (3)", "y (2)", "essay (5)", "waits for a person"} <= set(read["questions"])
    assert {"0.00", "0.79"} <= set(read["separation"])
    assert [words for words in read["mistakes"] if "%" in words][-2:] == ["50 %  (2)", "50 %  (2)"]
    assert "median 4 s" in read["durations"]


@pytest.fixture(scope="module")
def whole():
    return rendered(plots=True)


def test_the_same_class_gives_the_same_page(known):
    assert rendered().html == known.html
    assert plots.scores([1, 2], 3, "ps1") == plots.scores([1, 2], 3, "ps1")


def test_each_plot_is_on_the_page_and_can_be_saved(whole):
    assert whole.html.count("<svg ") == 5
    saved = [link for link in whole.links if link.startswith("data:")]
    assert [link.partition(";")[0] for link in saved] == ["data:image/png", "data:image/svg+xml"] * 5
    assert base64.b64decode(saved[0].partition(",")[2]).startswith(b"\x89PNG")
    drawn = re.findall("<svg .*?</svg>", whole.html, re.DOTALL)
    assert all("currentColor" in one and plots._INK not in one for one in drawn)  # which is light on a dark page


def test_a_page_needs_nothing_and_runs_nothing(whole):
    assert not whole.tags & {"script", "img", "iframe", "link", "object", "form"}
    addresses = re.findall(r'(?:src|href|url)\s*[=(]\s*"?([^"\s)>]+)', whole.html)
    kinds = {re.match(r"#|data:|[a-z]+://[^/]+", one)[0] for one in addresses}
    assert kinds == {"#", "data:", "http://localhost:8888"}
    assert "default-src 'none'" in whole.html


def test_words_of_students_are_text():
    bad = '</code></pre><script>alert("1")</script><img src=x onerror=y>'
    finding = replace(sign(1), mistake=bad, words=bad, hint=bad, what=bad)
    graded = replace(
        KNOWN,
        submissions=(submission("ada", 0.0, 0.0, None, findings=(finding,), problems=(bad,), repaired=(bad,)),),
    )
    shown = Shown({"ada": bad}, str, named=True, formgrader='http://h"><script>')
    html = rendered(graded, [Example(bad, bad, "ada")], shown)
    assert "script" not in html.tags
    assert "img" not in html.tags
    assert "&lt;img src=x onerror=y&gt;" in html.html


def test_a_class_of_which_little_is_known():
    one = submission("ada", 1.0, None, None, known=False)
    html = rendered(replace(KNOWN, submissions=(one,)))
    assert html.text("n-graded") == "1"
    assert html.text("n-quartiles") == "1–1"
    assert "no submission has a record" in html.html
    assert html.table("t-questions")[1][2] == "–"  # nobody has points for y


def test_three_thousand_students():
    """As many as there are in a very large course, each with findings of their own."""
    many = [
        submission(
            f"u{number}",
            float(number % 4),
            float(number % 3),
            None if number % 10 == 0 else float(number % 6),
            findings=(sign(number), wrong_y(number)) if number % 2 else (),
            problems=(f"p1: cell {number} is odd",) if number % 5 == 0 else (),
            repaired=(COLAB,),
            seconds=number / 100,
        )
        for number in range(3000)
    ]
    html = rendered(replace(KNOWN, submissions=tuple(many)))
    assert html.text("n-graded") == "3000"
    assert html.text("n-waiting") == "300"
    assert html.table("t-repairs") == [[COLAB, "3000", html.table("t-repairs")[0][2]]]
    assert html.table("t-repairs")[0][2].endswith("and 2992 more")
    assert [row[1:7] for row in html.table("t-questions")[:1]] == [["3", "50 %", "750", "1500", "750", "0"]]
    assert len(html.table("t-problems")) == page.MOST_GROUPS
    assert "And 540 more" in html.html
    assert html.html.count('class="mistake"') == 2
    assert len(html.html) < 2_000_000


# --- Item analysis ------------------------------------------------------------------------------------------------


def test_a_correlation_worked_out_by_hand():
    """Own points 5, 4, 0 and the rest 5, 1, 0: 11 / √(14 · 14)."""
    assert items.correlation([(5, 5), (4, 1), (0, 0)]) == pytest.approx(11 / 14)
    assert items.correlation([(1, 1), (0, 5)]) == -1
    assert items.correlation([(1, 1), (1, 5)]) is None
    assert items.correlation([]) is None


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 40)), min_size=3, max_size=30))
def test_correlations_are_those_of_numpy(pairs):
    found = items.correlation(pairs)
    own, rest = zip(*pairs, strict=True)
    if len(set(own)) == 1 or len(set(rest)) == 1:
        assert found is None
    else:
        assert found == pytest.approx(np.corrcoef(own, rest)[0, 1], abs=1e-9)


@pytest.mark.parametrize(
    ("own", "remark"),
    [
        ([0] * 24, "Nobody has a point"),
        ([3] * 24, "Everybody has all points"),
        ([1, 2] * 12, "Nobody has all points"),
        ([3] + [0] * 23, "Hardly anybody"),
        ([3] * 12 + [0] * 12, "fewer elsewhere"),
        ([3] * 23 + [2], "so it cannot separate"),
        ([3, 0] * 12, "Does not separate"),
        ([0] * 12 + [3] * 12, ""),
        ([3, 0] * 5, ""),  # too few to conclude anything
    ],
)
def test_what_to_think_of_a_question(own, remark):
    """The other question is right in the later half of the class."""
    half = len(own) // 2
    class_of = [submission(f"s{n:02}", float(x), 2.0 * (n >= half), 0.0) for n, x in enumerate(own)]
    found = items.items(GradedClass("ps1", (X, Y, ESSAY), tuple(class_of)))[0].remark
    assert remark in found
    assert bool(remark) == bool(found)


def test_points_that_a_person_has_to_look_at_again_do_not_count():
    again = replace(KNOWN.submissions[0], waiting=frozenset({X.key}))
    found = items.items(replace(KNOWN, submissions=(again, *KNOWN.submissions[1:])))[0]
    assert (found.graded, found.waiting, found.full) == (4, 1, 1)


@given(st.lists(st.integers(0, 212), min_size=1), st.sampled_from([1, 10, 53, 100]))
def test_a_histogram_counts_everybody_once(quarters, most):
    totals = [quarter / 4 for quarter in quarters]
    bins = summary.histogram(totals, most)
    assert sum(one.count for one in bins) == len(totals)
    for one in bins[:-1]:
        assert one.count == sum(one.low - 1e-6 <= total < one.high - 1e-6 for total in totals)
    assert bins[-1].high >= max(most, *totals) - 1e-6
    assert all(math.isclose(a.high, b.low) for a, b in itertools.pairwise(bins))


def test_names_on_request_come_from_the_roster_or_the_gradebook():
    labels = page.named(KNOWN, {"ada": "Ada Lovelace"})
    assert (labels["ada"], labels["eve"], labels["bob"]) == ("Ada Lovelace (ada)", "Eve Adams (eve)", "bob")


def test_a_page_is_read_back_as_it_is():
    read = Page('<table id="t"><tr><th>a</th></tr><tr><td>1 <b id="n">2</b></td></tr></table>')
    assert read.table("t") == [["1 2"]]
    assert read.text("n") == "2"
