"""Squared losses that fall, by chance: random residuals, tangents and errors of any dimension, on both sides of the bound."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import depths

CLOSE = 1e-6  # how far from the bound a step is taken: far more than rounding (1e-16), relative to numbers of size 1


@pytest.mark.claim("ni-talnikar:text-sufficient-linearity")
@given(st.integers(0, 10**6), depths(1, 6), st.floats(0, 0.95))
def test_a_step_is_sure_to_descend_exactly_below_the_bound(seed: int, dimension: int, share: float) -> None:
    """The bound from the angle between -r and v; the errors drawn on the sphere of their greatest size."""
    dice = np.random.default_rng(seed)
    r, v = dice.normal(size=(2, dimension))
    if r @ v > 0:
        v = -v
    size_r, size_v = np.linalg.norm(r), np.linalg.norm(v)
    cosine = -(r @ v) / size_r / size_v
    epsilon = share * cosine
    bound = 2 * size_r / size_v * (cosine - epsilon) / (1 - epsilon**2)
    for step in bound * np.array([0.01, 0.5, 1 - CLOSE]):
        errors = dice.normal(size=(20, dimension))
        errors *= epsilon * step * size_v / np.linalg.norm(errors, axis=1, keepdims=True)
        assert (np.linalg.norm(r + step * v + errors, axis=1) < size_r).all()
    step = bound * (1 + CLOSE)
    left = r + step * v
    worst = left + epsilon * step * size_v * left / np.linalg.norm(left)
    assert np.linalg.norm(worst) > size_r


@pytest.mark.claim("ni-talnikar:text-sufficient-linearity")
def test_beyond_the_cosine_no_step_is_sure_to_descend() -> None:
    r, v = np.array([1.0, 0.0]), np.array([-0.6, 0.8])  # the cosine is 0.6
    for step in (1e-3, 0.1, 1.0, 10.0):
        left = r + step * v
        size = np.linalg.norm(left)
        assert size + 0.6 * step > 1  # |left| + epsilon |psi v|, attained by an error along `left`
