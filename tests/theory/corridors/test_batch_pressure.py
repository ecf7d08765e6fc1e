"""What pulls in a corridor: quadratic minibatches with an affine mean, whose regularisers are differentiated numerically."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

sizes, counts, seeds = st.integers(1, 5), st.integers(2, 6), st.integers(0, 10**6)
GAP = 1e-5  # a central difference of a quadratic is exact, up to rounding of 1e-14 / 1e-5
NEAR = 1e-7


class Epoch:
    """L_k = <b_k, x> + <x, A_k x>/2 with A_1 + ... + A_m = 0, so that the mean is affine: a corridor."""

    def __init__(self, size: int, count: int, seed: int, *, curved: bool = True) -> None:
        dice = np.random.default_rng(seed)
        self.slopes = dice.normal(size=(count, size))
        roots = dice.normal(size=(count, size, size)) * curved
        self.hessians = roots + roots.transpose(0, 2, 1)
        self.hessians -= self.hessians.mean(0)
        self.start, self.direction = dice.normal(size=(2, size))

    def gradients(self, theta: np.ndarray) -> np.ndarray:
        return self.slopes + self.hessians @ theta

    def penalty(self, theta: np.ndarray, h: float) -> float:
        """(h/4) |g|^2."""
        mean = self.gradients(theta).mean(0)
        return float(h / 4 * mean @ mean)

    def spread(self, theta: np.ndarray, h: float) -> float:
        """(h/4m) sum |g_k - g|^2."""
        gradients = self.gradients(theta)
        return float(h / (4 * len(gradients)) * np.sum((gradients - gradients.mean(0)) ** 2))

    def slope(self, value: float, other: float) -> float:
        return (value - other) / (2 * GAP)

    def sides(self) -> tuple[np.ndarray, np.ndarray]:
        return self.start + GAP * self.direction, self.start - GAP * self.direction


@pytest.mark.claim("dherin-rosca:text-sgd-main", "dherin-rosca:text-a-3-conclusion")
@given(sizes, counts, st.floats(0.01, 1), seeds)
def test_only_the_spread_pulls(size: int, count: int, h: float, seed: int) -> None:
    epoch = Epoch(size, count, seed)
    ahead, behind = epoch.sides()
    pull = h / (2 * count) * np.einsum("kij,kj->i", epoch.hessians, epoch.gradients(epoch.start))
    assert epoch.slope(epoch.penalty(ahead, h), epoch.penalty(behind, h)) == pytest.approx(0, abs=NEAR)
    assert epoch.slope(epoch.spread(ahead, h), epoch.spread(behind, h)) == pytest.approx(pull @ epoch.direction, rel=1e-5, abs=NEAR)


@pytest.mark.claim("dherin-rosca:text-sgd-main")
@given(sizes, counts, st.floats(0.01, 1), seeds)
def test_nothing_pulls_for_affine_batches(size: int, count: int, h: float, seed: int) -> None:
    epoch = Epoch(size, count, seed, curved=False)
    ahead, behind = epoch.sides()
    assert epoch.slope(epoch.spread(ahead, h), epoch.spread(behind, h)) == pytest.approx(0, abs=NEAR)
    assert np.linalg.norm(epoch.gradients(epoch.start)[0] - epoch.gradients(epoch.start).mean(0)) > 0


@pytest.mark.claim("dherin-rosca:text-a-3-conclusion")
@given(sizes, counts, seeds)
def test_the_mean_of_an_epoch_departs_by_its_pull(size: int, count: int, seed: int) -> None:
    """Over all orders or, what comes to the same, over an order and its reverse: to second order in the step size."""
    epoch, h = Epoch(size, count, seed), 1e-4
    ends = []
    for order in (range(count), reversed(range(count))):
        point = epoch.start
        for k in order:
            point = point - h * epoch.gradients(point)[k]
        ends.append(point)
    descent = epoch.start - count * h * epoch.slopes.mean(0)
    pull = h / (2 * count) * np.einsum("kij,kj->i", epoch.hessians, epoch.gradients(epoch.start))
    scale = np.abs(epoch.hessians).max() * size  # the next order is below (m h)^3 times the squares of the Hessians
    assert np.allclose((ends[0] + ends[1]) / 2 - descent, -count * h * pull, atol=(count * h) ** 3 * scale**2 * 20)
