"""What a step misses of the flow: against Runge and Kutta on random losses, and on losses whose flow is known exactly."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import solve_ivp
from sympy import Abs, Poly, Rational, diff, expand, lambdify, sqrt, symbols

from theory.corridors.rough_loss import BEND, FALL, RISE

TOLERANCE = 1e-12  # asked of the integrator
NEAR = 1e-9  # what is left of it after a time of 1
sizes, seeds = st.integers(1, 4), st.integers(0, 10**6)


class Random:
    """L = <x, A x>/2 + sum sin(<w_i, x>), in any dimension."""

    def __init__(self, size: int, seed: int) -> None:
        dice = np.random.default_rng(seed)
        root = dice.normal(size=(size, size))
        self.matrix, self.waves, self.start = (root + root.T) / 4, dice.normal(size=(3, size)) / 2, dice.normal(size=size)

    def gradient(self, theta: np.ndarray) -> np.ndarray:
        return self.matrix @ theta + self.waves.T @ np.cos(self.waves @ theta)

    def bend(self, theta: np.ndarray) -> np.ndarray:
        """H g."""
        hessian = self.matrix - self.waves.T @ (np.sin(self.waves @ theta)[:, None] * self.waves)
        return hessian @ self.gradient(theta)

    def flow(self, times: np.ndarray) -> np.ndarray:
        """The solution at some times, one a row."""
        span = (0.0, float(times[-1]))
        found = solve_ivp(lambda _, y: -self.gradient(y), span, self.start, t_eval=times, rtol=TOLERANCE, atol=TOLERANCE, method="DOP853")
        return found.y.T


@pytest.mark.claim("dherin-rosca:equation-3-1-taylor")
@given(sizes, seeds, st.floats(0.05, 1))
def test_a_step_misses_at_most_half_of_the_largest_bend(size: int, seed: int, h: float) -> None:
    loss = Random(size, seed)
    path = loss.flow(np.linspace(0, h, 201))
    largest = max(np.linalg.norm(loss.bend(point)) for point in path)
    missed = np.linalg.norm(path[-1] - (loss.start - h * loss.gradient(loss.start)))
    # between two of the 201 points |H g| may be a little larger: by h/200 times a rate that stays below 100 here
    assert missed <= h**2 / 2 * (largest + h / 2) + NEAR


@pytest.mark.claim("dherin-rosca:equation-3-1-taylor")
@given(sizes, seeds)
def test_the_error_of_a_step_is_half_of_the_bend(size: int, seed: int) -> None:
    """To third order: halving a small step divides the rest by about 8."""
    loss = Random(size, seed)
    steps = np.array([0.01, 0.02])
    g, bend = loss.gradient(loss.start), loss.bend(loss.start)
    rests = [np.linalg.norm(x - loss.start + h * g - h**2 / 2 * bend) for x, h in zip(loss.flow(steps), steps, strict=True)]
    assert all(rest <= 100 * h**3 for rest, h in zip(rests, steps, strict=True))
    assert rests[1] <= 9 * rests[0] + NEAR


@pytest.mark.claim("dherin-rosca:equation-3-1-taylor")
@given(st.fractions(Fraction(1, 10), 5, max_denominator=50), st.fractions(Fraction(1, 10), 1, max_denominator=50))
def test_the_bound_is_attained(root: Fraction, share: Fraction) -> None:
    """L = (2 x)^(3/2)/3 for x > 0: g = sqrt(2 x), H g = 1, and from x = r^2/2 the flow is at (r - t)^2/2, exactly."""
    h = share * root / 2
    step = root**2 / 2 - h * root
    assert (root - h) ** 2 / 2 - step == h**2 / 2
    x = symbols("x", positive=True)
    slope = sqrt(2 * x)
    assert diff(slope, x) * slope == 1


@pytest.mark.claim("dherin-rosca:equation-3-1-taylor")
@given(st.integers(-60, 60).filter(bool), st.integers(61, 70))
def test_the_flow_of_the_rough_loss(part: int, whole: int) -> None:
    """The solution moves at the rate -g, and the slope changes at its curvature, by differences; and the rest is of order h^(5/2)."""
    time = part / whole
    fall, rise, bend = (lambdify(f.variables, f.expr) for f in (FALL, RISE, BEND))
    gap = 1e-6  # a central difference errs by its square times a third derivative below 1e3, and by rounding of 1e-16 / 1e-6
    assert (fall(time + gap) - fall(time - gap)) / (2 * gap) == pytest.approx(-rise(fall(time)), abs=1e-6)
    assert (rise(time + gap) - rise(time - gap)) / (2 * gap) == pytest.approx(bend(time), abs=1e-6)
    assert abs(time) ** 2.5 / 4 <= abs(fall(time) + time) <= abs(time) ** 2.5


@pytest.mark.claim("dherin-rosca:equation-3-1-taylor")
def test_no_constant_bounds_its_rest_by_h_cubed() -> None:
    ratios = [abs(float((FALL(h) + h) / Abs(h) ** 3)) for h in (Rational(1, 10**k) for k in (2, 4, 6))]
    assert ratios[1] / ratios[0] == pytest.approx(10, rel=1e-2) and ratios[2] / ratios[1] == pytest.approx(10, rel=1e-2)


@pytest.mark.claim("dherin-rosca:theorem-3-1", "dherin-rosca:equation-3-1-taylor")
def test_one_step_size_does_not_characterise_corridors() -> None:
    """A loss on the line for which every step of size 1 is on the flow, as long as both stay inside; exactly.

    All solutions are one curve: -t + q(t) for 0 <= t < 1, with q = t^4 (1 - t)^3, and for 1 <= t < 2 what x(t + 1) = x(t) + x'(t) says.
    It falls and has two derivatives, so its slope -x'(t), as a function of the place x(t), has one.
    """
    t = symbols("t", real=True)
    first = -t + t**4 * (1 - t) ** 3
    second = (first + diff(first, t)).subs(t, t - 1)
    for order in range(3):
        assert (diff(first, t, order) if order else first).subs(t, 1) == (diff(second, t, order) if order else second).subs(t, 1)
    for piece, low in ((first, 0), (second, 1)):
        speed = Poly(diff(piece, t), t)
        assert speed.count_roots(low, low + 1) == 0 and speed.eval(low) < 0
    assert expand(second.subs(t, t + 1) - first - diff(first, t)) == 0
    assert diff(first, t, 2).subs(t, Rational(1, 2)) != 0


@pytest.mark.claim("dherin-rosca:equation-3-1-taylor")
@given(st.floats(0.05, 5))
def test_one_start_for_each_step_size(h: float) -> None:
    """The slope x - x^2: the step of size h from 1 - 1/h + 1/(e^h - 1) is on the flow, and steps from elsewhere are not."""
    start = 1 - 1 / h + 1 / np.expm1(h)

    def missed(x: float) -> float:
        return x / (x + (1 - x) * np.exp(h)) - (x - h * (x - x**2))

    assert 0 < start < 1
    assert missed(start) == pytest.approx(0, abs=1e-9)
    assert abs(missed((start + 1) / 2)) > 1e-6 * h**3
