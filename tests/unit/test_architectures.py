"""What `3_architectures` states, its solution shows."""

import math

import pytest
from solved import solutions_of

from autograder.samples import manifest


@pytest.fixture(scope="module")
def names():
    return solutions_of(manifest.of("ps3"), "3_architectures", math=math)


def test_the_slope_of_a_resnet_is_the_sum_over_its_paths(names):
    for w, depth in [(0.5, 10), (-0.3, 4), (1.0, 12)]:
        over_paths = sum(names["paths_through"](k, depth) * w**k for k in range(depth + 1))
        assert over_paths == pytest.approx(names["resnet_slope"](w, depth))
    assert names["resnet_slope"](1, 12) == names["resnet_shape"](12)[3] == 2**12
