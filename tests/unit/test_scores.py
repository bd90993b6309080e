"""How points add up: parts of a test, answers on paper with follow-through, and claims about growth."""

import pytest

from autograder.judge import growth
from autograder.judge.hints import COST, ON_PAPER
from autograder.judge.on_paper import Answer, judge
from autograder.judge.score import Score


def test_a_score_adds_up_its_parts_and_says_what_failed(capsys):
    score = Score()
    with score.part("easy", 2):
        pass
    with score.part("hard", 3, hint="Look again."):
        assert 1 + 1 == 3, "two is not three"
    assert score.total() == 2.0
    printed = capsys.readouterr().out
    assert "✓ 2/2  easy" in printed
    assert "✗ 0/3  hard" in printed
    assert "two is not three" in printed
    assert "Hint: Look again." in printed


def test_a_bug_in_a_test_is_not_the_students_mistake():
    score = Score()
    with pytest.raises(KeyError), score.part("buggy"):
        raise KeyError("typo")
    assert score.parts == []


LOCAL, SIGN = "local derivative given for the whole one", "sign lost at the negation"
PATH = "one of the two paths only"
CHAIN = [
    Answer("a", "log 2", follows="x", rule="copy", exact=True),
    Answer("b", "2", follows="exp(a)", rule="exp"),
    Answer("d", "-log 2", follows="-a", rule="sign", exact=True),
    Answer("e", "1/2", follows="exp(d)", rule="exp"),
]


def shares(**given):
    return {v.name: v.share for v in judge(CHAIN, given, {"x": "log 2"})}


@pytest.mark.parametrize("follows", ["exp(x0)", "a + 1", "log(-a)"])
def test_a_step_that_does_not_lead_to_the_truth_is_the_tests_fault(follows):
    with pytest.raises(ValueError, match=r"b should be 2; .* does not give that from the right values"):
        judge(
            [Answer("a", "log 2", follows="log 2", rule=""), Answer("b", "2", follows=follows, rule="")],
            {},
            {"x0": "log 2"},
        )


def test_right_answers_get_all():
    assert set(shares(a="ln 2", b=2, d="log(1/2)", e="e^{-log 2}").values()) == {1}


def test_nothing_gets_nothing():
    assert set(shares(a=None, b="", d="...", e=None).values()) == {0}


def test_a_rounded_answer_gets_half_where_an_exact_one_is_asked_for():
    assert shares(a="0.693", b="2.00", d="-0.693", e="0.5") == {"a": 0.5, "b": 1, "d": 1, "e": 1}


def test_rounding_more_coarsely_does_not_earn_more():
    fine, coarse = (sum(shares(a=a, b="2", d=f"-{a}", e="1/2").values()) for a in ("0.693", "0.69"))
    assert fine > coarse


def test_a_chain_of_zeros_earns_nothing_by_following():
    assert set(shares(a="0", b="0", d="0", e="0").values()) == {0}


@pytest.mark.parametrize(("near", "share"), [("2.004", 0), ("1.997", 0), ("1.9997", 1), ("2.0", 1)])
def test_a_decimal_must_be_near(near, share):
    assert shares(a="log 2", b=near, d="-log 2", e="1/2")["b"] == share


def test_the_rules_of_the_visible_check_are_no_answers():
    """course_lib says openly how each answer follows from the others. Copying that is not working it out."""
    from course_lib.check import by_hand

    assert set(shares(a="x", b="exp(a)", d="-a", e="exp(d)").values()) == {0}
    letters = {"x": "log 2", "a": "log 2", "b": "2", "c": "log 2", "d": "-log 2", "e": "1/2", "z": "5/4"}
    truths = ["1", "1/2", "1/4", "-1/4", "1/2", "1", "3/4"]
    rules = zip(by_hand._BACKWARD.items(), truths, strict=True)
    asked = [Answer(name, truth, follows=rule.follows or "1", rule=name) for (name, rule), truth in rules]
    given = {name: rule.follows for name, rule in by_hand._BACKWARD.items()}
    assert {verdict.share for verdict in judge(asked, given, letters, list(letters))} == {0}


def test_what_follows_rightly_from_one_slip_counts():
    assert shares(a="log 3", b="3", d="-log 3", e="1/3") == {"a": 0, "b": 1, "d": 1, "e": 1}


def test_what_follows_from_several_different_slips_does_not():
    assert shares(a="log 3", b="3", d="log 3", e="3") == {"a": 0, "b": 0, "d": 0, "e": 0}


def test_after_something_unreadable_the_truth_is_the_measure():
    assert shares(a="log(", b="2", d="-log 2", e="1/2") == {"a": 0, "b": 1, "d": 1, "e": 1}


def test_a_verdict_says_what_stopped_the_reading():
    words = {v.name: v.words for v in judge(CHAIN, {"a": "log("}, {"x": "log 2"})}
    assert "I can read `log(`" in words["a"]
    assert words["b"] == "There is no answer here yet."


@pytest.mark.parametrize("given", ["n*b*d**2", "O(n b d²)", "3 n b d^2 + n b d", r"\Theta(n b d^2)"])
def test_equal_growth_is_right_in_any_spelling(given):
    assert growth.judge(given, "n b d^2") is None


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("n b d", "Too small: at n = 1, b = 1, d = 1,000 it gives 1,000"),
        ("n^2 b d^2", "Too large: at n = 1,000, b = 1, d = 1 it gives 1,000,000"),
        ("n b d^", "I can read `n b d^`"),
        (None, "There is no answer here yet."),
        (object(), ""),
    ],
)
def test_wrong_growth_is_met_with_sizes_and_not_with_the_solution(given, said):
    found = growth.judge(given, "n b d^2").found
    assert found
    assert said in found
    assert "n·b·d²" not in found


BACK = [
    Answer("dz_de", "1/2", follows="dz_dz/2", rule="mean", slips={"dz_dz": "the mean's half forgotten"}),
    Answer("dz_dd", "1/4", follows="dz_de * e", rule="exp", slips={"e": LOCAL}),
    Answer("dz_dc", "-1/4", follows="-dz_dd", rule="minus", slips={"dz_dd": SIGN, "-1": LOCAL}),
    Answer("dz_da", "1", follows="1/2 * b", rule="exp", slips={"b": LOCAL}),
    Answer("dz_dx", "3/4", follows="dz_da + dz_dc", rule="sum", slips={"dz_da": PATH, "dz_dc": PATH}),
]
RIGHT = {"dz_de": "1/2", "dz_dd": "1/4", "dz_dc": "-1/4", "dz_da": "1", "dz_dx": "3/4"}


@pytest.mark.parametrize(
    ("given", "mistakes"),
    [
        ({}, {}),
        ({"dz_de": "1", "dz_dd": "1/2", "dz_dc": "-1/2", "dz_dx": "1/2"}, {"dz_de": "the mean's half forgotten"}),
        ({"dz_dd": "e"}, {"dz_dd": LOCAL}),
        ({"dz_dc": "1/4", "dz_dx": "5/4"}, {"dz_dc": SIGN}),
        ({"dz_dc": "-1"}, {"dz_dc": LOCAL}),
        ({"dz_dx": "1"}, {"dz_dx": PATH}),
        ({"dz_dx": "-1/4"}, {"dz_dx": PATH}),
        ({"dz_dx": "0.3"}, {}),
        ({"dz_dx": "a word"}, {}),
    ],
)
def test_a_slip_on_paper_is_named(given, mistakes):
    known = {"dz_dz": "1", "e": "1/2", "b": "2"}
    verdicts = judge(BACK, RIGHT | given, known, ["e", "b"])
    assert {v.name: v.mistake for v in verdicts if v.mistake} == mistakes
    assert all(v.hint == ON_PAPER[v.mistake] and v.hint in v.words for v in verdicts if v.mistake)


def test_a_slip_without_a_name_has_the_hint_of_its_step():
    verdict = judge(BACK, RIGHT | {"dz_dx": "0.3"}, {"dz_dz": "1", "e": "1/2", "b": "2"})[-1]
    assert (verdict.found, verdict.hint, verdict.mistake) == ("0.3 is not right.", "sum", "")


def test_a_logarithm_to_base_ten_is_known_from_a_rounded_one():
    found = judge(CHAIN, {"a": "0.30103", "b": "1.3512", "d": "-0.301", "e": "0.74006"}, {"x": "log 2"})
    assert [v.mistake for v in found] == ["the logarithm to base ten", "", "", ""]
    found = judge(CHAIN, {"a": "0.693", "b": "2", "d": "-log 2", "e": "1/2"}, {"x": "log 2"})
    assert [v.mistake for v in found] == ["a rounded decimal", "", "", ""]


@pytest.mark.parametrize(
    ("claim", "truth", "slips", "mistake"),
    [
        ("n b d", "n b d + n d^2", {}, "a term dropped that another does not dominate"),
        ("n d^2", "n b d + n d^2", {}, "a term dropped that another does not dominate"),
        ("d^3", "n b d + n d^2", {}, ""),
        ("b d^2", "n b d^2", {"b d^2": "W₁ alone thought cheap"}, "W₁ alone thought cheap"),
        ("3 b d^2 + b d", "n b d^2", {"b d^2": "W₁ alone thought cheap"}, "W₁ alone thought cheap"),
        ("b d^2", "n b d^2", {}, ""),
        (
            "n d (b + d)",
            "n b d",
            {"n b d + n d^2": "parameters counted although excluded"},
            "parameters counted although excluded",
        ),
    ],
)
def test_a_wrong_claim_about_cost_is_named(claim, truth, slips, mistake):
    found = growth.judge(claim, truth, slips)
    assert (found.mistake, found.hint) == (mistake, COST.get(mistake, ""))
    assert found.found == growth.judge(claim, truth).found


def test_constants_kept_are_right():
    assert growth.judge("2 n b d^2 + n b d", "n b d^2") is None
    assert growth.judge(None, "n b d^2").mistake == ""
