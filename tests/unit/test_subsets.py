"""The figures that `1_subsets` and `2_checkpointing` quote are what is counted."""

import numpy as np
import pytest
from solved import solutions_of

from autograder.samples import manifest
from course_files import ROOT, books

PS4 = manifest.of("ps4")


@pytest.fixture
def subsets(monkeypatch):
    monkeypatch.chdir(ROOT / "source" / "ps4")
    monkeypatch.syspath_prepend(".")
    return solutions_of(PS4, "1_subsets", "imports_subsets", "given_sent", "given_networks", "given_mask")


@pytest.fixture(scope="module")
def checkpointing():
    return solutions_of(PS4, "2_checkpointing", "imports_checkpointing", "given_chain", "given_measure", "given_torch")


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
