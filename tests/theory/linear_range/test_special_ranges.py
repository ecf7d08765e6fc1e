"""Kinks, inflections, saturation, equal rates and parabolas: the same numbers from networks that are run."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sympy import Rational

from tests.strategies import depths, positive_rationals
from tests.theory.linear_range.nets import Net
from theory.linear_range import deep_linear_measurement


@pytest.mark.claim("ni-talnikar:equation-13")
@given(depths(1, 6), st.lists(st.sampled_from([1, -2, 3, Rational(1, 2)]), min_size=6, max_size=6), positive_rationals(20))
def test_equal_rates(depth: int, weights: list[object], psi: object) -> None:
    """Whatever the weights: the mean of ((1 + r psi)^i - 1 - i r psi)/(i r psi), here with r = 1/3."""
    x = Rational(psi) / 3
    expected = sum(((1 + x) ** i - 1 - i * x) / (i * x) for i in range(1, depth + 1)) / depth
    layers = [Rational(w) for w in weights[:depth]]
    assert deep_linear_measurement(layers, [w / 3 for w in layers], psi) == expected


@pytest.mark.claim("ni-talnikar:text-eps-cpsi")
def test_a_kink_an_inflection_and_a_saturation() -> None:
    psi = np.array([0.01, 0.5, 1.0, 1.5, 4.0, 100.0])
    relu = np.abs(np.maximum(0, 1 - psi) - 1 + psi) / psi
    assert (relu[:3] < 1e-12).all() and relu[3:] == pytest.approx(1 - 1 / psi[3:])
    small = np.array([1e-2, 1e-3])
    cubic = np.abs(small + small**3 - small) / small
    assert cubic[0] / cubic[1] == pytest.approx(100, rel=1e-6)  # of second order, while C psi would give 10
    tanh = Net([np.array([[0.0]])], [np.array([[1.0]])], np.array([1.0]))
    assert all(tanh.epsilon(step) < 1 for step in psi) and tanh.epsilon(100.0) > 0.98


@pytest.mark.claim("ni-talnikar:text-objective-not-robust")
@given(st.floats(0.1, 10), st.floats(-5, -0.1), st.floats(0.1, 10))
def test_a_parabola_through_a_measured_point(psi: float, slope: float, rise: float) -> None:
    """Fitted by NumPy through J(0), J(psi) and the slope, and minimised on a grid of its own scale."""
    epsilon = rise / abs(psi * slope)
    star = psi * 0.5 / epsilon
    curvature = rise / psi**2
    grid = np.linspace(0, 4 * star, 40_001)
    best = grid[np.argmin(slope * grid + curvature * grid**2)]
    assert star == pytest.approx(best, rel=1e-3)


@pytest.mark.claim("ni-talnikar:text-abstract-optimal-lr")
@given(positive_rationals(10), st.floats(0.05, 1))
def test_the_range_ends_beyond_the_stability_limit_near_a_solution(weight: object, limit: float) -> None:
    """u = s_1 s_0 from s_1 = s_0: one step to the end of the range, measured; and the sharpness of J at the solution."""
    s = float(weight)
    for residual in (0.01 * s**2, -0.01 * s**2, 10 * s**2):
        psi = 4 * limit / abs(residual)
        move = -psi * residual * s
        assert abs((s + move) ** 2 - s**2 - 2 * s * move) / abs(2 * s * move) / 2 == pytest.approx(limit, rel=1e-9)
        assert (psi > 2 / (2 * s**2)) == (abs(residual) < 4 * limit * s**2)


@pytest.mark.claim("ni-talnikar:text-taylor")
@given(st.integers(0, 10**6), depths(1, 4), st.integers(1, 3))
def test_the_second_coefficient_of_linear_layers(seed: int, depth: int, width: int) -> None:
    """v'(i+1) = s_i v'(i) + sigma_i v(i), against the coefficients of the product of polynomials in psi, in integers."""
    dice = np.random.default_rng(seed)
    s, sigma = (dice.integers(-3, 4, (depth, width, width)) for _ in range(2))
    u = [dice.integers(-3, 4, width)]  # the coefficients of 1, psi, psi^2, ...
    v, bend = np.zeros(width, dtype=int), np.zeros(width, dtype=int)
    old = u[0]
    for w, d in zip(s, sigma, strict=True):
        v, bend, old = w @ v + d @ old, w @ bend + d @ v, w @ old
        padded = [*u, np.zeros(width, dtype=int)]
        u = [w @ c + (d @ padded[n - 1] if n else 0) for n, c in enumerate(padded)]
        assert (u[0] == old).all() and (u[1] == v).all() and (len(u) < 3 or (u[2] == bend).all())
