"""FBPAL in fractions: random quadratic losses, seen at any mu; and what the mini-batch's slope in its place would do."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Rational

from tests.strategies import positive_rationals
from theory.line_search import full_batch_pal as m
from theory.line_search.directions import newton_line_step
from theory.line_search.pal import full_batch_pal_step
from theory.line_search.quadratics import LOSS, bowl
from theory.line_search.symbols import G, H, g, loss_0, loss_mu, mu, slope, theta
from theory.proof import NotProved, witness

NORMS = {(3, 4): 5, (-8, 6): 10, (0, 2): 2, (5, -12): 13}


@pytest.mark.claim("mutschler-zell:algorithm-fbpal")
@given(st.sampled_from(sorted(NORMS)), st.integers(0, 10**6), positive_rationals(9))
def test_the_newton_step_whatever_mu_is(noisy: tuple[int, int], seed: int, where: Fraction) -> None:
    dice, length = np.random.default_rng(seed), NORMS[noisy]
    factor = dice.integers(-2, 3, (2, 2))
    hessian = (factor @ factor.T + np.eye(2, dtype=int)).tolist()
    full = [int(v) for v in dice.integers(-5, 6, 2)]
    way = [Fraction(-v, length) for v in noisy]
    first = sum(p * q for p, q in zip(full, way, strict=True))
    there = where * first + where**2 / 2 * sum(way[k] * hessian[k][j] * way[j] for k in range(2) for j in range(2))
    assert full_batch_pal_step(0, first, there, where) == newton_line_step(hessian, full, list(noisy))


@pytest.mark.claim("mutschler-zell:algorithm-fbpal")
@settings(max_examples=15)  # each is checked as a statement, quantifiers and all
@given(st.integers(-5, 5).filter(bool), st.integers(-5, 5).filter(bool), st.integers(1, 5))
def test_the_statement_at_exact_points(full: int, noisy: int, where: int) -> None:
    first = -full if noisy > 0 else full
    point = {**LOSS, theta: [[0]], G: [[full]], H: [[1]], g: [[noisy]], mu: where, loss_0: 0, slope: first}
    point[loss_mu] = first * where + Rational(where**2, 2)
    witness(m.exact, point, bowl(-first))
    assert full_batch_pal_step(0, first, point[loss_mu], where) == -first
    with pytest.raises(NotProved):
        witness(m.exact, {**point, loss_mu: point[loss_mu] + 1}, bowl(-first))
