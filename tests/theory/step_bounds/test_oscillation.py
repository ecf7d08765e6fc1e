"""Oscillations of two-layer linear networks, simulated: around an excluded solution, and attracting ones."""

import math

import numpy as np
import pytest

from theory.step_bounds.bounds import solution_step_bound

EPS = np.finfo(np.float64).eps
# One step of GD on weights up to 4: a dozen rounded operations, each of size up to 4^3
ROUNDING = 12 * 64 * EPS


def descend(first: np.ndarray, second: np.ndarray, target: np.ndarray, step: float) -> tuple[np.ndarray, np.ndarray]:
    error = second @ first - target
    return first - step * second.T @ error, second - step * error @ first.T


@pytest.mark.claim("nar-sastry:remark-1")
@pytest.mark.parametrize("size", [2, 3, 5])
def test_an_oscillation_around_a_solution_that_theorem_1_excludes(size):
    """In a random orthonormal basis: along e at rest with 4 and 9/16, along f between 3 and -3, with the step 1/4."""
    basis = np.linalg.qr(np.random.default_rng(size).normal(size=(size, size)))[0]
    ee, ff = (np.outer(basis[:, i], basis[:, i]) for i in (0, 1))
    target, step = 9 / 4 * ee + ff, 1 / 4
    start = (4 * ee + 3 * ff, 9 / 16 * ee + 3 * ff)
    there = descend(*start, target, step)
    back = descend(*there, target, step)
    for found, along_e, along_f in zip((*there, *back), (4, 9 / 16, 4, 9 / 16), (-3, -3, 3, 3), strict=True):
        assert np.abs(found - along_e * ee - along_f * ff).max() <= 4 * ROUNDING
    excluded, allowed = (4 * ee + ff, 9 / 16 * ee + ff), (3 / 2 * ee + ff, 3 / 2 * ee + ff)
    for layers in (excluded, allowed):
        assert np.abs(layers[1] @ layers[0] - target).max() <= ROUNDING
    assert float(solution_step_bound(list(excluded))) < step < float(solution_step_bound(list(allowed)))
    # both weights of the excluded solution lie between those of the cycle: 1 between -3 and 3
    for middle, one, other in zip(excluded, start, there, strict=True):
        assert np.abs(middle - (2 / 3 * one + 1 / 3 * other)).max() <= ROUNDING


def scalar(a: float, b: float, step: float, target: float) -> tuple[float, float]:
    error = a * b - target
    return a - step * error * b, b - step * error * a


TARGET = 5473 / 5184  # with the step 1: the 2-cycle 9/8, 8/9
SETTLED = 1e-9  # 0.8885^200 < 1e-10


@pytest.mark.claim("nar-sastry:text-nonconvex-too")
@pytest.mark.parametrize("angle", np.linspace(0, 6, 7))
def test_the_two_cycle_attracts_and_the_error_of_two_phases_settles(angle):
    states = [(9 / 8 + 0.01 * math.cos(angle), 9 / 8 + 0.01 * math.sin(angle)), (8 / 9, 8 / 9 + 0.01 * math.sin(angle))]
    errors, visited = [], []
    for _ in range(402):
        states = [scalar(*state, 1.0, TARGET) for state in states]
        visited.append(states[0])
        errors.append(sum((a * b - TARGET) ** 2 / 2 for a, b in states))
    assert abs(visited[-1][0] - 9 / 8) <= SETTLED and abs(visited[-2][0] - 8 / 9) <= SETTLED  # GD has not converged ...
    settled = ((1088 / 5184) ** 2 + (1377 / 5184) ** 2) / 2
    assert all(abs(error - settled) <= SETTLED for error in errors[-2:]) and settled > 0.05  # ... but its training error has


@pytest.mark.claim("nar-sastry:text-nonconvex-too")
@pytest.mark.parametrize(("start", "end"), [(0.1, 1.0), (0.9, 1.0), (1.0, 1.0), (2.24, math.inf), (3.0, math.inf)])
def test_convergence_depends_on_the_start(start, end):
    """Target 1, step 1/2: the threshold is t^2 = 1 + 4, that is t = 2.236."""
    state = (start, start)
    for _ in range(400):
        state = scalar(*state, 0.5, 1.0)
        if state[0] > 1e6 or state[0] < -1e6:
            state = (math.inf, math.inf)
            break
    assert state[0] == pytest.approx(end, abs=SETTLED)
