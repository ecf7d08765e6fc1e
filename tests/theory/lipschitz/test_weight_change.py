"""Section 3.1 in floating point: a step of 1/L is at most 1 long, and what the text concludes from that."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

SLACK = 1e-9  # relative to the largest number, for a few dozen roundings in float64
seeds = st.integers(0, 2**32 - 1)


@pytest.mark.claim("yedida-saha:text-dw")
@given(seeds)
def test_a_step_is_at_most_1_long(seed: int) -> None:
    """A sum of softplus ridges: its measured slopes never pass L, nor does the gradient; along one ridge the step comes close to 1."""
    dice = np.random.default_rng(seed)
    n, ridges = dice.integers(1, 6, size=2)
    A = dice.normal(size=(ridges, n))
    L = np.linalg.norm(A, axis=1).sum()
    w, v = dice.normal(size=(2, n)) * 10 ** dice.uniform(-2, 2)
    gap = abs(np.logaddexp(0, A @ w).sum() - np.logaddexp(0, A @ v).sum())
    assert gap <= L * np.linalg.norm(w - v) * (1 + SLACK) + SLACK
    step = A.T @ (0.5 * (1 + np.tanh(A @ w / 2))) / L
    assert np.linalg.norm(step) <= 1 + SLACK
    one = A[0] / np.linalg.norm(A[0])
    alone = one * 0.5 * (1 + np.tanh(30.0))
    assert np.linalg.norm(alone) > 1 - 1e-6, "far up its slope, a single ridge has the gradient L"
