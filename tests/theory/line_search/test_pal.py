"""PAL's functions: parabolas and cubics in fractions, every case of the rule, floats against exact numbers, bad input."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import positive_rationals
from theory.line_search.pal import full_batch_pal_step, pal_step, pal_update

SLACK = 1e-9  # relative; ten roundings, where the curvature is no smaller than 1/100 of what it is the difference of
rationals = st.fractions(-9, 9, max_denominator=9)


def values(curve, mu):
    """l(0), l'(0) and l(mu) of a polynomial, given by its coefficients from the constant on."""
    return curve[0], curve[1], sum(c * mu**k for k, c in enumerate(curve))


@pytest.mark.claim("mutschler-zell:equation-2", "mutschler-zell:algorithm-fbpal")
@given(positive_rationals(9), rationals, rationals, positive_rationals(9))
def test_exact_on_parabolas_whatever_mu_is(a: Fraction, place: Fraction, low: Fraction, mu: Fraction) -> None:
    curve = (a * place**2 + low, -2 * a * place, a)
    assert pal_step(*values(curve, mu), mu) == full_batch_pal_step(*values(curve, mu), mu) == sp.Rational(place)
    assert full_batch_pal_step(*values(curve, Fraction(1, 10))) == sp.Rational(place), "the paper's mu is the default"
    numbers = [float(v) for v in values(curve, mu)]
    assert abs(pal_step(*numbers, float(mu)) - float(place)) <= 1e4 * SLACK  # l(mu) - l(0) may lose 4 digits


@pytest.mark.claim("mutschler-zell:equation-2")
@given(rationals, positive_rationals(9), rationals, rationals, positive_rationals(9))
def test_the_error_on_cubics(q: Fraction, a: Fraction, b: Fraction, c: Fraction, mu: Fraction) -> None:
    curve = (c, b, a, q)
    if a + q * mu == 0:
        with pytest.raises(ValueError, match="straight"):
            pal_step(*values(curve, mu), mu)
        return
    s = Fraction(str(pal_step(*values(curve, mu), mu)))
    slope = b + 2 * a * s + 3 * q * s**2
    assert s == -b / (2 * (a + q * mu)) and slope == q * s * (3 * s - 2 * mu)
    if s > 0 and a > 0 and q > 0 and b < 0:
        assert (slope > 0) == (s > 2 * mu / 3), "too far, and for a longer second look too short"
        again = Fraction(3, 2) * s
        assert q * s * (3 * s - 2 * again) == 0, "exact if mu is 3/2 of the step"


@pytest.mark.claim("mutschler-zell:algorithm-pal")
@given(rationals, rationals, positive_rationals(9), st.fractions(Fraction(1, 9), 2, max_denominator=9), st.none() | positive_rationals(9))
def test_the_rule_on_parabolas(a: Fraction, b: Fraction, mu: Fraction, alpha: Fraction, longest: Fraction | None) -> None:
    seen = values((Fraction(3), b, a), mu)
    step = Fraction(str(pal_update(*seen, mu, alpha, longest)))
    wanted = -alpha * b / (2 * a) if a > 0 and b < 0 else mu if b < 0 else 0
    assert step == (wanted if longest is None else min(wanted, longest))
    assert a * step**2 + b * step <= 0, "no parabola is raised"
    numeric = pal_update(*(float(v) for v in seen), float(mu), float(alpha), None if longest is None else float(longest))
    if a != 0:  # on a straight line rounding decides between mu and a long step
        assert abs(numeric - float(step)) <= 1e4 * SLACK * (1 + float(step))


def test_arrays_are_taken_entry_by_entry() -> None:
    losses, slopes, seen = np.array([4.0, 4.0, 4.0, 4.0]), np.array([-4.0, -1.0, -1.0, 1.0]), np.array([1.0, 3.0, 2.0, 6.0])
    assert pal_update(losses, slopes, seen, 1).tolist() == [2, 1, 1, 0]
    assert pal_update(losses, slopes, seen, 1, alpha=0.5, s_max=0.75).tolist() == [0.75, 0.75, 0.75, 0]
    assert pal_step(losses[:1], slopes[:1], seen[:1], np.array([[1.0], [1.0]])).shape == (2, 1)
    assert pal_update(4.0, -4.0, 1.0, 1, alpha=np.array([1.0, 2.0])).tolist() == [2, 4]


@pytest.mark.parametrize(
    ("function", "arguments", "message"),
    [
        (pal_step, (4, -4, 1, 0), "mu is 0"),
        (pal_step, (4, -4, 1, -1), "mu is -1"),
        (pal_step, (4, -1, 3, 1), "straight"),
        (pal_step, (4.0, -1.0, 3.0, 1.0), "straight"),
        (pal_step, (4.0, float("nan"), 3.0, 1.0), "finite"),
        (pal_step, (sp.oo, 1, 3, 1), "finite"),
        (pal_update, (4, -4, 1, 1, 0), "alpha is 0"),
        (pal_update, (4, -4, 1, 1, 1, 0), "s_max is 0"),
        (pal_update, (4, 4, sp.nan, 1), "finite"),
        (pal_update, (np.ones(2), np.ones(3), 1.0, 1.0), "broadcast"),
        (pal_update, (0.0, -1e300, -1e300 + 1e290, 1.0, 1e300), "straight"),
        (full_batch_pal_step, (4, -4, 1, -1), "mu is -1"),
    ],
)
def test_values_that_are_refused(function, arguments: tuple, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        function(*arguments)


@pytest.mark.parametrize("function", [pal_step, pal_update, full_batch_pal_step])
@pytest.mark.parametrize("bad", ["4", None, np.ones(2, np.float32), np.ones(2, int), True, sp.Symbol("x")])
def test_kinds_that_are_refused(function, bad: object) -> None:
    for position in range(4):
        arguments: list[object] = [4, -4, 1, 1]
        arguments[position] = bad
        with pytest.raises(TypeError):
            function(*arguments)


def test_tensors_are_refused() -> None:
    torch = pytest.importorskip("torch")
    with pytest.raises(TypeError, match="torch"):
        pal_update(torch.ones(2), -1.0, 1.0, 1.0)
