"""Epochs until the loss is below a threshold: the count, its boundaries, one start for several steps, and what is refused."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dynamics.orbits.outcomes import OutcomeKind
from dynamics.orbits.threshold_epochs import compare_steps, epochs_to_threshold
from tests.dynamics.known_maps import least_squares
from theory.lipschitz import quadratic_epochs


def bowl(w: np.ndarray) -> tuple[float, np.ndarray]:
    return float(w @ w) / 2, w


START = np.array([2.0])


@pytest.mark.claim("yedida-saha:definition-e")
@given(st.integers(1, 63), st.integers(1, 127))
def test_the_count_is_that_of_the_exact_quadratic(step: int, level: int) -> None:
    """The step in 64ths, the threshold in 64ths of 1: the loss at the start is 2."""
    a, T = Fraction(step, 64), Fraction(level, 64)
    exact = quadratic_epochs.epochs_to_threshold([1], [2], a, T)
    run = epochs_to_threshold(bowl, START, float(a), float(T), budget=10_000)
    losses = [2 * (1 - a) ** (2 * k) for k in range(exact + 1)]
    near = any(abs(loss - T) < Fraction(1, 10**12) for loss in losses)
    assert run.epochs == exact or near
    assert run.kind is OutcomeKind.CONVERGED and run.loss < float(T)


@pytest.mark.claim("yedida-saha:definition-e")
def test_reached_at_the_start_at_the_threshold_not_in_time_and_never() -> None:
    assert epochs_to_threshold(bowl, START, 0.5, 2.5, budget=0).epochs == 0
    assert epochs_to_threshold(bowl, START, 0.5, 2.0, budget=9).epochs == 1, "equal is not below"
    late = epochs_to_threshold(bowl, START, 0.5, 0.01, budget=3)
    assert (late.epochs, late.kind, late.loss) == (None, OutcomeKind.UNDECIDED, 2 / 4**3)
    assert epochs_to_threshold(bowl, START, 0.5, 0.0, budget=99).epochs is None, "the minimum is not below itself"
    gone = epochs_to_threshold(bowl, START, 1e200, 0.01, budget=99)
    assert (gone.epochs, gone.kind) == (None, OutcomeKind.DIVERGED) and np.isfinite(gone.weights).all()
    round_ = epochs_to_threshold(bowl, START, 2.0, 1.0, budget=50)
    assert (round_.epochs, round_.kind, round_.loss) == (None, OutcomeKind.UNDECIDED, 2.0), "it alternates"


@pytest.mark.claim("yedida-saha:text-same-init")
@given(st.integers(0, 10**6))
def test_all_steps_begin_at_the_same_weights(seed: int) -> None:
    dice = np.random.default_rng(seed)
    X, y, start = dice.normal(size=(6, 3)), dice.normal(size=6), dice.normal(size=3)
    seen: list[np.ndarray] = []
    loss_and_gradient = least_squares(X, y)

    def watched(w: np.ndarray) -> tuple[float, np.ndarray]:
        seen.append(w.copy())
        return loss_and_gradient(w)

    before = start.copy()
    first, second = compare_steps(watched, start, [0.01, 0.02], 0.0, budget=2)
    assert (seen[0] == before).all() and (seen[3] == before).all() and (start == before).all()
    assert (first.step, second.step) == (0.01, 0.02)
    numerical = [(loss_and_gradient(start + 1e-6 * e)[0] - loss_and_gradient(start - 1e-6 * e)[0]) / 2e-6 for e in np.eye(3)]
    assert np.allclose(loss_and_gradient(start)[1], numerical, atol=1e-7), "central differences, of a quadratic, to rounding"


@pytest.mark.parametrize(
    ("start", "step", "threshold", "budget", "kind"),
    [
        (np.array([1]), 0.1, 1.0, 1, TypeError),
        ([1.0], 0.1, 1.0, 1, TypeError),
        (START, 0.0, 1.0, 1, ValueError),
        (START, float("inf"), 1.0, 1, ValueError),
        (START, 0.1, float("nan"), 1, ValueError),
        (START, 0.1, 1.0, -1, ValueError),
        (START, 0.1, 1.0, 1.5, ValueError),
        (np.array([np.nan]), 0.1, 1.0, 1, ValueError),
    ],
)
def test_bad_input(start: object, step: float, threshold: float, budget: int, kind: type[Exception]) -> None:
    with pytest.raises(kind, match="expected"):
        epochs_to_threshold(bowl, start, step, threshold, budget=budget)  # type: ignore[arg-type]
