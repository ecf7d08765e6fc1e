"""Epochs in all orders, enumerated, against the flow on the modified loss, integrated."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

TOLERANCE = 1e-13  # asked of the integrator; below (m h)^3 / 100 for the steps used here
sizes, counts, seeds = st.integers(1, 3), st.integers(1, 4), st.integers(0, 10**6)


class Batches:
    """L_k = <b_k, x> + <x, A_k x>/2 + sum sin(<w_k, x>): derivatives of every order, bounded by the sizes drawn."""

    def __init__(self, size: int, count: int, seed: int) -> None:
        dice = np.random.default_rng(seed)
        roots = dice.normal(size=(count, size, size)) / 4
        self.slopes, self.matrices = dice.normal(size=(count, size)), roots + roots.transpose(0, 2, 1)
        self.waves, self.start = dice.normal(size=(count, size)) / 2, dice.normal(size=size)
        self.count = count

    def gradients(self, theta: np.ndarray) -> np.ndarray:
        return self.slopes + self.matrices @ theta + self.waves * np.cos(self.waves @ theta)[:, None]

    def hessians(self, theta: np.ndarray) -> np.ndarray:
        return self.matrices - np.sin(self.waves @ theta)[:, None, None] * self.waves[:, :, None] * self.waves[:, None, :]

    def end(self, order: tuple[int, ...], h: float) -> np.ndarray:
        point = self.start
        for k in order:
            point = point - h * self.gradients(point)[k]
        return point

    def expected(self, h: float) -> np.ndarray:
        """The mean over all orders."""
        return np.mean([self.end(order, h) for order in permutations(range(self.count))], axis=0)

    def flow(self, h: float, correction: float = 1.0) -> np.ndarray:
        """The flow on L + correction (h/4m) sum |g_k|^2 after the time m h."""

        def field(_: float, theta: np.ndarray) -> np.ndarray:
            gradients = self.gradients(theta)
            turn = np.einsum("kij,kj->i", self.hessians(theta), gradients) / self.count
            return -gradients.mean(0) - correction * h / 2 * turn

        return solve_ivp(field, (0, self.count * h), self.start, rtol=TOLERANCE, atol=TOLERANCE, method="DOP853").y[:, -1]

    def bound(self, h: float) -> float:
        """(4/3 G_1^2 G_3 + 5/4 G_1 G_2^2) (m h)^3, with the bounds of a ball that contains the epoch."""
        steep = 2 * np.linalg.norm(self.gradients(self.start), axis=1).max() + 1
        lengths = np.linalg.norm(self.waves, axis=1)
        curved = (np.linalg.norm(self.matrices, 2, axis=(1, 2)) + lengths**2).max()
        return float((4 / 3 * steep**2 * (lengths**3).max() + 5 / 4 * steep * curved**2) * (self.count * h) ** 3)


@pytest.mark.claim("dherin-rosca:equation-19-20")
@settings(max_examples=25)
@given(sizes, counts, seeds, st.floats(0.002, 0.02))
def test_the_mean_over_all_orders_follows_the_modified_flow(size: int, count: int, seed: int, h: float) -> None:
    batches = Batches(size, count, seed)
    assert np.linalg.norm(batches.expected(h) - batches.flow(h)) <= batches.bound(h)


@pytest.mark.claim("dherin-rosca:equation-19-20")
@settings(max_examples=25)
@given(sizes, st.integers(2, 4), seeds)
def test_the_error_is_of_third_order_only_with_the_correction(size: int, count: int, seed: int) -> None:
    batches = Batches(size, count, seed)
    h = 2e-3
    turn = np.einsum("kij,kj->i", batches.hessians(batches.start), batches.gradients(batches.start))
    missed = np.linalg.norm(batches.expected(h) - batches.flow(h, correction=0.0))
    assert missed == pytest.approx(h**2 / 2 * np.linalg.norm(turn), abs=2 * batches.bound(h))


@pytest.mark.claim("dherin-rosca:equation-19-20")
@given(sizes, st.integers(2, 5), seeds)
def test_an_order_and_its_reverse_have_one_mean(size: int, count: int, seed: int) -> None:
    """Up to the third order, for any two orders."""
    batches, h = Batches(size, count, seed), 1e-3
    order = tuple(np.random.default_rng(seed).permutation(count))
    means = [(batches.end(o, h) + batches.end(o[::-1], h)) / 2 for o in (order, tuple(range(count)))]
    assert np.linalg.norm(means[0] - means[1]) <= 2 * batches.bound(h)
    one, other = (batches.end(o, h) for o in (order, order[::-1]))
    assert np.linalg.norm(one - other) <= count**2 * h**2 * 50  # of second order alone
