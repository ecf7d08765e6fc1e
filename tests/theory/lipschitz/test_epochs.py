"""Epochs until a threshold: exact fractions, simulation, the statements at random exact points, and the printed counts of Table 1."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Lambda, Rational

from theory.lipschitz.epochs import between, product, same_start
from theory.lipschitz.quadratic_epochs import TABLE_1, epoch_bounds, epochs_to_threshold, flow_time, steps_from_one_start
from theory.lipschitz.set_up_experiments import fits_one_start
from theory.lipschitz.symbols import alpha, curvature, curvature_of, early, epoch, eta, i, late, n, part_of, reached, threshold
from theory.proof import NotProved, counterexample, witness

RATES = st.lists(st.fractions(Fraction(1, 20), 2, max_denominator=20), min_size=1, max_size=4)
PARTS = st.lists(st.fractions(0, 5, max_denominator=8), min_size=4, max_size=4)
SHARES = st.fractions(Fraction(1, 50), Fraction(9, 10), max_denominator=50)  # of 1/L
LEVELS = st.fractions(Fraction(1, 30), Fraction(29, 30), max_denominator=30)  # of the loss at the start


def counted(rates: list[Fraction], parts: list[Fraction], step: Fraction, level: Fraction) -> int:
    """Step by step, in fractions."""
    losses, epochs = list(parts), 0
    while not sum(losses) < level:
        losses = [loss * (1 - step * rate) ** 2 for loss, rate in zip(losses, rates, strict=True)]
        epochs += 1
    return epochs


def quadratic(rates: list[Fraction], parts: list[Fraction], share: Fraction, part: Fraction) -> tuple:
    own = [*parts[: len(rates) - 1], parts[len(rates) - 1] + 1]  # the loss at the start is positive
    return own, share / max(rates), part * sum(own)


@pytest.mark.claim("yedida-saha:definition-e")
@given(RATES, PARTS, SHARES, LEVELS)
def test_the_count_is_the_simulation(rates: list[Fraction], parts: list[Fraction], share: Fraction, part: Fraction) -> None:
    own, step, level = quadratic(rates, parts, share, part)
    found = epochs_to_threshold(rates, own, step, level)
    assert found == counted(rates, own, step, level)
    low, high = epoch_bounds(rates, own, step, level)
    assert low <= found <= high
    assert epochs_to_threshold(rates, own, 2 / max(rates) - step, level) is not None, "up to the stability limit"


@pytest.mark.claim("yedida-saha:definition-e")
@given(RATES, PARTS, LEVELS)
def test_epochs_times_step_tends_to_the_time_of_the_flow(rates: list[Fraction], parts: list[Fraction], part: Fraction) -> None:
    own, _, level = quadratic(rates, parts, Fraction(1), part)
    low, high = flow_time(rates, own, level)
    loss = sum(float(p) * math.exp(-2 * float(r) * low) for p, r in zip(own, rates, strict=False))
    assert loss == pytest.approx(float(level), rel=1e-9) and high - low <= 1e-12 * max(1.0, high)
    gaps = []
    for power in (4, 8, 12):
        step = Fraction(1, 2**power) / max(rates)
        gaps.append(abs(float(step) * epochs_to_threshold(rates, own, step, level) - low) / float(step))
        assert gaps[-1] <= 1 + high * float(max(rates)), "C - a L C <= a E <= C + a"
    assert float(step) * gaps[-1] <= 2e-3 * (high + 1)


@pytest.mark.claim("yedida-saha:definition-e")
@pytest.mark.claim("yedida-saha:text-same-init")
@settings(max_examples=15)
@given(RATES.filter(lambda rates: len(rates) <= 2), PARTS, SHARES, SHARES, LEVELS)
def test_the_statements_at_exact_points(rates: list, parts: list, share: Fraction, other: Fraction, part: Fraction) -> None:
    """Two coordinates as straight lines in i; what the kernel decides at the point must be what the theorems say."""
    own, step, level = quadratic(rates, parts, max(share, Fraction(1, 8)), part)
    second = max(other, Fraction(1, 8)) / max(rates)
    epochs, epochs_2 = (epochs_to_threshold(rates, own, a, level) for a in (step, second))
    if not 0 < max(epochs, epochs_2) <= 12:
        return
    low, high = flow_time(rates, own, level)

    def line(values: list[Fraction]) -> Lambda:
        first, last = (Rational(v.numerator, v.denominator) for v in (values[0], values[-1]))
        return Lambda(i, first + (last - first) * (i - 1))

    exact = {
        **{n: len(rates), curvature_of: line(rates), part_of: line(own), curvature: max(rates), alpha: step, reached: epochs},
        **{threshold: level, early: Fraction(math.floor(low * 2**20), 2**20), late: Fraction(math.ceil(high * 2**20) + 1, 2**20)},
        **{eta: second, epoch: epochs_2},
    }
    point = {key: Rational(v.numerator, v.denominator) if isinstance(v, Fraction) else v for key, v in exact.items()}
    for statement in (between, product, same_start):
        names = statement.as_implication().free_symbols | {part_of, curvature_of}
        own_point = {key: value for key, value in point.items() if key in names}
        assert witness(statement, own_point) is not None
        with pytest.raises(NotProved):
            counterexample(statement, own_point)


@pytest.mark.claim("yedida-saha:text-same-init")
@given(RATES, PARTS, SHARES, SHARES, LEVELS)
def test_two_steps_from_one_start(rates: list, parts: list, share: Fraction, other: Fraction, part: Fraction) -> None:
    own, step, level = quadratic(rates, parts, share, part)
    second = other / max(rates)
    E, F = (epochs_to_threshold(rates, own, a, level) for a in (step, second))
    low, high = steps_from_one_start(step, E, F, max(rates))
    assert low < second and (high is None or second < high)


@pytest.mark.claim("yedida-saha:definition-e")
def test_reached_at_the_start_at_the_threshold_and_never() -> None:
    assert epochs_to_threshold([1, 2], [1, 1], 0.5, 3) == 0
    assert epochs_to_threshold([1], [1], Fraction(1, 2), 1) == 1, "a loss that equals the threshold is not below it"
    assert epochs_to_threshold([1], [1], Fraction(1, 2), Fraction(1, 4)) == 2
    assert epochs_to_threshold([1], [1], 1, Fraction(1, 10**9)) == 1
    assert epochs_to_threshold([1], [1], 0.5, 0) is None and epochs_to_threshold([1], [0], 0.5, -1) is None
    for step in (0, 2, -1):
        with pytest.raises(ValueError, match="the stability limit"):
            epochs_to_threshold([1], [1], step, 1)
    with pytest.raises(ValueError, match="expected positive ones"):
        epochs_to_threshold([0], [1], 1, 1)
    with pytest.raises(ValueError, match="at most the loss"):
        flow_time([1], [1], 2)
    with pytest.raises(ValueError, match="below 1/1"):
        epoch_bounds([1], [1], 1, 0.5)
    with pytest.raises(ValueError, match="at least 1"):
        steps_from_one_start(1, 0, 1)


NEAR = {  # L near 0: does the printed 1/L fit one start, with epochs counted from 0, and from 1
    **{"Boston": (False, False), "California": (False, True), "Energy": (True, True), "News": (False, True)},
    **{"Breast cancer": (False, True), "Covertype": (False, True), "Iris": (False, False), "Digits": (False, False)},
}
SOME = {"Boston": False, "California": False, "Energy": True, "News": True, "Breast cancer": False, "Covertype": False, "Iris": False}


@pytest.mark.claim("yedida-saha:table-1")
@pytest.mark.claim("yedida-saha:text-same-init")
@pytest.mark.parametrize("row", TABLE_1, ids=lambda row: row[0])
def test_which_rows_one_quadratic_allows(row: tuple) -> None:
    name, rate, slow, fast = row
    assert tuple(fits_one_start(name.lower(), 0, first) for first in (0, 1)) == NEAR[name]
    a, b = Fraction(1, 10), Fraction(rate)
    assert ((b - a) * (fast - 1) < a * slow) is SOME.get(name, True)


@pytest.mark.claim("yedida-saha:table-1")
def test_energy_and_news_as_quadratics() -> None:
    """One coordinate with the time of the flow that the step 0.1 gives takes the printed epochs, less 1, with the printed 1/L."""
    for name, rate, slow, fast in TABLE_1[2:4]:
        time = 0.1 * (slow - 1)
        curvature_, level = 1e-6, Fraction(1)
        start = math.exp(2 * curvature_ * (time - 0.05))
        assert epochs_to_threshold([curvature_], [start], 0.1, level) == slow - 1, name
        assert abs(epochs_to_threshold([curvature_], [start], float(rate), level) - (fast - 1)) <= 1, name


@pytest.mark.claim("yedida-saha:definition-e")
@given(st.integers(0, 10**6))
def test_any_quadratic_in_floating_point(seed: int) -> None:
    """Not diagonal: gradient descent on a random least-squares problem, against the eigenvalues."""
    dice = np.random.default_rng(seed)
    m, size = dice.integers(1, 6, size=2)
    X = dice.normal(size=(m, size))
    rates, vectors = np.linalg.eigh(X.T @ X / m)
    kept = rates > 1e-3
    if not kept.any():
        return
    w, step = dice.normal(size=size), 0.7 / rates.max()
    parts = rates[kept] * (vectors.T @ w)[kept] ** 2 / 2
    level = float(parts.sum()) * dice.uniform(0.05, 0.95)
    found, epochs = epochs_to_threshold(rates[kept].tolist(), parts.tolist(), step, level), 0
    while not float((X @ w) @ (X @ w)) / (2 * m) < level:
        w, epochs = w - step * X.T @ (X @ w) / m, epochs + 1
    assert abs(found - epochs) <= 1, "rounding may move the passage by an epoch"
