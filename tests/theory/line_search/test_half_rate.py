"""The balance of a run: SGD on random quadratic losses in fractions, noise that never ends, and the statements at exact points."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from theory.line_search import half_rate as m
from theory.line_search.symbols import T, full_loss, gradient_at, heading, hessian_at, j, lam, lowest_loss, place, unit, update
from theory.proof import NotProved, counterexample, squared_norm, witness

# A stationary run of 20000 steps: its loss ends within a few times its mean, so the last term of the balance is below 1 %
LAST_TERM = 0.01


def run_of(seed: int, size: int, steps: int, rate: Fraction) -> tuple[list, list, list, list]:
    """Losses, slopes, curvatures and the line losses' coefficients of SGD with random directions on v' H v/2, all in fractions."""
    dice = np.random.default_rng(seed)
    matrix = dice.integers(-2, 3, (size, size))
    hessian = [[Fraction(int(v)) for v in row] for row in matrix @ matrix.T + np.eye(size, dtype=int)]
    there = [Fraction(int(v)) for v in dice.integers(-3, 4, size)]

    def product(v: list[Fraction]) -> list[Fraction]:
        return [sum(p * q for p, q in zip(row, v, strict=True)) for row in hessian]

    def dot(v: list[Fraction], w: list[Fraction]) -> Fraction:
        return sum((p * q for p, q in zip(v, w, strict=True)), Fraction(0))

    losses, slopes, bends = [dot(there, product(there)) / 2], [], []
    for _ in range(steps):
        way = [p + int(v) for p, v in zip(product(there), dice.integers(-2, 3, size), strict=True)]
        slopes.append(dot(product(there), way))
        bends.append(dot(way, product(way)))
        there = [p - rate * q for p, q in zip(there, way, strict=True)]
        losses.append(dot(there, product(there)) / 2)
    return losses, slopes, bends, there


@pytest.mark.claim("mutschler-zell:text-sgd005", "mutschler-zell:text-abs-core2")
@given(st.integers(0, 10**6), st.integers(1, 3), st.integers(1, 4), st.fractions(Fraction(1, 9), 2, max_denominator=9))
def test_the_balance_in_fractions(seed: int, size: int, steps: int, rate: Fraction) -> None:
    losses, slopes, bends, _ = run_of(seed, size, steps, rate)
    if sum(bends) == 0:
        return
    best = sum(slopes) / sum(bends)
    assert best == rate / 2 + (losses[0] - losses[-1]) / (rate * sum(bends))

    def lines(other: Fraction) -> Fraction:
        return sum(start - other * p + other**2 * q / 2 for start, p, q in zip(losses, slopes, bends, strict=False))

    assert lines(rate) == sum(losses[1:]), "the lines at the run's own rate are the run"
    assert lines(best) <= min(lines(rate), lines(rate / 2), lines(Fraction(0)), lines(best + Fraction(1, 7)))


@pytest.mark.claim("mutschler-zell:text-sgd005", "mutschler-zell:text-abs-core2")
@pytest.mark.parametrize("rate", [0.025, 0.05, 0.1, 0.4])
def test_a_noisy_run_fits_half_of_its_rate(rate: float) -> None:
    """In floating point, with H = diag(1, 2, 3): whatever the rate, half of it is best on the run's own lines."""
    dice, steps = np.random.default_rng(7), 20_000
    bends, there = np.array([1.0, 2.0, 3.0]), np.zeros(3)
    slope = bend = 0.0
    for noise in dice.normal(size=(steps, 3)):
        way = bends * there + noise
        slope += (bends * there) @ way
        bend += way @ (bends * way)
        there = there - rate * way
    assert abs(slope / bend - rate / 2) < LAST_TERM * rate
    assert slope / bend < 0.6 * rate, "the run's own steps are no exact line searches"


def at_point(path: sp.Expr, way: sp.Expr, slope: sp.Expr, steps: int, rate: sp.Expr) -> dict:
    """A run of one parameter on U^2/2, given by functions of the step."""
    return {
        **{T: steps, lam: rate, unit: [[1]], full_loss: sp.Lambda(heading, squared_norm(heading) / 2), hessian_at: sp.Lambda(j, unit)},
        **{f: sp.Lambda(j, value * unit) for f, value in ((place, path), (update, way), (gradient_at, slope))},
    }


@pytest.mark.claim("mutschler-zell:text-sgd005", "mutschler-zell:text-abs-core2")
@settings(max_examples=12)  # each is checked as a statement, quantifiers and all
@given(st.integers(1, 3), st.integers(-3, 3), st.integers(1, 3), st.integers(1, 3))
def test_the_statements_at_exact_points(steps: int, start: int, speed: int, inverse: int) -> None:
    """Theta(j) = start - speed j, with the full gradient theta and the update speed/lambda."""
    rate = sp.Rational(1, inverse)
    point = at_point(start - speed * j, speed / rate + 0 * j, start - speed * (j - 1), steps, rate)
    best = sp.Rational(sum(start - speed * n for n in range(steps)), steps) * rate / speed
    assert (m.BEST.subs(T, steps)).has(T) is False
    balanced = m.balance.with_then(m.BALANCED)
    witness(balanced, point)
    (witness if best == rate / 2 else counterexample)(m.balance.with_then(m.HALF), point)
    with pytest.raises(NotProved):
        witness(balanced, {**point, lam: 2 * rate})  # a rate that was not used
    exact = all(start - speed * n == speed for n in range(steps))
    check = witness if exact else pytest.raises
    if exact:
        witness(m.searches, {**point, lowest_loss: 0})
    else:
        with check(NotProved):
            witness(m.searches, {**point, lowest_loss: 0})
