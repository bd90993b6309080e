"""The figures that `1_subsets` and `2_checkpointing` quote are what is counted."""

import numpy as np
import pytest

from autograder.samples import manifest
from course_files import ROOT, books

PS4 = manifest.of("ps4")


def names_of(notebook):
    """Return what a student has who has solved a notebook, before any check has run."""
    found = {"__name__": "__main__"}
    for cell in books(PS4).read(notebook).cells:
        if cell.cell_type == "code" and not cell.id.startswith(("show-", "test-")):
            exec(cell.source, found)
    return found


@pytest.fixture
def subsets(monkeypatch):
    monkeypatch.chdir(ROOT / "source" / "ps4")
    monkeypatch.syspath_prepend(".")
    return names_of("1_subsets")


@pytest.fixture(scope="module")
def checkpointing():
    return names_of("2_checkpointing")


def test_eight_layers_take_15_products_for_all_weights_8_for_the_first_and_1_for_the_last(subsets):
    products, chain = subsets["products"], subsets["chain"](8)
    every = [f"W{i}" for i in range(1, 9)]
    assert products(chain, every) == subsets["all_weights"] == subsets["rate_zero"] == 15
    assert products(chain, ["W1"]) == subsets["first_only"] == 8
    assert products(chain, ["W8"]) == subsets["last_only"] == 1
    assert products(chain, ["W5"]) == subsets["fifth_only"] == 4
    assert products(chain, [f"b{i}" for i in range(1, 9)]) == subsets["biases_only"] == 7


def test_the_engine_of_problem_set_1_takes_one_product_more(subsets):
    loss = subsets["forward_pass"](subsets["chain"](8), subsets["leaves_for"](subsets["chain"](8), subsets["Counted"]))
    with subsets["counting"]() as tally:
        subsets["backward_algorithm"](loss)
    assert tally.products == 16


def test_torch_takes_as_many_products_frozen_or_asked(subsets):
    (source,) = [cell.source for cell in books(PS4).read("1_subsets").cells if cell.id == "show-torch"]
    exec(source.partition("\n\n\nprint(")[0], subsets)
    for wanted in ({1}, {8}, {5}, {6, 7, 8}, set(range(1, 9))):
        for freeze in (True, False):
            assert subsets["torch_costs"](8, wanted, freeze)[0] == subsets["chain_products"](8, wanted)


def test_a_block_takes_as_many_multiplications_as_it_is_large(subsets):
    delta, x = np.ones((6, 2)), np.ones((5, 2))
    mask = np.outer([1, 0, 1, 0, 0, 1], [0, 1, 1, 0, 0])
    assert subsets["masked"](delta, x, mask)[1] == [3 * 2 * 2]


def test_the_memory_holds_what_the_table_says(checkpointing):
    """The table of `2_checkpointing`, for six layers and the interval 3."""
    seen = []

    class Noting(checkpointing["Memory"]):
        def __setitem__(self, i, value):
            super().__setitem__(i, value)
            seen.append(sorted(self.values))

        def __delitem__(self, i):
            super().__delitem__(i)
            seen.append(sorted(self.values))

    weights, x = checkpointing["random_chain"](6)
    checkpointing["checkpointed_backward"](checkpointing["Chain"](weights), Noting(), x, 3)
    for kept in ([0, 3], [0, 3, 4, 5], [0], [0, 1, 2], []):
        assert kept in seen
        seen = seen[seen.index(kept) + 1 :]


@pytest.mark.parametrize("layers", [16, 36, 64, 100, 144])
def test_the_best_interval_is_the_root_and_takes_about_two_roots(layers, checkpointing):
    root = round(layers**0.5)
    assert checkpointing["best_interval"](layers) == root
    found = checkpointing["measure"](*checkpointing["random_chain"](layers), root)
    assert (found["peak"], found["evaluations"]) == (2 * root - 1, 2 * layers - root)


def test_torch_keeps_a_value_for_each_segment(checkpointing):
    weights, x = checkpointing["random_chain"](12)
    kept = [checkpointing["torch_measure"](weights, x, k)["kept"] for k in (None, 1, 3, 4, 12)]
    assert kept == [12, 12, 4, 3, 1]


ODD = ["None", "'text'", "[1, [2]]", "{}", "float('nan')", "np.float64(3)", "np.ones((2, 3))", "1j", "print", "1 / 0"]
FUNCTIONS = {
    "1_subsets": {
        "message": "message(node, i)",
        "backward_for": "backward_for(graph, wanted, one=1.0)",
        "formulas": "chain_products(L, wanted)",
        "masked_gradient": "masked_gradient(multiply, delta, x, mask)",
    },
    "2_checkpointing": {
        "plain": "plain_backward(chain, memory, x)",
        "checkpointed": "checkpointed_backward(chain, memory, x, k)",
        "interval": "predicted_peak(L, k)",
        "torch_checkpoint": "checkpointed_network(layers, x, k)",
    },
}


@pytest.mark.parametrize("value", ODD)
@pytest.mark.parametrize("notebook", FUNCTIONS)
def test_whatever_a_student_returns_is_an_answer_and_not_a_fault_of_the_test(notebook, value):
    answers = {cell: f"def {head}:\n    return {value}\n" for cell, head in FUNCTIONS[notebook].items()}
    if notebook == "1_subsets":
        answers["predictions"] = (
            f"all_weights = first_only = last_only = fifth_only = biases_only = rate_zero = {value}\n"
        )
        answers["subset_growth"] = f"T_last = M_last = T_biases = M_biases = {value}\n"
    else:
        answers["checkpoint_growth"] = f"M_plain = M_checkpointed = k_best = M_best = T_checkpointed = {value}\n"
    attempts = books(PS4).attempts(notebook, answers, seed=0)
    assert {test: attempt.judged.fault for test, attempt in attempts.items() if attempt.judged.fault} == {}
    right = [test for test, attempt in attempts.items() if attempt.judged.points == attempt.judged.most]
    assert right == []
