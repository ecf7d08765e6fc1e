"""The least squared error of functions of the input, by least squares on one-hot inputs: the largest capacity there is."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.claim("dherin-rosca:text-min-zero")
@given(st.lists(st.integers(0, 3), min_size=1, max_size=8), st.integers(0, 10**6))
def test_repeated_inputs_keep_the_spread_of_their_targets(inputs: list[int], seed: int) -> None:
    """The least loss is the sum over inputs of the squared deviations of their targets; for two samples half of the squared difference."""
    targets = np.random.default_rng(seed).normal(size=len(inputs))
    features = np.eye(4)[inputs]
    outputs = features @ np.linalg.lstsq(features, targets, rcond=None)[0]
    groups = [targets[np.array(inputs) == value] for value in set(inputs)]
    expected = sum(np.sum((group - group.mean()) ** 2) for group in groups)
    assert np.sum((outputs - targets) ** 2) == pytest.approx(expected, abs=1e-12)
    for group in groups:
        if len(group) == 2:
            assert np.sum((group - group.mean()) ** 2) == pytest.approx((group[0] - group[1]) ** 2 / 2)
    assert (expected > 1e-12) == (len(set(inputs)) < len(inputs))
