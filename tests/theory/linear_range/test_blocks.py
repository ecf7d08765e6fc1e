"""A residual network by its blocks, against the same one layer by layer with every inner state kept."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.claim("ni-talnikar:text-resnet-recovers-1")
@given(st.integers(1, 4), st.integers(1, 3), st.integers(1, 3), st.integers(0, 2**32 - 1))
def test_a_block_is_a_function_of_its_input_and_its_parameters(depth: int, width: int, hidden: int, seed: int) -> None:
    dice = np.random.default_rng(seed)
    parameters = [(dice.normal(size=(hidden, width)), dice.normal(size=(width, hidden))) for _ in range(depth)]

    def block(state: np.ndarray, inward: np.ndarray, outward: np.ndarray) -> np.ndarray:
        return state + outward @ np.tanh(inward @ state)

    everything = [dice.normal(size=width)]  # states and inner states in turn, each computed from the two before it
    for inward, outward in parameters:
        everything.append(np.tanh(inward @ everything[-1]))
        everything.append(everything[-2] + outward @ everything[-1])
    state = everything[0]
    for layer, (inward, outward) in enumerate(parameters):
        state = block(state, inward, outward)
        np.testing.assert_array_equal(state, everything[2 * layer + 2])
