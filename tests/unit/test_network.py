"""What `3_network` and `4_training` say in their texts is what their solutions give."""

import numpy as np
import pytest
from solved import solutions_of

from autograder.samples import manifest
from course_files import books

PS2 = manifest.of("ps2")
LOG3 = float(np.log(3))
SMALL_W = [[[2.0, -1.0], [1.0, 1.0], [1.0, -2.0]], [[2.0, 4.0, -4.0]]]
SMALL_B = [[0.0, LOG3 - 3, 3 - LOG3], [1.0]]


@pytest.fixture
def network():
    return solutions_of(PS2, "3_network", "given_sigma")


@pytest.fixture
def training():
    return solutions_of(PS2, "4_training", "given_start", "given_slopes_training", "given_permutations")


def test_the_network_that_can_be_run_in_the_head(network):
    xs, zs = network["forward"](SMALL_W, SMALL_B, [1.0, 2.0])
    assert zs[0] == pytest.approx([0, LOG3, -LOG3])
    assert xs[1] == pytest.approx([1 / 2, 3 / 4, 1 / 4])
    assert zs[1] == pytest.approx([4])
    assert [network["sigma_slope"](z) for z in zs[0]] == pytest.approx([1 / 4, 3 / 16, 3 / 16])
    deltas, gradients = network["backward"](SMALL_W, xs, zs, [-(6 - 4)])
    assert deltas[0] == pytest.approx([-1, -1.5, 1.5])
    assert gradients[1][0] == pytest.approx([-1, -1.5, -0.5])


def test_the_loop_from_the_slides_fails_in_a_fresh_notebook_and_is_silently_wrong_in_an_old_one(network):
    (cell,) = [c.source for c in books(PS2).read("3_network").cells if c.source.startswith("def somebodys_gradients")]
    exec(cell.split("globals()")[0], network)
    given = network["three_by_three"]()
    with pytest.raises(NameError, match="next_x"):
        network["somebodys_gradients"](*given)
    network["next_x"] = np.array([0.5, -1.0, 0.25])
    wrong, right = network["somebodys_gradients"](*given), network["mended_gradients"](*given)
    assert not any(np.allclose(w, r) for pair in zip(wrong, right, strict=True) for w, r in zip(*pair, strict=True))
    mended_name = {**network, "right_already": ""}
    exec(cell.split("globals()")[0].replace("next_x", "new_x"), mended_name)
    weights, biases = mended_name["somebodys_gradients"](*given)
    assert np.allclose(biases, right[1])
    assert not any(np.allclose(w, r) for w, r in zip(weights, right[0], strict=True))


def test_the_loss_of_equal_scores_is_the_logarithm_of_the_number_of_classes(training):
    loss, _ = training["softmax_loss"](np.zeros((10, 3)), np.eye(10)[:, :3])
    assert loss == pytest.approx(2.303, abs=5e-4)


@pytest.fixture
def digits():
    from sklearn.datasets import load_digits

    names = {"np": np, "load_digits": load_digits}
    for cell in books(PS2).read("4_training").cells:
        if cell.source.startswith("def digits"):
            exec(cell.source.split("def show_images")[0], names)
    return names["digits"]()


def test_small_batches_get_further_with_as_many_gradients(training, digits):
    """Five epochs in batches of 1000, 32 and 1, with the learning rates of the notebook."""
    x, y, held_x, held_y = digits
    assert (x.shape, held_x.shape) == ((64, 1000), (64, 797))
    losses, shares = [], []
    for size, eta in [(1000, 1.0), (32, 0.5), (1, 0.05)]:
        parameters, permutation = training["start"](64, 32, 10), training["permutations"](0)
        for _ in range(5):
            f = training["loss_and_gradients"]
            parameters = training["train_epoch"](f, parameters, x, y, eta, size, permutation)
        losses.append(training["loss_and_gradients"](parameters, x, y)[0])
        shares.append(training["accuracy"](parameters, held_x, held_y))
    assert losses == sorted(losses, reverse=True)
    assert losses[0] > 5 * losses[1]
    assert min(shares[1:]) > 0.93


def test_a_check_array_by_array_shows_where_the_slope_is_missing(training):
    """The first layer's arrays are wrong, and those of the last one are right."""
    random = np.random.default_rng(0)
    x, y, parameters = random.normal(size=(6, 4)), np.eye(3)[[0, 1, 2, 1]].T, training["start"](6, 5, 3)

    def without_slope(parameters, x, y):
        loss, gradients = training["loss_and_gradients"](parameters, x, y)
        _, delta = training["softmax_loss"](training["scores"](parameters, x), y)
        arrived = parameters[2].T @ delta
        return loss, [arrived @ x.T, arrived.sum(axis=1, keepdims=True), *gradients[2:]]

    assert max(training["gradient_errors"](training["loss_and_gradients"], parameters, x, y)) < 1e-7
    errors = training["gradient_errors"](without_slope, parameters, x, y)
    assert [error > 1e-4 for error in errors] == [True, True, False, False]
