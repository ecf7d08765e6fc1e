"""Theorem 3.1 and what follows from it: the iterates against the flow, on random corridors and near misses."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.theory.corridors.random_corridors import DIFFERENCE, NEAR, Region, corridors, descent, flow, near_misses

counts = st.integers(1, 6)
shares = st.floats(0.1, 0.95)


@pytest.mark.claim("dherin-rosca:theorem-3-1", "dherin-rosca:text-thm31-summary", "dherin-rosca:text-ir-absent")
@given(corridors, counts, shares)
def test_iterates_step_on_the_flow_in_corridors(region: Region, count: int, share: float) -> None:
    step = share * region.lasts / count
    for n, iterate in enumerate(descent(region, region.start, step, count)):
        assert np.allclose(iterate, flow(region, region.start, n * step), atol=NEAR)


@pytest.mark.claim("dherin-rosca:theorem-3-1", "dherin-rosca:text-thm31-summary", "dherin-rosca:text-abs-characterisation")
@given(near_misses)
def test_elsewhere_they_leave_it(region: Region) -> None:
    _, once = descent(region, region.start, 0.05, 1)
    assert np.linalg.norm(once - flow(region, region.start, 0.05)) > 10 * NEAR


@pytest.mark.claim(
    "dherin-rosca:theorem-3-1",
    "dherin-rosca:text-thm31-summary",
    "dherin-rosca:text-abs-characterisation",
    "dherin-rosca:text-ir-absent",
    "dherin-rosca:text-abs-no-instability",
    "dherin-rosca:text-igr-void",
    "dherin-rosca:equation-3-1-induction",
)
@given(st.fractions(Fraction(1, 12), 5, max_denominator=12), st.fractions(Fraction(1, 12), 5, max_denominator=12), counts)
def test_iterates_that_remain_in_a_cone_may_leave_the_flow(start: Fraction, step: Fraction, last: int) -> None:
    """|theta| on the line without 0, exactly: the iterates are on start - t until the solution ends at 0, and never after that."""
    theta, turned = start, False
    for n in range(1, last + 1):
        theta -= step if theta > 0 else -step
        if theta == 0:
            return
        turned = turned or theta < 0
        assert (theta == start - n * step) is (n * step < start or (theta < 0 and theta + step > 0 and n * step < start + step))
        assert turned is (n * step > start)


@pytest.mark.claim("dherin-rosca:equation-3-1-induction")
@given(corridors, counts, shares)
def test_iterates_are_on_a_line(region: Region, count: int, share: float) -> None:
    """The last one too, for which only the one before must have come in time: it may jump over the tip of a cone."""
    step, g = share * region.lasts / count, region.gradient(region.start)
    for n, iterate in enumerate(descent(region, region.start, step, count + 1)):
        assert np.allclose(iterate, region.start - n * step * g, atol=NEAR)


@pytest.mark.claim("dherin-rosca:text-abs-no-instability", "dherin-rosca:text-abs-characterisation")
@given(corridors, counts, shares)
def test_every_step_lowers_the_loss_by_the_same(region: Region, count: int, share: float) -> None:
    step, g = share * region.lasts / count, region.gradient(region.start)
    losses = [region.loss(iterate) for iterate in descent(region, region.start, step, count)]
    assert np.allclose(np.diff(losses), -step * (g @ g), atol=NEAR)


@pytest.mark.claim("dherin-rosca:text-igr-void")
@given(corridors, st.integers(0, 10**6))
def test_the_penalty_has_no_gradient(region: Region, seed: int) -> None:
    """(h/4) |g|^2 in random directions, by differences, with h = 1."""
    direction = np.random.default_rng(seed).normal(size=region.start.size)
    sides = [region.gradient(region.start + sign * DIFFERENCE * direction) for sign in (1, -1)]
    assert abs(sides[0] @ sides[0] - sides[1] @ sides[1]) / (8 * DIFFERENCE) < NEAR * (1 + direction @ direction)


@pytest.mark.claim("dherin-rosca:text-igr-void")
@given(near_misses)
def test_elsewhere_it_has_one(region: Region) -> None:
    direction = region.gradient(region.start)
    sides = [region.gradient(region.start + sign * DIFFERENCE * direction) for sign in (1, -1)]
    assert abs(sides[0] @ sides[0] - sides[1] @ sides[1]) / (8 * DIFFERENCE) > 10 * NEAR
