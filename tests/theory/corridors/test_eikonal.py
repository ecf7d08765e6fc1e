"""The eikonal equation, example 2.5 and figure 1a, on random corridors and near misses."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sympy import Matrix, hessian, sqrt, symbols

from tests.theory.corridors.random_corridors import DIFFERENCE, NEAR, Region, corridors, near_misses, product
from theory.corridors import hessian_gradient, is_corridor

shares = st.floats(0.05, 0.95)


@pytest.mark.claim("dherin-rosca:theorem-2-11")
@given(st.one_of(corridors, near_misses), st.integers(0, 10**6))
def test_the_product_is_half_the_gradient_of_the_square(region: Region, seed: int) -> None:
    way = np.random.default_rng(seed).normal(size=region.start.size)
    ahead, back = (region.gradient(region.start + sign * DIFFERENCE * way) for sign in (1, -1))
    assert abs((ahead @ ahead - back @ back) / (2 * DIFFERENCE) - 2 * way @ product(region, region.start)) < NEAR * (1 + way @ way)


@pytest.mark.claim("dherin-rosca:example-2-5")
@given(corridors, shares)
def test_the_graph_of_a_corridor_is_ruled(region: Region, share: float) -> None:
    g, time = region.gradient(region.start), share * region.lasts
    assert abs(region.loss(region.start - time * g) - (region.loss(region.start) - time * g @ g)) < NEAR


@pytest.mark.claim("dherin-rosca:example-2-5")
def test_ruled_surfaces_that_are_no_corridors() -> None:
    """Through every point of these graphs runs a line of the graph, and H g is not 0."""
    x, y, s = symbols("x y s", real=True)
    ruled = {x * y: (1, 0), x**2 + y: (0, 1), (x + y) ** 2 - 3 * x: (1, -1)}
    for loss, (a, b) in ruled.items():
        assert loss.subs({x: x + s * a, y: y + s * b}, simultaneous=True).expand().diff(s, 2) == 0
        assert is_corridor(loss, [x, y]).corridor is False


@pytest.mark.claim("dherin-rosca:example-2-5")
def test_a_corridor_of_two_parameters_has_no_gaussian_curvature() -> None:
    """det H = 0 where H g = 0 and g is not 0; the saddle has det H = -1."""
    x, y = symbols("x y", real=True)
    for loss in (sqrt(x**2 + y**2), 3 * x - y, sqrt(((x - 1) ** 2 + (y + 2) ** 2) * 4)):
        assert hessian(loss, [x, y]).det().simplify() == 0 and all(entry.simplify() == 0 for entry in hessian_gradient(loss, [x, y]))
    assert Matrix(hessian(x * y, [x, y])).det() == -1


@pytest.mark.claim("dherin-rosca:figure-1a")
@given(corridors, shares)
def test_lines_of_the_greatest_slope_carry_one_gradient(region: Region, share: float) -> None:
    """A line of steepest descent has the greatest slope, and from none of its points does another direction fall faster."""
    g, time = region.gradient(region.start), share * region.lasts
    there = region.start - time * g
    assert np.allclose(region.gradient(there), g, atol=NEAR)
    ways = np.random.default_rng(0).normal(size=(20, g.size))
    falls = [(region.loss(there) - region.loss(there + DIFFERENCE * way)) / (DIFFERENCE * np.linalg.norm(way)) for way in ways]
    assert max(falls) <= np.linalg.norm(g) + 100 * DIFFERENCE


@pytest.mark.claim("dherin-rosca:figure-1a")
@given(st.integers(0, 10**6), st.integers(2, 5))
def test_other_ruled_surfaces_do_not(seed: int, dimension: int) -> None:
    """Elliptic cones are ruled by their rays, and the gradient is the same along a ray; but no ray is a line of steepest descent."""
    axes, dice = np.arange(1.0, dimension + 1), np.random.default_rng(seed)
    start = np.sign(dice.normal(size=dimension)) * dice.uniform(0.5, 2, size=dimension)

    def gradient(theta: np.ndarray) -> np.ndarray:
        return axes * theta / np.sqrt(axes @ theta**2)

    g = gradient(start)
    assert np.allclose(gradient(2 * start), g, atol=NEAR)
    assert g @ start / np.linalg.norm(start) < np.linalg.norm(g) - NEAR


@pytest.mark.claim("dherin-rosca:proposition-2-10")
@given(corridors, shares, st.integers(0, 10**6))
def test_the_loss_changes_by_at_most_the_slope_times_the_distance(region: Region, share: float, seed: int) -> None:
    """Over short segments in any direction; and by exactly that down the gradient. Kinks are passed too: the slopes beyond are the same."""
    g, time = region.gradient(region.start), share * region.lasts
    slope, way = np.linalg.norm(g), np.random.default_rng(seed).normal(size=g.size)
    apart = region.loss(region.start + 0.01 * way) - region.loss(region.start)
    assert abs(apart) <= 0.01 * slope * np.linalg.norm(way) + NEAR
    fall = region.loss(region.start) - region.loss(region.start - time * g)
    assert abs(fall - slope * np.linalg.norm(time * g)) < NEAR
