"""The statements about PAL's vertex at random exact points, with the minimum of a cubic by its own formula."""

from __future__ import annotations

from fractions import Fraction
from functools import partial

import pytest
import sympy as sp
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from theory.line_search import parabolas as m
from theory.line_search.symbols import a, b, c, line, loss_0, loss_mu, mu, q, r, s, slope
from theory.proof import NotProved, follows, generalize, witness

rationals = st.fractions(-5, 5, max_denominator=5).map(lambda v: sp.Rational(v))
positive = st.fractions(Fraction(1, 5), 5, max_denominator=5).map(lambda v: sp.Rational(v))


def seen(curve: sp.Expr, where: sp.Expr) -> dict:
    """What PAL sees of a polynomial in s."""
    return {mu: where, loss_0: curve.subs(s, 0), slope: curve.coeff(s, 1), loss_mu: curve.subs(s, where), line: sp.Lambda(s, curve)}


@pytest.mark.claim("mutschler-zell:equation-2")
@settings(max_examples=20)  # each is checked as a statement, quantifiers and all
@given(positive, rationals, rationals, positive)
def test_equation_2_at_exact_points(bend: sp.Expr, place: sp.Expr, low: sp.Expr, where: sp.Expr) -> None:
    curve = sp.expand(bend * (s - place) ** 2 + low)
    point = {a: bend, b: curve.coeff(s, 1), c: curve.subs(s, 0), **seen(curve, where)}
    witness(m.equation_2, point)
    value = m.equation_2.then.rhs.subs(point)
    assert value == place, "the vertex, known beforehand"
    with pytest.raises(NotProved):
        witness(m.equation_2, {**point, loss_mu: point[loss_mu] + 1})
    square = partial(bowl, sp.expand(curve.subs(s, r)), low)
    witness(m.exact, point, square())


def bowl(curve: sp.Expr, low: sp.Expr):
    """No value of the parabola is below the lowest."""
    return generalize(follows(low <= curve), r)


@pytest.mark.claim("mutschler-zell:equation-2")
@settings(max_examples=30)  # each is checked as a statement, quantifiers and all
@given(rationals.filter(bool), rationals, rationals.filter(bool), positive)
def test_cubics_at_exact_points(third: sp.Expr, bend: sp.Expr, minimum: sp.Expr, where: sp.Expr) -> None:
    """With the slope 0 at a chosen place."""
    start = -(3 * third * minimum**2 + 2 * bend * minimum)
    curve = third * s**3 + bend * s**2 + start * s + 1
    assume(bend + third * where != 0)
    step = -start / (2 * (bend + third * where))
    assume(2 * bend + 3 * third * (step + minimum) != 0)
    point = {q: third, a: bend, b: start, c: 1, **seen(curve, where), s: step, r: minimum}
    witness(m.cubic, point)
    assert curve.diff(s).subs(s, step) == m.LEFT.subs(point), "the slope that is left, by another route"
    assert curve.diff(s).subs(s, minimum) == 0
