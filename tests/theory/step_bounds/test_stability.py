"""Lyapunov's methods by simulation: a spline that throws an interval onto its unstable minimum, and random polynomial maps."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import lambdify

from theory.step_bounds.stability import SPLINE, SPLINE_LOSS
from theory.step_bounds.symbols import t as state

# The loss of the counterexample, written out piece by piece by hand: (from, to, coefficients of f')
PIECES = [
    (-np.inf, 1, [3, 0]),  # f' = 3 t
    (1, 2, [-2.5, 8, -2.5]),  # 3 t - (5/2)(t - 1)^2
    (2, 3, [1.5, -8, 13.5]),  # ... + 4 (t - 2)^2
    (3, np.inf, [1, 0]),  # ... - (3/2)(t - 3)^2 = t
]
NEAR, FAR = 1e-8, 1e-2


def slope(t: float) -> float:
    return next(float(np.polyval(c, t)) for low, high, c in PIECES if low <= t <= high)


def follow(step_map, start, steps):
    states = [start]
    for _ in range(steps):
        states.append(step_map(states[-1]))
    return states


@pytest.mark.claim("nar-sastry:text-thm1-almost-sure", "nar-sastry:text-lyapunov-necessary")
def test_the_spline_is_a_twice_differentiable_loss_with_an_unstable_minimum_that_attracts():
    for (_, knot, left), (_, _, right) in zip(PIECES, PIECES[1:], strict=False):
        assert np.polyval(left, knot) == np.polyval(right, knot)
        assert np.polyval(np.polyder(left), knot) == np.polyval(np.polyder(right), knot)
    step, loss = (lambdify(state, function(state)) for function in (SPLINE, SPLINE_LOSS))
    for t in np.linspace(-2, 5, 141):
        assert step(t) == pytest.approx(t - slope(t), abs=1e-12)  # a few roundings of numbers below 50
        # central differences of a piecewise cubic err by h^2 times its third derivative, 8 at most, and by rounding
        assert (loss(t + 1e-4) - loss(t - 1e-4)) / 2e-4 == pytest.approx(slope(t), abs=1e-7)
    assert all(slope(t) * t > 0 for t in np.linspace(-5, 5, 1000))  # 0 is the only critical point, and a minimum
    for t in np.random.default_rng(1).uniform(3, 4, 100):
        assert t - slope(t) == 0  # one step lands exactly
    leaves = follow(lambda t: t - slope(t), NEAR, 30)  # doubling: 1e-8 2^20 > 1e-2
    assert max(map(abs, leaves)) > FAR


@pytest.mark.claim("nar-sastry:text-thm1-almost-sure")
@settings(deadline=None)
@given(st.sampled_from([-2.5, -1.5, 1.2, 2.0]), st.floats(-2, 2), st.floats(-2, 2), st.integers(0, 10**6))
def test_random_starts_leave_the_unstable_point_of_a_polynomial_map(mu, bend, twist, seed):
    start = float(np.random.default_rng(seed).uniform(-FAR, FAR))

    def move(t):
        return mu * t + bend * t**2 + twist * t**3

    # |mu| - 2 FAR - 2 FAR^2 > 1.17: from 1e-5 FAR out of the interval within log(1e5)/log(1.17) = 74 steps
    if abs(start) > 1e-5 * FAR:
        assert any(abs(t) > FAR for t in follow(lambda t: move(t) if abs(t) <= FAR else t, start, 80))


@pytest.mark.claim("nar-sastry:text-lyapunov-necessary")
def test_a_saddle_of_multiplier_one_attracts_from_one_side_only():
    """GD on t^3/3 with step 1: an interval tends to 0, which is unstable."""
    attracted = follow(lambda t: t - t**2, 0.5, 20_000)
    assert 0 < attracted[-1] < 1e-4  # like 1/k
    assert follow(lambda t: t - t**2 if t > -1 else t, -1e-3, 2000)[-1] < -1


@pytest.mark.claim("nar-sastry:text-indirect")
@settings(deadline=None)
@given(st.integers(1, 4), st.integers(0, 10**6))
def test_stable_linear_maps_have_no_eigenvalue_above_one(dimension, seed):
    """x -> M x is stable exactly if its powers stay bounded; the norms of the powers need no eigenvalue."""
    dice = np.random.default_rng(seed)
    symmetric = dice.uniform(-1, 1, (dimension, dimension))
    symmetric = symmetric + symmetric.T
    symmetric *= dice.uniform(0.5, 2) / np.linalg.norm(symmetric)
    power = np.linalg.matrix_power(symmetric, 500)
    radius = np.abs(np.linalg.eigvalsh(symmetric)).max()
    if abs(radius - 1) > 0.05:  # 1.05^500 = 4e10; 0.95^500 = 7e-12
        assert (np.abs(power).max() < 1) == (radius <= 1)
    assert np.abs(np.linalg.matrix_power(symmetric / radius, 500)).max() <= 1.001  # radius exactly 1: bounded, up to rounding
