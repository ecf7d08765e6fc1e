"""Polyak steps and the PL condition on grids of exact points: polynomials of one variable, and random quadratics."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

POINTS = [Fraction(p, q) for q in (1, 3, 10, 100) for p in range(-12, 13) if p]


@pytest.mark.claim("dherin-rosca:text-pl-finite")
@pytest.mark.parametrize("power", [2, 4, 6])
def test_finite_and_bounded_steps_of_powers(power: int) -> None:
    """x^p has the step x^(2 - p)/p^2, finite at every x; on (0, 1] it is bounded for p = 2 only."""
    steps = [x**power / (power * x ** (power - 1)) ** 2 for x in POINTS]
    assert steps == [x ** (2 - power) / Fraction(power**2) for x in POINTS]
    near = [Fraction(1, 10**n) for n in range(1, 6)]
    largest = [x**power / (power * x ** (power - 1)) ** 2 for x in near]
    assert (max(largest) == min(largest)) == (power == 2)
    assert (largest[-1] > 10**6) == (power > 2)


@pytest.mark.claim("dherin-rosca:text-pl-finite")
@given(st.integers(1, 5), st.floats(0.1, 4), st.integers(0, 10**6))
def test_pl_is_a_bound_of_the_step(size: int, mu: float, seed: int) -> None:
    """At random points of random convex quadratics: |g|^2 >= 2 mu (L - L*) exactly where the step is at most 1/(2 mu)."""
    rng = np.random.default_rng(seed)
    values = rng.uniform(0.2, 5, size)
    for point in rng.normal(size=(20, size)):
        loss, steepness = values @ point**2 / 2, np.sum((values * point) ** 2)
        margin = steepness - 2 * mu * loss
        if abs(margin) > 1e-9:  # rounding
            assert (margin > 0) == (loss / steepness < 1 / (2 * mu))
    assert min(values) <= np.sum((values * point) ** 2) / (2 * loss) * (1 + 1e-12)
