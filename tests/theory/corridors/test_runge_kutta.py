"""Runge-Kutta steps in random corridors of any dimension, and over the apex of a cone."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sympy import Matrix, Rational, sqrt

from tests.theory.corridors.cones import Cone, cones
from theory.corridors.steps import rk4_step

ROUNDING = 1e-9  # as for momentum: few steps, magnified by the curvature of the cone, at most 20


@pytest.mark.claim("dherin-rosca:equation-14-18", "dherin-rosca:text-rk4-main")
@given(cones, st.integers(1, 6))
def test_steps_are_gradient_steps_and_follow_the_flow(cone: Cone, steps: int) -> None:
    """theta_n = theta_0 - n h g(theta_0), while the loss falls by n h |g|^2."""
    start = point = cone.start()
    slope, h = cone.gradient(start), 0.95 / steps
    for n in range(1, steps + 1):
        assert rk4_step(cone.gradient, point, h) == pytest.approx(point - h * cone.gradient(point), abs=ROUNDING)
        point = rk4_step(cone.gradient, point, h)
        assert point == pytest.approx(start - n * h * slope, abs=ROUNDING)
        assert cone.loss(point) == pytest.approx(cone.loss(start) - n * h * slope @ slope, abs=ROUNDING)


@pytest.mark.claim("dherin-rosca:equation-14-18", "dherin-rosca:text-rk4-main")
def test_over_the_apex_of_a_cone() -> None:
    """In the plane without 0, from (3, 4)/5 with the step 5/4: all points looked at lie in the corridor."""
    looked_at = []

    def gradient(x: Matrix) -> Matrix:
        looked_at.append(x)
        return x / sqrt(x.dot(x))

    start = Matrix([3, 4]) / 5
    end = rk4_step(gradient, start, Rational(5, 4))
    assert end == start / 6
    assert all(x.dot(x) != 0 for x in [*looked_at, end])
    assert end != start - Rational(5, 4) * start


@pytest.mark.claim("dherin-rosca:equation-14-18")
@given(st.floats(0.1, 1), st.integers(0, 10**6))
def test_outside_of_corridors_it_is_no_gradient_step(h: float, seed: int) -> None:
    """On |theta|^2/2 it is the fourth Taylor polynomial of exp(-h)."""
    x = np.random.default_rng(seed).normal(size=3)
    assert rk4_step(lambda p: p, x, h) == pytest.approx((1 - h + h**2 / 2 - h**3 / 6 + h**4 / 24) * x)
