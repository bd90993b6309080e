"""The judge: what it says of right and wrong engines, answers and claims, and what it refuses to be told."""

import threading
from fractions import Fraction

import numpy as np
import pytest
import torch

from autograder.judge.description import describe, formula, mean
from autograder.judge.engine import Engine, InThisProcess
from autograder.judge.score import Score
from autograder.judge.session import Session, taking_part
from autograder.judge.student import Failed, Student
from autograder.judge.student import student as judges_student
from course_lib import Leaf, graph
from course_lib.described import Task
from course_lib.limits import TimeLimit, time_limit


@pytest.fixture
def student(engine):
    return Student(lambda: engine, seed=1)


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


def test_the_first_wrong_node_is_named_from_the_output_backwards(student, engine):
    class Exp(engine["Exp"]):
        def backward(self):
            return [2 * gradient for gradient in super().backward()]

    with pytest.raises(Failed, match=r"For x \* exp\(\(−y\)\): .* is −y: it is .*; it should be .* sent "):
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
def test_what_is_no_number_is_not_equal_to_one(student, engine, left, said):
    right = engine["backward_algorithm"]

    def backward_algorithm(graph, one=1.0):
        right(graph, one)
        graph.get("x").gradient = left

    engine["backward_algorithm"] = backward_algorithm
    with pytest.raises(Failed, match=said):
        student.gradients(lambda x: x * x, kind="float", x=())


def test_an_object_that_equals_everything_gains_nothing(student, engine):
    class Anything(float):
        def __eq__(self, other):
            return True

        def __hash__(self):
            return 0

        def __sub__(self, other):
            return 0.0

    right = engine["backward_algorithm"]

    def backward_algorithm(graph, one=1.0):
        right(graph, one)
        graph.get("x").gradient = Anything(7)

    engine["backward_algorithm"] = backward_algorithm
    with pytest.raises(Failed, match="is 7; it should be"):
        student.gradients(lambda x: x * x, kind="float", x=())


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (NotImplementedError(), "Not written yet"),
        (ZeroDivisionError("by nought"), "Your code raised ZeroDivisionError: by nought"),
    ],
)
def test_what_the_students_code_raises_is_said_in_words(student, engine, error, said):
    def forward_algorithm(graph):  # noqa: ARG001
        raise error

    engine["forward_algorithm"] = forward_algorithm
    with pytest.raises(Failed, match=said):
        student.results(lambda x: -x, x=())


def test_a_missing_function_is_said_in_words(student, engine):
    del engine["backward_algorithm"]
    with pytest.raises(Failed, match=r"no function called backward_algorithm. Has the cell that defines it been run"):
        student.gradients(lambda x: -x, x=())


def test_an_endless_loop_is_stopped_and_then_not_waited_for_again(student, engine, monkeypatch):
    def forward_algorithm(graph):  # noqa: ARG001
        while True:
            pass

    engine["forward_algorithm"] = forward_algorithm
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


def test_values_come_as_plain_data(student, engine):
    engine |= {"a": "log 2", "b": torch.tensor([1.0, 2.0]), "c": [1, (2.5, None)], "d": np.float32(0.5), "e": ...}
    assert student.value("a") == "log 2"
    assert student.value("b").tolist() == [1.0, 2.0]
    assert student.value("c") == [1, [2.5, None]]
    assert student.value("d") == 0.5
    assert student.value("e") is None
    assert student.values(["a", "nowhere"]) == {"a": "log 2", "nowhere": None}


def test_what_is_odd_is_told_apart_from_what_is_missing(student, engine):
    engine["odd"] = len
    assert student.values(["odd", "nowhere"]) == {"odd": "<builtin_function_or_method>", "nowhere": None}


@pytest.mark.parametrize("odd", [object(), Leaf(1.0), {1, 2}, lambda: 1])
def test_odd_objects_are_refused(student, engine, odd):
    engine["odd"] = odd
    with pytest.raises(Failed):
        student.value("odd")


def test_a_call_gives_plain_data_or_says_why_not(student, engine):
    engine["square"] = lambda x: x * x
    engine["broken"] = lambda x: x / 0
    assert student.call("square", 3) == 9
    with pytest.raises(Failed, match="Your code raised ZeroDivisionError"):
        student.call("broken", 1)
    with pytest.raises(Failed, match="no function called cube"):
        student.call("cube", 1)


def test_fractions_are_read(student, engine):
    engine["half"] = Fraction(1, 2)
    assert student.value("half") == "1/2"


def test_the_same_seed_draws_the_same_inputs(engine):
    drawn = [Student(lambda: engine, seed=s)._draw(lambda x: -x, {"x": (4,)})[1]["x"].tolist() for s in (1, 1, 2)]
    assert drawn[0] == drawn[1] != drawn[2]


# --- How it was walked ----------------------------------------------------------------------------------------------


def test_a_walk_that_is_right_but_wasteful_is_remarked_on(engine):
    """It asks for each node's gradient anew, along every path: right, and exponential."""
    right = engine["backward_algorithm"]

    def wasteful(graph, one=1.0):
        right(graph, one)
        for node in graph.sorted_nodes() * 5:
            node.backward()
        return graph

    session = Session(Engine(InThisProcess(lambda: engine | {"backward_algorithm": wasteful})), 1)
    with taking_part(session):
        score = Score()
        with score.part("a product"):
            judges_student.gradients(lambda x, y: x * y, kind="float", x=(), y=())
    (part,) = score.parts
    assert part.earned == 1
    assert "backward() was called 18 times in a graph of 3 nodes" in part.words
