"""Windows and improvements on random parabolas, by a search over a fine grid in fractions."""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from theory.line_search import windows as m
from theory.line_search.metrics import line_metrics
from theory.line_search.symbols import a, b, line, r, s, t, w
from theory.proof import counterexample, witness

bends, places = st.integers(1, 9), st.fractions(-1, 1, max_denominator=10)


@pytest.mark.claim("mutschler-zell:text-window")
@given(bends, places, st.sampled_from([Fraction(1, 5), Fraction(1, 2)]))
def test_where_the_minimum_is(bend: int, place: Fraction, width: Fraction) -> None:
    grid = [Fraction(k, 90) for k in range(-90, 91)] + [place]
    best = min(grid, key=lambda step: bend * (step - place) ** 2)
    inside = -width <= best <= width
    point = {w: sp.Rational(width), a: bend, b: -2 * bend * sp.Rational(place), s: sp.Rational(place)}
    point[line] = sp.Lambda(t, bend * (t - sp.Rational(place)) ** 2)
    witness(m.wide_enough, point)
    (witness if inside else counterexample)(m.window, point)
    assert inside == (abs(2 * bend * place) <= 2 * bend * width)


@pytest.mark.claim("mutschler-zell:definition-metrics")
@given(bends, places, places)
def test_improvement_and_distance(bend: int, place: Fraction, step: Fraction) -> None:
    def loss(x: Fraction) -> Fraction:
        return bend * (x - place) ** 2

    found = line_metrics(place, step, loss(Fraction(0)), loss(step))
    assert found.improvement == bend * (sp.Rational(place) ** 2 - found.distance**2)
    assert line_metrics(place, 2 * place, loss(Fraction(0)), loss(2 * place)).improvement == 0
    point = {a: bend, b: -2 * bend * sp.Rational(place), s: sp.Rational(place), r: sp.Rational(step)}
    witness(m.improvement, {**point, line: sp.Lambda(t, bend * (t - sp.Rational(place)) ** 2)})
