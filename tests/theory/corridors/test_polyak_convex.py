"""Polyak steps on random convex losses, by NumPy: maxima of affine functions, least squares with curvature, cones."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sympy import Rational

from theory.corridors import guaranteed_down_to

ROUNDING = 1e-8  # some sums in float64, of numbers below 1e3
sizes, seeds = st.integers(1, 6), st.integers(0, 10**6)


def piecewise(rng: np.random.Generator, size: int):
    """The largest of affine functions that all are 0 at a point: convex, not smooth, with the least value 0 there."""
    directions = rng.normal(size=(4 * size, size))
    directions = np.concatenate([directions, -directions])
    least = rng.normal(size=size)

    def loss(point: np.ndarray) -> tuple[float, np.ndarray]:
        values = directions @ (point - least)
        return float(values.max()), directions[values.argmax()]

    return loss, least


@pytest.mark.claim("dherin-rosca:text-polyak-optimal")
@given(sizes, seeds, st.floats(0, 5))
def test_the_guarantee_holds_and_the_polyak_step_has_the_best(size: int, seed: int, step: float) -> None:
    """Any step, against the parabola, on a loss with kinks."""
    rng = np.random.default_rng(seed)
    loss, least = piecewise(rng, size)
    point = least + rng.normal(size=size)
    value, slope = loss(point)

    def guarantee(h: float) -> float:
        return (point - least) @ (point - least) - 2 * h * value + h**2 * slope @ slope

    after = point - step * slope - least
    assert after @ after <= guarantee(step) * (1 + ROUNDING) + ROUNDING
    assert guarantee(value / (slope @ slope)) <= guarantee(step) + ROUNDING


@pytest.mark.claim("dherin-rosca:text-polyak-optimal")
@given(sizes, seeds)
def test_on_a_cone_it_is_the_best_step_and_on_a_parabola_it_is_not(size: int, seed: int) -> None:
    """|theta - z|: one step; |theta - z|^2: half of the way, where the whole way is open."""
    rng = np.random.default_rng(seed)
    apart = rng.normal(size=size)
    length = np.linalg.norm(apart)
    assert np.linalg.norm(apart - length * apart / length) <= ROUNDING
    half = apart - apart @ apart / (4 * apart @ apart) * 2 * apart
    assert half == pytest.approx(apart / 2)
    assert np.linalg.norm(apart - 0.5 * 2 * apart) <= ROUNDING < np.linalg.norm(half)


@pytest.mark.claim("dherin-rosca:text-polyak-optimal")
@given(sizes, seeds)
def test_curvature_gives_a_rate(size: int, seed: int) -> None:
    """Curvatures between mu and M, with a term that is not quadratic: 1 - 3 mu/(4 M) at most."""
    rng = np.random.default_rng(seed)
    curvatures = 10 ** rng.uniform(-1, 1, size)
    bend = rng.uniform(0, 2)  # of bend (sqrt(1 + x^2) - 1), whose second derivative is between 0 and bend
    point = rng.normal(size=size)
    value = curvatures @ point**2 / 2 + bend * np.sum(np.sqrt(1 + point**2) - 1)
    slope = curvatures * point + bend * point / np.sqrt(1 + point**2)
    after = point - value / (slope @ slope) * slope
    rate = 1 - 3 * min(curvatures) / (4 * (max(curvatures) + bend))
    assert after @ after <= rate * (point @ point) * (1 + ROUNDING)


@pytest.mark.claim("dherin-rosca:text-hazan-half")
@given(sizes, seeds, st.floats(0, 3), st.floats(0.1, 1.9))
def test_without_the_least_loss(size: int, seed: int, raised: float, factor: float) -> None:
    """Steps gamma L/|g|^2 on a raised loss come nearer above 2 L*/(2 - gamma); half the corridor rate is gamma = 1/2."""
    rng = np.random.default_rng(seed)
    loss, least = piecewise(rng, size)
    point = least + rng.normal(size=size)
    value, slope = loss(point)
    value += raised
    after = point - factor * value / (slope @ slope) * slope
    if value > 2 * raised / (2 - factor) + ROUNDING:
        assert np.linalg.norm(after - least) < np.linalg.norm(point - least)
    assert float((value - 0) / (2 * slope @ slope)) == pytest.approx(value / (slope @ slope) / 2)


@pytest.mark.claim("dherin-rosca:text-hazan-half")
@pytest.mark.parametrize("factor", [Rational(1, 2), 1, Rational(3, 2)])
def test_the_bound_is_reached_on_a_cone(factor) -> None:
    """On 1 + |theta|: at this loss the distance stays, a little above it falls, a little below it grows."""
    bound = guaranteed_down_to(1, factor)

    def moved(value):
        return abs((value - 1) - factor * value) - (value - 1)

    assert moved(bound) == 0 and moved(bound + Rational(1, 10)) < 0 < moved(bound - Rational(1, 10) * (bound - 1))


@pytest.mark.parametrize(
    ("arguments", "error", "word"),
    [((-1,), ValueError, "minimum"), ((1, 2), ValueError, "factor"), ((1, 0), ValueError, "factor"), ((0.5,), TypeError, "minimum")],
)
def test_bad_input(arguments, error, word: str) -> None:
    """One clear error."""
    with pytest.raises(error, match=word):
        guaranteed_down_to(*arguments)


@pytest.mark.claim("dherin-rosca:text-polyak-optimal")
@given(sizes, seeds)
def test_the_nearest_step_is_longer_unless_the_tangent_meets(size: int, seed: int) -> None:
    """The nearest point of the line is at h = <g, theta - z>/|g|^2: the Polyak step on pieces through z, twice it on a square."""
    rng = np.random.default_rng(seed)
    loss, least = piecewise(rng, size)
    point = least + rng.normal(size=size)
    value, slope = loss(point)
    assert slope @ (point - least) / (slope @ slope) == pytest.approx(value / (slope @ slope))
    value, slope = value**2, 2 * value * slope
    assert slope @ (point - least) / (slope @ slope) == pytest.approx(2 * value / (slope @ slope))
