"""The loss along a solution and over a step, on random corridors; and a step across the tip of a cone, where it is not linear."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.theory.corridors.random_corridors import NEAR, Region, corridors, flow


@pytest.mark.claim("dherin-rosca:proposition-2-10", "dherin-rosca:text-loss-linear")
@given(corridors, st.floats(0, 0.95))
def test_the_loss_falls_linearly(region: Region, share: float) -> None:
    time, g = share * region.lasts, region.gradient(region.start)
    expected = region.loss(region.start) - time * (g @ g)
    assert np.isclose(region.loss(flow(region, region.start, time)), expected, atol=NEAR)
    assert np.isclose(region.loss(region.start - time * g), expected, atol=NEAR)


@pytest.mark.claim("dherin-rosca:text-loss-linear")
@given(st.sampled_from([(3, 4, 5), (5, 12, 13), (8, 15, 17)]), st.fractions(0, 3, max_denominator=12))
def test_exactly_until_the_tip_of_a_cone(triple: tuple[int, int, int], share: Fraction) -> None:
    """L = |theta| at rational points of rational norm: linear until the step reaches the tip, never beyond it."""
    p, q, r = triple
    step = share * r
    after = abs(1 - share) * r  # theta - h theta / r = (1 - h/r) theta
    assert (after == r - step) is (step <= r)
    assert np.isclose(np.hypot(*(np.array([p, q]) - float(step) * np.array([p, q]) / r)), float(after))
