"""PAL's rule, as stated, against the function: random quartics in fractions; a line uphill; the direction of the line."""

from __future__ import annotations

import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from theory.line_search import pal_rule as m
from theory.line_search.line_loss import descends, linear_moves
from theory.line_search.pal import pal_update
from theory.line_search.symbols import a, alpha, b, batch_loss, g, heading, line, mu, r, s, s_max, theta
from theory.proof import NotProved, counterexample, inner, witness

rationals = st.fractions(-5, 5, max_denominator=3).map(lambda v: sp.Rational(v))
positive = st.sampled_from([sp.Rational(1, 2), sp.Integer(1), sp.Integer(2), sp.Rational(5, 3)])


def seen(curve: sp.Expr, where: sp.Expr, factor: sp.Expr, longest: sp.Expr) -> dict:
    """The point of the statements, with the step that the function takes."""
    start, first, there = curve.subs(s, 0), curve.coeff(s, 1), curve.subs(s, where)
    bend = (there - start - first * where) / where**2
    free = pal_update(start, first, there, where, factor)
    taken = pal_update(start, first, there, where, factor, longest)
    return {mu: where, alpha: factor, s_max: longest, a: bend, b: first, line: sp.Lambda(s, curve), s: free, r: taken}


@pytest.mark.claim("mutschler-zell:algorithm-pal")
@given(st.lists(rationals, min_size=5, max_size=5), positive, positive, positive)
def test_any_loss(coefficients: list[sp.Expr], where: sp.Expr, factor: sp.Expr, longest: sp.Expr) -> None:
    curve = sp.expand(sum(v * s**k for k, v in enumerate(coefficients)))
    point = seen(curve, where, factor, longest)
    witness(m.any_loss, point)
    if point[a] <= 0 and point[b] < 0 and where <= longest:
        assert curve.subs(s, point[r]) < curve.subs(s, 0)


@pytest.mark.claim("mutschler-zell:algorithm-pal")
@given(rationals, rationals, positive, positive, positive)
def test_parabolas(bend: sp.Expr, first: sp.Expr, where: sp.Expr, factor: sp.Expr, longest: sp.Expr) -> None:
    curve = sp.expand(bend * s**2 + first * s + 1)
    point = seen(curve, where, factor, longest)
    witness(m.on_parabolas, point)
    assert curve.subs(s, point[r]) <= 1


def test_beyond_2_a_parabola_is_raised() -> None:
    point = seen(s**2 - 4 * s, sp.Integer(1), sp.Rational(21, 10), sp.Integer(9))
    assert point[r] == sp.Rational(42, 10) and (point[r] - 2) ** 2 > 4
    counterexample(m.on_parabolas.drop(alpha <= 2), point)


@pytest.mark.claim("mutschler-zell:equation-2-dir")
@settings(max_examples=15)  # each is checked as a statement, quantifiers and all
@given(st.integers(-9, 9).filter(bool), st.integers(1, 9))
def test_the_line_leads_along_the_negative_gradient(gradient: int, start: int) -> None:
    point = {batch_loss: sp.Lambda(heading, inner(g, heading)), g: [[gradient]], theta: [[start]]}
    counterexample(m.along_g, point, linear_moves())
    witness(m.along_minus_g, point, linear_moves(), descends(), m.climbs())
    with pytest.raises(NotProved):
        witness(m.along_g, point, linear_moves(), m.climbs())
    up = 1 if gradient > 0 else -1  # by hand: g (theta + s up) rises with |g|
    assert gradient * (start + up) - gradient * start == abs(gradient)
