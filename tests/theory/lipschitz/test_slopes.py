"""Sections 4 and 5.3 on random matrices in float64: the corrected bounds hold, come close, and the printed ones fail."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from theory.lipschitz import least_squares_constant

SLACK = 1e-9  # relative to the largest number, for a few dozen roundings in float64
seeds = st.integers(0, 2**32 - 1)


def ball(dice: np.random.Generator, n: int, K: float) -> np.ndarray:
    w = dice.normal(size=n)
    return np.asarray(w * K * dice.random() ** 0.2 / np.linalg.norm(w))


def data(seed: int) -> tuple[np.random.Generator, np.ndarray, np.ndarray, float]:
    dice = np.random.default_rng(seed)
    m, n = dice.integers(1, 6, size=2)
    return dice, dice.normal(size=(m, n)), dice.normal(size=m) * 3, float(dice.uniform(0.1, 3))


@pytest.mark.claim("yedida-saha:ls-diff")
@pytest.mark.claim("yedida-saha:ls-transpose")
@given(st.lists(st.tuples(*[st.fractions(-3, 3, max_denominator=5)] * 5), min_size=1, max_size=4))
def test_the_chain_of_the_text_in_fractions(rows: list[tuple[Fraction, ...]]) -> None:
    """Two features, sample by sample: each line of the chain is the same number."""
    w, v, m = (Fraction(1), Fraction(-2)), (Fraction(1, 3), Fraction(5)), len(rows)
    lines = [Fraction(0)] * 3
    for x1, x2, y, *_ in rows:
        p, q = x1 * w[0] + x2 * w[1], x1 * v[0] + x2 * v[1]
        total, gap = (w[0] + v[0], w[1] + v[1]), (w[0] - v[0], w[1] - v[1])
        number = total[0] * x1 + total[1] * x2
        lines[0] += (p - y) ** 2 - (q - y) ** 2
        lines[1] += (number - 2 * y) * (p - q)
        lines[2] += (number * x1 - 2 * y * x1) * gap[0] + (number * x2 - 2 * y * x2) * gap[1]
    assert len({line / (2 * m) for line in lines}) == 1


@pytest.mark.claim("yedida-saha:ls-box")
@given(seeds)
def test_slopes_of_least_squares_stay_below_the_plus(seed: int) -> None:
    dice, X, y, K = data(seed)
    m, n = X.shape
    most = (K * np.linalg.norm(X.T @ X, 2) + np.linalg.norm(X.T @ y)) / m
    for _ in range(20):
        w, v = ball(dice, n, K), ball(dice, n, K)
        gap = (np.sum((X @ w - y) ** 2) - np.sum((X @ v - y) ** 2)) / (2 * m)
        assert abs(gap) <= most * np.linalg.norm(w - v) + SLACK * (1 + most)


@pytest.mark.claim("yedida-saha:ls-box")
def test_the_printed_bound_fails_on_most_data() -> None:
    fails = 0
    for seed in range(100):
        dice, X, y, K = data(seed)
        m, n = X.shape
        printed = (K * np.linalg.norm(X.T @ X, 2) - np.linalg.norm(X.T @ y)) / m
        u = np.linalg.svd(X)[2][0]
        slope = max(np.linalg.norm(X.T @ (X @ (s * K * u) - y)) / m for s in (1, -1))  # a gradient, so a limit of slopes
        fails += slope > printed + SLACK
    assert fails == 100, "the gradient at an end of the first axis is at least K |X^T X| and at least |X^T y|, over m"


@pytest.mark.claim("yedida-saha:equation-7-diff")
@pytest.mark.claim("yedida-saha:equation-8")
@given(seeds)
def test_slopes_of_the_squared_error(seed: int) -> None:
    dice = np.random.default_rng(seed)
    m, K = int(dice.integers(1, 6)), float(dice.uniform(0.1, 3))
    y, a, b = dice.normal(size=m), ball(dice, m, K), ball(dice, m, K)
    gap = (np.sum((b - y) ** 2) - np.sum((a - y) ** 2)) / (2 * m)
    middle = np.linalg.norm(b + a - 2 * y) / (2 * m)
    assert gap == pytest.approx((b + a - 2 * y) @ (b - a) / (2 * m), rel=SLACK, abs=SLACK)
    assert abs(gap) / np.linalg.norm(b - a) <= middle * (1 + SLACK) + SLACK
    assert middle <= (K + np.linalg.norm(y)) / m + SLACK


@pytest.mark.claim("yedida-saha:equation-equiv")
@given(seeds)
def test_the_two_constants_are_ordered(seed: int) -> None:
    _, X, y, K = data(seed)
    s, by_weights = np.linalg.norm(X, 2), np.linalg.norm(X.T @ y)
    assert (K * s - np.linalg.norm(y)) * s <= K * s**2 - by_weights + SLACK * (1 + s**2)
    assert K * s**2 + by_weights <= (K * s + np.linalg.norm(y)) * s + SLACK * (1 + s**2)


@pytest.mark.claim("yedida-saha:reg-tikh-identity")
@pytest.mark.claim("yedida-saha:reg-ineq")
@pytest.mark.claim("yedida-saha:reg-box")
@given(seeds)
def test_slopes_of_a_penalty(seed: int) -> None:
    dice = np.random.default_rng(seed)
    n, K = int(dice.integers(1, 5)), float(dice.uniform(0.1, 3))
    G, w, v = dice.normal(size=(n, n)), ball(dice, n, K), ball(dice, n, K)
    M = G.T @ G
    gap, apart, norm = np.sum((G @ w) ** 2) - np.sum((G @ v) ** 2), np.linalg.norm(w - v), np.linalg.norm(M, 2)
    assert gap == pytest.approx(2 * v @ M @ (w - v) + (w - v) @ M @ (w - v), rel=SLACK, abs=SLACK)
    assert abs(gap) <= (2 * np.linalg.norm(v) + apart) * norm * apart + SLACK
    assert abs(gap) <= 2 * K * norm * apart + SLACK
    u = np.linalg.svd(G)[2][0]
    steep = np.sum((G @ (K * u)) ** 2) - np.sum((G @ ((1 - 1e-6) * K * u)) ** 2)
    assert steep / (1e-6 * K) == pytest.approx(2 * K * norm, rel=1e-5), "the box is approached along the first axis"


@pytest.mark.claim("yedida-saha:reg-l2")
@pytest.mark.claim("yedida-saha:reg-gamma")
@given(seeds)
def test_slopes_of_the_l2_penalty(seed: int) -> None:
    dice = np.random.default_rng(seed)
    n, K, lam = int(dice.integers(1, 5)), float(dice.uniform(0.1, 3)), float(dice.uniform(0.1, 3))
    w, v = ball(dice, n, K), ball(dice, n, K)
    penalty = [lam / 2 * float(u @ u) for u in (w, v)]
    assert abs(penalty[0] - penalty[1]) <= lam * K * np.linalg.norm(w - v) + SLACK
    root = np.sqrt(lam / 2) * np.eye(n)
    assert np.sum((root @ w) ** 2) == pytest.approx(penalty[0], rel=SLACK)
    assert 2 * K * np.linalg.norm(root.T @ root, 2) == pytest.approx(lam * K, rel=SLACK)


@pytest.mark.claim("yedida-saha:reg-l2")
@given(seeds)
def test_a_penalty_adds_at_most_its_own_constant(seed: int) -> None:
    dice = np.random.default_rng(seed)
    X, y, K, lam = dice.normal(size=(3, 2)), dice.normal(size=3), float(dice.uniform(0.1, 3)), float(dice.uniform(0.1, 3))
    w, v = ball(dice, 2, K), ball(dice, 2, K)
    plain = least_squares_constant(X, y, K).high
    losses = [np.sum((X @ u - y) ** 2) / 6 + lam / 2 * (u @ u) for u in (w, v)]
    assert abs(losses[0] - losses[1]) <= (plain + lam * K) * np.linalg.norm(w - v) + SLACK
    # the penalty is that of more samples: their constant is at most the sum
    more = np.vstack([X, np.sqrt(3 * lam) * np.eye(2)])
    assert least_squares_constant(more, [*y, 0, 0], K).low * 5 / 3 <= plain + lam * K + SLACK


@pytest.mark.claim("yedida-saha:reg-l2")
def test_a_penalty_may_lower_the_constant() -> None:
    t = np.linspace(-0.5, 0.5, 10001)
    slopes = 2 * t**3 - 3 * t / 2
    assert np.abs(slopes).max() == pytest.approx(1 / 2)
    assert np.abs(slopes + t).max() < 1 / 8
