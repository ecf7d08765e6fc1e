"""1/L on c sqrt(1 + b^2 w^2), whose L and beta may be chosen: the exact two-cycle in fractions, orbits in floating point."""

from __future__ import annotations

from fractions import Fraction
from math import isqrt, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

SLACK = 1e-9  # relative to the largest number, for a few dozen roundings in float64
sizes = st.floats(0.05, 20)


def exact_root(square: Fraction) -> Fraction:
    root = Fraction(isqrt(square.numerator), isqrt(square.denominator))
    assert root**2 == square, "the example has rational heights"
    return root


def step(w: Fraction) -> Fraction:
    """One step of 1/L on sqrt(1 + (5 w/2)^2), with L = 5/2."""
    return w - Fraction(25, 4) * w / exact_root(1 + Fraction(25, 4) * w**2) / Fraction(5, 2)


@pytest.mark.claim("yedida-saha:text-bounded-implies-optimal")
def test_the_cycle_in_fractions() -> None:
    w = Fraction(3, 10)
    assert step(w) == -w and step(-w) == w
    assert w - Fraction(1, 5) * Fraction(25, 4) * w / exact_root(1 + Fraction(25, 4) * w**2) == 0


@pytest.mark.claim("yedida-saha:text-ideal-lr")
def test_the_step_that_raises_the_loss_in_fractions() -> None:
    assert step(Fraction(1, 6)) == Fraction(-17, 78)
    assert abs(step(Fraction(1, 6))) > Fraction(1, 6), "the loss grows with |w|"


def slope(w: float, L: float, beta: float) -> float:
    return beta * w / sqrt(1 + (beta * w / L) ** 2)


def height(w: float, L: float, beta: float) -> float:
    return L**2 / beta * sqrt(1 + (beta * w / L) ** 2)


@pytest.mark.claim("yedida-saha:text-ideal-lr")
@pytest.mark.claim("yedida-saha:text-bounded-implies-optimal")
@given(sizes, sizes, st.floats(-30, 30))
def test_the_steps_that_lower_the_loss(L: float, beta: float, w: float) -> None:
    before, g = height(w, L, beta), slope(w, L, beta)
    assert height(w - g / beta, L, beta) <= before - g**2 / (2 * beta) + SLACK * (1 + before)
    if beta / 2 <= L:
        assert height(w - g / L, L, beta) <= before + SLACK * (1 + before)


@pytest.mark.claim("yedida-saha:text-bounded-implies-optimal")
@given(st.floats(0.1, 10), st.floats(2.1, 20), st.floats(0.01, 0.99))
def test_below_half_of_beta_every_orbit_tends_to_the_cycle(L: float, ratio: float, start: float) -> None:
    beta = ratio * L
    cycle = sqrt(1 / 4 - 1 / ratio**2)
    w = start * 2 * cycle
    for _ in range(4000):
        w -= slope(w, L, beta) / L
    assert abs(w) == pytest.approx(cycle, rel=1e-6)
    assert slope(cycle, L, beta) / L == pytest.approx(2 * cycle, rel=SLACK)
