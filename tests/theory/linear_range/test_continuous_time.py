"""The tangent equation in continuous time, against differences of whole solutions; and its adjoint."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

STEP = 1e-4  # a central difference errs by STEP^2 = 1e-8, times third derivatives of some hundreds
TIGHT = {"rtol": 1e-11, "atol": 1e-12}  # an error of 1e-11 in a state is 1e-7 in a difference quotient
NEAR = 1e-5


def _case(seed: int, width: int) -> tuple[np.ndarray, ...]:
    dice = np.random.default_rng(seed)
    return (*dice.normal(size=(2, width, width)), *dice.normal(size=(4, width)))


@pytest.mark.claim("ni-talnikar:equation-18")
@settings(max_examples=20)
@given(st.integers(0, 10**6), st.integers(1, 3), st.floats(0.1, 2))
def test_the_tangent_solution_is_the_derivative_of_the_flow(seed: int, width: int, until: float) -> None:
    weights, moves, bias, shift, start, row = _case(seed, width)

    def end(psi: float) -> np.ndarray:
        field = lambda _, u: np.tanh((weights + psi * moves) @ u + bias + psi * shift)  # noqa: E731
        return solve_ivp(field, (0, until), start, **TIGHT).y[:, -1]

    def both(_: float, pair: np.ndarray) -> np.ndarray:
        u, v = np.split(pair, 2)
        g = np.tanh(weights @ u + bias)
        return np.concatenate([g, (1 - g**2) * (weights @ v + moves @ u + shift)])

    forwards = solve_ivp(both, (0, until), np.concatenate([start, np.zeros(width)]), dense_output=True, **TIGHT)
    v = forwards.y[width:, -1]
    np.testing.assert_allclose(v, (end(STEP) - end(-STEP)) / (2 * STEP), atol=NEAR, rtol=NEAR)

    # backwards, d vbar/dt = -vbar f_u from vbar(T) = row: row v(T) is the integral of vbar f_s sigma
    def back(time: float, rows: np.ndarray) -> np.ndarray:
        u = forwards.sol(time)[:width]
        gated = rows[:width] * (1 - np.tanh(weights @ u + bias) ** 2)
        return np.concatenate([-gated @ weights, [-gated @ (moves @ u + shift)]])

    backwards = solve_ivp(back, (until, 0), np.concatenate([row, [0.0]]), **TIGHT)
    np.testing.assert_allclose(backwards.y[-1, -1], row @ v, atol=NEAR, rtol=NEAR)
