"""Curvature along lines and across, steps that are too long, and what the step to the minimum is proportional to: by exact runs."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sympy import Lambda, Rational, diag

from theory.line_search import longer_steps, slope_ratios, wider_valleys
from theory.line_search.directions import newton_line_step
from theory.line_search.symbols import H, b, k, line, r, s, t, x, y
from theory.proof import NotProved, counterexample, follows, generalize, witness

whole = st.integers(-6, 6)


@pytest.mark.claim("mutschler-zell:text-slope-curv")
@given(st.integers(1, 9), st.integers(1, 9))
def test_lines_turn_in_a_valley_that_stays(steep, flat):
    """On (a x^2 + b y^2)/2 from the axes: with a > b the curvature falls, with the same Hessian; else the statement is not refuted."""
    point = {**wider_valleys.TURNS, H: diag(steep, flat)}
    if steep > flat:
        assert counterexample(wider_valleys.printed, point)
        assert witness(wider_valleys.along_the_lines, point)
    else:
        with pytest.raises(NotProved):
            counterexample(wider_valleys.printed, point)


@pytest.mark.claim("mutschler-zell:text-slope-curv")
def test_gradient_descent_turns_to_the_flat_direction():
    """On x^2 + y^2/2 with the rate 1/4: the curvature along the gradient falls in every step, in one and the same valley."""
    place, found = np.array([1.0, 1.0]), []
    for _ in range(20):
        gradient = np.array([2.0, 1.0]) * place
        way = gradient / np.linalg.norm(gradient)
        found.append(way @ np.diag([2.0, 1.0]) @ way)
        place = place - gradient / 4
    assert all(later < before for before, later in zip(found, found[1:], strict=False))
    assert found[0] > 1.7
    assert found[-1] < 1.001


@pytest.mark.claim("mutschler-zell:text-slope-curv")
@given(st.integers(1, 9), st.integers(1, 9), st.integers(1, 9))
def test_the_chord_of_a_parabola(steep, flat, fall):
    """-b s + a s^2/2 is below 0 up to 2 b/a, for both curvatures."""
    for bend in (steep, flat):
        end = Fraction(2 * fall, bend)
        assert -fall * end + bend * end**2 / 2 == 0
        assert -fall * end / 2 + bend * end**2 / 8 < 0
    assert (flat < steep) == (Fraction(2 * fall, flat) > Fraction(2 * fall, steep))


def run(bend: Fraction, place: tuple[Fraction, Fraction], rates: list[Fraction | None]) -> list[Fraction]:
    """Losses on (x^2 + k y^2)/2; without a rate the step is an exact line search."""
    u, v = place
    losses = []
    for rate in rates:
        g = (u, bend * v)
        below = g[0] ** 2 + bend * g[1] ** 2
        step = (rate if rate is not None else (g[0] ** 2 + g[1] ** 2) / below) if below else Fraction(0)
        u, v = u - step * g[0], v - step * g[1]
        losses.append((u**2 + bend * v**2) / 2)
    return losses


@pytest.mark.claim("mutschler-zell:text-global")
@given(st.integers(2, 12), whole.filter(bool), whole.filter(bool))
def test_a_long_step_first_and_the_minimum_second(bend, u, v):
    place = (Fraction(u), Fraction(v))
    greedy, long = run(Fraction(bend), place, [None] * 6), run(Fraction(bend), place, [Fraction(1), None])
    assert long[0] > greedy[0]
    assert long[1] == 0
    assert all(value > 0 for value in greedy)
    point = {k: bend, x: u, y: v, r: Rational(1, bend)}
    assert witness(longer_steps.longer, point)
    with pytest.raises(NotProved):
        witness(longer_steps.longer, {**point, r: Rational(1, bend + 1)})
    assert counterexample(longer_steps.longer.with_then(longer_steps.loss(longer_steps.GREEDY) <= 0), point)


@pytest.mark.claim("mutschler-zell:text-prop")
@given(st.integers(1, 9), st.integers(1, 9), whole, whole, whole.filter(bool), whole)
def test_the_minimum_by_two_numbers(first, second, a, c, g_1, g_2):
    hessian, full, noisy = np.diag([float(first), float(second)]), np.array([a, c], dtype=float), np.array([g_1, g_2], dtype=float)
    square = noisy @ noisy
    ratio, bend = full @ noisy / square, noisy @ hessian @ noisy / square
    step = newton_line_step(hessian, full, noisy)
    assert step == pytest.approx(ratio / bend * np.sqrt(square), rel=1e-12, abs=1e-12)
    way, near = -noisy / np.sqrt(square), step + np.linspace(-0.1, 0.1, 21)
    losses = [full @ (p * way) + (p * way) @ hessian @ (p * way) / 2 for p in near]
    assert np.argmin(losses) == 10
    assert slope_ratios.by_two_numbers.then.lhs == s


@pytest.mark.claim("mutschler-zell:text-prop")
@pytest.mark.parametrize("start", [-3, -1, -2])
def test_a_quartic_has_a_cubic_root(start):
    known = generalize(follows((r + start) ** 4 >= 0), r)
    point = {line: Lambda(t, (t + start) ** 4), x: start, b: 4 * start**3, s: -start}
    assert witness(slope_ratios.quartic, point, known)
    with pytest.raises(NotProved):
        witness(slope_ratios.quartic, {**point, b: 2 * start**3}, known)
    assert (-point[b] / 4) ** (1 / 3) == pytest.approx(-start)
