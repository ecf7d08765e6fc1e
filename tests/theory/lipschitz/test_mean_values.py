"""The mean value theorem in floating point: equality for one parameter, an inequality for more."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

SLACK = 1e-9  # relative to the largest number, for a few dozen roundings in float64
GRID = 4001  # points on a segment; what a gradient of a sum of sines exceeds between two of them is at most its slope times half a step
NOT_PARALLEL = 1e-6  # of the length of a vector: what is left of it, after a projection, has ten good digits
seeds = st.integers(0, 2**32 - 1)


@pytest.mark.claim("yedida-saha:text-mvt")
@given(seeds)
def test_the_change_is_at_most_the_largest_gradient_on_the_segment(seed: int) -> None:
    dice = np.random.default_rng(seed)
    n, waves = dice.integers(1, 5, size=2)
    A, w, v = dice.normal(size=(waves, n)), dice.normal(size=n), dice.normal(size=n)
    change, distance = abs(np.sin(A @ w).sum() - np.sin(A @ v).sum()), np.linalg.norm(w - v)
    points = w + np.linspace(0, 1, GRID)[:, None] * (v - w)
    norms = np.linalg.norm(np.cos(points @ A.T) @ A, axis=1)
    between = np.linalg.norm(A, axis=1).max() ** 2 * waves * distance / GRID
    assert change <= (norms.max() + between) * distance + SLACK
    if n == 1:
        assert norms.min() * distance <= change + between * distance + SLACK, "with one parameter some slope is the quotient"


@pytest.mark.claim("yedida-saha:text-mvt")
@given(seeds)
def test_across_its_gradient_a_linear_loss_has_no_such_point(seed: int) -> None:
    """The gradient is c everywhere, so |g(v)||w_1 - w_2| has one value, and the change is less unless c is parallel."""
    dice = np.random.default_rng(seed)
    n = int(dice.integers(2, 6))
    c, w, start = dice.normal(size=(3, n))
    across = w - (w @ c) / (c @ c) * c
    assume(np.linalg.norm(across) > NOT_PARALLEL * np.linalg.norm(w))
    across = across / np.linalg.norm(across)
    change = abs(c @ (start + across) - c @ start)
    assert change < np.linalg.norm(c) / 2


@pytest.mark.claim("yedida-saha:text-lip-sup")
@given(st.fractions(0, 1), st.fractions(0, 1), st.booleans())
def test_over_a_gap_the_supremum_is_too_small(p: Fraction, q: Fraction, apart: bool) -> None:
    """3 w - w^3 on [9/10, 11/10] and [-11/10, -9/10], where the slope is at most 63/100."""
    w = (Fraction(9, 10) + p / 5) * (-1 if apart else 1)
    v = Fraction(9, 10) + q / 5
    change, most = abs(3 * w - w**3 - 3 * v + v**3), Fraction(63, 100)
    assert abs(3 - 3 * w**2) <= most and abs(3 - 3 * v**2) <= most
    assert (change > most * abs(w - v)) == apart


@pytest.mark.claim("yedida-saha:text-lip-sup")
def test_along_a_bent_strip_the_supremum_is_too_small() -> None:
    """A strip about the parabola s = r^2 on a grid: finite differences of the loss are at most 6/5, the change between its ends is 5/2."""

    def loss(r: Any, s: Any) -> Any:
        return r - 0.45 * r**3 + 0.7 * r * s

    r = np.linspace(-1.1, 1.1, 401)[:, None]
    s = r**2 + np.linspace(-1, 1, 101) * 0.1 * np.sqrt(np.maximum(1.21 - r**2, 0))
    small = 1e-5
    steep = np.hypot(loss(r + small, s) - loss(r - small, s), loss(r, s + small) - loss(r, s - small)) / (2 * small)
    assert 1 < steep.max() < 1.2
    assert loss(1, 1) - loss(-1, 1) == pytest.approx(2.5)
