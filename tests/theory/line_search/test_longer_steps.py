"""Steps that are too long for their line, by exact runs."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sympy import Rational

from theory.line_search import longer_steps
from theory.line_search.symbols import k, r, x, y
from theory.proof import NotProved, counterexample, witness

whole = st.integers(-6, 6)


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
