"""The judge: what it says of right and wrong engines, answers and claims, and what it refuses to be told."""

import threading
from fractions import Fraction

import numpy as np
import pytest
import torch

from autograder.judge import growth
from autograder.judge.description import describe, formula, mean
from autograder.judge.on_paper import Answer, judge
from autograder.judge.score import Score
from autograder.judge.student import Failed, Student
from autograder.samples import notebooks
from course_files import PS1
from course_lib import Leaf, graph
from course_lib.described import Task
from course_lib.limits import TimeLimit, time_limit


@pytest.fixture
def namespace(monkeypatch):
    """A notebook's names, with the model solution of the engine among them."""
    monkeypatch.setattr(graph, "_node_types", dict(graph._node_types))
    names = {}
    exec("from course_lib import *", names)
    exec(notebooks.solution(notebooks.read(PS1 / "2_engine.ipynb"), "engine"), names)
    return names


@pytest.fixture
def student(namespace):
    return Student(lambda: namespace, seed=1)


# --- Descriptions ---------------------------------------------------------------------------------------------------


def test_an_expression_becomes_plain_steps():
    steps = describe(lambda x, y: 2 * x + (x @ y).sum() / y.exp() - x**2, ["x", "y"])
    assert steps[:2] == [("leaf", "x"), ("leaf", "y")]
    assert all(isinstance(part, (str, int, float)) for step in steps for part in step)
    assert formula(steps, len(steps) - 1, depth=9) == "(((2 * x) + (sum((x @ y)) / exp(y))) - x**2)"


def test_steps_that_nothing_depends_on_are_left_out():
    def wasteful(x, y):
        _ = x.exp() + y
        return -x

    assert describe(wasteful, ["x", "y"]) == [("leaf", "x"), ("-x", 0)]


def test_a_test_whose_expression_is_no_formula_is_a_bug_in_the_test(student):
    with pytest.raises(TypeError, match="must be a formula in x, not 3"):
        student.gradients(lambda x: 3, x=())  # noqa: ARG005


# --- The engine -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["float", "numpy", "torch"])
def test_the_model_solution_passes_with_every_kind_of_value(student, kind):
    shape = () if kind == "float" else (3,)
    student.results(lambda x: mean(x.exp(), -x), kind=kind, x=shape)
    student.gradients(lambda x: (x * x.exp() + 1 / x).sum(), kind=kind, x=shape)
    student.derivative(lambda x: x**3 * x.exp(), 3, kind=kind, x=shape)


def test_the_first_wrong_node_is_named_from_the_output_backwards(student, namespace):
    class Exp(namespace["Exp"]):
        def backward(self):
            return [2 * gradient for gradient in super().backward()]

    with pytest.raises(Failed, match=r"For x \* exp\(\(−y\)\), the gradient of −y is .*; it should be "):
        student.gradients(lambda x, y: x * (-y).exp(), x=(), y=())


def test_a_transposed_gradient_is_recognised(student):
    class Matmul(graph.ComputationNode):
        def forward(self):
            self.result = self.input(0) @ self.input(1)

        def backward(self):
            return [(self.gradient @ self.input(1).T).T, self.input(0).T @ self.gradient]

    with pytest.raises(Failed, match="it is the transpose of the right one"):
        student.gradients(lambda x, y: (x @ y).sum(), x=(3, 3), y=(3, 3))


@pytest.mark.parametrize(
    ("left", "said"),
    [
        (float("nan"), "is nan; it should be"),
        (None, "is None: nothing arrived there"),
        ("0.75", "where a number or tensor is expected"),
        (True, "where a number or tensor is expected"),
    ],
)
def test_what_is_no_number_is_not_equal_to_one(student, namespace, left, said):
    right = namespace["backward_algorithm"]

    def backward_algorithm(graph, one=1.0):
        right(graph, one)
        graph.get("x").gradient = left

    namespace["backward_algorithm"] = backward_algorithm
    with pytest.raises(Failed, match=said):
        student.gradients(lambda x: x * x, kind="float", x=())


def test_an_object_that_equals_everything_gains_nothing(student, namespace):
    class Anything(float):
        def __eq__(self, other):
            return True

        def __hash__(self):
            return 0

        def __sub__(self, other):
            return 0.0

    right = namespace["backward_algorithm"]

    def backward_algorithm(graph, one=1.0):
        right(graph, one)
        graph.get("x").gradient = Anything(7)

    namespace["backward_algorithm"] = backward_algorithm
    with pytest.raises(Failed, match="is 7; it should be"):
        student.gradients(lambda x: x * x, kind="float", x=())


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (NotImplementedError(), "Not written yet"),
        (ZeroDivisionError("by nought"), "Your code raised ZeroDivisionError: by nought"),
    ],
)
def test_what_the_students_code_raises_is_said_in_words(student, namespace, error, said):
    def forward_algorithm(graph):  # noqa: ARG001
        raise error

    namespace["forward_algorithm"] = forward_algorithm
    with pytest.raises(Failed, match=said):
        student.results(lambda x: -x, x=())


def test_a_missing_function_is_said_in_words(student, namespace):
    del namespace["backward_algorithm"]
    with pytest.raises(Failed, match=r"no function called backward_algorithm. Has the cell that defines it been run"):
        student.gradients(lambda x: -x, x=())


def test_an_endless_loop_is_stopped_and_then_not_waited_for_again(student, namespace, monkeypatch):
    def forward_algorithm(graph):  # noqa: ARG001
        while True:
            pass

    namespace["forward_algorithm"] = forward_algorithm
    monkeypatch.setattr("autograder.judge.student.Task", lambda *args, **options: Task(*args, **options, seconds=0.2))
    for _ in range(3):
        with pytest.raises(Failed, match=r"forward_algorithm had not finished after 0.2 s"):
            student.results(lambda x: -x, x=())
    with pytest.raises(Failed, match="Not tried, since 3 tests before it did not come to an end"):
        student.results(lambda x: -x, x=())


def test_a_time_limit_rings_again_where_the_first_alarm_is_swallowed():
    swallowed = []

    def stubborn():
        while len(swallowed) < 3:
            try:
                while True:
                    pass
            except TimeLimit:
                swallowed.append(1)
        while True:
            pass

    with pytest.raises(TimeLimit, match="f had not finished"), time_limit(0.05, "f"):
        stubborn()
    assert len(swallowed) == 3


def test_without_a_main_thread_there_is_no_limit():
    done = []

    def work():
        with time_limit(0.01, "f"):
            done.append(sum(range(100_000)))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert done


# --- Values and calls -----------------------------------------------------------------------------------------------


def test_values_come_as_plain_data(student, namespace):
    namespace |= {"a": "log 2", "b": torch.tensor([1.0, 2.0]), "c": [1, (2.5, None)], "d": np.float32(0.5), "e": ...}
    assert student.value("a") == "log 2"
    assert student.value("b").tolist() == [1.0, 2.0]
    assert student.value("c") == [1, [2.5, None]]
    assert student.value("d") == 0.5
    assert student.value("e") is None
    assert student.values(["a", "nowhere"]) == {"a": "log 2", "nowhere": None}


def test_what_is_odd_is_told_apart_from_what_is_missing(student, namespace):
    namespace["odd"] = len
    assert student.values(["odd", "nowhere"]) == {"odd": "<builtin_function_or_method>", "nowhere": None}


@pytest.mark.parametrize("odd", [object(), Leaf(1.0), {1, 2}, lambda: 1])
def test_odd_objects_are_refused(student, namespace, odd):
    namespace["odd"] = odd
    with pytest.raises(Failed):
        student.value("odd")


def test_a_call_gives_plain_data_or_says_why_not(student, namespace):
    namespace["square"] = lambda x: x * x
    namespace["broken"] = lambda x: x / 0
    assert student.call("square", 3) == 9
    with pytest.raises(Failed, match="Your code raised ZeroDivisionError"):
        student.call("broken", 1)
    with pytest.raises(Failed, match="no function called cube"):
        student.call("cube", 1)


def test_fractions_are_read(student, namespace):
    namespace["half"] = Fraction(1, 2)
    assert student.value("half") == "1/2"


def test_the_same_seed_draws_the_same_inputs(namespace):
    drawn = [Student(lambda: namespace, seed=s)._draw(lambda x: -x, {"x": (4,)})[1]["x"].tolist() for s in (1, 1, 2)]
    assert drawn[0] == drawn[1] != drawn[2]


# --- Scores ---------------------------------------------------------------------------------------------------------


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


CHAIN = [
    Answer("a", "log 2", follows="x", rule="copy", exact=True),
    Answer("b", "2", follows="exp(a)", rule="exp"),
    Answer("d", "-log 2", follows="-a", rule="sign", exact=True),
    Answer("e", "1/2", follows="exp(d)", rule="exp"),
]


def shares(**given):
    return {v.name: v.share for v in judge(CHAIN, given, {"x": "log 2"})}


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
    asked = [Answer(name, "1", follows=rule.follows or "1", rule=name) for name, rule in by_hand._BACKWARD.items()]
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
    assert growth.fault(given, "n b d^2") == ""


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
    found = growth.fault(given, "n b d^2")
    assert found
    assert said in found
    assert "n·b·d²" not in found
