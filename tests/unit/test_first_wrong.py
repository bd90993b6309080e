"""Where no mistake is known by name, the first node that is wrong is told: what came there, and who sent it."""

from matrix import DOUBLED, changed, ran

from autograder.judge.description import mean
from autograder.judge.diagnosis import explain


def test_an_unknown_mistake_gets_the_first_wrong_node_and_who_sent_what():
    found = explain(ran(changed(DOUBLED), lambda x, y: mean(x.exp() * y, -x), x=0.0, y=3.0))
    assert found.mistake == found.hint == ""
    assert "The first node whose gradient is wrong, on the way back, is x:" in found.words
    assert "it is 2.5; it should be 1" in found.words
    assert "exp(x) sent 3; it should be 1.5." in found.words
    assert "−x sent -0.5, which is right." in found.words


def test_of_a_tensor_the_worst_entry_is_shown():
    found = explain(ran(changed(DOUBLED), lambda x: (x.exp() - 2 * x).sum(), x=[[0.0, 1.0]]))
    assert "at [0, 1]" in found.words
    assert "exp(x) sent 5.437 at [0, 1]; it should be 2.718 at [0, 1]." in found.words


def test_where_all_was_sent_rightly_the_question_is_what_became_of_it():
    odd = "gradient * (3 if type(input_node) is Exp else 1)"
    source = changed({"input_node.accumulate_gradient(gradient)": f"input_node.accumulate_gradient({odd})"})
    found = explain(ran(source, lambda x: -x.exp(), x=1.0))
    assert found.mistake == ""
    assert "which is right. What became of it?" in found.words


def test_an_unknown_mistake_in_the_forward_pass_is_told_by_its_first_node():
    source = changed({"self.input(0) + self.input(1)": "self.input(0) + 2 * self.input(1)"})
    found = explain(ran(source, lambda x, y: -(x + y), x=1.0, y=1.0))
    assert found.words == "The first node whose result is wrong is x + y: it is 3; it should be 2."


def test_a_node_within_a_difference_is_called_by_its_class():
    source = changed("""
class Negate(ComputationNode):
    def forward(self):
        self.result = -self.input(0)

    def backward(self):
        return [self.gradient]
""")
    found = explain(ran(source, lambda x, y: (x - y).exp(), x=1.0, y=1.0))
    assert "is y:" in found.words
    assert "Negate(y) sent 1; it should be -1." in found.words


def test_an_unknown_error_is_told_as_it_is():
    found = explain(ran(changed({"graph.gradient = one": "graph.gradients = undefined"}), lambda x: -x, x=1.0))
    assert (found.mistake, found.hint) == ("", "")
    assert found.words.startswith("NameError: name 'undefined'")


def test_a_coincidence_of_numbers_is_not_taken_for_a_mistake():
    """To send 0 to the second factor gives what overwriting gives for x·x, but not by sending the same."""
    source = changed({"self.gradient * self.input(0), y.shape": "self.gradient * 0, y.shape"})
    found = explain(ran(source, lambda x: x * x, x=0.7))
    assert found.mistake == ""
    assert "x * x (the output) sent 0.7, which is right." in found.words
    assert "x * x (the output) sent 0; it should be 0.7." in found.words
