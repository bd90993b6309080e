"""How two values differ, in words, and what the visible checks of the engine make of it."""

import numpy as np
import pytest
import torch

from course_lib import Exp, Leaf, check
from course_lib.comparison import difference
from course_lib.errors import WrongAnswer

SQUARE = np.array([[1.0, 2.0], [3.0, 4.0]])


@pytest.mark.parametrize(
    ("found", "right", "words"),
    [
        (np.array(0.5), np.array(0.5), ""),
        (SQUARE, SQUARE * (1 + 1e-12), ""),
        (None, SQUARE, "is None: nothing arrived there"),
        (np.array(0.5), np.array(-0.25), "is 0.5; it should be -0.25"),
        (np.ones((2, 3)), np.zeros((3, 3)), "has the shape (2, 3); it should have (3, 3)"),
        (np.ones((2, 3)), np.ones((3, 2)), "has the shape (2, 3); it should have (3, 2) (it is the transpose"),
        (SQUARE.T, SQUARE, "is 3 at [0, 1]; it should be 2 (it is the transpose of the right one)"),
        (np.full(3, np.nan), np.ones(3), "is nan at [0]; it should be 1"),
        (np.array(np.inf), np.array(1.0), "is inf; it should be 1"),
        (
            np.array(1 / 3),
            np.array(np.float32(1 / 3)),
            "is 0.333333333333; it should be 0.333333343267, and",
        ),
    ],
)
def test_a_difference_is_said_in_words(found, right, words):
    right = np.asarray(right, dtype=float)
    said = difference(found, right, 1e-12 + 1e-9 * np.abs(right))
    assert said.startswith(words)
    assert bool(said) == bool(words)


def test_a_check_passes_for_every_kind_of_value(capsys):
    check.value("it", 0.75, torch.tensor(0.75))
    check.value("it", np.array([1.0, 2.0]), torch.tensor([1.0, 2.0], requires_grad=True))
    assert capsys.readouterr().out.splitlines() == ["✓ it is as expected."] * 2


@pytest.mark.parametrize("odd", ["0.75", None, Leaf(0.75)])
def test_what_is_no_value_does_not_pass(odd):
    with pytest.raises(Exception, match="it is") as caught:
        check.value("it", odd, 0.75)
    assert "course_lib" not in str(caught.value)


def test_an_unvisited_node_is_told_apart_from_a_wrong_one():
    node = Exp(Leaf(0.0, "x"))
    with pytest.raises(WrongAnswer, match=r"Exp.result is still None: no result has reached this node"):
        check.result(node, 1.0)
    node.result = 2.0
    with pytest.raises(WrongAnswer, match=r"Exp.result is 2; it should be 1"):
        check.result(node, 1.0)


def test_a_public_check_stops_students_but_not_the_grading(monkeypatch, capsys):
    with pytest.raises(WrongAnswer), check.public():
        check.value("it", 1.0, 2.0)
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    with check.public():
        check.value("it", 1.0, 2.0)
    assert "The public check stopped: WrongAnswer: it is 1; it should be 2." in capsys.readouterr().out
