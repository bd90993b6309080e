"""What a student reads when a pass goes wrong: which node, and what was expected there."""

import numpy as np
import pytest
import torch

from course_lib import ComputationNode, Exp, Leaf, Mean, Negate
from course_lib.errors import CourseError, GraphError


@pytest.fixture(autouse=True)
def _own_registry(monkeypatch):
    from course_lib import graph

    monkeypatch.setattr(graph, "_node_types", dict(graph._node_types))


def forward(output):
    for node in output.sorted_nodes():
        node.forward()
    return output


def test_a_node_without_forward():
    class Square(ComputationNode):
        pass

    with pytest.raises(GraphError, match=r"Square s has no forward\(\)"):
        Square(Leaf(1.0), name="s").forward()


def test_a_node_without_backward():
    class Square(ComputationNode):
        def forward(self):
            self.result = self.input(0) ** 2

    node = forward(Square(Leaf(1.0)))
    with pytest.raises(GraphError, match=r"Square has no backward\(\)"):
        node.backward()


def test_a_forward_that_sets_nothing():
    class Lazy(ComputationNode):
        def forward(self):
            return self.input(0)

    with pytest.raises(GraphError, match=r"Lazy.forward\(\) left self.result at None"):
        forward(Lazy(Leaf(1.0)))


def test_outputs_before_inputs():
    with pytest.raises(GraphError, match="Exp needs the value of its input Leaf x, which has not been computed yet"):
        Exp(Leaf(1.0, "x")).forward()


def test_backward_before_forward():
    with pytest.raises(GraphError, match=r"backward\(\) was called on Negate before forward\(\)"):
        (-Leaf(1.0)).backward()


def test_backward_before_a_gradient_has_come():
    node = forward(-Leaf(1.0))
    with pytest.raises(GraphError, match="Negate, but no gradient has arrived there yet"):
        node.backward()


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        ([1.0], r"returned 1 gradient, but the node has 2 inputs"),
        ([1.0, 1.0, 1.0], r"returned 3 gradients, but the node has 2 inputs"),
        (1.0, r"returned float, where a list with one gradient for each of its 2 inputs"),
        (None, r"returned NoneType"),
        ([1.0, None], r"returned None for its second input, Leaf y"),
        (
            [np.ones(3), 1.0],
            r"sent its first input, Leaf x, a gradient of shape \(3,\); the value there has shape \(\)",
        ),
    ],
)
def test_what_backward_returns(sent, message):
    class Pair(ComputationNode):
        def forward(self):
            self.result = self.input(0) + self.input(1)

        def backward(self):
            return sent

    node = forward(Pair(Leaf(1.0, "x"), Leaf(2.0, "y")))
    node.gradient = 1.0
    with pytest.raises(GraphError, match=message):
        node.backward()


def test_a_gradient_that_goes_to_the_wrong_node():
    x = Leaf(torch.ones(2, 3), "x")
    x.forward()
    with pytest.raises(
        GraphError, match=r"Leaf x has a value of shape \(2, 3\), but was sent a gradient of shape \(3, 2\)"
    ):
        x.accumulate_gradient(torch.ones(3, 2))


def test_none_as_a_gradient():
    with pytest.raises(GraphError, match="Leaf x was sent None as a gradient"):
        Leaf(1.0, "x").accumulate_gradient(None)


def test_a_constant_takes_any_gradient():
    """Nobody asks for it, so `2 * x` works with a Mul that knows nothing of broadcasting."""
    constant = Mean(Leaf(1.0, "x"), 2).input_nodes[1]
    constant.forward()
    constant.accumulate_gradient(np.ones(5))


def test_tensors_on_two_devices():
    class Matmul(ComputationNode):
        def forward(self):
            self.result = self.input(0) @ self.input(1)

    graph = Leaf(torch.ones(2, 2), "A") @ Leaf(torch.ones(2, 2, device="meta"), "B")
    with pytest.raises(GraphError, match=r"Leaf A is on cpu, Leaf B is on meta.*or move it with"):
        forward(graph)


def test_a_gradient_from_another_device():
    node = forward(-Leaf(torch.ones(3), "x"))
    node.gradient = torch.ones(3, device="meta")
    with pytest.raises(GraphError, match="Leaf x is on cpu, the gradient it starts from is on meta"):
        node.backward()


def test_an_error_of_numpy_says_at_which_node():
    class Matmul(ComputationNode):
        def forward(self):
            self.result = self.input(0) @ self.input(1)

    with pytest.raises(ValueError, match="mismatch") as caught:
        forward(Leaf(np.ones((2, 3)), "A") @ Leaf(np.ones((2, 3)), "B"))
    assert caught.value.__notes__ == [
        "This happened at the node Matmul, with the inputs Leaf A of shape (2, 3), Leaf B of shape (2, 3)."
    ]


def test_unwritten_code_stays_unwritten():
    """The stub's NotImplementedError reaches the student as it is: it says all that there is to say."""

    class Stub(ComputationNode):
        def forward(self):
            raise NotImplementedError

    with pytest.raises(NotImplementedError) as caught:
        forward(Stub(Leaf(1.0)))
    assert not getattr(caught.value, "__notes__", [])


def test_jupyter_shows_the_students_lines_and_not_ours():
    try:
        forward(Negate(Leaf(1.0))).backward()
    except CourseError as error:
        shown = "\n".join(error._render_traceback_())
    assert "GraphError" in shown
    assert "forward(Negate(Leaf(1.0))).backward()" in shown
    assert "course_lib" not in shown
