"""Gradient flow through one point: two solutions of a differentiable field, and one of a smooth one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sympy import Rational, cancel, limit, oo, symbols, together

from theory.corridors import gradient_flow

x, y, t, c = symbols("x y t c", real=True)
LOSS = -2 * x - Rational(108, 5) * x**5 * y**2 / (5 * x**6 + y**2)
STEPS = 400
NEAR = 1e-6  # Runge and Kutta's error over a time of 1 in 400 steps is 1e-9 times derivatives below 1e3


@pytest.mark.claim("dherin-rosca:definition-gf")
def test_two_solutions_of_a_differentiable_field() -> None:
    """By SymPy's derivatives; on rays, on cubes and on the axes the field is (2, 0) up to a bounded multiple of x^2."""
    field = gradient_flow(LOSS, [x, y])
    for way in ((2 * t, 8 * t**3), (2 * t, 0 * t)):
        assert [cancel(e.subs({x: way[0], y: way[1]}, simultaneous=True)) for e in field] == [p.diff(t) for p in way]
    scaled = [cancel(together((e - one).subs(y, c * x**3)) / x**power) for e, one, power in zip(field, (2, 0), (4, 2), strict=True)]
    assert all(x not in e.free_symbols and limit(e, c, oo).is_finite for e in scaled)  # bounded functions of c = y / x^3


@pytest.mark.claim("dherin-rosca:definition-gf")
@given(st.floats(-1, 1), st.floats(-1, 1), st.sampled_from([1e-2, 1e-3, 1e-4]))
def test_the_field_is_differentiable_at_the_origin(a: float, b: float, size: float) -> None:
    """By differences of the loss, at points of every direction: within 500 |h|^2 of (2, 0)."""
    p, q = size * a, size * b
    if abs(p) + abs(q) < size / 10:
        return
    pole = 5 * p**6 + q**2
    if pole == 0:
        return
    slopes = np.array([-2 - 108 * p**4 * q**2 * (q**2 - p**6) / pole**2, -216 * p**11 * q / pole**2])
    assert np.linalg.norm(slopes + [2, 0]) < 500 * (p**2 + q**2)


@pytest.mark.claim("dherin-rosca:definition-gf")
@given(st.tuples(*[st.floats(-1, 1)] * 5), st.floats(-1, 1), st.floats(-1, 1))
def test_a_smooth_flow_runs_back_the_way_it_came(k: tuple[float, ...], a: float, b: float) -> None:
    """L = sin(k0 x + k1 y) + k2 x^2 + k3 x y + k4 cos(y): if two solutions met, running back could not tell them apart."""

    def gradient(p: np.ndarray) -> np.ndarray:
        wave = np.cos(k[0] * p[0] + k[1] * p[1])
        return np.array([k[0] * wave + 2 * k[2] * p[0] + k[3] * p[1], k[1] * wave + k[3] * p[0] - k[4] * np.sin(p[1])])

    def run(p: np.ndarray, sign: int) -> np.ndarray:
        d = sign / STEPS
        for _ in range(STEPS):
            first = -gradient(p)
            second = -gradient(p + d / 2 * first)
            third = -gradient(p + d / 2 * second)
            p = p + d / 6 * (first + 2 * second + 2 * third - gradient(p + d * third))
        return p

    start = np.array([a, b])
    assert np.allclose(run(run(start, 1), -1), start, atol=NEAR)


@pytest.mark.claim("dherin-rosca:definition-gf")
@given(st.just(0.0) | st.floats(0.01, 0.9) | st.floats(-0.9, -0.01), st.floats(0.5, 3))
def test_on_the_line_it_is_unique_even_where_the_second_derivative_jumps(start: float, rate: float) -> None:
    """L = rate x |x|/2, critical at 0: Euler steps from 0 stay there, and from elsewhere never arrive or come closer than they should."""
    path = start
    for _ in range(STEPS):
        path -= rate * abs(path) / STEPS
    exact = start * np.exp(-rate * np.sign(start))
    assert abs(path - exact) <= 20 * rate**2 * abs(exact) / STEPS
    assert start == 0 or path != 0
