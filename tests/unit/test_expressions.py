"""Answers worked out on paper: what is read, what is refused, and what the student is told."""

import math
import subprocess
import sys
import time
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from course_lib.expressions import Reading, close, read, same
from course_lib.formula import Apply, Name, Negative, Number, Power, Product, Quotient, Sum, latex, plain
from course_lib.unreadable import Unreadable

# The course's first exercise: cosh at x = log 2.
VALUES = {"x": "log 2", "a": "log 2", "b": 2, "c": "log 2", "d": "-log 2", "e": "1/2", "z": "5/4"}
NAMES = {name: read(value) for name, value in VALUES.items()}

SPELLINGS = {
    "log 2": [
        "log 2", "log2", "ln 2", "ln2", "log(2)", "ln(2)", "math.log(2)", "np.log(2)", "numpy.log(2.0)",
        "torch.log(2)",
        r"\log 2", r"\ln 2", r"\ln{2}", r"\log{2}", r"\log\left(2\right)", r"$\log 2$", r"$$\ln(2)$$", r"\(\log 2\)",
        "log{2}", "log[2]", "-log (1/2)", "-log(0.5)", "-log .5", "-log ½", r"-\log\frac12",
        "(log 4)/2", "log(4)/2", "½ log 4", "1/2 log 4", "2 log(sqrt 2)", "log 6 - log 3", "x", "a", "c", "-d", "--x",
        "+log 2", "log b", "-log e", "log(e^x)", "log(e^(log 2))", "2·x/2", "log 2 + 0", "0.5·log 4", "  log  2  ",
    ],
    "-1/4": [
        "-1/4", "-0.25", "-.25", "−1/4", "–0.25", "-1/2 e^{-c}", "−½ e^{−c}", "-e^{-c}/2", "-e**-c/2", "-1/2*e**(-c)",
        "-(1/2)·exp(−c)", "-0.5*math.exp(-c)", r"-\frac{1}{2} e^{-c}", r"-\frac12 e^{-c}", r"-\frac{e^{-c}}{2}",
        r"-\dfrac{e^{-c}}2", "-e/2", "-e^d/2", "e^d/2·-1", "e^d/2 * (-1)", "(e^d/2)(-1)", "-1/2 e",
        "-e^2^-1/(2e^(1/2) b)",
        r"-\frac{1}{2} \cdot e^{-\log 2}", "-math.e**(-c)/2", r"-\mathrm{e}^{-c}/2", "-2^-2", "-2**-2", "-b⁻²",
        "- 1 / b^2",
    ],
    "5/4": [
        "5/4", "1.25", "1¼", "1 ¼", "1 + 1/4", "(b + e)/2", "1/2(b+e)", "½(b+e)", r"\frac{b + e}{2}", r"\frac12(b+e)",
        "cosh x", "cosh(log 2)", r"\cosh{x}", "(e^x + e^-x)/2", "(e^{x}+e^{-x})/2", "b/2+e/2", "sqrt(25)/4",
        "√(25/16)",
        r"\sqrt{\frac{25}{16}}", "5÷4", "10/8", "5·2^-2", r"5 \times 2^{-2}", "z", "1.250",
    ],
    "3/4": ["sinh x", "(e^x - e^{-x})/2", "e^a/2 - e^{-c}/2", "1 - 1/4", "1-e^{-c}/2", "sqrt(z^2 - 1)", "tanh(x)·z",
        "¾"],
    "1/2": ["1/2", "0.5", ".5", "½", "e", "e^d", "e^{-c}", "e^-x", r"\frac12", r"\frac 1 2", r"\frac1{2}", "2^{-1}",
        "2**-1",
            "2⁻¹", "b^-1", "e^{-\\log 2}", "e^-log 2", "1/b", "exp(-c)", "exp -c", r"\exp(-c)", "(e)^1", "sqrt(1/4)"],
}  # fmt: skip


@pytest.mark.parametrize(("value", "text"), [(value, text) for value, texts in SPELLINGS.items() for text in texts])
def test_one_value_in_many_spellings(value, text):
    assert same(read(text, NAMES), read(value))


@pytest.mark.parametrize(
    ("text", "echo"),
    [
        ("log 2", "log 2 = 0.6931…"),
        ("1/2 e^(-c)", "(1/2)·exp(−c) = 0.25"),
        ("-1/2 e^{-c}", "−(1/2)·exp(−c) = −0.25"),
        ("e^d/2", "exp(d)/2 = 0.25"),
        ("e/2", "e/2 = 0.25"),
        ("(e)^2", "(e)² = 0.25"),
        ("1/2(b + e)", "(1/2)·(b + e) = 1.25"),
        ("log 2 * 3", "(log 2)·3 = 2.0794…"),
        ("2^3^2", "2^(3²) = 512"),
        ("log² 2", "(log 2)² = 0.4804…"),
        ("e^-20", "exp(−20) = 0.000000002061…"),
        ("a - (b - c)", "a − (b − c) = −0.6137…"),
        ("2", "2"),
        ("-0.25", "−0.25"),
        (".5", "0.5"),
    ],
)
def test_the_echo_shows_how_it_was_read(text, echo):
    assert read(text, NAMES).echo() == echo


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("-1/2 e^{-c}", r"-\frac{1}{2} \cdot e^{-c}"),
        ("log 2", r"\log 2"),
        ("(b+e)/2", r"\frac{b + e}{2}"),
        ("sqrt(b)", r"\sqrt{b}"),
        ("(e)^2", r"\left(e\right)^{2}"),
    ],
)
def test_latex(text, code):
    assert read(text, NAMES).latex == code


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (2, "2"),
        (2.0, "2"),
        (0.5, "0.5"),
        (-0.25, "−0.25"),
        (1e-7, "0.0000001"),
        (Fraction(-1, 3), "−1/3"),
        (np.float32(0.1), "0.1"),
        (np.float64(1.25), "1.25"),
        (np.int64(4), "4"),
        (np.array(3.0), "3"),
    ],
)
def test_numbers_are_answers_too(number, text):
    assert read(number).text == text


def test_a_torch_scalar_is_a_number():
    torch = pytest.importorskip("torch")
    assert same(read(torch.tensor(1.25)), read("5/4"))
    assert read(torch.tensor(0.1)).text == "0.1"


def test_a_rounded_decimal_is_close_but_not_the_same():
    for answer in (0.693, "0.693", "0.6931", 0.6931471805599453, math.log(2)):
        assert not same(read(answer), NAMES["a"])
        assert close(read(answer), NAMES["a"])
    assert not close(read("0.69"), NAMES["a"])
    assert close(read("0.69"), NAMES["a"], digits=2)
    assert not close(read("-0.693"), NAMES["a"])
    assert close(read("0"), read("1 - 1"))


def test_what_a_machine_rounded_stays_marked():
    assert read(math.log(2)).rounded
    assert read("e^a", {"a": read(math.log(2))}).rounded
    assert not any(read(answer).rounded for answer in (0.5, 1.25, 0.6931, "0.6931471805599453", 2, Fraction(1, 3)))


@pytest.mark.parametrize(
    ("first", "second"),
    [("log 2", "0.301"), ("1/4", "-1/4"), ("log 2", "log(2) + 10^-29"), ("sqrt 2", "1.41421356"), ("1", "1/2")],
)
def test_different_numbers(first, second):
    assert not same(read(first), read(second))
    assert not same(read(second), read(first))


REFUSED = {
    "1/2 e^": "I can read `1/2 e^`, but then it stops: something is missing at the end.",
    "1 + )": "I can read `1 +` but not what comes after it: `)`. That bracket was never opened.",
    "log(1/2": "I can read `log(1/2`, but then it stops: a bracket is opened and not closed.",
    "(1 + 2]": "I can read `(1 + 2` but not what comes after it: `]`.",
    "* 2": "I cannot read the beginning: `* 2`.",
    "1 1/4": "Two numbers stand side by side: write 5/4, or 1 + 1/4, or 2·3.",
    r"1\frac14": "Two numbers stand side by side",
    "b2": "Is that number a factor or a power? Write 2·b or b^2.",
    "log 1/2": "How far does the log reach? Write `log(1/2)` or `(log 1)/2`.",
    "2 log 2/2": "Write `log(2/2)` or `(log 2)/2`.",
    "log 2 x": "Write `log(2 x)` or `(log 2) x`.",
    "exp -c/2": "Write `exp(-c/2)` or `(exp -c)/2`.",
    "1/b c": "Is that below the line too? Write `(1/b) c` or `1/(b c)`.",
    "a = log 2": "Give only the right-hand side, without the equals sign.",
    "log10(2)": "Here log is the natural logarithm, to the base e: write log 2 or log(2).",
    "log_2 8": "Here log is the natural logarithm",
    "math.log2(8)": "Here log is the natural logarithm",
    "lg 2": "Here log is the natural logarithm",
    "2e-3": "An e between digits could mean several things",
    "0,5": "Write decimals with a point: 0.5.",
    "∂e/∂d": "Give its value",
    r"\foo{2}": "I do not know that LaTeX command.",
    "y + 1": "I do not know `y`. Names that I know here: x, a, b, c, d, e and z.",
    "hello": "I do not know `h` in `hello`.",
    "dz_de/2": "I do not know `dz_de`.",
    "arctan(1)": "I do not know `r` in `arctan`.",
    "__import__('os')": "I cannot read the beginning",
    "max(1; 2)": "I can read `max(1`",
    "max(b, c)": "I expected a value here, and max is for how costs grow.",
    "O(b)": "I expected a value here",
    "log(2, 3)": "log takes one thing",
    "1/0": "`1/0` divides by zero.",
    "1/(log 4 - 2 log 2)": "`1/(log 4 − 2·log 2)` divides by zero.",
    "log 0": "`log 0` has no value: it is the logarithm of zero.",
    "log(-2)": "`log(−2)` has no value: it is the logarithm of a negative number.",
    "sqrt(-1)": "`sqrt(−1)` is not a real number.",
    "(-8)^(1/3)": "is not a real number.",
    "0^-1": "zero can only be raised to a positive power.",
    "9^9^9^9": "`9^(9⁹)` is too large to be an answer.",
    "1.0001^300000": "is too large to be an answer.",
    "1.0001^(300000/7)": "is too large to be an answer.",
    "e^e^e^e^99": "is too large to be an answer.",
    "e^-1000": "`exp(−1000)` is too near to zero to be an answer.",
    "1" * 201: "That is 201 characters long; an answer fits in 200.",
    "-" * 150 + "1": "too many parts, one inside another",
    "(" * 95 + "1" + ")" * 95: "too many parts, one inside another",
    "1+" * 99 + "1": "too many parts, one inside another",
    "log " * 49 + "2": "it is the logarithm of a negative number",
}


@pytest.mark.parametrize(("text", "message"), REFUSED.items())
def test_what_cannot_be_read_is_explained_at_once(text, message):
    started = time.perf_counter()
    with pytest.raises(Unreadable) as caught:
        read(text, NAMES)
    assert message in str(caught.value)
    assert caught.value.text == text
    assert not caught.value.missing
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None or caught.value.__suppress_context__
    assert time.perf_counter() - started < 30


def test_the_position_is_where_reading_stopped():
    with pytest.raises(Unreadable) as caught:
        read("1/2 + y", NAMES)
    assert caught.value.position == 6


@pytest.mark.parametrize("nothing", [None, ..., "", "  ", "...", "___", "?", "$$"])
def test_no_answer_is_not_a_wrong_answer(nothing):
    with pytest.raises(Unreadable, match="There is no answer here yet") as caught:
        read(nothing)
    assert caught.value.missing


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (True, "of type bool"),
        (np.bool_(True), "of type bool"),
        ([1], "of type list"),
        (1j, "of type complex"),
        (math.sin, "of type builtin_function_or_method"),
        (math.nan, "a finite number"),
        (math.inf, "a finite number"),
        (10**4000, "a finite number of a sensible size"),
        (np.array([1.0, 2.0]), r"an array of shape \(2,\)"),
    ],
)
def test_what_is_no_number_is_refused(answer, message):
    with pytest.raises(Unreadable, match=message):
        read(answer)


def test_a_bare_e_is_the_node():
    """The trap of this exercise: e names a node and Euler's number."""
    assert same(read("e", NAMES), read("1/2"))
    assert same(read("e^1"), read("exp(1)"))
    assert same(read("(e)^2", NAMES), read("1/4"))
    with pytest.raises(Unreadable, match="A bare e is the node e, which has no value here yet; for Euler's number"):
        read("e/2")


def test_names_with_an_index():
    assert same(read("2 x_1 + dz_de", {"x_1": read(3), "dz_de": read("1/2")}), read("6.5"))
    assert same(read("x_{1}", {"x_1": read(3)}), read(3))


def test_reading_is_plain_data():
    reading = read("-1/2")
    assert reading.value == -0.5
    assert reading == Reading("-1/2", reading.formula, reading.exact_value)


def test_importing_costs_nothing():
    """The parser and sympy are loaded when the first answer is read, not before."""
    code = "import sys, course_lib.expressions, course_lib.asymptotics; assert not {'lark', 'sympy'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


LEAVES = st.one_of(
    st.integers(0, 12).map(lambda n: Number(str(n))),
    st.sampled_from(["0.5", "1.25", "0.75"]).map(Number),
    st.sampled_from(sorted(NAMES)).map(Name),
)
FORMULAS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(Negative, inner),
        st.builds(Sum, inner, inner),
        st.builds(Product, inner, inner),
        st.builds(Quotient, inner, inner),
        st.builds(
            Power, inner, st.integers(-3, 3).map(lambda n: Number(str(n)) if n >= 0 else Negative(Number(str(-n))))
        ),
        st.builds(Power, inner, inner),
        st.builds(lambda f, x: Apply(f, (x,)), st.sampled_from(["log", "exp", "sqrt", "sinh", "cosh", "tanh"]), inner),
    ),
    max_leaves=7,
)


@settings(
    max_examples=150,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)
@given(FORMULAS)
def test_what_is_echoed_reads_the_same(formula):
    """Writing a formula out, as text or as LaTeX, and reading it again gives the same value and the same text."""
    try:
        first = read(plain(formula), NAMES)
    except Unreadable as refusal:
        if "I can" in str(refusal):
            pytest.fail(f"{plain(formula)}: {refusal}")
        reject()
    assert same(read(first.text, NAMES), first)
    assert same(read(latex(formula), NAMES), first)
    assert first.value == pytest.approx(evaluated(formula), rel=1e-6, abs=1e-6)


def evaluated(formula):  # noqa: PLR0911 - a case per form
    """Work a formula out in floats, independently of its text."""
    functions = {name: getattr(math, name) for name in ("log", "exp", "sqrt", "sinh", "cosh", "tanh")}
    match formula:
        case Number(digits):
            return float(digits)
        case Name(name):
            return NAMES[name].value
        case Negative(operand):
            return -evaluated(operand)
        case Apply(function, (argument,)):
            return functions[function](evaluated(argument))
        case Sum(left, right):
            return evaluated(left) + evaluated(right)
        case Product(left, right):
            return evaluated(left) * evaluated(right)
        case Quotient(left, right):
            return evaluated(left) / evaluated(right)
        case Power(left, right):
            return evaluated(left) ** evaluated(right)


@settings(max_examples=300, deadline=None, database=None)
@given(st.text(alphabet="01289.,+-*/^(){}[]\\ eabxlogfrcsqt½²−·=_$√", max_size=24))
def test_nothing_else_ever_escapes(text):
    """Whatever is typed is either read or refused in words."""
    try:
        reading = read(text, NAMES)
    except Unreadable:
        return
    assert math.isfinite(reading.value)
    assert same(read(reading.text, NAMES), reading)
