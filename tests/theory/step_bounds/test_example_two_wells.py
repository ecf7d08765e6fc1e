"""Example 2 and figure 1 by simulation: the derivative is multiplied out by hand, and orbits are followed in float64."""

import numpy as np
import pytest
from sympy import Poly

from theory.step_bounds import example_two_wells
from theory.step_bounds.symbols import t

SLOPE = [6, -30, 56, -54, 34, -12]  # of (x^2+1)(x-1)^2(x-2)^2 = x^6 - 6x^5 + 14x^4 - 18x^3 + 17x^2 - 12x + 4
SIX = [1, -6, 14, -18, 17, -12, 4]
TINY = 1e-9  # roots of a sextic with simple critical points: float64 gives them to 1e-13
SEEDS = range(3)


def run(step: float, starts: np.ndarray, steps: int) -> np.ndarray:
    """GD; orbits that leave [-10, 10] are set to NaN: there the quintic term takes them to infinity."""
    x = starts.astype(float)
    for _ in range(steps):
        x = x - step * np.polyval(SLOPE, x)
        x = np.where(np.abs(x) > 10, np.nan, x)
    return x


def flow(start: float, time: float) -> float:
    """x' = -f'(x) by the classical Runge-Kutta method; near a minimum its error is below (10 h)^4 = 1e-8."""
    x, h = start, 1e-3
    for _ in range(round(time / h)):
        k1 = -np.polyval(SLOPE, x)
        k2 = -np.polyval(SLOPE, x + h / 2 * k1)
        k3 = -np.polyval(SLOPE, x + h / 2 * k2)
        k4 = -np.polyval(SLOPE, x + h * k3)
        x += h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    return x


@pytest.mark.claim("nar-sastry:example-2-minima")
def test_three_critical_points_two_of_them_minima():
    assert np.polyder(SIX).tolist() == SLOPE == Poly(example_two_wells.SLOPE, t).all_coeffs()
    assert Poly(example_two_wells.LOSS(t), t).all_coeffs() == SIX
    critical = sorted(r.real for r in np.roots(SLOPE) if abs(r.imag) < TINY)
    assert critical == pytest.approx([1, 1.5553, 2], abs=1e-3)
    assert np.polyval(np.polyder(SLOPE), critical[1]) < 0
    assert np.polyval(np.polyder(SLOPE), [1, 2]).tolist() == [4, 10]
    for minimum in (1, 2):
        near = minimum + np.linspace(-0.3, 0.3, 601)
        assert np.polyval(SIX, near).min() == pytest.approx(0, abs=TINY) and abs(near[np.polyval(SIX, near).argmin()] - minimum) < TINY


@pytest.mark.claim("nar-sastry:example-2-stability")
@pytest.mark.parametrize(("minimum", "limit"), [(m, float(d)) for m, d in example_two_wells.LIMITS.items()])
def test_a_minimum_is_stable_up_to_its_limit_and_there_too(minimum, limit):
    start = np.array([minimum + 0.01])
    assert run(0.98 * limit, start, 2000)[0] == pytest.approx(minimum, abs=TINY)
    # at the limit the distance falls like 1/sqrt(steps): slowly, but it falls; one step adds at most |F''/2| 0.01^2 < 0.001 to it
    distances = [abs(run(limit, start, n)[0] - minimum) for n in (0, 1, 10, 100, 1000, 10_000, 20_000)]
    assert max(distances) < 1.1 * distances[0] and distances[-1] < distances[-2] < distances[-3] < distances[0]
    assert not abs(run(1.02 * limit, np.array([minimum + 1e-6]), 2000)[0] - minimum) < 1e-3


@pytest.mark.claim("nar-sastry:example-2-conditional", "nar-sastry:figure-1")
@pytest.mark.parametrize("seed", SEEDS)
def test_with_three_tenths_random_starts_that_converge_reach_one(seed):
    dice = np.random.default_rng(seed)
    starts = np.concatenate([dice.uniform(0.5, 2.3, 2000), dice.normal(1.5, 0.5, 2000)])
    ends, next_ends = run(0.3, starts, 5000), run(0.3, starts, 5001)
    resting = np.abs(next_ends - ends) < TINY
    assert resting.sum() > 100 and np.abs(ends[resting] - 1).max() < 1e-6
    assert run(0.3, np.array([2.0]), 5000)[0] == 2  # but the minimum itself stays where it is


@pytest.mark.claim("nar-sastry:footnote-1")
def test_random_means_no_point_and_no_null_set_has_weight():
    """With step 0.3 the basin of x = 2 is null: no continuous start hits it; a start with an atom there does."""
    dice = np.random.default_rng(0)
    for starts in (dice.uniform(1.9, 2.1, 1000), dice.normal(2, 0.01, 1000), 2 + dice.exponential(0.01, 1000)):
        assert not (np.abs(run(0.3, starts, 500) - 2) < TINY).any()  # it may pass by, but is there with a chance below 1e-5
    atom = np.where(dice.uniform(size=1000) < 0.5, 2.0, dice.uniform(1.9, 2.1, 1000))
    assert 400 < (run(0.3, atom, 500) == 2).sum() < 600  # 500 +- 6 standard deviations of 16


@pytest.mark.claim("nar-sastry:text-ct")
@pytest.mark.parametrize("offset", [-0.1, 0.1])
@pytest.mark.parametrize("minimum", [1, 2])
def test_the_flow_reaches_both_minima_and_gd_only_one(minimum, offset):
    assert flow(minimum + offset, 10) == pytest.approx(minimum, abs=1e-6)
    end = run(0.3, np.array([minimum + offset]), 5000)[0]
    assert (abs(end - minimum) < 1e-6) == (minimum == 1)
