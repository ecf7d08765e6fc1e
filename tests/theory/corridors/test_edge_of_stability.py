"""The Hessian is carried along a step in a corridor, and no step reaches 1/lambda: on random corridors, by differences."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.theory.corridors.random_corridors import Region, corridors, near_misses

DIFFERENCE = 1e-5  # a central difference errs by its square, 1e-10, and by rounding of 1e-16 / 1e-5 = 1e-11
NEAR = 1e-5  # curvatures stay below 1e3 here, and so does what their products do to an error of 1e-10
shares = st.floats(0, 0.9)


def hessian(region: Region, theta: np.ndarray) -> np.ndarray:
    """The Hessian by central differences of the gradient."""
    rows = [region.gradient(theta + DIFFERENCE * e) - region.gradient(theta - DIFFERENCE * e) for e in np.eye(theta.size)]
    return np.array(rows) / (2 * DIFFERENCE)


def carried(region: Region, time: float) -> tuple[np.ndarray, np.ndarray]:
    """H(theta - t g) (I - t H(theta)), and H(theta)."""
    start = region.start
    before, after = hessian(region, start), hessian(region, start - time * region.gradient(start))
    return after @ (np.eye(start.size) - time * before), before


@pytest.mark.claim("dherin-rosca:text-eos")
@given(corridors, shares)
def test_the_hessian_is_carried_along(region: Region, share: float) -> None:
    left, right = carried(region, share * region.lasts)
    assert np.allclose(left, right, atol=NEAR, rtol=NEAR)


@pytest.mark.claim("dherin-rosca:text-eos")
@given(corridors, st.floats(0.01, 1))
def test_no_step_inside_reaches_the_edge(region: Region, share: float) -> None:
    step = share * region.lasts
    assert step * np.linalg.eigvalsh(hessian(region, region.start)).max() < 1 + NEAR


@pytest.mark.claim("dherin-rosca:text-eos")
@given(near_misses)
def test_elsewhere_it_is_not(region: Region) -> None:
    left, right = carried(region, 0.1)
    assert not np.allclose(left, right, atol=NEAR, rtol=NEAR)


@pytest.mark.claim("dherin-rosca:text-eos")
@given(st.integers(2, 5), st.floats(0.1, 5), st.floats(0, 0.99), st.integers(0, 10**6))
def test_cones_come_as_near_as_one_likes(dimension: int, distance: float, share: float, seed: int) -> None:
    """|theta| at the distance r: the curvature is 1/r, so a step of size t < r has t lambda = t/r."""
    away = np.random.default_rng(seed).normal(size=dimension)
    away *= distance / np.linalg.norm(away)
    step = share * distance
    cone = Region(lambda theta: float(np.linalg.norm(theta)), lambda theta: theta / np.linalg.norm(theta), away, distance)
    curvature = np.linalg.eigvalsh(hessian(cone, away)).max()
    assert step * curvature == pytest.approx(share, abs=NEAR)
    assert cone.gradient(away - step * cone.gradient(away)) == pytest.approx(cone.gradient(away))
