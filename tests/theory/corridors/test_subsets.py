"""A set that is not open: H g says nothing of it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.theory.corridors.random_corridors import NEAR, Region, corridors, flow, near_misses, product


@pytest.mark.claim("dherin-rosca:text-sec2-subset")
@given(near_misses, st.floats(0.01, 0.25))
def test_a_point_is_left_at_once(region: Region, time: float) -> None:
    """So the set of this point alone holds no solution that is not straight, and H g is not 0 on it."""
    assert np.linalg.norm(product(region, region.start)) > 100 * NEAR
    assert np.linalg.norm(flow(region, region.start, time) - region.start) > NEAR


@pytest.mark.claim("dherin-rosca:text-sec2-subset")
@given(corridors, st.floats(0.1, 0.9))
def test_in_open_sets_it_says_all(region: Region, share: float) -> None:
    there = flow(region, region.start, share * region.lasts)
    assert np.allclose(product(region, there), 0, atol=NEAR)
