"""Runs of Polyak steps on convex losses with kinks, by NumPy: the best of n losses, and how slow the worst loss makes it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

ROUNDING = 1e-8  # a hundred steps in float64, of numbers below 1e2
pytestmark = pytest.mark.claim("dherin-rosca:text-polyak-optimal")


def run(directions: np.ndarray, offset: np.ndarray, point: np.ndarray, steps: int) -> tuple[list[float], list[float]]:
    """Losses and slopes of max(directions @ theta + offset, 0) until it is 0."""
    losses, slopes = [], []
    for _ in range(steps):
        values = directions @ point + offset
        if values.max() <= ROUNDING:
            break
        slope = directions[values.argmax()]
        losses.append(values.max())
        slopes.append(float(np.linalg.norm(slope)))
        point = point - values.max() / (slope @ slope) * slope
    return losses, slopes


@given(st.integers(1, 6), st.integers(0, 10**6), st.integers(1, 100))
def test_the_best_of_n_losses(size: int, seed: int, steps: int) -> None:
    """Random half-spaces that share the point 0, where the loss is 0."""
    rng = np.random.default_rng(seed)
    directions, start = rng.normal(size=(3 * size, size)), 3 * rng.normal(size=size)
    losses, slopes = run(directions, -rng.uniform(0, 1, 3 * size), start, steps)
    if losses:
        assert len(losses) * min(losses) ** 2 <= max(slopes) ** 2 * (start @ start) * (1 + ROUNDING)


@pytest.mark.parametrize("size", [4, 16, 64])
def test_in_high_dimension_the_order_is_reached(size: int) -> None:
    """The largest coordinate, with its minimum -1 on a ball of radius sqrt(n): after n/2 steps from 0 no loss is below 1/3 of the first."""
    point = np.zeros(size)
    best, losses = -np.ones(size), []
    for _ in range(size // 2):
        value = point.max() + 1
        losses.append(value)
        point[point.argmax()] -= value
    assert min(losses) >= 1 / 3 * losses[0]
    assert min(losses) ** 2 * len(losses) >= (best @ best) / 2 / 9
