"""The equations that momentum follows, and does not follow, in numpy; and momentum across the line."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad, solve_ivp

from tests.theory.corridors.cones import Cone, cones
from theory.corridors.steps import momentum_iterates

TOLERANCE = 1e-8  # of the integrator, which is asked for 1e-11, over a few lengths of 1


@pytest.mark.claim("dherin-rosca:equation-12", "dherin-rosca:equation-13")
@given(cones, st.floats(0, 0.8), st.integers(1, 4))
def test_one_equation_for_each_step(cone: Cone, beta: float, steps: int) -> None:
    """An integrator carries theta_(t-1) with the coefficient of step t to theta_t in the time h."""
    h = 0.9 * (1 - beta) / steps
    points = [x for x, _ in momentum_iterates(cone.gradient, cone.start(), beta, h, steps)]
    for t in range(1, steps + 1):
        coefficient = sum(beta**k for k in range(t))
        flow = solve_ivp(lambda _, x, c=coefficient: -c * cone.gradient(x), (0, h), points[t - 1], rtol=1e-11, atol=1e-11)
        assert flow.y[:, -1] == pytest.approx(points[t], abs=TOLERANCE)


@pytest.mark.claim("dherin-rosca:equation-12")
@given(st.floats(0.01, 0.95), st.integers(1, 8))
def test_time_in_the_exponent_falls_behind(beta: float, steps: int) -> None:
    """The integral of the coefficient over n steps of length 1 is less than the sum of the coefficients."""
    travelled, _ = quad(lambda t: (1 - beta**t) / (1 - beta), 0, steps)
    walked = sum((1 - beta**t) / (1 - beta) for t in range(1, steps + 1))
    assert travelled < walked
    assert travelled == pytest.approx((steps - (1 - beta**steps) / -np.log(beta)) / (1 - beta))


@pytest.mark.claim("dherin-rosca:remark-a-2c")
@given(cones, st.floats(0, 0.9), st.integers(0, 10**6))
def test_across_the_line(cone: Cone, beta: float, seed: int) -> None:
    """How far theta_1 is from the line, by a projection: beta times the part of the velocity across it."""
    start = cone.start()
    slope = cone.gradient(start)
    velocity = 0.1 * np.random.default_rng(seed).normal(size=start.size)
    (_, _), (end, _) = momentum_iterates(cone.gradient, start, beta, 0.1, 1, velocity)
    direction = slope / np.linalg.norm(slope)
    away = (end - start) - direction * (direction @ (end - start))
    across = velocity - direction * (direction @ velocity)
    assert np.linalg.norm(away) == pytest.approx(beta * np.linalg.norm(across), abs=TOLERANCE)
