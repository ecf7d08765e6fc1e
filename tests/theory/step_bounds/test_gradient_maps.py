"""Equation 1, equilibria, affine steps and the largest step, by NumPy and exact fractions."""

import math
from fractions import Fraction as Q

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from dynamics import GradientMap, all_cycles
from theory.step_bounds import gradient_maps, symbols
from theory.step_bounds.symbols import phi

x, y = sp.symbols("x y")
FAR = 1e-2


@pytest.mark.claim("nar-sastry:equation-1")
@given(st.fractions(-3, 3, max_denominator=20), st.fractions(-3, 3, max_denominator=20), st.fractions(Q(1, 50), 2, max_denominator=50))
@settings(deadline=None)
def test_one_step_subtracts_the_gradient(a, b, step):
    """(1 - x)^2 + 5 (y - x^2)^2, with the gradient worked out by hand."""
    by_hand = (a - step * (-2 * (1 - a) - 20 * a * (b - a**2)), b - step * 10 * (b - a**2))
    gradient_map = GradientMap((1 - x) ** 2 + 5 * (y - x**2) ** 2, (x, y), sp.Rational(step))
    found = gradient_map.step((sp.Rational(a), sp.Rational(b)))
    assert found == tuple(sp.Rational(v) for v in by_hand)


LOSSES = [x**2, x**3, x**4 / 4 - x**2 / 2, (x**2 + 1) * (x - 1) ** 2 * (x - 2) ** 2, x**5 - x]


@pytest.mark.claim("nar-sastry:text-equilibria")
@pytest.mark.parametrize("loss", LOSSES, ids=str)
@pytest.mark.parametrize("step", [sp.Rational(1, 7), sp.Integer(3)])
def test_fixed_points_are_the_zeros_of_the_gradient(loss, step):
    slope = [float(c) for c in sp.Poly(sp.diff(loss, x), x).all_coeffs()]
    critical = sorted({round(r.real, 6) for r in np.roots(slope) if abs(r.imag) < 1e-6})  # double roots are good to 1e-8 only
    gradient_map = GradientMap(loss, x, step)
    if loss != x**3:  # 0 is a double root there, which no certificate isolates
        assert sorted(round(float(c.points[0][0].mid()), 6) for c in all_cycles(gradient_map, 1)) == critical
    for point in np.linspace(-3, 3, 121):
        rests = bool(abs(gradient_map.step(np.float64(point)) - point) < 1e-12)
        assert rests == any(abs(point - c) < 1e-9 for c in critical)


@pytest.mark.claim("nar-sastry:text-equilibria")
@given(st.integers(1, 4), st.integers(0, 10**6))
def test_in_any_dimension(n, seed):
    dice = np.random.default_rng(seed)
    half = dice.integers(-3, 4, (n, n))
    hessian, centre = half + half.T, dice.integers(-3, 4, n)
    state = dice.integers(-3, 4, n)
    gradient = hessian @ (state - centre)
    assert bool((state - 2 * gradient == state).all()) == (not gradient.any())


def second_difference(step_map, t, h):
    """0 for all t and h exactly if the map is affine."""
    return step_map(t + h) - 2 * step_map(t) + step_map(t - h)


@pytest.mark.claim("nar-sastry:text-nonlinear-hybrid")
@given(*[st.fractions(-3, 3, max_denominator=9)] * 5)
def test_gd_is_affine_for_quadratics_and_for_nothing_else_on_the_list(a, b, t, h, step):
    def quadratic(z):
        return z - step * (2 * a * z + b)

    assert second_difference(quadratic, t, h) == 0


OTHERS = {
    "cubic": lambda z: z - (3 * z**2),
    "quartic": lambda z: z - 4 * z**3,
    "hybrid: z |z| / 2, with the derivative |z|": lambda z: z - abs(z),
    "hybrid: Huber's loss": lambda z: z - max(-1, min(1, z)),
}


@pytest.mark.claim("nar-sastry:text-nonlinear-hybrid")
@pytest.mark.parametrize("name", OTHERS)
def test_other_losses_have_a_map_that_is_not_affine(name):
    assert any(second_difference(OTHERS[name], t, Q(1)) != 0 for t in (Q(-1), Q(0), Q(1)))


@pytest.mark.claim("nar-sastry:text-nonlinear-hybrid")
@given(st.integers(1, 3), st.integers(0, 10**6))
def test_the_loss_read_off_an_affine_map(n, seed):
    """f(x) = x'(I - A)x/(2 d) - x'z/d, the statement at s = 1: its gradient step, by exact differences, is A x + z again."""
    dice = np.random.default_rng(seed)
    half = dice.integers(-3, 4, (n, n)).astype(object)
    a, z, step = half + half.T, dice.integers(-3, 4, n).astype(object), Q(1, 2)

    formula = gradient_maps.affine.then.args
    (value,) = (part.rhs for part in formula if part.has(phi))

    def loss(v):
        numbers = {symbols.a: v @ v, symbols.b: v @ a @ v, symbols.c: v @ z, symbols.delta: step, symbols.s: 1, phi(0): 0}
        return value.subs({name: sp.Rational(number) for name, number in numbers.items()})

    state = dice.integers(-3, 4, n).astype(object)
    units = np.eye(n, dtype=int).astype(object)
    gradient = np.array([(loss(state + e) - loss(state - e)) / 2 for e in units])  # exact for quadratics
    assert (state - sp.Rational(step) * gradient == a @ state + z).all()


@pytest.mark.claim("nar-sastry:text-smoothness-step")
@pytest.mark.parametrize("slope", [0.5, 1.0, 3.0])
@pytest.mark.parametrize(("share", "stays"), [(0.1, True), (1.0, True), (1.9, True), (2.1, False), (3.0, False)])
def test_a_degenerate_valley_is_stable_up_to_two_over_its_smoothness(slope, share, stays):
    """(x y - 1)^2/2 at (a, 1/a): its Hessian, by hand, has the eigenvalues 0 and a^2 + 1/a^2."""
    a, b = slope, 1 / slope
    step = share / (a**2 + b**2)
    u, v, farthest = a + 1e-6, b + 1e-6, 0.0
    for _ in range(2000):
        error = u * v - 1
        u, v = u - step * v * error, v - step * u * error
        farthest = max(farthest, math.hypot(u - a, v - b))
        if farthest > FAR:
            break
    # the error is multiplied by 1 - share a step: 1.1^2000 leads out, and for 1.9 all moves add up to at most 1e-5 times |a, b|
    assert (farthest < FAR) == stays
