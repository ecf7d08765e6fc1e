"""The corridor step on |theta|^p, and of random losses: lengths against losses."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

pytestmark = pytest.mark.claim("dherin-rosca:equation-3")


@given(st.floats(0.2, 6), st.floats(0.1, 3), st.floats(0.5, 3))
def test_a_power_takes_a_part_off(power: float, factor: float, start: float) -> None:
    """Twenty steps, by the gradient."""
    x = start
    for n in range(20):
        assert abs(x) == pytest.approx(abs(1 - factor / power) ** n * start, rel=1e-6, abs=1e-9)
        if abs(x) < 1e-6 or abs(x) > 1e6:
            break
        slope = power * np.sign(x) * abs(x) ** (power - 1)
        x -= factor * abs(x) ** power / slope**2 * slope


def test_one_half_turns_round() -> None:
    """Sqrt|theta| has period 2 from every start."""
    for start in (0.1, 1.0, 7.0):
        slope = np.sign(start) / (2 * np.sqrt(start))
        assert start - np.sqrt(start) / slope**2 * slope == pytest.approx(-start)


@given(st.integers(1, 5), st.integers(0, 10**6))
def test_a_short_step_means_a_small_loss(size: int, seed: int) -> None:
    """L = |g| |step| for losses log(1 + |A theta|^2) + 1/10, whose gradient is bounded: no step gets short."""
    rng = np.random.default_rng(seed)
    matrix, point = rng.normal(size=(size, size)), rng.normal(size=size)
    most = np.linalg.norm(matrix, 2)  # 2 r/(1 + r^2) <= 1 times the norm of A
    for _ in range(30):
        seen = matrix @ point
        loss, slope = np.log1p(seen @ seen) + 0.1, 2 * matrix.T @ seen / (1 + seen @ seen)
        if slope @ slope < 1e-12:
            break
        step = loss / (slope @ slope) * slope
        assert loss == pytest.approx(np.linalg.norm(slope) * np.linalg.norm(step), rel=1e-6)
        assert np.linalg.norm(step) >= 0.1 / most * (1 - 1e-9)
        point = point - step
