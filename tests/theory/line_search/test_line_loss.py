"""Derivatives along a line: differences in high precision for logistic samples; the statements themselves at random exact points."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mp, mpf

from theory.line_search import line_loss as m
from theory.line_search.symbols import (
    b,
    batch_loss,
    before,
    beta,
    direction,
    g,
    heading,
    i,
    lam,
    line,
    momentum,
    n,
    s,
    sample_gradient,
    sample_hessian,
    sample_loss,
    theta,
    unit,
)
from theory.proof import NotProved, counterexample, inner, squared_norm, witness

DIGITS = 60
STEP = mpf(10) ** -18  # a central difference errs by its square, 1e-36, and by 1e-60/1e-36 for the second one
SLACK = mpf(10) ** -20
small = st.integers(-5, 5)
nonzero = small.filter(bool)


@pytest.mark.claim("mutschler-zell:equation-1")
@given(st.integers(1, 4), st.integers(1, 3), st.integers(0, 10**6))
def test_slope_and_curvature_of_logistic_samples(count: int, dimension: int, seed: int) -> None:
    dice = np.random.default_rng(seed)
    data, start, way = (dice.integers(-3, 4, size) for size in ((count, dimension), dimension, dimension))
    if not way.any():
        way[0] = 1
    with mp.workdps(DIGITS):
        length = mp.sqrt(int(way @ way))
        d = [mpf(int(v)) / length for v in way]
        x = [[mpf(int(v)) for v in row] for row in data]
        w = [mpf(int(v)) for v in start]

        def loss(step: mpf) -> mpf:
            there = [p + step * q for p, q in zip(w, d, strict=True)]
            return sum(mp.log(1 + mp.exp(-mp.fdot(row, there))) for row in x) / count

        shares = [1 / (1 + mp.exp(mp.fdot(row, w))) for row in x]
        gradient = [-sum(p * row[k] for p, row in zip(shares, x, strict=True)) / count for k in range(dimension)]
        hessian = [
            [sum(p * (1 - p) * row[k] * row[j] for p, row in zip(shares, x, strict=True)) / count for j in range(dimension)]
            for k in range(dimension)
        ]
        bend = sum(d[k] * hessian[k][j] * d[j] for k in range(dimension) for j in range(dimension))
        ends = loss(STEP), loss(-STEP)
        assert abs((ends[0] - ends[1]) / (2 * STEP) - mp.fdot(gradient, d)) < SLACK
        assert abs((ends[0] - 2 * loss(mpf(0)) + ends[1]) / STEP**2 - bend) < SLACK


@pytest.mark.claim("mutschler-zell:equation-1")
@settings(max_examples=20)  # each is checked as a statement, quantifiers and all
@given(st.integers(1, 3), small, small, st.sampled_from([1, -1]))
def test_equation_1_at_exact_points(count: int, start: int, weight: int, way: int) -> None:
    """The losses (c + i) U^2, from any start."""
    total = sum(Fraction(weight + k, count) for k in range(1, count + 1))
    point = {
        **{n: count, theta: [[start]], direction: [[way]], unit: [[1]], line: sp.Lambda(s, sp.Rational(total) * (start + s * way) ** 2)},
        sample_loss: sp.Lambda((i, heading), (weight + i) * squared_norm(heading)),
        **{sample_gradient: sp.Lambda((i, heading), 2 * (weight + i) * heading), sample_hessian: sp.Lambda(i, 2 * (weight + i) * unit)},
    }
    assert witness(m.equation_1, point).statement == m.equation_1
    wrong = {**point, sample_hessian: sp.Lambda(i, (2 * (weight + i) + 1) * unit)}
    with pytest.raises(NotProved):
        witness(m.equation_1, wrong)  # a Hessian that is not that of the samples


@pytest.mark.claim("mutschler-zell:equation-dirderiv", "mutschler-zell:text-steplen")
@given(st.lists(small, min_size=1, max_size=4).filter(any), st.integers(1, 9), st.integers(0, 10**6))
def test_slope_and_step_of_linear_losses(entries: list[int], rate: int, seed: int) -> None:
    """By differences in fractions of |g|: l(s) - l(0) for s = |g| is -<g, g>."""
    square = sum(e * e for e in entries)
    start = [int(v) for v in np.random.default_rng(seed).integers(-9, 9, len(entries))]
    there = [p - e for p, e in zip(start, entries, strict=True)]  # |g| along -g/|g|
    fall = sum(e * (q - p) for e, p, q in zip(entries, start, there, strict=True))
    assert fall == -square, "the slope is -|g|^2/|g|"
    if len(entries) == 1:
        point = {batch_loss: sp.Lambda(heading, inner(g, heading)), g: [entries], theta: [start]}
        witness(m.directional, point, m.linear_moves(), m.descends())
        learning = {**point, lam: sp.Rational(rate, 10), b: -abs(entries[0])}
        witness(m.step_length, learning, m.linear_moves(), m.descends())
        with pytest.raises(NotProved):
            witness(m.step_length, {**learning, b: abs(entries[0])}, m.linear_moves(), m.descends())  # not its slope


@pytest.mark.claim("mutschler-zell:text-direction")
@given(nonzero, small, st.fractions(0, 1, max_denominator=9))
def test_momentum_may_lead_uphill(gradient: int, old: int, factor: Fraction) -> None:
    moved = factor * old + gradient
    if moved == 0:
        return
    slope = -gradient if moved > 0 else gradient  # the derivative of g U along -m/|m|
    point = {
        **{batch_loss: sp.Lambda(heading, inner(g, heading)), g: [[gradient]], theta: [[1]], before: [[old]]},
        **{momentum: [[sp.Rational(moved)]], beta: sp.Rational(factor)},
    }
    witness(m.with_momentum, point, m.linear_moves(), m.linear_moves_along_momentum())
    downhill = m.with_momentum.with_then(inner(g, m.M_ALONG) < 0)
    if slope > 0:
        counterexample(downhill, point, m.linear_moves())
    else:
        witness(downhill, point, m.linear_moves())
