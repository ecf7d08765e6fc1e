"""Decreasing Polyak steps with a lower bound that is too low, in NumPy; the PL condition of networks, by torch."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

ROUNDING = 1e-8  # sums of some thousand terms below 1e2


@pytest.mark.claim("dherin-rosca:text-orvieto")
@given(st.integers(1, 5), st.integers(0, 10**6), st.floats(0, 3))
def test_decreasing_steps_reach_the_minimum_of_a_convex_loss(size: int, seed: int, gap: float) -> None:
    """On |A (theta - z)|_1 with c_k = sqrt(k + 1): the bound at every step, and a mean that falls."""
    rng = np.random.default_rng(seed)
    matrix, least = rng.normal(size=(size + 1, size)), rng.normal(size=size)
    point = least + rng.normal(size=size)
    first, gained, allowed, total, means = (point - least) @ (point - least), 0.0, 0.0, 0.0, []
    for k in range(400):
        residual = matrix @ (point - least)
        value, slope = np.abs(residual).sum(), matrix.T @ np.sign(residual)
        if slope @ slope == 0:
            break
        rate = (value + gap) / (np.sqrt(k + 1) * slope @ slope)
        gained, allowed, total = gained + rate * value, allowed + rate / np.sqrt(k + 1), total + rate
        assert gained <= first + gap * allowed + ROUNDING
        means.append(gained / total)
        point = point - rate * slope
    assert means[-1] <= first / total + gap * allowed / total + ROUNDING


@pytest.mark.claim("dherin-rosca:text-orvieto")
@given(st.lists(st.floats(0.001, 100), min_size=1, max_size=50))
def test_no_steps_leave_a_summit(rates: list[float]) -> None:
    """1 + cos at 0."""
    x = 0.0
    for rate in rates:
        x += rate * np.sin(x)
    assert 1 + np.cos(x) == 2


@pytest.mark.claim("dherin-rosca:text-pl-broad")
@given(st.floats(-3, 3), st.floats(-3, 3), st.floats(-2, 2), st.floats(0.1, 4))
def test_pl_fails_in_a_disc_only(one: float, other: float, target: float, mu: float) -> None:
    """Two layers of one weight, by autograd."""
    weights = torch.tensor([one, other], dtype=torch.float64, requires_grad=True)
    loss = (weights[0] * weights[1] - target) ** 2 / 2
    (slope,) = torch.autograd.grad(loss, weights)
    margin = float(slope @ slope - 2 * mu * loss.detach())
    if abs(margin) > ROUNDING:
        assert (margin > 0) == (one**2 + other**2 > mu)


@pytest.mark.claim("dherin-rosca:text-pl-broad")
def test_polyak_steps_work_where_pl_fails() -> None:
    """Theta^4 from 1: (3/4)^k, while |g|^2/(2 L) = 8 theta^2 tends to 0."""
    x = 1.0
    for _ in range(100):
        x -= x**4 / (4 * x**3) ** 2 * 4 * x**3
    assert x == pytest.approx(0.75**100) and 8 * x**2 < 1e-20
