"""A claim about growth beside what was counted: level if it is right, tilted where it is wrong."""

import re

import pytest

from course_lib.asymptotics import compare, read_growth
from course_lib.check import cost
from course_lib.counting.chart import round_ticks
from course_lib.counting.claims import DIRECTIONS, SCALES, beside
from course_lib.counting.layers import costs

NAMES = (*cost.TIME, *cost.MEMORY)


@pytest.fixture
def answers(solutions):
    names = {}
    for cell in ("time_cost", "memory_cost"):
        exec(solutions[cell], names)
    return {name: names[name] for name in NAMES}


def claim(name, text):
    return beside(name, read_growth(text), costs)


@pytest.mark.parametrize(("n", "b", "d"), [(1, 1, 1), (8, 1, 1), (3, 4, 5), (2, 50, 3)])
def test_a_network_costs_what_one_counts_on_paper(n, b, d):
    """For 8 layers, 15 matrix products where all weights are wanted (two a layer, but one for the first), 8 for W₁."""
    product, entries = b * d * d + b * (d - 1) * d, b * d
    weights = b * d * d + d * (b - 1) * d
    found = costs(n, b, d)
    assert found["T_run"] == found["T_forward"] == n * (product + entries) + 2 * entries - 1
    assert found["T_backward"] == entries + n * (2 * entries + weights) + (n - 1) * product
    assert found["T_backward_W1"] == entries + n * 2 * entries + weights + (n - 1) * product
    assert found["M_run"] == 2 * entries
    assert found["M_forward"] == (2 * n + 1) * entries + 1
    # On top of that, the error; at the first layer's σ two of them, when the last of the gradients is not there yet.
    assert found["M_backward"] - found["M_forward"] == max(n * d * d + entries, (n - 1) * d * d + 2 * entries)
    assert found["M_backward_W1"] - found["M_forward"] == max(d * d + entries, 2 * entries)


@pytest.mark.parametrize("name", NAMES)
def test_a_right_claim_is_level_in_every_direction(answers, name):
    found = claim(name, answers[name])
    assert found.tilted is None
    assert len(found.sweeps) == len(DIRECTIONS) == 14
    assert found.sentence == f"{name}: level in all 14 directions that were counted."


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "slip", ["1", "n", "b", "d", "n b", "n d", "b d^3", "n^2 b d^2", "n b d^2 log d", "n b d log n"]
)
def test_a_wrong_claim_tilts_to_the_side_on_which_it_is_wrong(answers, name, slip):
    comparison = compare(read_growth(slip), read_growth(answers[name]))
    tilted = claim(name, slip).tilted
    assert not comparison.equal
    assert tilted is not None
    assert comparison.too_large if tilted.tilt > 0 else comparison.too_small


@pytest.mark.parametrize(
    ("name", "slip", "grown", "sizes"),
    [
        ("T_backward_W1", "b d^2", "n", "n = 1,000, b = 1, d = 1"),
        ("M_run", "n b d", "n", "n = 1,000, b = 1, d = 1"),
        ("M_run", "b d + d^2", "d", "n = 1, b = 1, d = 1,000"),
        ("M_forward", "n b d + n d^2", "d", "n = 1, b = 1, d = 1,000"),
        ("M_backward", "n b d", "d", "n = 1, b = 1, d = 1,000"),
        ("M_backward_W1", "n b d + n d^2", "n and d", "n = 1,000, b = 1, d = 1,000"),
    ],
)
def test_the_sentence_names_the_direction(name, slip, grown, sizes):
    found = claim(name, slip)
    assert f"tilts as {grown} grow" in found.sentence
    assert f"to {sizes} your formula" in found.sentence
    assert [line.label for line in found.chart.lines if line.label] == [sizes]


def test_a_claim_too_large_for_any_number_is_drawn_all_the_same():
    found = claim("T_run", "n b d^100")
    assert "10^100.0 times" in found.sentence
    assert "<svg" in found.chart.to_svg()


def test_nothing_that_is_said_or_drawn_holds_the_answer(answers):
    """Neither the sentence of a wrong claim nor its plot shows a right one."""
    for name, right in answers.items():
        simplified = read_growth(right).simplified
        found = claim(name, "n")
        assert simplified not in found.sentence + found.chart.to_svg()
        assert right not in found.sentence


def test_what_is_shown_in_the_notebook(answers, capsys, monkeypatch):
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    shown = []
    monkeypatch.setattr(cost, "show", shown.append)
    cost.count_memory(answers | {"M_run": "n b d", "M_forward": ..., "M_backward": "n b d +"})
    (plots,) = shown
    first, second, third, fourth = repr(plots).splitlines()
    assert first.startswith("M_run: tilts as n grows.")
    assert second == "M_forward has no answer yet."
    assert third.startswith("M_backward: ")
    assert fourth.startswith("M_backward_W1: level")
    assert plots._repr_mimebundle_()["text/html"].count("<img") == 2
    assert capsys.readouterr().out == ""


def test_no_time_is_spent_on_it_while_work_is_graded(answers, capsys, monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    monkeypatch.setattr(cost, "beside", None)
    cost.count_time(answers)
    assert "Nothing is counted" in capsys.readouterr().out


@pytest.mark.parametrize("highest", [0, 1, 7, 68, 999, 1000, 3442, 1_090_650_114])
def test_ticks_are_few_and_reach_the_top(highest):
    ticks = round_ticks(highest)
    assert 2 <= len(ticks) <= 6
    assert ticks[-1][0] >= highest
    assert all(re.fullmatch(r"[\d,]+", words) for _, words in ticks)


def test_sizes_that_do_not_grow_stay_at_one():
    for sweep in claim("T_run", "n").sweeps:
        for rate, sizes in zip(sweep.rates, zip(*sweep.sizes, strict=True), strict=True):
            assert sizes == tuple(scale**rate for scale in SCALES)
