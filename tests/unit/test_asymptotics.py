"""Θ of formulas in several variables: what counts as equal, the witness when it is not, and what is refused."""

import math
import time
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib.asymptotics import Growth, compare, dominates, read_growth
from course_lib.dominance import dominated, maximise
from course_lib.unreadable import Unreadable

# The course's cost questions, in many spellings; the first is the answer.
SEEDS = {
    "time of a pass": [
        "n b d^2", "nbd^2", "nbd²", "n*b*d**2", "n·b·d²", "O(nbd^2)", "O(n b d^2)", r"\Theta(n b d^2)", "Θ(nbd²)",
        "Theta(n b d^2)", r"$O(n b d^2)$", r"\mathcal{O}(n b d^2)", r"O\left(n b d^{2}\right)", r"n \cdot b \cdot d^2",
        "b n d d", "2nbd² + 3bd", "2nbd^2 + nbd", "n(bd^2 + bd)", "n[O(bd^2) + O(bd)]", "2O(nbd^2) + O(nbd)",
        "O(nbd^2) + O(nbd) + O(bd^2)", "nbd(d+1)", "nbd(d-1)", "nbd(2d-1)", "(2n-1) b d^2", "15/8 n b d^2", "n b d^2/2",
        "max(nbd^2, bd)", "0.5 n b d^{2}", "n b (d+1)^2", "sqrt(n^2 b^2 d^4)", "nbd^2 + n b log d", "n b d^2.0",
        "½nbd²", "n b d^3/d", "d^2(n b + b) - b d",
    ],
    "memory of inference": ["bd", "O(bd) + O(bd) + O(b)", "2bd + b", "db", "b(d + 1)", "bd + 1", "O(b d)"],
    "memory of a forward pass": ["nbd", "n O(bd) + n O(bd) + O(b)", "nb(2d)", "2nbd + b", "(n+1)bd"],
    "memory of all gradients": [
        "nbd + nd^2", "n(bd + d^2)", "nd(b + d)", "nd max(b, d)", "n d^2 + 2 n b d + d^2 + 7", "(b+d) n d",
    ],
    "memory of one gradient": [
        "nbd + d^2", "d^2 + nbd", "d(nb + d)", "max(nbd, d^2)", "nbd + bd + d^2", "d^2 + nbd + nb",
    ],
}  # fmt: skip

EQUAL = [
    ("bd + bd^2", "bd^2"),
    ("n^2 + nd + d^2", "n^2 + d^2"),
    ("(n+d)^2", "n^2 + d^2"),
    ("n^2 d + n d^2 + (nd)^1.5", "n^2 d + n d^2"),
    ("max(nbd, d^2)", "nbd + d^2"),
    ("n log(nb)", "n log n + n log b"),
    ("n^1.01 + n log n", "n^1.01"),
    ("nd + n log d", "nd"),
    ("n + log d + sqrt(n log d)", "n + log d"),
    ("(n + d)^1.5", "n sqrt n + d^(3/2)"),
    ("(n + d)^100", "n^100 + d^100"),
    ("log^2 n", "(log n)²"),
    ("log(n^2 d + 3)", "log n + log d"),
    ("n log(2n) - n", "n log n"),
    ("1/n + 1", "1"),
    ("(n+d)^2 - 2nd", "n^2 + d^2"),
    ("n log n - (n log n)/2", "n log n"),
    ("7", "1"),
    ("log 2", "O(1)"),
    ("n(n-1)(n-2)/6", "n^3"),
    ("sqrt(nd) + n + d", "max(n, d)"),
]

# Each with the way in which the first, as a claim, errs against the second.
DIFFERENT = [
    ("nd", "n^2 + d^2", "small"),
    ("n log n", "n log d", "both"),
    ("nbd + d^2", "nbd + nd^2", "small"),
    ("nd log n", "nd log(nd)", "small"),
    ("bd", "nbd", "small"),
    ("nbd", "bd", "large"),
    ("nbd", "nbd + nd^2", "small"),
    ("nd^2", "nbd + nd^2", "small"),
    ("nbd + nd^2 + d^3", "nbd + nd^2", "large"),
    ("nbd^2", "nbd", "large"),
    ("bd^2", "nbd^2", "small"),
    ("n^2 + b", "nb + d", "both"),
    ("n", "n log n", "small"),
    ("n^1.01", "n log n", "large"),
    ("(nd)^1.5", "n^2 d + n d^2", "small"),
    ("d^2", "d", "large"),
    ("1", "n", "small"),
    ("n/d", "n", "small"),
    ("nbd + nd^2 + nd^2 b", "nbd + nd^2", "large"),
]


@pytest.mark.parametrize("spellings", SEEDS.values(), ids=SEEDS)
def test_the_answers_in_many_spellings(spellings):
    truth = read_growth(spellings[0])
    for text in spellings:
        claim = read_growth(text)
        assert compare(claim, truth).equal, text
        assert claim.simplified == truth.simplified, text


def test_the_answers_differ_from_each_other():
    growths = [read_growth(spellings[0]) for spellings in SEEDS.values()]
    for claim, truth in product(growths, growths):
        assert compare(claim, truth).equal == (claim is truth)


@pytest.mark.parametrize(("first", "second"), EQUAL)
def test_equal(first, second):
    claim, truth = read_growth(first), read_growth(second)
    assert compare(claim, truth).equal
    assert compare(truth, claim).equal
    assert claim.simplified == truth.simplified


@pytest.mark.parametrize(("claimed", "true", "errs"), DIFFERENT)
def test_different_with_a_witness(claimed, true, errs):
    claim, truth = read_growth(claimed), read_growth(true)
    comparison = compare(claim, truth)
    assert not comparison.equal
    assert bool(comparison.too_large) == (errs in {"large", "both"})
    assert bool(comparison.too_small) == (errs in {"small", "both"})
    assert bool(compare(truth, claim).too_large) == bool(comparison.too_small)
    if witness := comparison.too_large:
        assert witness.claim > witness.truth
    if witness := comparison.too_small:
        assert witness.claim < witness.truth


def test_the_witness_can_be_checked_by_hand():
    witness = compare(read_growth("nbd"), read_growth("3nbd^2 + 5bd")).too_small
    assert witness.sizes == {"n": 1, "b": 1, "d": 1000}
    assert (witness.claim, witness.truth) == (1000, 1_000_000)
    assert witness.growing == ("d",)


def test_the_witness_shows_which_sizes_must_grow_together():
    witness = compare(read_growth("nbd + nd^2"), read_growth("nbd + d^2")).too_large
    assert witness.sizes == {"n": 1000, "b": 1, "d": 1000}
    assert witness.growing == ("n", "d")


def test_a_logarithm_in_the_witness_is_not_zero():
    witness = compare(read_growth("n log n"), read_growth("n log d")).too_small
    assert witness.sizes == {"n": 2, "b": 1, "d": 1000}
    assert witness.claim > 0


@pytest.mark.parametrize(
    ("text", "read_as", "simplified"),
    [
        ("O(nbd^2 + nd^2 + d)", "n·b·d² + n·d² + d", "n·b·d²"),
        ("2nbd² + 3 n d", "2·n·b·d² + 3·n·d", "n·b·d²"),
        ("n(bd + d^2)", "n·(b·d + d²)", "n·d² + n·b·d"),
        ("max(nb, d^2)", "max(n·b, d²)", "n·b + d²"),
        ("nd(d-1)", "n·d·(d − 1)", "n·d²"),
        ("n log n", "n·log n", "n·log n"),
        ("n d^{1.5}", "n·d^1.5", "n·d^(3/2)"),
        ("O(1)", "1", "1"),
        ("n/d", "n/d", "n·d⁻¹"),
        ("log^2 n", "(log n)²", "(log n)²"),
    ],
)
def test_the_echo_and_the_canonical_form(text, read_as, simplified):
    growth = read_growth(text)
    assert growth.text == read_as
    assert sorted(growth.simplified.split(" + ")) == sorted(simplified.split(" + "))
    assert read_growth(growth.simplified).terms == growth.terms


def test_values():
    assert read_growth("2nbd^2 + bd").at(n=2, b=3, d=4) == 96
    assert read_growth("sqrt(n) log d").at(n=4, b=1, d=math.e) == pytest.approx(2)
    assert read_growth(7).at(n=1, b=1, d=1) == 1


def test_other_variables():
    growth = read_growth("m k + k^2", variables=("m", "k"))
    assert compare(growth, read_growth("k(m + k)", variables=("m", "k"))).equal
    with pytest.raises(ValueError, match="different variables"):
        compare(growth, read_growth("n"))


REFUSED = {
    "n x": "I do not know `x`. Names that I know here: n, b and d.",
    "NBD": "I do not know `N` in `NBD`.",
    "T_mm n": "I do not know `T_mm`.",
    "2^n": "I can read `2^n`, but not compare how it grows. An exponent that grows makes an exponential",
    "d^d": "An exponent that grows",
    "e^n": "An exponential outgrows all powers. Write a cost as a sum of products of powers, such as n b d^2 + n d.",
    "1/(n+d)": "I can read `1/(n + d)`, but not compare how it grows. I cannot divide by a sum.",
    "min(n, d)": "I cannot compare a minimum.",
    "log log n": "I cannot compare the logarithm of a logarithm.",
    "log(n/d)": "I cannot take the logarithm of a quotient.",
    "n^2 - 2nd + d^2": "What is subtracted may be as large as what it is subtracted from.",
    "n - d": "What is subtracted may be as large",
    "max(n, d) - n": "What is subtracted may be as large",
    "sqrt(2n) - sqrt(n)": "What is subtracted may be as large",
    "O(n) - O(n)": "What is subtracted may be as large",
    "-n": "I expected something that grows.",
    "n - n": "It comes to zero.",
    "0": "It comes to zero.",
    "1/(n - n)": "It comes to zero.",
    "sinh(n)": "Of functions I know log, sqrt and max here, not sinh.",
    "O(n, d)": "O(…) takes one formula.",
    "Ω(n)": "Give one formula that is right up to a constant factor",
    "T = O(n)": "Give only the right-hand side, without the equals sign.",
    "n log n d": "How far does the log reach? Write `log(n d)` or `(log n) d`.",
    "n log_2 n": "Here log is the natural logarithm",
    "n2": "Is that number a factor or a power?",
    "nbd^2 +": "I can read `nbd^2 +`, but then it stops",
    "O(nbd^2": "a bracket is opened and not closed.",
    "n!": "I can read `n` but not what comes after it: `!`.",
    "9^9^9^9": "I expected a plain number up to 100",
    "n^(1/0)": "It comes to zero.",
    "((((n^99)^99)^99)^99)": "Its powers are too large",
    "(n+b+d+1)^3 (n^5+b^5+d^5+1)^3": "It has too many terms.",
    "n" * 201: "That is 201 characters long",
    "n+" * 99 + "n": "too many parts, one inside another",
}


@pytest.mark.parametrize(("text", "message"), REFUSED.items())
def test_what_is_not_covered_is_explained_at_once(text, message):
    started = time.perf_counter()
    with pytest.raises(Unreadable) as caught:
        read_growth(text)
    assert message in str(caught.value)
    assert not caught.value.missing
    assert time.perf_counter() - started < 30


@pytest.mark.parametrize("nothing", [None, ..., "", "...", "$ $"])
def test_no_answer_is_not_a_wrong_answer(nothing):
    with pytest.raises(Unreadable, match="There is no answer here yet") as caught:
        read_growth(nothing)
    assert caught.value.missing


@pytest.mark.parametrize("answer", [True, ["n"], 1.5])
def test_what_is_no_text_is_refused(answer):
    with pytest.raises(Unreadable, match=f"of type {type(answer).__name__}"):
        read_growth(answer)


def test_what_the_theory_cannot_decide_is_not_decided():
    """Several logarithms that compete with powers: no verdict is better than a wrong one."""
    claim, truth = (read_growth(text) for text in ("n^3 d^3 log n", "n^3 (log n)^2 d + n^3 d^4"))
    with pytest.raises(Unreadable, match="I cannot decide which of"):
        compare(claim, truth)


POWERS = st.fractions(0, 3, max_denominator=2)
TERMS = st.tuples(POWERS, POWERS, POWERS)
SUMS = st.lists(TERMS, min_size=1, max_size=5)
DIRECTIONS = [t for t in product(range(5), repeat=3) if any(t)]


def written(terms, factor=1):
    """Write a sum of products of powers as a student might."""
    return " + ".join(f"{factor} n^({n}) b^({b}) d^({d})" for n, b, d in terms)


@settings(max_examples=80, deadline=None, database=None)
@given(SUMS, SUMS)
def test_the_verdict_agrees_with_sampled_directions(first, second):
    """Along n = L^s, b = L^t, d = L^u a sum grows like its largest power of L."""
    claim, truth = read_growth(written(first)), read_growth(written(second))
    comparison = compare(claim, truth)

    def largest(terms, direction):
        return max(sum(p * t for p, t in zip(term, direction, strict=True)) for term in terms)

    differences = [largest(first, t) - largest(second, t) for t in DIRECTIONS]
    assert comparison.too_large or max(differences) <= 0
    assert comparison.too_small or min(differences) >= 0
    for witness, sign in ((comparison.too_large, 1), (comparison.too_small, -1)):
        if witness:
            direction = [Fraction(rate) for rate in witness.direction.values()]
            assert sign * (largest(first, direction) - largest(second, direction)) > 0
            assert sign * (witness.claim - witness.truth) > 0


@settings(max_examples=100, deadline=None, database=None)
@given(SUMS, SUMS)
def test_comparing_is_symmetric_and_agrees_with_the_canonical_form(first, second):
    claim, truth = read_growth(written(first)), read_growth(written(second))
    there, back = compare(claim, truth), compare(truth, claim)
    assert there.equal == back.equal == (claim.simplified == truth.simplified)
    assert bool(there.too_large) == bool(back.too_small) == (not dominates(truth, claim))


@settings(max_examples=60, deadline=None, database=None)
@given(SUMS, st.integers(1, 99), st.randoms())
def test_constants_order_and_dominated_terms_do_not_matter(terms, factor, random):
    shuffled = random.sample(terms, len(terms))
    smaller = [tuple(power / 2 for power in term) for term in terms]
    growth = read_growth(written(terms))
    assert read_growth(written(shuffled, factor)).terms == growth.terms
    assert read_growth(f"{written(terms)} + {written(smaller[:1])}").terms == growth.terms
    assert read_growth(growth.simplified).terms == growth.terms


@settings(max_examples=100, deadline=None, database=None)
@given(TERMS, SUMS)
def test_the_linear_programme_agrees_with_its_dual(term, others):
    """A term is dominated exactly if no direction separates it: each programme checks the other."""
    rows = [[Fraction(1), *(its - mine for mine, its in zip(term, other, strict=True))] for other in others]
    rows.append([Fraction(0), *[Fraction(1)] * 3])
    limits = [0] * len(others) + [1]
    best, point = maximise([1, 0, 0, 0], rows, limits)
    assert all(
        sum(r * x for r, x in zip(row, point, strict=True)) <= limit for row, limit in zip(rows, limits, strict=True)
    )
    no_logs = [tuple((power, Fraction(0)) for power in each) for each in (term, *others)]
    assert dominated(no_logs[0], no_logs[1:]) == (best == 0)


def test_a_comparison_comes_to_an_end():
    claim, truth = read_growth("n b d^2 + n log(nb) + n^2 d"), read_growth("n b d + n d^2 + sqrt(n b) d^1.5")
    compare(claim, truth)
    started = time.perf_counter()
    compare(claim, truth)
    assert time.perf_counter() - started < 20


def test_growth_is_plain_data():
    growth = read_growth("nb")
    assert growth == Growth("nb", ("n", "b", "d"), growth.formula, growth.terms)
