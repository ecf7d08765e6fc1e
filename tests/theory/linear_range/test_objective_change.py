"""The change of a squared loss on random networks against its bound, and gradient steps outside the linear range."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.theory.linear_range.nets import Net, nets

ROUNDING = 1e-12


@pytest.mark.claim("ni-talnikar:text-sufficient-linearity")
@given(nets, st.floats(-2, 2), st.integers(0, 10**6))
def test_the_objective_misses_at_most_what_the_states_and_its_curvature_do(net: Net, psi: float, seed: int) -> None:
    """J = |u_I - y|^2/2: its own curvature adds |u_new - u_old|^2/2."""
    old, new, (v, _) = net.states(0)[-1], net.states(psi)[-1], net.tangents()
    y = np.random.default_rng(seed).normal(size=old.shape)
    change = (np.sum((new - y) ** 2) - np.sum((old - y) ** 2)) / 2
    missed = abs(change - psi * (old - y) @ v[-1])
    assert missed <= np.linalg.norm(old - y) * np.linalg.norm(net.errors(psi)[-1]) + np.sum((new - old) ** 2) / 2 + ROUNDING


@pytest.mark.claim("ni-talnikar:text-sufficient-linearity")
@given(st.floats(0.1, 10))
def test_linear_states_and_a_curved_objective(psi: float) -> None:
    """u = 1 + psi, J = (2 u - 1)^2: the error relative to the linear change is psi, as large as one likes."""
    change, linear = (2 * (1 + psi) - 1) ** 2 - 1, 4 * psi
    assert (change - linear) / linear == pytest.approx(psi)


def square_network(target: float, psi: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """u = s^2 from s = 1, J = (u - target)^2/2, along minus the gradient: J and epsilon."""
    sigma = -(1 - target) * 2
    return ((1 + psi * sigma) ** 2 - target) ** 2 / 2, np.abs(psi * sigma) / 2


@pytest.mark.claim("ni-talnikar:text-gradients-meaningful-only", "ni-talnikar:text-abstract-optimal-lr")
@pytest.mark.parametrize("target", [4.0, 8.0, 25.0, 100.0, 10_000.0])
def test_the_best_gradient_step_has_any_measurement(target: float) -> None:
    """The best of a grid of steps leads to s = sqrt(target), where epsilon = (sqrt(target) - 1)/2."""
    grid = np.linspace(0, 1, 200_001)[1:] / np.sqrt(target)  # the best step is 1/(2 sqrt(target) + 2)
    losses, epsilon = square_network(target, grid)
    best = np.argmin(losses)
    assert losses[best] < (target - 1) ** 2 / 2 / 1e4
    assert epsilon[best] == pytest.approx((np.sqrt(target) - 1) / 2, rel=1e-3)
    assert (epsilon[best] > 1) == (target > 9)


@pytest.mark.claim("ni-talnikar:text-gradients-meaningful-only")
@given(nets, st.integers(0, 10**6))
def test_where_less_is_missed_than_predicted_the_objective_falls(net: Net, seed: int) -> None:
    """Small enough steps in a direction of descent are such, and a few larger ones too."""
    old, (v, _) = net.states(0)[-1], net.tangents()
    y = np.random.default_rng(seed).normal(size=old.shape)
    sensitivity = (old - y) @ v[-1]
    assume(abs(sensitivity) > 1e-2)
    covered = 0
    for psi in -np.sign(sensitivity) * np.array([1, 0.1, 1e-2, 1e-3, 1e-4, 1e-5]):
        new = net.states(psi)[-1]
        missed = np.linalg.norm(old - y) * np.linalg.norm(net.errors(psi)[-1]) + np.sum((new - old) ** 2) / 2
        if missed < -psi * sensitivity - ROUNDING:
            covered += 1
            assert np.sum((new - y) ** 2) < np.sum((old - y) ** 2)
    assert covered > 0
