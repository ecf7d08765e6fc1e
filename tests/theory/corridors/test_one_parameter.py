"""Example 2.2 on random piecewise losses of one parameter: straight flow exactly where the loss is linear."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sympy import Rational, Symbol

from theory.corridors import is_corridor

STEPS = 200  # of Euler, over a time of 1: a solution of a smooth field is missed by about 1/200 of its own acceleration
NEAR = 1e-9

coefficients = st.lists(st.integers(-3, 3), min_size=2, max_size=5)


@pytest.mark.claim("dherin-rosca:example-2-2")
@given(coefficients)
def test_a_polynomial_is_a_corridor_exactly_if_it_is_linear(coefficients: list[int]) -> None:
    theta = Symbol("theta", real=True)
    loss = sum((Rational(c) * theta**k for k, c in enumerate(coefficients)), 0 * theta)
    verdict = is_corridor(loss + 0 * theta, [theta], (theta > Rational(-1, 2)) & (theta < 3))
    assert verdict.corridor is not any(coefficients[2:])


@pytest.mark.claim("dherin-rosca:example-2-2")
@given(st.floats(-1, 1), st.floats(0.1, 2), st.floats(-2, 2))
def test_the_flow_keeps_its_speed_only_on_a_linear_piece(start: float, bend: float, slope: float) -> None:
    """L = slope theta + bend max(theta, 0)^2/2, which is linear on the left only; its second derivative jumps at 0."""
    assume(abs(slope) > 0.2 and abs(start) > 0.1)

    def gradient(theta: float) -> float:
        return slope + bend * max(theta, 0.0)

    path = [start]
    for _ in range(STEPS):
        path.append(path[-1] - gradient(path[-1]) / STEPS)
    speeds = -np.diff(path) * STEPS
    stays_left, starts_right = max(path) <= 0, path[0] > 0 and abs(gradient(path[0])) > 0.05
    if stays_left:
        assert np.allclose(speeds, slope, atol=NEAR)
    if starts_right:
        assert abs(speeds[1] - speeds[0]) > NEAR
