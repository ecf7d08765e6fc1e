"""Gradient flow of quadratic losses by an integrator: straight from the points of the flat A (A x + b) = 0, and from no others."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

TOLERANCE = 1e-7  # of the integrator, which is asked for 1e-11, over a few lengths of 1


@pytest.mark.claim("dherin-rosca:appendix-c-setup")
@given(st.integers(1, 4), st.integers(0, 4), st.booleans(), st.integers(0, 10**6))
def test_straight_from_the_flat_only(size: int, nullity: int, on_it: bool, seed: int) -> None:
    """The flow for the time 1 against the line; off the flat the two part by a third to three quarters of |A (A x + b)|."""
    rng = np.random.default_rng(seed)
    basis, _ = np.linalg.qr(rng.normal(size=(size, size)))
    values = rng.uniform(0.5, 1, size) * rng.choice([-1, 1], size)
    values[:nullity] = 0
    matrix, linear = basis @ np.diag(values) @ basis.T, rng.normal(size=size)
    start = rng.normal(size=size)
    if on_it:
        start -= np.linalg.pinv(matrix, rcond=1e-9) @ (matrix @ start + linear)
    slope = matrix @ start + linear
    flow = solve_ivp(lambda _, x: -(matrix @ x + linear), (0, 1), start, rtol=1e-11, atol=1e-11).y[:, -1]
    apart, product = np.linalg.norm(flow - (start - slope)), np.linalg.norm(matrix @ slope)
    if on_it:
        assert apart == pytest.approx(0, abs=TOLERANCE)
    # (e^-l - 1 + l)/l^2 is between 0.36 and 0.72 for |l| <= 1
    assert 0.36 * product - TOLERANCE <= apart <= 0.72 * product + TOLERANCE
