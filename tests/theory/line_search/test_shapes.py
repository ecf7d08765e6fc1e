"""Shapes, steps and directions: parabolas on a grid in fractions, the valley by hand, distances of random lines."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from theory.line_search import shapes as m
from theory.line_search.metrics import shape_distance
from theory.line_search.symbols import a, b, c, eps, line, line_2, line_3, n, r, s, s_2, w
from theory.proof import And, counterexample, follows, generalize, witness

SLACK = 1e-9  # absolute; sums of 21 differences of numbers up to 10 in float64


@pytest.mark.claim("mutschler-zell:text-fixedstep")
@pytest.mark.parametrize("bend", [Fraction(1, 8), Fraction(1, 1000), Fraction(1, 10**9)])
def test_flat_lines_with_opposite_steps(bend: Fraction) -> None:
    """On 81 steps of [-1/5, 1/5]."""
    grid = [Fraction(k, 200) for k in range(-40, 41)]
    lines = [[bend * (step - place) ** 2 for step in grid] for place in (Fraction(1, 10), Fraction(-1, 10))]
    gap = max(abs(p - q) for p, q in zip(*lines, strict=True))
    assert gap == 2 * bend / 25 <= Fraction(1, 100) and shape_distance(*lines) <= gap
    assert [grid[line.index(min(line))] for line in lines] == [Fraction(1, 10), Fraction(-1, 10)]
    # for the constant C the proof takes a = 1/(4 C): the statement's last line fails there
    constant = 1 / (4 * bend)
    assert Fraction(1, 5) ** 2 > constant * gap
    counterexample(m.fixed_step, {}, m.no_constant())


@pytest.mark.claim("mutschler-zell:text-fixedstep")
@given(st.integers(1, 5), st.fractions(-1, 1, max_denominator=5), st.fractions(-1, 1, max_denominator=5))
def test_curved_lines_have_near_minima(bend: int, one: Fraction, two: Fraction) -> None:
    """Two parabolas a (r - s)^2 in [-1, 1]: they differ most at an end."""
    first, second = (bend * (r - sp.Rational(place)) ** 2 for place in (one, two))
    gap = max(abs((first - second).subs(r, end)) for end in (-1, 1))
    assert bend * (one - two) ** 2 <= gap
    similar = generalize(follows(sp.Abs(first - second) <= gap, r >= -1, r <= 1), r, And(r >= -1, r <= 1))
    point = {a: bend, s: sp.Rational(one), s_2: sp.Rational(two), w: 1, eps: gap, line: sp.Lambda(r, first), line_2: sp.Lambda(r, second)}
    lowest = generalize(follows(second >= 0), r)
    witness(m.curved, point, similar, lowest)


@pytest.mark.claim("mutschler-zell:text-fixedstep")
@settings(max_examples=30)  # each is checked as a statement, sums and all
@given(*[st.fractions(-2, 2, max_denominator=5)] * 4, st.integers(1, 4))
def test_the_mean_distance_bounds_the_slopes(one: Fraction, two: Fraction, bend: Fraction, other: Fraction, half: int) -> None:
    """On the steps -half, ..., half, whose cubes add up to 0."""
    steps = range(-half, half + 1)
    gaps = [bend * (k - one) ** 2 - other * (k - two) ** 2 for k in steps]
    slopes = abs(2 * bend * one - 2 * other * two)
    assert slopes * sum(k * k for k in steps) <= half * sum(abs(gap) for gap in gaps)
    point = {n: 2 * half + 1, w: half, m.node: sp.Lambda(m.i, m.i - half - 1)}
    witness(m.on_the_grid, {**point, a: sp.Rational(bend), c: sp.Rational(other), m.p_1: sp.Rational(one), m.p_2: sp.Rational(two)})


@pytest.mark.claim("mutschler-zell:text-anydir")
def test_the_valley_by_hand() -> None:
    def loss(x: Fraction, y: Fraction) -> Fraction:
        return (x - 1) ** 2 + (y - 1) ** 2 + 2 * x**2 * y

    steps = [Fraction(k, 12) for k in range(-24, 25)]
    assert all(loss(step, Fraction(0)) == loss(Fraction(0), step) == (step - 1) ** 2 + 1 for step in steps)
    h = Fraction(1, 10**6)  # the differences are quadratic: central ones are exact
    slopes = [
        [(loss(x + h, y) - loss(x - h, y)) / (2 * h), (loss(x, y + h) - loss(x, y - h)) / (2 * h)]
        for x, y in ((Fraction(1), Fraction(0)), (Fraction(0), Fraction(1)))
    ]
    assert slopes == [[0, 0], [-2, 0]]
    assert loss(Fraction(1, 3), Fraction(1)) == Fraction(2, 3) < loss(Fraction(1), Fraction(0)) == 1
    counterexample(m.any_direction, m.VALLEY, m.lowest_at_1())


@pytest.mark.claim("mutschler-zell:text-anydir")
@settings(max_examples=30)  # each is checked as a statement, quantifiers and all
@given(st.integers(-4, 4), st.integers(-4, 4), st.integers(-4, 4), st.fractions(-1, 1, max_denominator=4))
def test_similar_shapes_gain_alike(tilt: int, other: int, offset: int, step: Fraction) -> None:
    """Straight lines differ most at an end of the window."""
    first, second = tilt * r + 1 + 0 * r**2, other * r + offset
    gap = abs(tilt - other)
    gains = [-tilt * step, -other * step]
    assert abs(gains[0] - gains[1]) <= 2 * gap
    near = sp.Abs((first - 1) - (second - offset)) <= gap
    near = generalize(follows(near, r >= -1, r <= 1), r, And(r >= -1, r <= 1)) if gap else None
    curves = {f: sp.Lambda(r, e + r**2) for f, e in ((line, first), (line_2, second))}
    point = {s: sp.Rational(step), w: 1, eps: gap, a: 1, b: offset, **curves}
    witness(m.same_gain, point, *([near] if near is not None else []))


@pytest.mark.claim("mutschler-zell:text-anydir")
def test_twice_the_gap_is_attained() -> None:
    """From 1 down to -1 with slope -2, against a flat line: a gap of 1 everywhere at most, and a gain of 2."""
    losses = [max(-1, min(1, 1 - 2 * Fraction(k, 10))) for k in range(-10, 11)]
    assert max(abs(v) for v in losses) == 1 and losses[10] - losses[20] == 2
    witness(m.same_gain, m.LEVEL, m.within_1())
    counterexample(m.same_gain.with_then(m.same_gain.then.lhs <= 1), m.LEVEL, m.within_1())


@pytest.mark.claim("mutschler-zell:definition-shape")
@given(st.integers(0, 10**6), st.integers(1, 4))
def test_the_triangle(seed: int, count: int) -> None:
    lines = np.random.default_rng(seed).normal(size=(3, 21)) * 3
    legs = [shape_distance(lines[i], lines[j]) for i, j in ((0, 2), (0, 1), (1, 2))]
    assert legs[0] <= legs[1] + legs[2] + SLACK
    weights = np.random.default_rng(seed).integers(2, 9, 3)
    curves = {f: sp.Lambda(r, int(v) * r**2) for f, v in zip((line, line_2, line_3), weights, strict=True)}
    witness(m.triangle, {n: count, a: 1, b: 2, c: 0, **curves})
