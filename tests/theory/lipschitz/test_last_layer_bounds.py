"""Gradients in the weights of the last layer by differences in float64, and the largest outputs by random directions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from theory.lipschitz import (
    least_squares_constant,
    printed_least_squares_constant,
    printed_logistic_constant,
    printed_softmax_constant,
)
from theory.lipschitz.losses import largest_activation

SLACK = 1e-9  # relative to numbers near 1, for a few dozen roundings in float64
STEP = 1e-6  # of central differences
seeds = st.integers(0, 2**32 - 1)


@pytest.mark.claim("yedida-saha:equation-14")
@given(seeds)
def test_the_largest_gradient_of_a_logistic_output(seed: int) -> None:
    dice = np.random.default_rng(seed)
    m, n = dice.integers(1, 5, size=2)
    H, y, w = dice.normal(size=(m, n)), dice.integers(0, 2, size=m), dice.normal(size=n)

    def loss(weights: np.ndarray) -> float:
        z = H @ weights
        return float(np.mean(np.logaddexp(0, z) - y * z))

    slopes = [(loss(w + STEP * e) - loss(w - STEP * e)) / (2 * STEP) for e in np.eye(n)]
    s = (1 / (1 + np.exp(-H @ w)) - y) / m
    product = np.linalg.norm(s) * np.linalg.norm(H, axis=0).max()
    assert np.abs(slopes).max() <= product + 1e-6
    if m == 1:
        assert np.abs(slopes).max() == pytest.approx(product, abs=1e-6)


@pytest.mark.claim("yedida-saha:equation-9")
@given(seeds)
def test_the_gradient_of_the_squared_error(seed: int) -> None:
    dice = np.random.default_rng(seed)
    m = int(dice.integers(1, 5))
    a, y, h = dice.normal(size=(3, m))

    def loss(move: float) -> float:
        return float(np.sum((a + move * h - y) ** 2) / (2 * m))

    slope = (loss(STEP) - loss(-STEP)) / (2 * STEP)
    most = (np.linalg.norm(a) + np.linalg.norm(y)) * np.linalg.norm(h) / m
    assert abs(slope) <= most + 1e-7
    flipped = -np.linalg.norm(a) * y / np.linalg.norm(y)
    assert abs((flipped - y) @ y) / m == pytest.approx((np.linalg.norm(a) + np.linalg.norm(y)) * np.linalg.norm(y) / m)


@pytest.mark.claim("yedida-saha:equation-11")
@pytest.mark.claim("yedida-saha:equation-12")
@given(seeds)
def test_columns_and_outputs_of_a_matrix(seed: int) -> None:
    dice = np.random.default_rng(seed)
    X, K = dice.normal(size=tuple(dice.integers(1, 5, size=2))), float(dice.uniform(0, 3))
    norm, top = np.linalg.norm(X, 2), np.linalg.svd(X)[2][0]
    assert np.linalg.norm(X, axis=0).max() <= norm * (1 + SLACK)
    W = dice.normal(size=(100, X.shape[1]))
    W *= K / np.linalg.norm(W, axis=1, keepdims=True)
    assert np.linalg.norm(X @ W.T, axis=0).max() <= K * norm * (1 + SLACK)
    assert np.linalg.norm(X @ (K * top)) == pytest.approx(K * norm)
    if min(X.shape) > 1:
        assert np.linalg.norm(X) > norm, "with Frobenius' norm the largest output is not K |X|"


@pytest.mark.claim("yedida-saha:text-equiv-others")
@given(seeds)
def test_the_longest_column_gives_the_smaller_constants(seed: int) -> None:
    dice = np.random.default_rng(seed)
    X, k = dice.normal(size=tuple(dice.integers(1, 5, size=2))), int(dice.integers(2, 6))
    K_z = largest_activation(X)
    assert K_z / (2 * len(X)) <= printed_logistic_constant(X, 2) * (1 + SLACK)
    assert (k - 1) / (k * len(X)) * K_z <= printed_softmax_constant(X, k, 2) * (1 + SLACK)
    if min(X.shape) > 1:
        assert K_z < np.linalg.norm(X, 2), "for almost all data they differ"


@pytest.mark.claim("yedida-saha:text-rhs-is-l")
@given(seeds)
def test_the_constant_of_least_squares_is_between_the_two_bounds(seed: int) -> None:
    dice = np.random.default_rng(seed)
    X, K = dice.normal(size=tuple(dice.integers(1, 4, size=2))), float(dice.uniform(0, 3))
    y = dice.normal(size=len(X))
    found, sigma, b = least_squares_constant(X, y, K), np.linalg.norm(X.T @ X, 2), np.linalg.norm(X.T @ y)
    assert np.hypot(K * sigma, b) / len(X) <= found.high * (1 + SLACK)
    assert found.low <= (K * sigma + b) / len(X) * (1 + SLACK)
    assert printed_least_squares_constant(X, y, K, 2) < found.low, "printed is smaller"


@pytest.mark.claim("yedida-saha:text-ls-factor")
@given(seeds)
def test_another_factor_scales_the_constant(seed: int) -> None:
    """c |X w - y|^2 is the loss of sqrt(2 m c) X and sqrt(2 m c) y, whose constant is 2 m c times as large."""
    dice = np.random.default_rng(seed)
    X, K, c = dice.normal(size=tuple(dice.integers(1, 4, size=2))), float(dice.uniform(0, 3)), float(dice.uniform(0.1, 4))
    y, root = dice.normal(size=len(X)), float(np.sqrt(2 * len(X) * c))
    scaled = least_squares_constant(root * X, root * y, K).high
    assert scaled == pytest.approx(2 * len(X) * c * least_squares_constant(X, y, K).high, rel=SLACK)
