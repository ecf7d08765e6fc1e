"""s_opt = c |g|: two mini-batches in fractions, eigenvectors in numbers, and what a constant rate gains on random parabolas."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from theory.line_search import proportional as m
from theory.line_search.directions import newton_line_step
from theory.line_search.quadratics import LOSS, bowl
from theory.line_search.symbols import G, H, a, b, c, eps, g, g_2, k, lam, line, s, s_2, t, theta
from theory.proof import counterexample, witness

nonzero = st.integers(-5, 5).filter(bool)
SLACK = 1e-9  # relative; matrix products of size 5 in float64


@pytest.mark.claim("mutschler-zell:equation-4b")
@settings(max_examples=20)  # each is checked as a statement, quantifiers and all
@given(nonzero, nonzero, nonzero)
def test_two_mini_batches_of_one_parameter(full: int, one: int, two: int) -> None:
    steps = [newton_line_step([[1]], [full], [noisy]) for noisy in (one, two)]
    constants = [Fraction(int(step), abs(noisy)) for step, noisy in zip(steps, (one, two), strict=True)]
    assert constants == [Fraction(full, one), Fraction(full, two)], "<G, g>/(g' H g)"
    point = {
        **LOSS,
        theta: [[0]],
        G: [[full]],
        H: [[1]],
        g: [[one]],
        g_2: [[two]],
        s: steps[0],
        s_2: steps[1],
        c: -sp.Rational(constants[0]),
    }
    known = (bowl(steps[0]), bowl(steps[1]))
    witness(m.same_quotient, point, *known)
    near = abs(int(steps[1]) - constants[0] * abs(two)) <= Fraction(abs(int(steps[1])), 2)
    (witness if near else counterexample)(m.constant, point, *known)


@pytest.mark.claim("mutschler-zell:equation-4b")
@given(st.integers(2, 5), st.integers(0, 10**6))
def test_eigenvectors_and_others(size: int, seed: int) -> None:
    dice = np.random.default_rng(seed)
    basis, _ = np.linalg.qr(dice.normal(size=(size, size)))
    values = 1 + np.arange(size)
    hessian = basis @ np.diag(values) @ basis.T
    for j, value in enumerate(values):
        for length in (0.5, 3.0):
            gradient = length * basis[:, j]
            assert abs(newton_line_step(hessian, gradient, gradient) / length - 1 / value) < SLACK
    mixed = basis.sum(axis=1)
    ratio = newton_line_step(hessian, mixed, mixed) / np.linalg.norm(mixed)
    assert abs(ratio - size / values.sum()) < SLACK, "the inverse of the mean eigenvalue"


@pytest.mark.claim("mutschler-zell:equation-4b")
@given(nonzero)
def test_the_eigenvector_statement(full: int) -> None:
    witness(m.eigenvector, {**LOSS, theta: [[0]], G: [[full]], H: [[1]], k: 1}, bowl(abs(full)))


@pytest.mark.claim("mutschler-zell:text-constlr")
@settings(max_examples=30)  # each is checked as a statement, quantifiers and all
@given(st.integers(1, 9), st.integers(1, 9), st.fractions(-2, 2, max_denominator=9))
def test_what_a_constant_rate_gains(bend: int, place: int, share: Fraction) -> None:
    """A step of s (1 + e) on a (t - s)^2."""
    rate = sp.Rational(place * (1 + share) / 2)
    curve = sp.Lambda(t, bend * (t - place) ** 2)
    gained, most = curve(0) - curve(2 * rate), curve(0) - curve(place)
    assert gained == (1 - sp.Rational(share) ** 2) * most
    if rate > 0:
        point = {line: curve, a: bend, b: -2 * bend * place, s: place, g: [[2]], lam: rate, eps: abs(sp.Rational(share))}
        witness(m.almost, point)
        witness(m.almost.with_then(sp.Eq(*m.almost.then.args)), point)
