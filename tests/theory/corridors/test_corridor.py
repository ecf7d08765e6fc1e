"""Section 2 on random corridors and near misses: flow by Runge and Kutta, H g by differences."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.theory.corridors.random_corridors import DIFFERENCE, NEAR, Region, corridors, flow, near_misses, product

times = st.floats(0.05, 0.95)


@pytest.mark.claim("dherin-rosca:lemma-2-8")
@given(st.one_of(corridors, near_misses), times)
def test_the_gradient_changes_by_the_hessian(region: Region, share: float) -> None:
    here = flow(region, region.start, share * region.lasts)
    g = region.gradient(here)
    before, after = (region.gradient(flow(region, here, time)) for time in (-DIFFERENCE, DIFFERENCE))
    assert np.allclose((after - before) / (2 * DIFFERENCE), -product(region, here), atol=NEAR * (1 + g @ g))


@pytest.mark.claim("dherin-rosca:lemma-2-9", "dherin-rosca:equation-2-11-proof")
@given(corridors, times)
def test_solutions_in_corridors_are_straight(region: Region, share: float) -> None:
    time, g = share * region.lasts, region.gradient(region.start)
    there = flow(region, region.start, time)
    assert np.allclose(there, region.start - time * g, atol=NEAR)
    assert np.allclose(region.gradient(region.start - time * g), g, atol=NEAR)
    assert np.allclose(region.gradient(there), g, atol=NEAR)


@pytest.mark.claim("dherin-rosca:theorem-2-11")
@given(corridors, times)
def test_the_product_vanishes_in_corridors(region: Region, share: float) -> None:
    there = region.start - share * region.lasts * region.gradient(region.start)
    assert np.allclose(product(region, there), 0, atol=NEAR)


@pytest.mark.claim("dherin-rosca:theorem-2-11")
@given(near_misses)
def test_elsewhere_it_does_not_and_solutions_bend(region: Region) -> None:
    """The solution leaves the line by (t^2/2) H g, to first order."""
    bend = product(region, region.start)
    assert np.linalg.norm(bend) > 100 * NEAR
    time = 0.01
    off = flow(region, region.start, time) - (region.start - time * region.gradient(region.start))
    assert np.linalg.norm(off - time**2 / 2 * bend) < 0.5 * np.linalg.norm(time**2 / 2 * bend)
