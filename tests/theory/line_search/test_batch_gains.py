"""Mean gains over all mini-batches, one by one in exact arithmetic, against the laws; and the statements at data sets of their own."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sympy import Lambda, Rational

from theory.line_search import batch_gains
from theory.line_search.symbols import A, G, H, batch_gradient, batch_gradient_2, e_1, e_2, j, k, lam, theta, unit
from theory.proof import NotProved, counterexample, witness

Vector = list[Fraction]
small = st.integers(-3, 3).map(Fraction)


@st.composite
def data_sets(draw: st.DrawFn) -> list[Vector]:
    """The gradients of two to five samples, of one or two parameters."""
    count, width = draw(st.integers(2, 5)), draw(st.integers(1, 2))
    return draw(st.lists(st.lists(small, min_size=width, max_size=width), min_size=count, max_size=count))


def mean(rows: list[Vector]) -> Vector:
    return [sum(column, Fraction(0)) / len(rows) for column in zip(*rows, strict=True)]


def dot(x: Vector, y: Vector) -> Fraction:
    return sum((a * b for a, b in zip(x, y, strict=True)), Fraction(0))


def form(hessian: Vector, x: Vector) -> Fraction:
    """X' H x for a diagonal H."""
    return sum((h * a * a for h, a in zip(hessian, x, strict=True)), Fraction(0))


def loss(hessian: Vector, full: Vector, move: Vector) -> Fraction:
    """<G, v> + v' H v/2."""
    return dot(full, move) + form(hessian, move) / 2


def mean_gain(rows: list[Vector], hessian: Vector, size: int, rate: Fraction) -> Fraction:
    """Over all draws of so many samples."""
    full, draws = mean(rows), [mean(list(draw)) for draw in combinations(rows, size)]
    return sum((-loss(hessian, full, [-rate * a for a in g]) for g in draws), Fraction(0)) / len(draws)


@pytest.mark.claim("mutschler-zell:text-512")
@given(data_sets(), st.integers(-2, 3), st.integers(0, 3), st.integers(1, 8), st.data())
def test_the_gain_over_all_draws(rows, first, second, rate, data):
    rate, hessian = Fraction(rate, 4), [Fraction(first), Fraction(second)][: len(rows[0])]
    count, full = len(rows), mean(rows)
    size = data.draw(st.integers(1, count))
    spread = sum((form(hessian, row) for row in rows), Fraction(0)) / count - form(hessian, full)
    bend = form(hessian, full) + Fraction(count - size, size * (count - 1)) * spread
    assert mean_gain(rows, hessian, size, rate) == rate * dot(full, full) - rate**2 * bend / 2
    if min(hessian) >= 0:
        larger = data.draw(st.integers(size, count))
        assert mean_gain(rows, hessian, larger, rate) >= mean_gain(rows, hessian, size, rate)


@pytest.mark.claim("mutschler-zell:text-smallbs")
@given(data_sets(), st.integers(1, 4), st.integers(1, 12), st.data())
def test_pal_against_sgd(rows, curvature, rate, data):
    """PAL's step from the mini-batch's own parabola; SGD with any rate."""
    rate, bend, count, full = Fraction(rate, 4), Fraction(curvature), len(rows), mean(rows)
    hessian = [bend] * len(full)
    size = data.draw(st.integers(1, count))
    gaps, squares = [], []
    for draw in combinations(rows, size):
        g = mean(list(draw))
        along = -dot(g, g)  # the slope of r -> l(-r g); its curvature is g' H g
        pal = -along / form(hessian, g) if along else Fraction(0)
        gaps.append(loss(hessian, full, [-rate * a for a in g]) - loss(hessian, full, [-pal * a for a in g]))
        squares.append(dot(g, g))
    gap, square = (sum(values, Fraction(0)) / len(values) for values in (gaps, squares))
    assert gap == (1 / bend - rate) * (dot(full, full) - (1 + rate * bend) * square / 2)
    if rate * bend >= 1:
        assert gap >= 0
    elif square * (1 + rate * bend) > 2 * dot(full, full):
        assert gap < 0


@pytest.mark.claim("mutschler-zell:text-512")
@pytest.mark.claim("mutschler-zell:text-smallbs")
@given(small, small, st.integers(1, 6), st.integers(1, 3))
def test_the_statements_at_two_samples(one, two, rate, bend):
    """One parameter: the gradients of two samples, drawn one by one and both together."""
    assume(one != two)
    middle = Rational(one + two) / 2
    point = {**batch_gains.TWO_SIZES, A: [[int(one), int(two)]], G: [[middle]], H: [[bend]], lam: Rational(rate, 3)}
    point |= {batch_gradient: Lambda(j, A * ((2 - j) * e_1 + (j - 1) * e_2)), batch_gradient_2: Lambda(j, middle * unit)}
    assert witness(batch_gains.larger, point)
    assert witness(batch_gains.against_pal, {**point, k: bend})
    with pytest.raises(NotProved):
        witness(batch_gains.against_pal, {**point, k: bend + 1})
    with pytest.raises(NotProved):
        counterexample(batch_gains.larger, {**point, theta: [[7]]})


@pytest.mark.claim("mutschler-zell:text-512")
def test_the_full_batch_has_no_noise():
    rows = [[Fraction(v)] for v in (1, 5, -2, 4)]
    gains = [mean_gain(rows, [Fraction(1)], size, Fraction(1)) for size in (1, 2, 3, 4)]
    assert gains == sorted(gains)
    assert gains[-1] == Fraction(2) ** 2 / 2
    assert gains[-1] - gains[0] == 3 * (gains[-1] - gains[1])  # (N - m)/m is 3 for one sample, 1 for two
