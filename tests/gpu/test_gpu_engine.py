"""The engine of the solved notebook on a GPU: the gradients are torch's on that GPU, and the judge's on the CPU."""

import pytest
import random_graphs
import torch
from random_graphs import ones_for, random_graph
from random_tasks import random_task

from autograder.judge import reference
from autograder.judge.comparing import difference, require_same
from autograder.judge.description import describe, mean
from course_lib import Leaf, Mean
from course_lib.described import Task, run
from course_lib.errors import GraphError

SEEDS = range(40)
SMOOTH = {
    "a polynomial": lambda x: x**4 - 2 * x**3 + 3 * x**2,
    "cosh": lambda x: mean(x.exp(), (-x).exp()),
    "a quotient": lambda x: x.exp() / (x * x + 2),
    "products": lambda x: (x * x + 3 * x) * (x - 2) * x,
}


@pytest.mark.parametrize("seed", SEEDS)
def test_gradients_are_those_of_torch_on_the_same_gpu(engine, cuda, monkeypatch, seed):
    def tensor(entries):
        return torch.tensor(entries, dtype=torch.float64, device=cuda, requires_grad=True)

    monkeypatch.setitem(random_graphs.KINDS, "on the GPU", tensor)
    z = random_graph(seed, "on the GPU")
    engine["forward_algorithm"](z)
    one = ones_for(z, seed)
    with torch.no_grad():
        engine["backward_algorithm"](z, one=one)
    leaves = [node for node in z.sorted_nodes() if isinstance(node, Leaf) and not node.constant]
    for leaf, right in zip(leaves, torch.autograd.grad(z.result, [leaf.value for leaf in leaves], one), strict=True):
        assert leaf.gradient.device == right.device == torch.empty(0, device=cuda).device
        torch.testing.assert_close(leaf.gradient, right, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("seed", SEEDS)
def test_values_and_gradients_are_those_of_the_judge_on_the_cpu(engine, cuda, seed):
    task = random_task(seed, cuda)
    outcome = run(task, engine)
    right = reference.values(task.steps, task.inputs)
    true = reference.arrays(right)
    require_same(task.steps, outcome.results, true, "result")
    require_same(task.steps, outcome.gradients, reference.gradients(right), "gradient", true)


@pytest.mark.parametrize("order", [2, 3, 4])
@pytest.mark.parametrize("name", SMOOTH)
def test_derivatives_of_higher_orders_are_those_of_the_judge(engine, cuda, name, order):
    steps = describe(SMOOTH[name], ["x"])
    inputs = {"x": torch.linspace(-1.5, 1.5, 7, dtype=torch.float64).numpy()}
    outcome = run(Task(steps, inputs, "torch", order=order, device=cuda), engine)
    assert not difference(outcome.gradients[0], reference.derivative(steps, inputs, order))


def test_matrices_on_two_devices_are_refused_with_both_named(gpu, elsewhere):
    here, there = Leaf(torch.ones(2, 2, device=gpu), "A"), Leaf(torch.ones(2, 2, device=elsewhere), "B")
    here.forward()
    there.forward()
    with pytest.raises(GraphError, match=rf"different devices.*{gpu}.*{elsewhere}"):
        Mean(here, there).forward()


def test_a_backward_pass_that_starts_elsewhere_is_refused(gpu, elsewhere):
    node = Leaf(torch.ones(3, device=gpu), "x").exp()
    node.input_nodes[0].forward()
    node.forward()
    node.gradient = torch.ones(3, device=elsewhere)
    with pytest.raises(GraphError, match=rf"different devices.*{gpu}.*{elsewhere}"):
        node.backward()


def test_a_single_number_goes_with_any_device(engine, gpu):
    x = Leaf(torch.tensor([1.0, 2.0], device=gpu), "x")
    z = (x * Leaf(torch.tensor(3.0), "s")).sum()
    engine["forward_algorithm"](z)
    engine["backward_algorithm"](z, one=torch.tensor(1.0, device=gpu))
    assert x.gradient.tolist() == [3.0, 3.0]
    assert x.gradient.device.type == gpu
